// Lengths of time as text: weeks, days, hours, minutes, seconds and their parts. Months and years have no fixed
// length and are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blox::expr {

/// "1 day 02:03:04.5", "5 minutes", "-1h", "90 s"; in µs. Nothing where it is none, or too long.
std::optional<int64_t> parse_interval(std::string_view text);
/// "2 days 01:30:00", "-00:00:01.5".
std::string format_interval(int64_t micros);
/// µs of a unit word in any case, singular or plural: "minute", "secs", "ms"; nothing for others.
std::optional<int64_t> unit_micros(std::string_view word);

}  // namespace blox::expr
