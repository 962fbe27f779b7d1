#include "elements/support/emit.h"

namespace blox {

std::optional<Emit> ArgTraits<Emit>::parse(const Literal& literal, ArgContext& context) {
  using Form = Literal::Form;
  if (literal.form == Form::kName && literal.text == "end") return Emit{};
  if (literal.form == Form::kName && literal.text == "change") return Emit{Emit::When::kChange};
  const bool call = literal.form == Form::kCall && literal.text == "every" && literal.items.size() == 1;
  if (call && literal.items[0].form == Form::kDuration && literal.items[0].integer > 0) {
    return Emit{Emit::When::kEvery, literal.items[0].integer};
  }
  context.ill_typed(literal, "end, change or every(duration)");
  return std::nullopt;
}

std::string ArgTraits<Emit>::print(const Emit& emit) {
  if (emit.when == Emit::When::kEnd) return "end";
  if (emit.when == Emit::When::kChange) return "change";
  Literal period;
  period.form = Literal::Form::kDuration;
  period.integer = emit.period;
  return "every(" + period.to_string() + ")";
}

}  // namespace blox
