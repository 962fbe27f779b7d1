// blox man: manual pages, and all of them as files.
#include "tools/blox/manual/man.h"

#include <algorithm>
#include <filesystem>

#include "core/base/diagnostic.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

int write_all(const Command& command, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  Status written = failed ? Status::from_errno(failed.value(), "make", folder) : Status::ok();
  if (written.is_ok()) written = write_file(folder + "/blox.1", man_page(command));
  for (const Command::Verb& verb : command.verbs) {
    if (written.is_ok()) written = write_file(folder + "/blox-" + verb.name + ".1", man_page(command, verb));
  }
  if (written.is_ok()) return kDone;
  print_error("blox: " + written.to_string() + "\n");
  return kOutside;
}

}  // namespace

int manual(Words words) {
  std::vector<std::string> names;
  std::string folder;
  Options options("man [VERB] [--write FOLDER]",
                  "Writes the manual page of a verb, or of blox itself, to standard output, for man to show.",
                  "blox man run | man -l -");
  options.value("write", "FOLDER", "all pages as files instead: blox.1, blox-run.1, …", &folder);
  options.positional("verb", &names);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (names.size() > 1 || (!names.empty() && !folder.empty())) {
    print_error("blox: man takes one verb, or --write FOLDER\n");
    return kUsage;
  }
  const Command command = this_command();
  if (!folder.empty()) return write_all(command, folder);
  if (names.empty()) {
    print_data(man_page(command));
    return kDone;
  }
  std::vector<std::string> known;
  for (const Command::Verb& verb : command.verbs) {
    if (verb.name == names[0]) {
      print_data(man_page(command, verb));
      return kDone;
    }
    known.push_back(verb.name);
  }
  const std::optional<std::string> near = nearest(names[0], known);
  print_error("blox: there is no verb `" + names[0] + "`" + (near ? "; did you mean `" + *near + "`?" : "") + "\n");
  return kUsage;
}

}  // namespace blox::tools
