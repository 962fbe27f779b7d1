// When an element that keeps one result a key gives it away: `emit = end | change | every(1s)`.
//
// Threads  values
#pragma once

#include <optional>
#include <string>

#include "core/element/element.h"

namespace blox {

struct Emit {
  enum class When : uint8_t {
    kEnd,     ///< once, when the input has ended: append-only
    kChange,  ///< behind every log that changed it: a changelog
    kEvery,   ///< the same, gathered over a period
  };
  When when = When::kEnd;
  Micros period = 0;  ///< of kEvery
};

template <>
struct ArgTraits<Emit> {
  static std::string type_name() { return "end|change|every(duration)"; }
  static std::optional<Emit> parse(const Literal& literal, ArgContext& context);
  static std::string print(const Emit& emit);
};

}  // namespace blox
