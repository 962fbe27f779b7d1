// From what a host is to be and what it is: the steps between, each a command for its shell.
//
// Owns     all it holds
// Threads  pure functions
// Errors   user: a host that the command cannot run on
// Order    packages, user, files, services, check. A host that died half way goes on where it was: a file is renamed to
//          its place once its SHA-256 is right, and a mark says that services are to be restarted until they were
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "tools/blox/deploy/facts.h"

namespace blox::tools {

struct WantedFile {
  std::string what;    ///< "the command"
  std::string path;    ///< on the host
  std::string mode;    ///< "0755"
  std::string owner;   ///< empty: root's
  std::string sha256;  ///< of its content
  std::string source;  ///< the file here, unless it is a text
  std::string text;
  bool restarts = true;  ///< services are restarted when it changes
};

/// What a host is to be.
struct Wish {
  std::string name;  ///< "db1", "master+db1"
  std::string host;
  Machine machine;  ///< for which the command was made
  std::string user;
  std::string home;  ///< of that user
  std::vector<std::string> packages;
  std::vector<WantedFile> files;
  std::map<std::string, std::string> links;  ///< from path to target
  std::vector<std::string> units;
  std::string unit_folder;
  std::string restart_mark;
  std::string command_sha256;
};

struct Step {
  std::string what;        ///< "copy the command to /usr/local/bin/blox"
  std::string command;     ///< for the shell of the host, root's rights included
  std::string input_file;  ///< what it reads: a file here, or a text
  std::string input;
  Micros limit = 60 * kSecond;
  std::string fix;        ///< what to do where it fails
  bool is_check = false;  ///< the one that says whether the service came up
};

FactsRequest facts_wanted(const Wish& wish);
/// The command that asks for them, as root.
std::string facts_command(const Wish& wish);

/// None where nothing is to be done.
Result<std::vector<Step>> steps_between(const HostFacts& facts, const Wish& wish);

}  // namespace blox::tools
