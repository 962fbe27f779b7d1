#include "elements/time/shape.h"

#include <algorithm>

namespace blox {
namespace {

constexpr int64_t kMostAtOnce = 1000;  // windows that one record counts in

std::string text(Micros micros) {
  Literal literal;
  literal.form = Literal::Form::kDuration;
  literal.integer = micros;
  return literal.to_string();
}

}  // namespace

std::optional<Shape> ArgTraits<Shape>::parse(const Literal& literal, ArgContext& context) {
  using Form = Literal::Form;
  const auto& items = literal.items;
  const bool hop = literal.text == "hop";
  const bool known = literal.form == Form::kCall && (literal.text == "tumble" || literal.text == "session" || hop) &&
                     items.size() == (hop ? size_t{2} : size_t{1}) &&
                     std::all_of(items.begin(), items.end(), [](auto& item) { return item.form == Form::kDuration; });
  if (!known) {
    context.ill_typed(literal, "tumble(10s), hop(1min, 10s) or session(30s)");
    return std::nullopt;
  }
  for (const Literal& item : items) {
    if (item.integer > 0) continue;
    context.error("E0403", item.span, "`" + context.argument() + "` needs windows that last longer than nothing");
    return std::nullopt;
  }
  Shape shape{literal.text == "session" ? Shape::Kind::kSession : Shape::Kind::kTumble, items[0].integer,
              items[0].integer};
  if (!hop) return shape;
  shape.kind = Shape::Kind::kHop;
  shape.step = items[1].integer;
  if (shape.step > shape.size) {
    context.error("E0403", items[1].span,
                  "windows that begin every " + text(shape.step) + " and last " + text(shape.size) +
                      " leave out what comes between them",
                  "hop(" + text(shape.step) + ", " + text(shape.size) + "): first how long, then how often");
    return std::nullopt;
  }
  if (shape.size / shape.step > kMostAtOnce) {
    context.error("E0403", literal.span,
                  "each record would count in " + std::to_string(shape.size / shape.step) + " windows, at most " +
                      std::to_string(kMostAtOnce) + " are allowed");
    return std::nullopt;
  }
  return shape;
}

std::string ArgTraits<Shape>::print(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::kTumble: return "tumble(" + text(shape.size) + ")";
    case Shape::Kind::kHop: return "hop(" + text(shape.size) + ", " + text(shape.step) + ")";
    case Shape::Kind::kSession: return "session(" + text(shape.size) + ")";
  }
  return "?";
}

}  // namespace blox
