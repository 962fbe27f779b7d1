// Keys of CURVE (https://rfc.zeromq.org/spec/26): who a process is towards others, and whom it lets in.
//
// Owns     all it holds
// Threads  values
// Errors   net.key, with the command that makes keys
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

/// A pair of its own, in Z85 (40 characters each). Both empty: none.
struct CurveKeys {
  std::string public_key;
  std::string secret_key;
  bool none() const { return secret_key.empty(); }
};

/// Somebody who may connect, and as whom: "node db1", "user ann".
struct KnownKey {
  std::string public_key;
  std::string name;
};

/// From the system's randomness.
Result<CurveKeys> make_keys();
/// The pair that a secret belongs to.
Result<CurveKeys> keys_of(std::string_view secret_key);
/// Whether it has the form of a key.
bool is_key(std::string_view text);

/// Whether nobody else than this machine can reach it: "ipc://…", "inproc://…", "tcp://127.0.0.1:4000".
bool stays_here(std::string_view endpoint);
/// Refuses an endpoint that others can reach, where there is no key.
Status check_private(std::string_view endpoint, bool has_key);

}  // namespace blox
