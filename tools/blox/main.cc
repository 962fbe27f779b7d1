// blox: the command. Finds the verb and hands over.
#include <csignal>
#include <string>
#include <vector>

#include "core/base/diagnostic.h"
#include "core/element/stamp.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace {

using blox::tools::Verb;

std::string overview() {
  std::string text = "usage: blox VERB …   (blox VERB --help says more)\n\n";
  for (const Verb& verb : blox::tools::verbs()) {
    std::string name = verb.name;
    name.resize(12, ' ');
    text += "  " + name + verb.about + "\n";
  }
  return text + "\nexample:\n  blox run -e 'Counter(limit = 10) -> Print'\n";
}

int run_verb(const std::vector<std::string>& words) {
  if (words.empty()) {
    blox::tools::print_error(overview());
    return blox::tools::kUsage;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    blox::tools::print_data(overview());
    return blox::tools::kDone;
  }
  if (words[0] == "--version") {
    blox::tools::print_data("blox " BLOX_RELEASE "\n");
    return blox::tools::kDone;
  }
  if (words[0] == "checker") return blox::tools::checker(std::span(words).subspan(1));
  if (words[0] == "worker") return blox::tools::worker(std::span(words).subspan(1));
  std::vector<std::string> names;
  for (const Verb& verb : blox::tools::verbs()) {
    if (words[0] == verb.name) return verb.run(std::span(words).subspan(1));
    names.push_back(verb.name);
  }
  const std::optional<std::string> near = blox::nearest(words[0], names);
  blox::tools::print_error("blox: there is no verb `" + words[0] + "`" +
                           (near ? "; did you mean `" + *near + "`?" : "") + "\n" + overview());
  return blox::tools::kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  blox::tools::hold_standard_streams();
  // Both are told by write() instead: a reader that goes away, and a file that may grow no further.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const int code = run_verb(std::vector<std::string>(argv + 1, argv + argc));
  const int error = blox::tools::data_was_lost();
  if (error == 0 || code != blox::tools::kDone) return code;
  blox::tools::print_error("blox: " + blox::Status::from_errno(error, "write", "standard output").to_string() + "\n");
  return blox::tools::kOutside;
}
