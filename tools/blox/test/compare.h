// Between the words of a .bloxtest file and what they stand for: bytes, durations, records.
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

/// "10s", "5ms", "2min", and "64KiB", as in a topology.
std::optional<Micros> parse_duration(const std::string& text);
std::optional<uint64_t> parse_size(const std::string& text);

/// Records as JSON lines; for changelogs each with its "op" (insert where it is left out). What is no field is an
/// error.
Result<Log> log_from_json(const Schema& schema, const std::vector<std::string>& lines, Micros born);
std::vector<std::string> json_lines(const std::vector<Log>& logs);

}  // namespace blox::tools
