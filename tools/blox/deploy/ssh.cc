#include "tools/blox/deploy/ssh.h"

#include <fmt/format.h>

#include "tools/blox/manual/completion.h"

namespace blox::tools {
namespace {

constexpr int kSshFailed = 255;

// The last lines say why; long output is cut in front.
std::string last_words(std::string_view said) {
  while (said.ends_with('\n') || said.ends_with('\r')) said.remove_suffix(1);
  constexpr size_t kMost = 2'000;
  if (said.size() > kMost) said = said.substr(said.size() - kMost);
  return std::string(said);
}

std::string fix_of_connection(std::string_view said, const std::string& host) {
  const auto has = [said](std::string_view part) { return said.find(part) != std::string_view::npos; };
  if (has("Permission denied")) return "let your key in: ssh-copy-id " + host + "; or name the login: --ssh-config";
  if (has("Host key verification failed") || has("No matching host key") || has("IDENTIFICATION HAS CHANGED")) {
    return "compare its key with what it should be, then accept it once by hand: ssh " + host;
  }
  if (has("Could not resolve")) return "write an address that this machine knows, or a Host entry: --ssh-config";
  return "see whether it is up and sshd listens there: ssh " + host;
}

}  // namespace

std::vector<std::string> Ssh::words(const std::string& host, const std::string& command) const {
  std::vector<std::string> words{"ssh"};
  if (!config_file.empty()) words.insert(words.end(), {"-F", config_file});
  if (!control_path.empty()) {
    words.insert(words.end(),
                 {"-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", "ControlPath=" + control_path});
  }
  words.insert(words.end(), {"-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o",
                             "ServerAliveCountMax=3", "--", host, command});
  return words;
}

std::string shell_line(const Ssh& ssh, const std::string& host, const Step& step) {
  std::string line;
  for (const std::string& word : Ssh{ssh.config_file, ""}.words(host, step.command)) {
    const bool plain =
        word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@:=-") ==
        std::string::npos;
    line += (line.empty() ? "" : " ") + (plain ? word : shell_quoted(word));
  }
  if (!step.input_file.empty()) return line + " < " + shell_quoted(step.input_file) + "\n";
  if (step.input.empty()) return line + "\n";
  return line + " << 'END OF FILE'\n" + step.input + (step.input.ends_with('\n') ? "" : "\n") + "END OF FILE\n";
}

Status judged(const ProgramEnd& end, const Wish& wish, const Step& step) {
  if (!end.late && end.code == 0) return Status::ok();
  const std::string place = fmt::format("{} ({}), {}", wish.name, wish.host, step.what);
  const std::string said = last_words(end.err.empty() ? end.out : end.err);
  const auto failed = [&](const std::string& text, const std::string& fix) {
    return Status::outside("deploy.step", said.empty() ? text : text + ": " + said).at(place).with_fix(fix);
  };
  if (end.late) return failed(fmt::format("not done after {} s", step.limit / kSecond), step.fix);
  if (end.code == kSshFailed) return failed("ssh failed", fix_of_connection(said, wish.host));
  if (said.find("sudo: ") != std::string::npos) {
    return failed("needs the rights of root", "log in as root, or let this login run sudo without a password");
  }
  return failed(fmt::format("ended with {}", end.code), step.fix);
}

void hang_up(const Ssh& ssh, const std::string& host) {
  std::vector<std::string> words = ssh.words(host, "");
  words.insert(words.begin() + 1, {"-O", "exit"});
  words.pop_back();
  // Whether there was one is of no interest.
  const Result<ProgramEnd> ended = run_program({std::move(words), "", "", 10 * kSecond});
  (void)ended;
}

Result<std::string> run_there(const Ssh& ssh, const Wish& wish, const Step& step) {
  BLOX_ASSIGN(ProgramEnd end,
              run_program({ssh.words(wish.host, step.command), step.input, step.input_file, step.limit}));
  BLOX_TRY(judged(end, wish, step));
  return std::move(end.out);
}

}  // namespace blox::tools
