#include "core/state/record.h"

#include <cstring>
#include <utility>

#include "core/data/any.h"
#include "core/data/utf8.h"

namespace blox {
namespace {

constexpr int kDeepest = 64;  // types nested deeper are not read

void put_varint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

bool take_varint(std::string_view& in, uint64_t* value) {
  *value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(in.front());
    in.remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

template <typename T>
void put_word(T value, std::string& out) {
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out.append(bytes, 8);
}

template <typename T>
bool take_word(std::string_view& in, T* value) {
  if (in.size() < 8) return false;
  std::memcpy(value, in.data(), 8);
  in.remove_prefix(8);
  return true;
}

bool take_bytes(std::string_view& in, std::string_view* bytes) {
  uint64_t length = 0;
  if (!take_varint(in, &length) || length > in.size()) return false;
  *bytes = in.substr(0, length);
  in.remove_prefix(length);
  return true;
}

void put_bytes(std::string_view bytes, std::string& out) {
  put_varint(bytes.size(), out);
  out.append(bytes);
}

void put_datum(const Type& type, const Datum& value, std::string& out) {
  if (type.nullable()) out.push_back(value.is_null() ? '\0' : '\1');
  if (value.is_null() && type.kind() != Kind::kAny) return;
  switch (type.kind()) {
    case Kind::kBool: out.push_back(*value.get_if<bool>() ? '\1' : '\0'); break;
    case Kind::kInt: put_word(*value.get_if<int64_t>(), out); break;
    case Kind::kFloat: put_word(*value.get_if<double>(), out); break;
    case Kind::kTime: put_word(value.get_if<Datum::Time>()->micros, out); break;
    case Kind::kString: put_bytes(*value.get_if<std::string>(), out); break;
    case Kind::kBytes: put_bytes(value.get_if<Datum::Bytes>()->data, out); break;
    case Kind::kAny:
      if (!value.is_null() || !type.nullable()) put_bytes(encode_any(value), out);
      break;
    case Kind::kList: {
      const auto& items = *value.get_if<Datum::List>();
      put_varint(items.size(), out);
      for (const Datum& item : items) put_datum(type.item(), item, out);
      break;
    }
    case Kind::kStruct: {
      const auto& fields = *value.get_if<Datum::Struct>();
      for (size_t i = 0; i < fields.size(); ++i) put_datum(type.fields()[i].type, fields[i].second, out);
      break;
    }
  }
}

bool take_value(const Type& type, std::string_view& in, ColumnBuilder& out, int depth) {
  if (depth > kDeepest) return false;
  if (type.nullable()) {
    if (in.empty() || static_cast<uint8_t>(in.front()) > 1) return false;
    const bool present = in.front() != '\0';
    in.remove_prefix(1);
    if (!present) {
      out.append_null();
      return true;
    }
  }
  int64_t word = 0;
  double real = 0;
  std::string_view bytes;
  uint64_t count = 0;
  switch (type.kind()) {
    case Kind::kBool:
      if (in.empty()) return false;
      out.append_bool(in.front() != '\0');
      in.remove_prefix(1);
      return true;
    case Kind::kInt:
    case Kind::kTime:
      if (!take_word(in, &word)) return false;
      out.append_int(word);
      return true;
    case Kind::kFloat:
      if (!take_word(in, &real)) return false;
      out.append_float(real);
      return true;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kAny:
      if (!take_bytes(in, &bytes)) return false;
      if (type.kind() == Kind::kString && !is_utf8(bytes)) return false;
      if (type.kind() == Kind::kAny && !is_any(bytes)) return false;
      out.append_string(bytes);
      return true;
    case Kind::kList:
      // Every item takes a byte but structs without fields, of which a hostile value could claim any number.
      if (!take_varint(in, &count) || count > in.size()) return false;
      for (uint64_t i = 0; i < count; ++i) {
        if (!take_value(type.item(), in, out.item(), depth + 1)) return false;
      }
      out.append_list();
      return true;
    case Kind::kStruct:
      for (size_t i = 0; i < type.fields().size(); ++i) {
        if (!take_value(type.fields()[i].type, in, out.field(i), depth + 1)) return false;
      }
      out.append_struct();
      return true;
  }
  return false;
}

}  // namespace

RecordCodec::RecordCodec(const Schema& schema, std::vector<size_t> fields) : fields_(std::move(fields)) {
  for (const size_t field : fields_) types_.push_back(schema.at(field).type);
}

void RecordCodec::write(const Log& log, uint32_t row, std::string& out) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    const Column& column = log.column(fields_[i]);
    const Type& type = types_[i];
    if (type.kind() == Kind::kList || type.kind() == Kind::kStruct) {
      put_datum(type, column.datum_at(row), out);
      continue;
    }
    if (type.nullable()) {
      const bool null = column.is_null(row);
      out.push_back(null ? '\0' : '\1');
      if (null) continue;
    }
    switch (type.kind()) {
      case Kind::kBool: out.push_back(column.bool_at(row) ? '\1' : '\0'); break;
      case Kind::kFloat: put_word(column.float_at(row), out); break;
      case Kind::kInt:
      case Kind::kTime: put_word(column.int_at(row), out); break;
      default: put_bytes(column.string_at(row), out); break;
    }
  }
}

bool RecordCodec::read(std::string_view bytes, LogBuilder& out, size_t first_column) const {
  for (size_t i = 0; i < types_.size(); ++i) {
    if (!take_value(types_[i], bytes, out.column(first_column + i), 0)) return false;
  }
  return bytes.empty();
}

}  // namespace blox
