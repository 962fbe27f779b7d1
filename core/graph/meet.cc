#include "core/graph/meet.h"

#include <utility>
#include <vector>

namespace blox {

std::optional<Schema> meet(const Schema& a, const Schema& b, Difference& difference) {
  difference = {};
  if (a == b) return a;
  std::vector<Field> fields;
  fields.reserve(a.size());
  for (const Field& field : a.fields()) {
    const std::optional<size_t> other = b.find(field.name);
    if (!other) {
      difference = {Difference::Kind::kField, field.name, true};
      return std::nullopt;
    }
    const std::optional<Type> type = meet(field.type, b.at(*other).type);
    if (!type) {
      difference = {Difference::Kind::kType, field.name, false};
      return std::nullopt;
    }
    fields.push_back({field.name, *type});
  }
  for (const Field& field : b.fields()) {
    if (a.find(field.name)) continue;
    difference = {Difference::Kind::kField, field.name, false};
    return std::nullopt;
  }
  if (a.mode() != b.mode()) {
    difference = {Difference::Kind::kMode, {}, false};
    return std::nullopt;
  }
  Schema out(std::move(fields), a.key() == b.key() ? a.key() : std::vector<std::string>{}, a.mode());
  const std::optional<size_t> time = out.find(a.time_field());
  const bool timed = a.time_field() == b.time_field() && time && !out.at(*time).type.nullable();
  return timed ? out.with_time_field(a.time_field()) : out;
}

}  // namespace blox
