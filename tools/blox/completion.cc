// blox completion: a script for the user's shell.
#include "tools/blox/manual/completion.h"

#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {

int completion(Words words) {
  std::vector<std::string> shells;
  Options options("completion bash|zsh|fish",
                  "Writes a script to standard output with which the shell completes verbs, options, element classes\n"
                  "and files. `cmake --install` puts the same where each shell looks for it.",
                  "source <(blox completion bash)");
  options.positional("bash|zsh|fish", &shells);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::string shell = shells.size() == 1 ? shells[0] : "";
  if (shell != "bash" && shell != "zsh" && shell != "fish") {
    print_error("blox: completion takes bash, zsh or fish\n");
    return kUsage;
  }
  const Command command = this_command();
  print_data(shell == "bash"  ? bash_completion(command)
             : shell == "zsh" ? zsh_completion(command)
                              : fish_completion(command));
  return kDone;
}

}  // namespace blox::tools
