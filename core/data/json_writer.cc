#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/data/base64.h"
#include "core/data/json.h"
#include "core/data/messagepack.h"

namespace blox {
namespace {

void put(BufferBuilder* out, std::string_view text) { out->append(text.data(), text.size()); }

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

char* escape(char c, char* to) {
  static constexpr char kHex[] = "0123456789abcdef";
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\': *to++ = c; return to;
    case '\b': *to++ = 'b'; return to;
    case '\f': *to++ = 'f'; return to;
    case '\n': *to++ = 'n'; return to;
    case '\r': *to++ = 'r'; return to;
    case '\t': *to++ = 't'; return to;
    default:
      std::memcpy(to, "u00", 3);
      to[3] = kHex[(c >> 4) & 15];
      to[4] = kHex[c & 15];
      return to + 5;
  }
}

using Sixteen = uint8_t __attribute__((vector_size(16)));
using TwoWords = uint64_t __attribute__((vector_size(16)));

void put_string(BufferBuilder* out, std::string_view text) {
  const size_t before = out->size();
  char* const start = reinterpret_cast<char*>(out->extend(text.size() * 6 + 2));  // six: \u001f
  char* to = start;
  *to++ = '"';
  const char* from = text.data();
  const char* const end = from + text.size();
  for (; end - from >= 16; from += 16) {
    Sixteen block;
    std::memcpy(&block, from, sizeof block);
    const auto special =
        reinterpret_cast<TwoWords>((block < uint8_t{0x20}) | (block == uint8_t{'"'}) | (block == uint8_t{'\\'}));
    if ((special[0] | special[1]) == 0) [[likely]] {
      std::memcpy(to, &block, sizeof block);
      to += 16;
      continue;
    }
    for (int i = 0; i < 16; ++i) {
      if (needs_escape(from[i]))
        to = escape(from[i], to);
      else
        *to++ = from[i];
    }
  }
  for (; from != end; ++from) {
    if (needs_escape(*from))
      to = escape(*from, to);
    else
      *to++ = *from;
  }
  *to++ = '"';
  out->truncate(before + static_cast<size_t>(to - start));
}

void put_int(BufferBuilder* out, int64_t value) {
  out->reserve(20);
  char* const start = reinterpret_cast<char*>(out->data() + out->size());
  out->extend(static_cast<size_t>(std::to_chars(start, start + 20, value).ptr - start));
}

void put_float(BufferBuilder* out, double value) {
  if (!std::isfinite(value))
    return put(out, std::isnan(value) ? R"("NaN")" : value < 0 ? R"("-Infinity")" : R"("Infinity")");
  out->reserve(32);
  char* const start = reinterpret_cast<char*>(out->data() + out->size());
  char* end = std::to_chars(start, start + 30, value).ptr;
  bool whole = true;  // a float stays one for whoever reads without a schema
  for (const char* c = start; c != end; ++c) whole = whole && (*c == '-' || (*c >= '0' && *c <= '9'));
  if (whole) {
    *end++ = '.';
    *end++ = '0';
  }
  out->extend(static_cast<size_t>(end - start));
}

void put_time(BufferBuilder* out, Micros value) {
  out->push('"');
  put(out, format_time(value));
  out->push('"');
}

void put_bytes(BufferBuilder* out, std::string_view value) {
  out->push('"');
  append_base64(value, out);
  out->push('"');
}

void put_any(MessagePackReader* reader, BufferBuilder* out) {
  using Kind = MessagePackReader::Kind;
  MessagePackReader::Item item;
  BLOX_CHECK(reader->next(&item), "an `any` that is no value");
  switch (item.kind) {
    case Kind::kNil: return put(out, "null");
    case Kind::kBool: return put(out, item.boolean ? "true" : "false");
    case Kind::kInt: return put_int(out, item.integer);
    case Kind::kFloat: return put_float(out, item.floating);
    case Kind::kString: return put_string(out, item.bytes);
    case Kind::kBinary: return put_bytes(out, item.bytes);
    case Kind::kTime: return put_time(out, item.integer);
    case Kind::kArray:
      out->push('[');
      for (uint32_t i = 0; i < item.count; ++i) {
        if (i != 0) out->push(',');
        put_any(reader, out);
      }
      return out->push(']');
    case Kind::kMap:
      out->push('{');
      for (uint32_t i = 0; i < item.count; ++i) {
        if (i != 0) out->push(',');
        put_any(reader, out);
        out->push(':');
        put_any(reader, out);
      }
      return out->push('}');
  }
}

void put_list(const Column& column, uint32_t index, BufferBuilder* out) {
  const int32_t* const starts = column.offsets.as<int32_t>() + index;
  out->push('[');
  for (int32_t i = starts[0]; i < starts[1]; ++i) {
    if (i != starts[0]) out->push(',');
    append_json(*column.children[0], static_cast<uint32_t>(i), out);
  }
  out->push(']');
}

void put_struct(const Column& column, uint32_t index, BufferBuilder* out) {
  out->push('{');
  for (size_t i = 0; i < column.children.size(); ++i) {
    if (i != 0) out->push(',');
    put_string(out, column.type.fields()[i].name);
    out->push(':');
    append_json(*column.children[i], index, out);
  }
  out->push('}');
}

std::string_view op_name(Op op) {
  switch (op) {
    case Op::kInsert: return "\"insert\"";
    case Op::kUpdateBefore: return "\"update_before\"";
    case Op::kUpdateAfter: return "\"update_after\"";
    case Op::kDelete: return "\"delete\"";
  }
  return "null";
}

}  // namespace

