#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/arrow.h"

namespace blox {
namespace {

alignas(64) constexpr uint8_t kNothing[64] = {};  // what a buffer without bytes points at

struct SchemaParts {
  std::string format;
  std::string name;
  std::string metadata;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
  std::unique_ptr<ArrowSchema> dictionary;
};

struct ArrayParts {
  ColumnPtr column;  // keeps the buffers alive
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
  std::unique_ptr<ArrowArray> dictionary;
};

// Children that the other side has moved away have no release call any more.
template <typename Struct, typename Parts>
void release(Struct* self) {
  const std::unique_ptr<Parts> parts(static_cast<Parts*>(self->private_data));
  for (Struct& child : parts->children) {
    if (child.release != nullptr) child.release(&child);
  }
  if (parts->dictionary != nullptr && parts->dictionary->release != nullptr)
    parts->dictionary->release(parts->dictionary.get());
  self->release = nullptr;
}

template <typename Struct, typename Parts>
void attach(std::unique_ptr<Parts> parts, Struct* out) {
  for (Struct& child : parts->children) parts->pointers.push_back(&child);
  out->n_children = static_cast<int64_t>(parts->children.size());
  out->children = parts->pointers.data();
  out->dictionary = parts->dictionary.get();
  out->release = release<Struct, Parts>;
  out->private_data = parts.release();
}

const char* format_of(Kind kind) {
  switch (kind) {
    case Kind::kBool: return "b";
    case Kind::kInt: return "l";
    case Kind::kFloat: return "g";
    case Kind::kString: return "u";
    case Kind::kBytes:
    case Kind::kAny: return "z";
    case Kind::kTime: return "tsu:UTC";
    case Kind::kList: return "+l";
    case Kind::kStruct: return "+s";
  }
  return "n";
}

// One pair of key and value, each with its length in front.
std::string any_metadata() {
  std::string out;
  const auto put = [&](std::string_view text) {
    const auto size = static_cast<int32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.append(text);
  };
  const int32_t pairs = 1;
  out.append(reinterpret_cast<const char*>(&pairs), sizeof pairs);
  put("blox");
  put("any");
  return out;
}

void finish_schema(std::unique_ptr<SchemaParts> parts, bool nullable, ArrowSchema* out) {
  *out = {};
  out->format = parts->format.c_str();
  out->name = parts->name.c_str();
  out->metadata = parts->metadata.empty() ? nullptr : parts->metadata.c_str();
  out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
  attach(std::move(parts), out);
}

void export_schema(const Column& column, const std::string& name, ArrowSchema* out) {
  auto parts = std::make_unique<SchemaParts>();
  parts->name = name;
  const Type& type = column.type;
  if (type.kind() == Kind::kAny) parts->metadata = any_metadata();  // of the field, so with a dictionary too
  if (column.encoding == Encoding::kDictionary) {
    parts->format = "i";
    parts->dictionary = std::make_unique<ArrowSchema>();
    export_schema(*column.children[0], "", parts->dictionary.get());
    return finish_schema(std::move(parts), type.nullable(), out);
  }
  parts->format = format_of(type.kind());
  parts->children.resize(column.children.size());
  for (size_t i = 0; i < column.children.size(); ++i) {
    export_schema(*column.children[i], type.kind() == Kind::kList ? "item" : type.fields()[i].name,
                  &parts->children[i]);
  }
  finish_schema(std::move(parts), type.nullable(), out);
}

void export_array(const ColumnPtr& column, ArrowArray* out) {
  auto parts = std::make_unique<ArrayParts>();
  parts->column = column;
  const bool nulls = column->has_nulls() && column->type.nullable();
  *out = {};
  out->length = column->rows;
  out->null_count = nulls ? -1 : 0;
  out->offset = column->offset;
  const auto add = [&](const Buffer& buffer) { parts->buffers.push_back(buffer.empty() ? kNothing : buffer.data()); };
  parts->buffers.push_back(nulls ? column->validity.data() : nullptr);
  if (column->encoding == Encoding::kDictionary) {
    add(column->values);
    parts->dictionary = std::make_unique<ArrowArray>();
    export_array(column->children[0], parts->dictionary.get());
  } else {
    const Kind kind = column->type.kind();
    if (column->type.is_bytes_like() || kind == Kind::kList) add(column->offsets);
    if (kind != Kind::kList && kind != Kind::kStruct) add(column->values);
    parts->children.resize(column->children.size());
    for (size_t i = 0; i < column->children.size(); ++i) export_array(column->children[i], &parts->children[i]);
  }
  out->n_buffers = static_cast<int64_t>(parts->buffers.size());
  out->buffers = parts->buffers.data();
  attach(std::move(parts), out);
}

// Constants written out, at every level: Arrow has no such encoding.
ColumnPtr without_constants(const ColumnPtr& column) {
  if (column->encoding == Encoding::kConstant) return plain(column);
  if (column->encoding == Encoding::kDictionary) return column;
  std::vector<ColumnPtr> children;
  bool changed = false;
  for (const ColumnPtr& child : column->children) {
    children.push_back(without_constants(child));
    changed = changed || children.back() != child;
  }
  if (!changed) return column;
  auto out = std::make_shared<Column>(*column);
  out->children = std::move(children);
  return out;
}

}  // namespace

void export_column(const ColumnPtr& column, const std::string& name, ArrowSchema* schema, ArrowArray* array) {
  const ColumnPtr ready = without_constants(column);
  export_schema(*ready, name, schema);
  export_array(ready, array);
}

void export_log(const Log& with_selection, ArrowSchema* schema, ArrowArray* array) {
  const Log log = with_selection.dense();
  auto schemas = std::make_unique<SchemaParts>();
  auto arrays = std::make_unique<ArrayParts>();
  schemas->format = "+s";
  schemas->children.resize(log.columns().size());
  arrays->children.resize(log.columns().size());
  arrays->buffers.push_back(nullptr);
  for (size_t i = 0; i < log.columns().size(); ++i) {
    export_column(log.columns()[i], log.schema().at(i).name, &schemas->children[i], &arrays->children[i]);
  }
  finish_schema(std::move(schemas), false, schema);
  *array = {};
  array->length = log.rows();
  array->n_buffers = 1;
  array->buffers = arrays->buffers.data();
  attach(std::move(arrays), array);
}

}  // namespace blox
