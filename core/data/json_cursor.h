// Walks the tokens of indexed JSON text and reads the scalars there.
//
// Each call reads one value, at the present token, and passes it. Containers are walked by whoever knows what should be
// in them.
//
// Owns     nothing but the fault
// Threads  one user
// Errors   false; then `fault()` says why, and the position is undefined
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/builder.h"
#include "core/data/json_number.h"

namespace blox {

class JsonCursor {
 public:
  static constexpr int kDeepest = 128;

  struct Fault {
    const char* code = "";
    std::string path;  ///< "user.id", built from inside out
    std::string text;
  };

  /// Begins at token `at` of `text`, whose last byte is "\n".
  void reset(const char* text, size_t size, const uint32_t* at) {
    text_ = text;
    end_ = text + size;
    at_ = at;
  }

  const uint32_t* at() const { return at_; }
  void move_to(const uint32_t* at) { at_ = at; }
  char peek() const { return text_[*at_]; }
  const char* position() const { return text_ + *at_; }
  /// Bytes from the token to the end of the text.
  size_t left() const { return static_cast<size_t>(end_ - position()); }
  void pass() { ++at_; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  /// The content of a string as it stands, escapes and all. Precondition: peek() == '"'.
  bool raw_string(std::string_view* out);
  /// Without escapes; `scratch` holds it where there were any.
  bool string(std::string_view* out, std::string* scratch);
  bool string(ColumnBuilder* out);
  /// Writes `raw` without its escapes: never more bytes than it has.
  bool unescape(std::string_view raw, char* to, size_t* length);
  bool number(JsonNumber* out);
  bool integer(int64_t* out);
  bool boolean(bool* out);
  bool null();
  /// Passes any value, checking its syntax.
  bool skip(int depth = 0);
  /// Appends any value as MessagePack.
  bool any(BufferBuilder* out, int depth = 0);
  /// Whether an object in what any() has appended since the last call has a member twice.
  bool take_repeated() { return std::exchange(repeated_, false); }

  bool fail(const char* code, std::string text);
  /// "an int was expected, not a string": what stands here instead of `expected`.
  bool fail_type(const char* expected);
  bool fail_syntax(const char* expected);
  Fault& fault() { return fault_; }

 private:
  bool literal(std::string_view word);
  bool any_list(BufferBuilder* out, int depth);
  bool any_map(BufferBuilder* out, int depth);

  const char* text_ = nullptr;
  const char* end_ = nullptr;
  const uint32_t* at_ = nullptr;
  std::string scratch_;
  std::vector<std::pair<size_t, size_t>>
      names_;  // of the objects that any() is in: where they were written, and length
  bool repeated_ = false;
  Fault fault_;
};

}  // namespace blox