void append_any_as_json(std::string_view any, BufferBuilder* out) {
  MessagePackReader reader(any);
  put_any(&reader, out);
}

void append_json(const Column& column, uint32_t row, BufferBuilder* out) {
  if (column.is_null(row)) return put(out, "null");
  switch (column.type.kind()) {
    case Kind::kBool: return put(out, column.bool_at(row) ? "true" : "false");
    case Kind::kInt: return put_int(out, column.int_at(row));
    case Kind::kFloat: return put_float(out, column.float_at(row));
    case Kind::kString: return put_string(out, column.string_at(row));
    case Kind::kBytes: return put_bytes(out, column.string_at(row));
    case Kind::kTime: return put_time(out, column.int_at(row));
    case Kind::kAny: return append_any_as_json(column.string_at(row), out);
    default: break;
  }
  const Column* from = &column;
  uint32_t index = column.index(row);
  if (column.encoding == Encoding::kDictionary) {
    from = column.children[0].get();
    index = from->index(static_cast<uint32_t>(column.values.as<int32_t>()[index]));
  }
  if (from->type.kind() == Kind::kList) {
    put_list(*from, index, out);
  } else {
    put_struct(*from, index, out);
  }
}

namespace {

struct DatumWriter {
  BufferBuilder* out;

  void operator()(std::monostate) const { put(out, "null"); }
  void operator()(bool value) const { put(out, value ? "true" : "false"); }
  void operator()(int64_t value) const { put_int(out, value); }
  void operator()(double value) const { put_float(out, value); }
  void operator()(const std::string& value) const { put_string(out, value); }
  void operator()(const Datum::Bytes& value) const { put_bytes(out, value.data); }
  void operator()(const Datum::Time& value) const { put_time(out, value.micros); }
  void operator()(const Datum::List& value) const {
    out->push('[');
    for (size_t i = 0; i < value.size(); ++i) {
      if (i != 0) out->push(',');
      std::visit(*this, value[i].variant());
    }
    out->push(']');
  }
  void operator()(const Datum::Struct& value) const {
    out->push('{');
    for (size_t i = 0; i < value.size(); ++i) {
      if (i != 0) out->push(',');
      put_string(out, value[i].first);
      out->push(':');
      std::visit(*this, value[i].second.variant());
    }
    out->push('}');
  }
};

}  // namespace

void append_json(const Datum& value, BufferBuilder* out) { std::visit(DatumWriter{out}, value.variant()); }

std::string to_json(const Datum& value) {
  BufferBuilder out;
  append_json(value, &out);
  return std::string(out.finish().view());
}

JsonWriter::JsonWriter(const Schema& schema) {
  const auto member = [](std::string_view name) {
    BufferBuilder text;
    put_string(&text, name);
    return std::string(text.finish().view()) + ":";
  };
  if (schema.is_changelog()) before_op_ = "{" + member(schema.find("op") ? "$op" : "op");
  for (size_t i = 0; i < schema.size(); ++i)
    before_.push_back((i == 0 && before_op_.empty() ? "{" : ",") + member(schema.at(i).name));
}

void JsonWriter::write_record(const Log& log, uint32_t record, BufferBuilder* out) const {
  BLOX_DCHECK(log.schema().size() == before_.size(), "a log of another schema than its writer's");
  const uint32_t row = log.physical(record);
  if (!before_op_.empty()) {
    put(out, before_op_);
    put(out, op_name(log.op(record)));
  } else if (before_.empty()) {
    out->push('{');
  }
  for (size_t field = 0; field < before_.size(); ++field) {
    put(out, before_[field]);
    append_json(log.column(field), row, out);
  }
  out->push('}');
}

void JsonWriter::write(const Log& log, BufferBuilder* out) const {
  for (uint32_t record = 0; record < log.rows(); ++record) {
    write_record(log, record, out);
    out->push('\n');
  }
}

}  // namespace blox
