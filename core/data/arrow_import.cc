#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/arrow.h"
#include "core/data/builder.h"
#include "core/data/utf8.h"
#include "core/data/validate.h"

namespace blox {
namespace {

constexpr int kDeepest = 64;

Status invalid(const char* what) { return Status::user("arrow.invalid", what); }

/// The imported array, released when the last buffer that points into it goes.
class Owner {
 public:
  explicit Owner(ArrowArray* taken) : array_(*taken) { taken->release = nullptr; }
  ~Owner() { array_.release(&array_); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  const ArrowArray& array() const { return array_; }

 private:
  ArrowArray array_;
};

bool is_any_metadata(const char* metadata) {
  if (metadata == nullptr) return false;
  const auto number = [&] {
    int32_t value = 0;
    std::memcpy(&value, metadata, sizeof value);
    metadata += sizeof value;
    return value;
  };
  for (int32_t pairs = number(); pairs > 0; --pairs) {
    const auto key_size = static_cast<size_t>(number());
    const std::string_view key(metadata, key_size);
    metadata += key_size;
    const auto value_size = static_cast<size_t>(number());
    if (key == "blox" && std::string_view(metadata, value_size) == "any") return true;
    metadata += value_size;
  }
  return false;
}

Result<Type> make_struct(const ArrowSchema& schema, const std::vector<Type>& types) {
  std::vector<Field> fields;
  std::vector<std::string> names;
  for (size_t i = 0; i < types.size(); ++i) {
    const char* const name = schema.children[i]->name;
    fields.push_back({name == nullptr ? "" : name, types[i]});
    if (!is_utf8(fields.back().name)) return invalid("the name of a field is no valid UTF-8");
    names.push_back(fields.back().name);
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) return invalid("two fields have one name");
  return Type::struct_of(std::move(fields));
}

// Micros in a unit of a timestamp "tss:…", or 0.
int64_t micros_in(std::string_view format) {
  if (format.size() < 4 || format.substr(0, 2) != "ts" || format[3] != ':') return 0;
  return format[2] == 's' ? 1'000'000 : format[2] == 'm' ? 1'000 : format[2] == 'u' ? 1 : format[2] == 'n' ? -1'000 : 0;
}

class Importer {
 public:
  explicit Importer(std::shared_ptr<Owner> owner) : owner_(std::move(owner)) {}

  Result<ColumnPtr> read(const ArrowSchema& schema, const ArrowArray& array, int depth) {
    if (depth > kDeepest) return invalid("the type is nested deeper than 64 levels");
    if (schema.format == nullptr || array.length < 0 || array.offset < 0 || array.length > INT32_MAX - 1 ||
        array.offset > INT32_MAX - 1 - array.length) {
      return invalid("an array has no format, or an impossible length");
    }
    auto column = std::make_shared<Column>();
    column->rows = static_cast<uint32_t>(array.length);
    column->offset = static_cast<uint32_t>(array.offset);
    const std::string_view format = schema.format;
    if (format == "n") return constant_column(Type(Kind::kAny, true), Datum(), column->rows);
    if (array.n_buffers < 1 || array.buffers == nullptr) return invalid("an array lacks its buffers");
    if (array.null_count != 0) column->validity = borrow(array.buffers[0], bitmap_bytes(end_of(*column)));
    nullable_ = (schema.flags & ARROW_FLAG_NULLABLE) != 0 || column->has_nulls();
    if (schema.dictionary != nullptr) return read_dictionary(schema, array, column, depth);
    if (format == "+s") return read_struct(schema, array, column, depth);
    if (format == "+l" || format == "+L") return read_list(schema, array, column, depth);
    return read_values(schema, array, column);
  }

 private:
  static uint64_t end_of(const Column& column) { return uint64_t{column.offset} + column.rows; }

  // Shares the bytes, or copies them where we could not read them as they are.
  Buffer borrow(const void* data, size_t size) {
    if (data == nullptr || size == 0) return {};
    if (reinterpret_cast<uintptr_t>(data) % 8 != 0) return Buffer::copy_of(data, size);
    return Buffer::foreign(
        data, size, [](void* context) { delete static_cast<std::shared_ptr<Owner>*>(context); },
        new std::shared_ptr<Owner>(owner_));
  }

  // Numbers of another width, as 64 bits each, from row 0 of the array on: `convert` says false where one does not fit.
  template <typename From, typename To, typename Convert>
  static bool widen(const void* data, uint64_t count, const Column& column, Convert convert, Buffer* out) {
    BufferBuilder values;
    auto* const to = reinterpret_cast<To*>(values.extend(count * sizeof(To)));
    for (uint64_t i = 0; i < count; ++i) {
      From value;
      std::memcpy(&value, static_cast<const char*>(data) + i * sizeof(From), sizeof value);
      to[i] = To{};
      const bool null = column.has_nulls() && !get_bit(column.validity.data(), i);
      if (i >= column.offset && !null && !convert(value, &to[i])) return false;
    }
    *out = values.finish();
    return true;
  }

