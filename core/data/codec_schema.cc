// Schemas as MessagePack: [type text, [key], mode, time field].
#include <utility>

#include "core/data/codec.h"
#include "core/data/messagepack.h"

namespace blox {
namespace {

constexpr uint32_t kMostKeys = 1'024;  // each is looked up among the fields

Status invalid(const char* what) { return Status::user("frame.invalid", what); }

}  // namespace

void encode_schema(const Schema& schema, BufferBuilder* out) {
  MessagePackWriter writer(out);
  writer.array(4);
  writer.string(schema.as_type().to_string());
  writer.array(static_cast<uint32_t>(schema.key().size()));
  for (const std::string& name : schema.key()) writer.string(name);
  writer.integer(static_cast<int64_t>(schema.mode()));
  writer.string(schema.time_field());
}

Result<Schema> decode_schema(std::string_view bytes) {
  MessagePackReader reader(bytes);
  uint32_t parts = 0;
  uint32_t keys = 0;
  std::string_view type_text;
  if (!reader.read_array(&parts) || parts != 4 || !reader.read_string(&type_text) || !reader.read_array(&keys) ||
      keys > kMostKeys) {
    return invalid("the schema is malformed");
  }
  const Result<Type> type = Type::parse(type_text);
  if (!type.is_ok() || type->kind() != Kind::kStruct || type->nullable())
    return invalid("the schema's type is no record");
  const Schema fields = Schema::from(*type);
  std::vector<std::string> key;
  for (uint32_t i = 0; i < keys; ++i) {
    std::string_view name;
    if (!reader.read_string(&name) || !fields.find(name)) return invalid("the schema's key is no field");
    key.emplace_back(name);
  }
  int64_t mode = 0;
  std::string_view time_field;
  if (!reader.read_int(&mode) || mode < 0 || mode > static_cast<int64_t>(Mode::kUpsert))
    return invalid("the schema's mode is unknown");
  if (!reader.read_string(&time_field) || !reader.at_end()) return invalid("the schema is malformed");
  if (!time_field.empty() && !fields.find(time_field)) return invalid("the schema's time is no field");
  return Schema(type->fields(), std::move(key), static_cast<Mode>(mode), std::string(time_field));
}

}  // namespace blox
