// MessagePack, byte by byte: a writer, and a reader that believes nothing.
//
// Read are those values that a Datum can hold: nil, booleans, integers within 64 signed bits, floats, UTF-8
// strings, binary, arrays, maps, and timestamps (extension -1) within 64-bit microseconds. All else is refused.
//
// Owns     nothing: the writer appends to somebody's builder, the reader looks at somebody's bytes
// Threads  one user each
// Errors   the reader says nothing but false; whoever reads says what was expected
// Cost     no allocation in either
// Source   https://github.com/msgpack/msgpack/blob/master/spec.md
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/buffer.h"
#include "core/base/clock.h"

namespace blox {

/// Appends values in their shortest form.
class MessagePackWriter {
 public:
  explicit MessagePackWriter(BufferBuilder* out) : out_(out) {}

  void nil() { out_->push(uint8_t{0xc0}); }
  void boolean(bool value) { out_->push(static_cast<uint8_t>(value ? 0xc3 : 0xc2)); }
  void integer(int64_t value);
  void floating(double value);
  void string(std::string_view value);
  void binary(std::string_view value);
  void time(Micros value);
  /// Followed by `items` values; a map by `entries` pairs of key and value.
  void array(uint32_t items);
  void map(uint32_t entries);

 private:
  template <typename T>
  void tagged(uint8_t tag, T value);

  BufferBuilder* out_;
};

class MessagePackReader {
 public:
  enum class Kind : uint8_t { kNil, kBool, kInt, kFloat, kString, kBinary, kTime, kArray, kMap };
  /// One value, or the head of an array or map.
  struct Item {
    Kind kind = Kind::kNil;
    bool boolean = false;
    uint32_t count = 0;   ///< items of an array, entries of a map: at most the bytes that are left
    int64_t integer = 0;  ///< also the µs of a time
    double floating = 0;
    std::string_view bytes;  ///< of strings (valid UTF-8) and binaries
  };

  explicit MessagePackReader(std::string_view bytes)
      : at_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  bool at_end() const { return at_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  const char* position() const { return reinterpret_cast<const char*>(at_); }
  /// The next value or head; false where the bytes are cut, malformed or of a refused type.
  bool next(Item* item);
  /// Passes one whole value. False as above, where a map has a key that is no string, or nested beyond kDeepest.
  bool skip();

  /// Those expected by a format: false where something else comes.
  bool read_int(int64_t* out);
  bool read_string(std::string_view* out);
  bool read_array(uint32_t* count);

  static constexpr uint32_t kDeepest = 128;  ///< levels of arrays and maps in one value

 private:
  template <typename T>
  bool number(T* out);
  bool content(uint64_t length, std::string_view* out);
  bool head(uint64_t count, uint32_t bytes_each, Item* item, Kind kind);
  bool text(uint64_t length, Item* item);
  bool timestamp(uint32_t length, Item* item);

  const uint8_t* at_;
  const uint8_t* end_;
};

}  // namespace blox
