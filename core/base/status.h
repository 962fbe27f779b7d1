// The outcome of an operation that can fail: a value with a code, a text, a place and a fix.
//
// Owns     its error, shared between copies; ok owns nothing and costs one null pointer
// Threads  a Status is a value: copies may be used by any thread
// Errors   `Fault` says whose fault it is, which decides what happens next (see each enumerator)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/check.h"

namespace blox {

/// Whose fault an error is.
enum class Fault : uint8_t {
  kUser,     ///< topology, arguments or data: shown with place and fix; trying again cannot help
  kOutside,  ///< disk, network, another process: trying again may help
  kBug,      ///< ours: the worker ends and says so
};

class [[nodiscard]] Status {
 public:
  struct Error {
    Fault fault = Fault::kUser;
    std::string code;   ///< stable and short: "store.full", "json.syntax"
    std::string text;   ///< one sentence, no final stop
    std::string place;  ///< the thing at fault: a file, a line, an element; may be empty
    std::string fix;    ///< what to do about it; may be empty
  };

  Status() = default;
  explicit Status(Error error) : error_(std::make_shared<const Error>(std::move(error))) {}

  static Status ok() { return {}; }
  static Status user(std::string code, std::string text) {
    return Status(Error{Fault::kUser, std::move(code), std::move(text), {}, {}});
  }
  static Status outside(std::string code, std::string text) {
    return Status(Error{Fault::kOutside, std::move(code), std::move(text), {}, {}});
  }
  /// An outside error from `errno`: "cannot WHAT PLACE: Permission denied".
  static Status from_errno(int error_number, std::string_view what, std::string_view place);

  /// The same error with a place (or a fix), where it has none yet. No effect on ok.
  Status at(std::string_view place) const;
  Status with_fix(std::string_view fix) const;

  bool is_ok() const { return error_ == nullptr; }
  explicit operator bool() const { return is_ok(); }
  /// Precondition: not ok.
  const Error& error() const {
    BLOX_CHECK(error_ != nullptr, "error() of a status that is ok");
    return *error_;
  }
  /// "place: text (fix)" for people, "ok" where there is no error.
  std::string to_string() const;

 private:
  std::shared_ptr<const Error> error_;
};

/// A value, or the reason why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT: implicit so that `return value;` reads well
  Result(Status status) : status_(std::move(status)) {  // NOLINT: likewise `return status;`
    BLOX_CHECK(!status_.is_ok(), "a Result made from an ok status has no value");
  }

  bool is_ok() const { return value_.has_value(); }
  explicit operator bool() const { return is_ok(); }
  const Status& status() const { return status_; }

  /// Precondition of all four: is_ok().
  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

 private:
  T& checked() {
    BLOX_CHECK(value_.has_value(), "the value of a Result that failed");
    return *value_;
  }

  std::optional<T> value_;
  Status status_;
};

}  // namespace blox

#define BLOX_CONCAT_(a, b) a##b
#define BLOX_CONCAT(a, b) BLOX_CONCAT_(a, b)

/// Returns from the calling function with the status of `expression` where that failed.
#define BLOX_TRY(expression)                    \
  do {                                          \
    ::blox::Status blox_status_ = (expression); \
    if (!blox_status_.is_ok()) [[unlikely]]     \
      return blox_status_;                      \
  } while (false)

/// `BLOX_ASSIGN(auto x, f());` declares x from a Result, or returns its status.
#define BLOX_ASSIGN(declaration, expression) BLOX_ASSIGN_(declaration, expression, BLOX_CONCAT(blox_result_, __LINE__))
#define BLOX_ASSIGN_(declaration, expression, result) \
  auto result = (expression);                         \
  if (!result.is_ok()) [[unlikely]]                   \
    return result.status();                           \
  declaration = std::move(*result)
