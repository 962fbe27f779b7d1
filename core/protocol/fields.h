// How a struct becomes a MessagePack map and back, from one list of its fields:
//
//   template <typename F>
//   void fields(F& f, GetRequest& m) { f("element", m.element); f("handler", m.handler); }
//
// Reading ignores names that it does not know and leaves fields that are missing as they are; a field of another type
// than expected refuses the whole.
//
// Threads  one user
// Bounds   a list has at most kMostItems items, structs nest as deep as their types do
// Errors   false: malformed
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "core/data/any.h"
#include "core/data/messagepack.h"

namespace blox::protocol {

inline constexpr uint32_t kMostItems = 1 << 17;

template <typename T>
concept Whole = std::is_integral_v<T> && !std::is_same_v<T, bool>;

class FieldWriter {
 public:
  explicit FieldWriter(BufferBuilder* out) : out_(out) {}

  template <typename T>
  void structure(const T& value) {
    Count count;
    T& as_read = const_cast<T&>(value);  // one list of fields serves both directions; nothing is written here
    fields(count, as_read);
    MessagePackWriter(out_).map(count.fields);
    fields(*this, as_read);
  }
  template <typename T>
  void operator()(const char* name, const T& value) {
    MessagePackWriter(out_).string(name);
    put(value);
  }

 private:
  struct Count {
    uint32_t fields = 0;
    template <typename T>
    void operator()(const char*, const T&) {
      ++fields;
    }
  };
  void put(bool value) { MessagePackWriter(out_).boolean(value); }
  void put(const std::string& value) { MessagePackWriter(out_).string(value); }
  void put(const Datum::Bytes& value) { MessagePackWriter(out_).binary(value.data); }
  void put(const Datum& value) { encode_any(value, out_); }
  template <Whole T>
  void put(T value) {
    MessagePackWriter(out_).integer(static_cast<int64_t>(value));
  }
  template <typename T>
  requires std::is_enum_v<T>
  void put(T value) { put(static_cast<std::underlying_type_t<T>>(value)); }
  template <typename T>
  void put(const std::vector<T>& values) {
    MessagePackWriter(out_).array(static_cast<uint32_t>(values.size()));
    for (const T& value : values) put(value);
  }
  template <typename T>
  requires std::is_class_v<T>
  void put(const T& value) { structure(value); }

  BufferBuilder* out_;
};

class FieldReader {
 public:
  explicit FieldReader(MessagePackReader* in) : in_(in) {}

  template <typename T>
  bool structure(T& value) {
    MessagePackReader::Item head;
    if (!in_->next(&head) || head.kind != MessagePackReader::Kind::kMap) return false;
    for (uint32_t i = 0; i < head.count; ++i) {
      Match match{*this, {}, false, true};
      if (!in_->read_string(&match.name)) return false;
      fields(match, value);
      if (!match.ok || (!match.found && !in_->skip())) return false;
    }
    return true;
  }

 private:
  struct Match {
    FieldReader& reader;
    std::string_view name;
    bool found;
    bool ok;
    template <typename T>
    void operator()(const char* field, T& value) {
      if (found || name != field) return;
      found = true;
      ok = reader.take(value);
    }
  };

  bool take(bool& value) {
    MessagePackReader::Item item;
    if (!in_->next(&item) || item.kind != MessagePackReader::Kind::kBool) return false;
    value = item.boolean;
    return true;
  }
  bool take(std::string& value) {
    std::string_view text;
    if (!in_->read_string(&text)) return false;
    value = text;
    return true;
  }
  bool take(Datum::Bytes& value) {
    MessagePackReader::Item item;
    if (!in_->next(&item) || item.kind != MessagePackReader::Kind::kBinary) return false;
    value.data = item.bytes;
    return true;
  }
  bool take(Datum& value) {
    const char* const begin = in_->position();
    if (!in_->skip()) return false;
    Result<Datum> read = decode_any({begin, static_cast<size_t>(in_->position() - begin)});
    if (!read) return false;
    value = *std::move(read);
    return true;
  }
  template <Whole T>
  bool take(T& value) {
    int64_t number = 0;
    if (!in_->read_int(&number)) return false;
    value = static_cast<T>(number);
    return static_cast<int64_t>(value) == number;
  }
  template <typename T>
  requires std::is_enum_v<T>  // beside each there is `known`: whether a number is one of its values
  bool take(T& value) {
    std::underlying_type_t<T> number = 0;
    if (!take(number)) return false;
    value = static_cast<T>(number);
    return known(value);
  }
  template <typename T>
  bool take(std::vector<T>& values) {
    uint32_t count = 0;
    if (!in_->read_array(&count) || count > kMostItems) return false;
    values.clear();
    for (uint32_t i = 0; i < count; ++i) {
      if (!take(values.emplace_back())) return false;
    }
    return true;
  }
  template <typename T>
  requires std::is_class_v<T>
  bool take(T& value) { return structure(value); }

  MessagePackReader* in_;
};

}  // namespace blox::protocol
