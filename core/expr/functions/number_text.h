// Numbers, bools and bytes to text and back, in PostgreSQL's forms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blox::expr {

/// Longest text of a float: "-1.2345678901234567e-308".
constexpr size_t kLongestFloat = 32;

/// The shortest text that reads back as the same number: 0.1, 1e+15, 1e-05, Infinity, NaN. Returns its length.
size_t format_float(double value, char* out);

enum class Read : uint8_t { kFine, kNoNumber, kOutOfRange };
/// Reads a whole text, spaces around it apart.
Read read_int(std::string_view text, int64_t* out);
Read read_float(std::string_view text, double* out);
/// true, yes, on, 1 and their beginnings, in any case; nothing for anything else.
std::optional<bool> read_bool(std::string_view text);
/// `\x0aff`, or plain text with `\\` and `\ooo`; nothing where it is neither.
std::optional<std::string> read_bytes(std::string_view text);

std::string_view trimmed(std::string_view text);

}  // namespace blox::expr
