// The whole command as data: what manual pages and completion scripts are written from.
//
// Owns     copies of all it holds
#pragma once

#include <string>
#include <vector>

#include "tools/blox/options.h"

namespace blox::tools {

struct Command {
  struct Verb {
    std::string name;
    std::string about;  ///< one line
    CommandPage page;
  };
  struct Class {
    std::string name;
    std::string summary;
  };
  std::string release;
  std::vector<Verb> verbs;
  std::vector<Class> classes;  ///< of elements, built in
};

/// Of this program.
Command this_command();

}  // namespace blox::tools
