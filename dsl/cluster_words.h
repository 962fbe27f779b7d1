// Single words of a cluster file: names, numbers, hosts and addresses.
//
// Threads  functions
// Part of the reader of cluster files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blox::dsl {

/// Of a node, a user, a label: up to 64 letters, digits, `_`, `-` and `.`; also a good part of a path.
bool is_name(std::string_view text);
std::optional<uint64_t> read_number(std::string_view text);

struct HostPort {
  std::string host;  ///< without brackets
  uint64_t port = 0;
};
/// "10.0.0.1:80", "[fd00::1]:80".
std::optional<HostPort> split_address(std::string_view text);
/// A name or a number.
bool is_host(std::string_view text);
/// The folder that a file is in: "." for one without a slash.
std::string folder_of(const std::string& path);

}  // namespace blox::dsl
