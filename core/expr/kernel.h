// Turns a function of single values into a kernel over whole batches.
//
//   int64_t length(std::string_view text);                        lift<length>
//   std::string_view upper(Call& call, std::string_view text);    lift<upper>: needs memory, or can fail
//   std::optional<int64_t> find(…);                               lift<find>: may answer null
//
// Such functions are strict: rows with a null argument are null and (with a Call) not computed. Functions without
// a Call must be total, since they are computed for null rows too, over whatever value lies there.
//
// Cost     no call and no allocation a row beyond the function itself, which is inlined
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "core/expr/frame.h"
#include "core/expr/node.h"
#include "core/expr/registry.h"

namespace blox::expr {

/// What a function of single values may ask of the evaluation that runs it.
class Call {
 public:
  Call(Frame& frame, const Node& node, const Batch& batch, bool constant)
      : frame_(frame), node_(node), batch_(batch), constant_(constant) {}

  /// This row is an error; what the function returns is ignored.
  void fail(std::string_view code, std::string message);
  /// Memory for a result of this batch; null (and the row has failed) where it is more than a value may have.
  char* room(size_t bytes);
  /// A copy of a result that lies in memory of the function's own.
  std::string_view keep(std::string_view text);
  Micros now() const { return frame_.now(); }
  const Node& node() const { return node_; }

  void begin(uint32_t row) {
    row_ = row;
    failed_ = false;
  }
  bool failed() const { return failed_; }

 private:
  Frame& frame_;
  const Node& node_;
  const Batch& batch_;
  uint32_t row_ = 0;
  bool constant_;
  bool failed_ = false;
};

/// What strictness makes of the arguments.
struct Strict {
  bool all_null = false;           ///< a constant argument is null
  bool constant = false;           ///< all arguments are constants: one row is enough
  uint32_t size = 0;               ///< rows to compute
  const uint8_t* valid = nullptr;  ///< rows without a null argument; null: all
};
Strict strict(Frame& frame, const Batch& batch, const Vec* args, size_t count);

/// One null for all rows.
Vec null_vec();

template <typename T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

template <typename T>
const Stored<T>* input(Frame& frame, Vec& arg, uint32_t size) {
  if constexpr (std::is_same_v<T, std::string_view>) frame.views(arg, arg.constant ? 1 : size);
  return arg.as<Stored<T>>();
}

template <typename F>
struct Shape;
template <typename R, typename... A>
struct Shape<R (*)(A...)> {
  using Result = R;
  using Args = std::tuple<A...>;
  static constexpr bool kCalls = false;
};
template <typename R, typename... A>
struct Shape<R (*)(Call&, A...)> {
  using Result = R;
  using Args = std::tuple<A...>;
  static constexpr bool kCalls = true;
};
template <typename T>
struct Plain {
  using Type = T;
  static constexpr bool kOptional = false;
};
template <typename T>
struct Plain<std::optional<T>> {
  using Type = T;
  static constexpr bool kOptional = true;
};

template <auto F, size_t... I>
void run_lifted(Frame& frame, const Node& node, const Batch& batch, [[maybe_unused]] Vec* args, Vec& out,
                std::index_sequence<I...>) {
  using S = Shape<decltype(F)>;
  using P = Plain<typename S::Result>;
  using Out = Stored<typename P::Type>;
  const Strict rule = strict(frame, batch, args, sizeof...(I));
  if (rule.all_null) {
    out = null_vec();
    return;
  }
  out.constant = rule.constant;
  Out* const values = frame.arena().array<Out>(rule.size);
  out.data = values;
  out.valid = rule.valid;
  [[maybe_unused]] const std::tuple in{input<std::tuple_element_t<I, typename S::Args>>(frame, args[I], batch.size)...};
  [[maybe_unused]] const size_t step[] = {(args[I].constant ? size_t{0} : size_t{1})..., size_t{1}};
  if constexpr (!S::kCalls && !P::kOptional) {
    if (((step[I] == 1) && ...)) {
      for (size_t i = 0; i < rule.size; ++i) values[i] = static_cast<Out>(F(std::get<I>(in)[i]...));
    } else {
      for (size_t i = 0; i < rule.size; ++i) values[i] = static_cast<Out>(F(std::get<I>(in)[i * step[I]]...));
    }
  } else {
    uint8_t* valid = nullptr;
    Call call(frame, node, batch, rule.constant);
    for (size_t i = 0; i < rule.size; ++i) {
      if (rule.valid != nullptr && rule.valid[i] == 0) {
        values[i] = Out{};
        continue;
      }
      bool present = true;
      if constexpr (S::kCalls) {
        call.begin(static_cast<uint32_t>(i));
        const auto result =
            F(call, static_cast<std::tuple_element_t<I, typename S::Args>>(std::get<I>(in)[i * step[I]])...);
        present = !call.failed();
        if constexpr (P::kOptional) {
          present = present && result.has_value();
          values[i] = present ? static_cast<Out>(*result) : Out{};
        } else {
          values[i] = present ? static_cast<Out>(result) : Out{};
        }
      } else {
        const auto result = F(static_cast<std::tuple_element_t<I, typename S::Args>>(std::get<I>(in)[i * step[I]])...);
        present = result.has_value();
        values[i] = present ? static_cast<Out>(*result) : Out{};
      }
      if (present) continue;
      if (valid == nullptr) {
        valid = frame.arena().array<uint8_t>(rule.size);
        if (rule.valid != nullptr) {
          std::memcpy(valid, rule.valid, rule.size);
        } else {
          std::memset(valid, 1, rule.size);
        }
        out.valid = valid;
      }
      valid[i] = 0;
    }
  }
}

template <auto F>
void run_lifted(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  constexpr size_t arity = std::tuple_size_v<typename Shape<decltype(F)>::Args>;
  run_lifted<F>(frame, node, batch, args, out, std::make_index_sequence<arity>{});
}

template <auto F>
constexpr Implementation lift{&run_lifted<F>, Shape<decltype(F)>::kCalls};

/// Of functions of the time of evaluation.
template <auto F>
constexpr Implementation lift_volatile{&run_lifted<F>, Shape<decltype(F)>::kCalls, nullptr, true};

}  // namespace blox::expr