  template <typename To, typename Convert>
  static bool widen_any(char format, const void* data, uint64_t count, const Column& column, Convert convert,
                        Buffer* out) {
    switch (format) {
      case 'c': return widen<int8_t, To>(data, count, column, convert, out);
      case 'C': return widen<uint8_t, To>(data, count, column, convert, out);
      case 's': return widen<int16_t, To>(data, count, column, convert, out);
      case 'S': return widen<uint16_t, To>(data, count, column, convert, out);
      case 'i': return widen<int32_t, To>(data, count, column, convert, out);
      case 'I': return widen<uint32_t, To>(data, count, column, convert, out);
      case 'l': return widen<int64_t, To>(data, count, column, convert, out);
      case 'L': return widen<uint64_t, To>(data, count, column, convert, out);
      default: return false;
    }
  }

  Result<ColumnPtr> read_values(const ArrowSchema& schema, const ArrowArray& array, std::shared_ptr<Column> column) {
    const std::string_view format = schema.format;
    const uint64_t count = end_of(*column);
    const bool nullable = nullable_;
    if (format == "u" || format == "z" || format == "U" || format == "Z") {
      const Kind kind = format == "u" || format == "U"     ? Kind::kString
                        : is_any_metadata(schema.metadata) ? Kind::kAny
                                                           : Kind::kBytes;
      column->type = Type(kind, nullable);
      if (array.n_buffers != 3) return invalid("an array of strings needs three buffers");
      BLOX_TRY(read_offsets(array, format == "U" || format == "Z", column.get()));
      const int32_t last = column->offsets.as<int32_t>()[count];
      if (last < 0) return invalid("offsets do not ascend within their values");
      column->values = borrow(array.buffers[2], static_cast<size_t>(last));
      return ColumnPtr(std::move(column));
    }
    if (array.n_buffers != 2) return invalid("an array of numbers needs two buffers");
    const void* const data = array.buffers[1];
    if (data == nullptr && count != 0) return invalid("an array lacks its buffers");
    if (format == "b") {
      column->type = Type(Kind::kBool, nullable);
      column->values = borrow(data, bitmap_bytes(count));
    } else if (format == "l" || format == "g" || format.substr(0, 4) == "tsu:") {
      column->type = Type(format == "l" ? Kind::kInt : format == "g" ? Kind::kFloat : Kind::kTime, nullable);
      column->values = borrow(data, count * 8);
    } else if (format == "f") {
      column->type = Type(Kind::kFloat, nullable);
      (void)widen<float, double>(
          data, count, *column, [](float from, double* to) { return *to = from, true; }, &column->values);
    } else if (const int64_t unit = format == "tdm" ? 1'000 : micros_in(format); unit != 0) {
      column->type = Type(Kind::kTime, nullable);
      const auto scale = [&](int64_t from, int64_t* to) {
        if (unit > 0) return !__builtin_mul_overflow(from, unit, to);
        *to = from / -unit - (from % -unit < 0 ? 1 : 0);
        return true;
      };
      if (!widen<int64_t, int64_t>(data, count, *column, scale, &column->values))
        return invalid("a time lies beyond the years that fit into 64 bits");
    } else if (format == "tdD") {
      column->type = Type(Kind::kTime, nullable);
      (void)widen<int32_t, int64_t>(
          data, count, *column, [](int32_t days, int64_t* to) { return *to = days * INT64_C(86'400'000'000), true; },
          &column->values);
    } else if (format.size() == 1 && std::string_view("cCsSiIL").find(format[0]) != std::string_view::npos) {
      column->type = Type(Kind::kInt, nullable);
      const auto convert = [](auto from, int64_t* to) { return !__builtin_add_overflow(from, 0, to); };
      if (!widen_any<int64_t>(format[0], data, count, *column, convert, &column->values))
        return invalid("an integer does not fit into 64 bits");
    } else {
      return Status::user("arrow.type", "there is no type for Arrow's `" + std::string(format) + "`");
    }
    return ColumnPtr(std::move(column));
  }

  Status read_offsets(const ArrowArray& array, bool large, Column* column) {
    const uint64_t count = end_of(*column);
    const void* const data = array.buffers[1];
    if (data == nullptr) {
      if (count != 0) return invalid("an array lacks its buffers");
      const int32_t zero = 0;
      column->offsets = Buffer::copy_of(&zero, sizeof zero);
      return {};
    }
    if (!large) {
      column->offsets = borrow(data, (count + 1) * 4);
      return {};
    }
    BufferBuilder offsets;
    for (uint64_t i = 0; i <= count; ++i) {
      int64_t offset = 0;
      std::memcpy(&offset, static_cast<const char*>(data) + i * 8, sizeof offset);
      if (offset < 0 || offset > INT32_MAX) return invalid("a column has more than 2 GiB of values");
      offsets.push(static_cast<int32_t>(offset));
    }
    column->offsets = offsets.finish();
    return {};
  }

  Result<ColumnPtr> read_list(const ArrowSchema& schema, const ArrowArray& array, std::shared_ptr<Column> column,
                              int depth) {
    const bool nullable = nullable_;
    if (schema.n_children != 1 || array.n_children != 1 || array.n_buffers != 2)
      return invalid("a list needs two buffers and one child");
    BLOX_TRY(read_offsets(array, std::string_view(schema.format) == "+L", column.get()));
    BLOX_ASSIGN(ColumnPtr items, read(*schema.children[0], *array.children[0], depth + 1));
    column->type = Type::list_of(items->type, nullable);
    column->children.push_back(std::move(items));
    return ColumnPtr(std::move(column));
  }

  Result<ColumnPtr> read_struct(const ArrowSchema& schema, const ArrowArray& array, std::shared_ptr<Column> column,
                                int depth) {
    const bool nullable = nullable_;
    if (schema.n_children != array.n_children || schema.n_children < 0)
      return invalid("a struct and its schema differ in their fields");
    std::vector<Type> types;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      BLOX_ASSIGN(ColumnPtr child, read(*schema.children[i], *array.children[i], depth + 1));
      if (child->rows < end_of(*column)) return invalid("a field has fewer rows than its struct");
      types.push_back(child->type);
      column->children.push_back(std::move(child));
    }
    BLOX_ASSIGN(const Type type, make_struct(schema, types));
    column->type = type.with_nullable(nullable);
    return ColumnPtr(std::move(column));
  }

  Result<ColumnPtr> read_dictionary(const ArrowSchema& schema, const ArrowArray& array, std::shared_ptr<Column> column,
                                    int depth) {
    const bool nullable = nullable_;
    const std::string_view format = schema.format;
    const uint64_t count = end_of(*column);
    if (array.dictionary == nullptr || array.n_buffers != 2 || (array.buffers[1] == nullptr && count != 0)) {
      return invalid("an array lacks its dictionary");
    }
    BLOX_ASSIGN(ColumnPtr values, read(*schema.dictionary, *array.dictionary, depth + 1));
    values = plain(values);
    if (values->type.kind() == Kind::kBytes &&
        is_any_metadata(schema.metadata)) {  // others keep metadata of fields only
      Column any = *values;
      any.type = Type(Kind::kAny, values->type.nullable());
      values = std::make_shared<const Column>(std::move(any));
    }
    // Rows that are null get code 0, so that all codes can be followed.
    const auto convert = [&](auto from, int32_t* to) {
      int64_t code = 0;
      if (__builtin_add_overflow(from, 0, &code) || code < 0 || code >= int64_t{values->rows}) return false;
      *to = static_cast<int32_t>(code);
      return true;
    };
    if (format.size() != 1 ||
        !widen_any<int32_t>(format[0], array.buffers[1], count, *column, convert, &column->values)) {
      return invalid("a code is outside its dictionary");
    }
    column->type = values->type.with_nullable(nullable || values->has_nulls());
    if (values->rows != 0 && !values->has_nulls()) {
      column->encoding = Encoding::kDictionary;
      column->children.push_back(std::move(values));
      return ColumnPtr(std::move(column));
    }
    // A dictionary that is empty or has nulls is none of ours.
    ColumnBuilder rows(column->type);
    for (uint32_t row = 0; row < column->rows; ++row) {
      if (column->is_null(row) || values->rows == 0) {
        rows.append_null();
      } else {
        (void)rows.append_from(*values, static_cast<uint32_t>(column->values.as<int32_t>()[column->offset + row]));
      }
    }
    return rows.finish();
  }

  std::shared_ptr<Owner> owner_;
  bool nullable_ = false;  // of the array that is being read
};

/// Releases a schema at the end of a scope.
struct Releaser {
  ArrowSchema* schema;
  ~Releaser() {
    if (schema->release != nullptr) schema->release(schema);
  }
};

}  // namespace

Result<ColumnPtr> import_column(ArrowSchema* schema, ArrowArray* array) {
  const Releaser releaser{schema};
  if (array->release == nullptr) return invalid("the array was released before");
  auto owner = std::make_shared<Owner>(array);
  if (schema->release == nullptr) return invalid("the schema was released before");
  const ArrowArray& taken = owner->array();
  BLOX_ASSIGN(ColumnPtr column, Importer(owner).read(*schema, taken, 0));
  // Sizes, offsets and texts of the whole tree; a slice of it may hide what lies outside.
  if (const char* const fault = find_fault(*column)) return invalid(fault);
  return column;
}

Result<Log> import_log(ArrowSchema* schema, ArrowArray* array, Micros born) {
  BLOX_ASSIGN(const ColumnPtr record, import_column(schema, array));
  if (record->type.kind() != Kind::kStruct || !record->is_plain()) return invalid("a log is a struct array");
  for (uint32_t row = 0; row < record->rows; ++row) {
    if (record->is_null(row)) return invalid("a record of a log is null");
  }
  std::vector<ColumnPtr> columns;
  for (const ColumnPtr& child : record->children) columns.push_back(slice(child, record->offset, record->rows));
  return Log::make(Schema::from(record->type), std::move(columns), record->rows, born);
}

}  // namespace blox
