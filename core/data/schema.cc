#include "core/data/schema.h"

#include <utility>

#include "core/base/check.h"

namespace blox {

Schema::Schema() {
  static const auto none = std::make_shared<const Parts>();
  parts_ = none;
}

Schema::Schema(std::vector<Field> fields, std::vector<std::string> key, Mode mode, std::string time_field) {
  (void)Type::struct_of(fields);  // checks that names differ
  auto parts = std::make_shared<Parts>();
  parts->fields = std::move(fields);
  parts->key = std::move(key);
  parts->mode = mode;
  parts->time_field = std::move(time_field);
  parts_ = std::move(parts);
  for (const std::string& name : parts_->key)
    BLOX_CHECK(find(name).has_value(), "a key field that the schema does not have");
  BLOX_CHECK(parts_->time_field.empty() || find(parts_->time_field), "a time field that the schema does not have");
}

Schema Schema::from(const Type& record) { return Schema(record.fields()); }

std::optional<size_t> Schema::find(std::string_view name) const {
  for (size_t i = 0; i < size(); ++i) {
    if (at(i).name == name) return i;
  }
  return std::nullopt;
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> out;
  out.reserve(size());
  for (const Field& field : fields()) out.push_back(field.name);
  return out;
}

Schema Schema::with_key(std::vector<std::string> key) const {
  return Schema(fields(), std::move(key), mode(), time_field());
}
Schema Schema::with_mode(Mode mode) const { return Schema(fields(), key(), mode, time_field()); }
Schema Schema::with_time_field(std::string name) const { return Schema(fields(), key(), mode(), std::move(name)); }

Type Schema::as_type() const { return Type::struct_of(fields()); }

std::string Schema::to_string() const {
  std::string out = as_type().to_string();
  if (!key().empty()) {
    out += " key(";
    for (size_t i = 0; i < key().size(); ++i) out += (i == 0 ? "" : ", ") + quoted_name(key()[i]);
    out += ")";
  }
  if (mode() == Mode::kFull) out += " changelog";
  if (mode() == Mode::kUpsert) out += " upsert";
  if (!time_field().empty()) out += " time(" + quoted_name(time_field()) + ")";
  return out;
}

bool operator==(const Schema& a, const Schema& b) { return a.parts_ == b.parts_ || *a.parts_ == *b.parts_; }

}  // namespace blox
