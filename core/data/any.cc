#include "core/data/any.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/data/messagepack.h"

namespace blox {
namespace {

struct Encoder {
  BufferBuilder* out;

  MessagePackWriter writer() const { return MessagePackWriter(out); }
  void operator()(std::monostate) const { writer().nil(); }
  void operator()(bool value) const { writer().boolean(value); }
  void operator()(int64_t value) const { writer().integer(value); }
  void operator()(double value) const { writer().floating(value); }
  void operator()(const std::string& value) const { writer().string(value); }
  void operator()(const Datum::Bytes& value) const { writer().binary(value.data); }
  void operator()(const Datum::Time& value) const { writer().time(value.micros); }
  void operator()(const Datum::List& value) const {
    writer().array(static_cast<uint32_t>(value.size()));
    for (const Datum& item : value) std::visit(*this, item.variant());
  }
  void operator()(const Datum::Struct& value) const {
    writer().map(static_cast<uint32_t>(value.size()));
    for (const auto& [name, item] : value) {
      writer().string(name);
      std::visit(*this, item.variant());
    }
  }
};

// Precondition: the reader has validated the whole value (so depth is bounded and counts are real).
Datum read_datum(MessagePackReader* reader) {
  using Kind = MessagePackReader::Kind;
  MessagePackReader::Item item;
  BLOX_CHECK(reader->next(&item), "a value that was validated cannot be read");
  switch (item.kind) {
    case Kind::kNil: return {};
    case Kind::kBool: return item.boolean;
    case Kind::kInt: return item.integer;
    case Kind::kFloat: return item.floating;
    case Kind::kString: return item.bytes;
    case Kind::kBinary: return Datum::Bytes{std::string(item.bytes)};
    case Kind::kTime: return Datum::Time{item.integer};
    case Kind::kArray: {
      Datum::List list;
      list.reserve(item.count);
      for (uint32_t i = 0; i < item.count; ++i) list.push_back(read_datum(reader));
      return list;
    }
    case Kind::kMap: {
      Datum::Struct entries;
      entries.reserve(item.count);
      for (uint32_t i = 0; i < item.count; ++i) {
        std::string_view name;
        BLOX_CHECK(reader->read_string(&name), "a map that was validated has a key that is no string");
        entries.emplace_back(std::string(name), read_datum(reader));
      }
      return entries;
    }
  }
  return {};
}

// Whether an object in the value has a name twice. Precondition: as above.
bool has_repeats(MessagePackReader* reader) {
  MessagePackReader::Item item;
  BLOX_CHECK(reader->next(&item), "a value that was validated cannot be read");
  bool found = false;
  if (item.kind == MessagePackReader::Kind::kArray) {
    for (uint32_t i = 0; i < item.count; ++i) found = has_repeats(reader) || found;
  } else if (item.kind == MessagePackReader::Kind::kMap) {
    std::vector<std::string_view> names(item.count);
    for (std::string_view& name : names) {
      BLOX_CHECK(reader->read_string(&name), "a map that was validated has a key that is no string");
      found = has_repeats(reader) || found;
    }
    std::sort(names.begin(), names.end());
    found = found || std::adjacent_find(names.begin(), names.end()) != names.end();
  }
  return found;
}

Datum without_repeats(const Datum& value) {
  if (const auto* const list = value.get_if<Datum::List>()) {
    Datum::List kept;
    for (const Datum& item : *list) kept.push_back(without_repeats(item));
    return kept;
  }
  const auto* const entries = value.get_if<Datum::Struct>();
  if (entries == nullptr) return value;
  std::unordered_map<std::string_view, const Datum*> last;
  for (const auto& [name, item] : *entries) last[name] = &item;
  Datum::Struct kept;
  for (const auto& [name, item] : *entries) {
    if (last.at(name) == &item) kept.emplace_back(name, without_repeats(item));
  }
  return kept;
}

}  // namespace

void encode_any(const Datum& value, BufferBuilder* out) { std::visit(Encoder{out}, value.variant()); }

std::string encode_any(const Datum& value) {
  BufferBuilder out;
  encode_any(value, &out);
  return std::string(reinterpret_cast<const char*>(out.data()), out.size());
}

bool is_any(std::string_view bytes) {
  MessagePackReader reader(bytes);
  return reader.skip() && reader.at_end();
}

Result<Datum> decode_any(std::string_view bytes) {
  if (!is_any(bytes))
    return Status::user("messagepack.invalid", "these bytes are no MessagePack value of the supported kinds");
  MessagePackReader reader(bytes);
  return read_datum(&reader);
}

std::string last_members(std::string bytes) {
  MessagePackReader reader(bytes);
  if (!has_repeats(&reader)) return bytes;
  MessagePackReader again(bytes);
  return encode_any(without_repeats(read_datum(&again)));
}

}  // namespace blox
