// How a command gets to a host: the program ssh, which never asks and never waits for ever.
//
// Threads  pure functions, but for run_there
// Errors   outside: what ssh or the command said, and what to do about it
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "tools/blox/deploy/program.h"
#include "tools/blox/deploy/steps.h"

namespace blox::tools {

struct Ssh {
  std::string config_file;   ///< empty: the user's own
  std::string control_path;  ///< of sockets by which commands to one host share a connection; empty: each its own

  std::vector<std::string> words(const std::string& host, const std::string& command) const;
};

/// The same as text for a shell, with what the command is to read.
std::string shell_line(const Ssh& ssh, const std::string& host, const Step& step);

/// What a failure means, "db1: STEP: …"; ok where there is none. `wish` names the host.
Status judged(const ProgramEnd& end, const Wish& wish, const Step& step);

/// Ends the shared connection to a host, if there is one.
void hang_up(const Ssh& ssh, const std::string& host);

Result<std::string> run_there(const Ssh& ssh, const Wish& wish, const Step& step);

}  // namespace blox::tools
