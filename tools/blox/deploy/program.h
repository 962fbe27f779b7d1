// Another program, run to its end: with a limit on its time and on what is kept of what it says.
//
// Threads  functions, for any
// Bounds   kMostSaid bytes of each stream are kept, the last ones
// Errors   outside: it cannot be started; how it ended is no error here
#pragma once

#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"

namespace blox::tools {

inline constexpr size_t kMostSaid = size_t{1} << 20;

struct ProgramCall {
  std::vector<std::string> words;  ///< the first is looked for on the PATH
  std::string input;               ///< what it reads, unless `input_file` is given
  std::string input_file;
  Micros limit = 30 * kSecond;  ///< then it is killed
};

struct ProgramEnd {
  int code = 0;       ///< 128 + the signal that ended it
  bool late = false;  ///< killed at the limit
  std::string out;
  std::string err;
};

Result<ProgramEnd> run_program(const ProgramCall& call);

}  // namespace blox::tools
