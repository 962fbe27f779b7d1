// Lengths of time as text: PostgreSQL's words and ISO 8601. Months and years have no fixed length: they are counted
// apart, and only constants that are added to a time may have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blox::expr {

struct Interval {
  int64_t months = 0;
  int64_t micros = 0;  ///< the rest
};

/// "1 day 02:03:04.5", "5 minutes", "-1h", "90 s", "1 year 2 mons", "P1DT2H". Nothing where it is none, or too long.
std::optional<Interval> parse_interval(std::string_view text);
/// "2 days 01:30:00", "-00:00:01.5".
std::string format_interval(int64_t micros);

}  // namespace blox::expr
