// Names that nobody else has.
//
// Threads  any
#pragma once

#include <string>

namespace blox::tools {

/// 128 random bits in hexadecimal.
std::string make_identifier();

}  // namespace blox::tools
