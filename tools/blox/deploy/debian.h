// This machine in Debian's words: its kind, and which packages hold the libraries that this command has loaded.
//
// Threads  functions
// Errors   user: this is no Debian, or a library belongs to no package
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "tools/blox/deploy/facts.h"

namespace blox::tools {

Result<Machine> this_machine();

/// Sorted, each once. Libraries of plug-ins that were loaded are among them, the plug-ins themselves, `except`, are
/// not.
Result<std::vector<std::string>> packages_in_use(const std::vector<std::string>& except);

/// What `dpkg-query -S` says of these files: pure. Each is asked for as it is and below /usr, since one of the two is
/// where its package has it.
Result<std::vector<std::string>> packages_of(const std::vector<std::string>& libraries, std::string_view said);

}  // namespace blox::tools
