// What is already there on a host: asked by one script, answered in lines.
//
// Owns     all it holds
// Threads  pure functions
// Bounds   as its input
// Errors   outside: an answer that has no end, or lines that are none
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox::tools {

/// Which programs can run somewhere, in Debian's words.
struct Machine {
  std::string architecture;  ///< "amd64"
  std::string release;       ///< "debian 12"

  friend bool operator==(const Machine&, const Machine&) = default;
};

struct FactsRequest {
  std::string user;
  std::vector<std::string> packages;
  std::vector<std::string> files;
  std::vector<std::string> links;
  std::vector<std::string> units;
  std::string restart_mark;  ///< a file that says that services are to be restarted
};

struct HostFacts {
  struct File {
    std::string mode;  ///< "755"
    std::string owner;
    std::string sha256;
  };
  struct Unit {
    bool enabled = false;
    bool active = false;
    std::string running_sha256;  ///< of the program of its main process; empty: there is none
  };

  Machine machine;
  bool systemd = false;
  bool needs_sudo = false;  ///< the login is not root's
  bool has_user = false;
  bool restart_due = false;
  std::set<std::string> packages;  ///< of those asked for
  std::map<std::string, File> files;
  std::map<std::string, std::string> links;  ///< what they point to
  std::map<std::string, Unit> units;
};

/// A script for the POSIX shell that changes nothing.
std::string facts_script(const FactsRequest& request);
/// Lines that do not begin like an answer, such as a greeting, are passed over.
Result<HostFacts> parse_facts(std::string_view text);

}  // namespace blox::tools
