#include "elements/support/keeping.h"

#include <fmt/format.h>

#include <algorithm>

namespace blox {

bool is_commit_due(size_t uncommitted, const Size& most, const Duration& longest, const Clock& clock, Timer& timer) {
  if (uncommitted == 0) return false;
  if (uncommitted >= static_cast<size_t>(most.bytes)) return true;
  if (timer.due() == Timer::kOff) timer.set(clock.steady_ns() + longest.micros * 1'000);
  return false;
}

void KeptType::check(const Element& element, std::span<const FieldName> needed, const Words& words,
                     Diagnostics& diagnostics) const {
  const bool fed = in_.connected();
  if (fed == fields_->has_value()) {
    diagnostics.add({Severity::kError,
                     "E0431",
                     fields_.span(),
                     fed ? fmt::format("`fields` is for {} that nothing writes to: here `in` says what its {} are",
                                       words.keeper, words.records)
                         : fmt::format("`{}` does not know its {}: nothing is connected to `in`", element.class_name(),
                                       words.records),
                     {},
                     fed ? "take `fields` out" : fmt::format("fields = {}, or connect `in`", words.example)});
  }
  if (fed || !fields_->has_value()) return;
  const Schema records = schema();
  for (const FieldName& name : needed) {
    if (records.find(name.name)) continue;
    diagnostics.error("E0501", name.span.known() ? name.span : fields_.span(),
                      fmt::format("`fields` has no field `{}`, which `{}` needs", name.name, element.class_name()));
  }
}

std::optional<Schema> KeptType::resolve(std::span<const FieldName> needed, Types& types) const {
  std::optional<Schema> out;
  if (in_.connected()) {
    out = types.of(in_);
  } else if (fields_->has_value()) {
    out = Schema::from((*fields_)->type);
  }
  const auto is_there = [&](const FieldName& name) { return out->find(name.name).has_value(); };
  return out && std::all_of(needed.begin(), needed.end(), is_there) ? out : std::nullopt;
}

Schema KeptType::schema() const { return in_.connected() ? in_.schema() : Schema::from((*fields_)->type); }

}  // namespace blox
