// IN over a list of values, and = ANY over a list that arrives as a field or parameter.
#include "core/expr/functions/membership.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <vector>

#include "core/expr/functions/compare.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

// All items of an IN that are constants of one kind: few are compared one by one, many looked up.
struct Items final : Prepared {
  static constexpr size_t kFew = 8;
  std::vector<int64_t> words;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::unordered_set<int64_t> word_set;
  std::unordered_set<std::string_view> text_set;

  bool holds(int64_t value) const {
    if (words.size() > kFew) return word_set.contains(value);
    bool found = false;
    for (const int64_t item : words) found |= item == value;
    return found;
  }
  bool holds(uint8_t value) const { return holds(static_cast<int64_t>(value)); }
  bool holds(double value) const {
    return std::any_of(reals.begin(), reals.end(), [&](double item) { return order(item, value) == 0; });
  }
  bool holds(std::string_view value) const {
    if (texts.size() > kFew) return text_set.contains(value);
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& item) { return item == value; });
  }
};

template <typename T>
void in(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  const size_t count = node.args.size();
  const auto* items = static_cast<const Items*>(node.prepared.get());
  if constexpr (std::is_same_v<T, std::string_view>) {
    for (size_t a = 0; a < (items == nullptr ? count : 1); ++a) input<T>(frame, args[a], batch.size);
  }
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  out.data = values;
  if (items != nullptr) {
    const T* const wanted = args[0].as<T>();
    for (uint32_t i = 0; i < batch.size; ++i) values[i] = items->holds(wanted[args[0].index(i)]);
    out.valid = args[0].constant ? nullptr : args[0].valid;
    if (args[0].constant && !args[0].is_valid(0)) out = null_vec();
    return;
  }
  uint8_t* const valid = frame.arena().array<uint8_t>(batch.size);
  out.valid = valid;
  for (uint32_t i = 0; i < batch.size; ++i) {
    bool found = false;
    bool unknown = !args[0].is_valid(i);
    for (size_t a = 1; a < count && !found && args[0].is_valid(i); ++a) {
      if (!args[a].is_valid(i)) {
        unknown = true;
      } else {
        found = order(args[0].as<T>()[args[0].index(i)], args[a].template as<T>()[args[a].index(i)]) == 0;
      }
    }
    values[i] = found;
    valid[i] = found || !unknown;
  }
}

// The item type decides how items are read.
template <typename T>
T item_at(const Column& items, uint32_t row) {
  if constexpr (std::is_same_v<T, uint8_t>) return items.bool_at(row);
  if constexpr (std::is_same_v<T, int64_t>) return items.int_at(row);
  if constexpr (std::is_same_v<T, double>) return items.float_at(row);
  if constexpr (std::is_same_v<T, std::string_view>) return items.string_at(row);
}

template <typename T>
void any_of(Frame& frame, const Batch& batch, Vec* args, Vec& out) {
  if constexpr (std::is_same_v<T, std::string_view>) input<T>(frame, args[0], batch.size);
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  uint8_t* const valid = frame.arena().array<uint8_t>(batch.size);
  for (uint32_t i = 0; i < batch.size; ++i) {
    values[i] = 0;
    valid[i] = args[1].is_valid(i);
    if (valid[i] == 0) continue;
    const Ref list = args[1].as<Ref>()[args[1].index(i)];
    const Column& items = *list.column->children[0];
    const int32_t* const starts = list.column->offsets.as<int32_t>() + list.column->index(list.row);
    const bool given = args[0].is_valid(i);
    bool unknown = !given && starts[0] < starts[1];
    for (int32_t k = starts[0]; k < starts[1] && given && values[i] == 0; ++k) {
      const auto row = static_cast<uint32_t>(k);
      if (items.is_null(row)) {
        unknown = true;
      } else {
        values[i] = order(args[0].as<T>()[args[0].index(i)], item_at<T>(items, row)) == 0;
      }
    }
    valid[i] = values[i] != 0 || !unknown;
  }
  out.data = values;
  out.valid = valid;
}

}  // namespace

Kernel choose_in(Kind kind) {
  switch (stored_as(kind)) {
    case Kind::kBool: return &in<uint8_t>;
    case Kind::kInt:
    case Kind::kTime: return &in<int64_t>;
    case Kind::kFloat: return &in<double>;
    case Kind::kString:
    case Kind::kBytes: return &in<std::string_view>;
    default: return nullptr;
  }
}

std::shared_ptr<const Prepared> prepare_in(std::string_view, std::span<const Node* const> constants, std::string*) {
  auto out = std::make_shared<Items>();
  for (size_t i = 1; i < constants.size(); ++i) {
    if (constants[i] == nullptr) return nullptr;
    out->words.push_back(constants[i]->word);
    out->reals.push_back(constants[i]->real);
    out->texts.push_back(constants[i]->text);
  }
  out->word_set.insert(out->words.begin(), out->words.end());
  out->text_set.insert(out->texts.begin(), out->texts.end());
  return out;
}

void run_any_of(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  switch (node.args[0]->type.kind()) {
    case Kind::kBool: return any_of<uint8_t>(frame, batch, args, out);
    case Kind::kFloat: return any_of<double>(frame, batch, args, out);
    case Kind::kInt:
    case Kind::kTime: return any_of<int64_t>(frame, batch, args, out);
    default: return any_of<std::string_view>(frame, batch, args, out);
  }
}

}  // namespace blox::expr
