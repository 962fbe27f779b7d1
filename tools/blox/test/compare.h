// What a .bloxtest file says beside what came out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data/log.h"

namespace blox::tools {

std::vector<std::string> split_lines(const std::string& text);
std::string joined(const std::vector<std::string>& lines);  ///< each line ended

/// Two digits a byte, 32 bytes a line. Spaces between bytes are allowed; nothing where it is no such text.
std::vector<std::string> hex_lines(const std::string& bytes);
std::optional<std::string> bytes_from_hex(const std::vector<std::string>& lines);

/// "10s", "5ms", "2min".
std::optional<Micros> parse_duration(const std::string& text);

/// Records as JSON lines; for changelogs each with its "op" (insert where it is left out).
Result<Log> log_from_json(const Schema& schema, const std::vector<std::string>& lines, Micros born);
std::vector<std::string> json_lines(const std::vector<Log>& logs);

/// Empty where both are the same: lines that are JSON are compared as values, others as text.
std::string difference_of(const std::vector<std::string>& expected, const std::vector<std::string>& got, bool as_set);

}  // namespace blox::tools
