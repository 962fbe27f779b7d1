// Checks of arguments that several elements of this folder have.
//
// Threads  the checker's
// Errors   E0402, E0403, at the argument and with the fix
#pragma once

#include <cstdint>
#include <string>

#include "core/element/arg.h"

namespace blox {

/// For Element::check: where to listen is a host and a port. `port`: of the example.
void check_address(const Arg<std::string>& address, uint16_t port, Diagnostics& diagnostics);
/// For Element::check: a secret that cannot be guessed.
void check_secret(const Arg<std::string>& secret, Diagnostics& diagnostics);

}  // namespace blox
