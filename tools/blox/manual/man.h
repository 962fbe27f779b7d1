// Manual pages in the man(7) form of roff.
//
// Cost     pure: text out of data
// Source   man(7), and groff_char(7) for what has to be escaped
#pragma once

#include <string>

#include "tools/blox/manual/command.h"

namespace blox::tools {

/// blox.1: the verbs, the environment, exit codes.
std::string man_page(const Command& command);

/// blox-VERB.1.
std::string man_page(const Command& command, const Command::Verb& verb);

}  // namespace blox::tools
