// Where to listen or connect: a host and a port, and the listening socket made of them.
//
// Owns     what it is made of; a socket belongs to the caller
// Threads  values and functions; any thread
// Errors   "listen.in_use" (with the fix), "listen.failed"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

struct NetAddress {
  std::string host;  ///< a name or a number, IPv6 without brackets; empty: all addresses of the machine
  uint16_t port = 0;

  /// Reads "HOST:PORT", "[V6]:PORT" or ":PORT".
  static std::optional<NetAddress> parse(std::string_view text);
  std::string to_string() const;
};

/// A socket that listens, non-blocking. Port 0 lets the system choose. `text` is read by NetAddress::parse.
Result<int> listen_tcp(std::string_view text);

/// Where a socket is bound, and who is at its other end; "unknown" where the system does not say.
std::string local_address(int socket);
std::string peer_address(int socket);
/// The port that a socket is bound to; 0 where it is not.
uint16_t local_port(int socket);

}  // namespace blox
