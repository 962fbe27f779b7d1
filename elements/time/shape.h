// What windows of event time look like: `tumble(10s)`, `hop(1min, 10s)`, `session(30s)`.
//
// Threads  values
#pragma once

#include <optional>
#include <string>

#include "core/element/element.h"

namespace blox {

struct Shape {
  enum class Kind : uint8_t { kTumble, kHop, kSession };
  Kind kind = Kind::kTumble;
  Micros size = 0;  ///< of a session: the silence that ends it
  Micros step = 0;  ///< from one window to the next; for tumbling ones the size
};

template <>
struct ArgTraits<Shape> {
  static std::string type_name() { return "tumble(duration)|hop(duration, duration)|session(duration)"; }
  static std::optional<Shape> parse(const Literal& literal, ArgContext& context);
  static std::string print(const Shape& shape);
};

}  // namespace blox
