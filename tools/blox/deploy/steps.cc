#include "tools/blox/deploy/steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/blox/manual/completion.h"

namespace blox::tools {
namespace {

constexpr Micros kInstalling = 900 * kSecond;
constexpr Micros kCopying = 600 * kSecond;
constexpr Micros kStarting = 90 * kSecond;

std::string quoted(std::string_view text) {
  const bool plain = !text.empty() && text.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789._/@+:,=-") == std::string_view::npos;
  return plain ? std::string(text) : shell_quoted(text);
}

std::string quoted(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) out.push_back(quoted(word));
  return joined_words(out);
}

// "0755" and "755" are the same.
std::string_view bare_mode(std::string_view mode) {
  return mode.substr(std::min(mode.find_first_not_of('0'), mode.size()));
}

bool is_there(const HostFacts& facts, const WantedFile& file) {
  const auto found = facts.files.find(file.path);
  return found != facts.files.end() && found->second.sha256 == file.sha256 &&
         bare_mode(found->second.mode) == bare_mode(file.mode) &&
         (file.owner.empty() || found->second.owner == file.owner);
}

/// Collects steps; each is run with the rights of root.
class Steps {
 public:
  explicit Steps(bool sudo) : sudo_(sudo) {}

  Step& add(std::string what, const std::string& command, std::string fix) {
    Step step;
    step.what = std::move(what);
    step.command = sudo_ ? "sudo -n sh -c " + shell_quoted(command) : command;
    step.fix = std::move(fix);
    steps_.push_back(std::move(step));
    return steps_.back();
  }
  std::vector<Step> take() { return std::move(steps_); }

 private:
  bool sudo_;
  std::vector<Step> steps_;
};

void add_file(const WantedFile& file, Steps& steps) {
  const size_t slash = file.path.rfind('/');
  const std::string folder = slash == 0 ? "/" : file.path.substr(0, slash);
  // Beside its place, so that the last step replaces it at once; a program that runs keeps the file that it has.
  const std::string beside = quoted(folder + "/." + file.path.substr(slash + 1) + ".new");
  std::string command = fmt::format(
      "umask 022 && mkdir -p {} && umask 077 && cat > {} && echo \"{}  \"{} | "
      "sha256sum -c --status && chmod {} {}",
      quoted(folder), beside, file.sha256, beside, file.mode, beside);
  if (!file.owner.empty()) command += fmt::format(" && chown {}: {}", quoted(file.owner), beside);
  command += fmt::format(" && mv -f {} {}", beside, quoted(file.path));
  Step& step = steps.add(fmt::format("copy {} to {}", file.what, file.path), command,
                         "see whether its disk is full or read-only, then run this again: it goes on here");
  step.input_file = file.source;
  step.input = file.text;
  step.limit = kCopying;
}

void add_check(const Wish& wish, const std::string& unit, bool last, Steps& steps) {
  const std::string name = quoted(unit);
  std::string command = fmt::format(
      R"sh(main() {{ systemctl show -p MainPID --value {0}; }}
runs() {{ systemctl is-active -q {0} && p=$(main) && [ "$(sha256sum < /proc/"$p"/exe)" = "{1}  -" ]; }} 2>/dev/null
n=0
until runs; do
  n=$((n + 1)); [ $n -lt 40 ] || {{ systemctl status --no-pager -n 20 {0} >&2; exit 1; }}
  sleep 0.5
done
sleep 1
[ "$(main)" = "$p" ] || {{ systemctl status --no-pager -n 20 {0} >&2; exit 1; }})sh",
      name, wish.command_sha256);
  if (last) command += "\nrm -f " + quoted(wish.restart_mark);
  Step& step = steps.add(fmt::format("check that {} runs this command and goes on", unit), command,
                         fmt::format("see why it ends: `journalctl -u {} -n 50` there", unit));
  step.limit = kStarting;
  step.is_check = true;
}

Status refuse_machine(const HostFacts& facts, const Wish& wish) {
  if (facts.machine.architecture != wish.machine.architecture) {
    return Status::user("deploy.machine", fmt::format("its architecture is {}, this command is for {}",
                                                      facts.machine.architecture, wish.machine.architecture))
        .with_fix("deploy from a machine of that kind");
  }
  if (facts.machine.release != wish.machine.release) {
    return Status::user("deploy.machine",
                        fmt::format("its system is {}, this command is linked with the libraries of {}",
                                    facts.machine.release, wish.machine.release))
        .with_fix("build the command on that system and deploy from there, or use a container: tools/deploy/README.md");
  }
  if (!facts.systemd) {
    return Status::user("deploy.machine", "it has no systemd, which is to start and to watch the services")
        .with_fix("use a container: tools/deploy/README.md");
  }
  return Status::ok();
}

}  // namespace

FactsRequest facts_wanted(const Wish& wish) {
  FactsRequest request{wish.user, wish.packages, {}, {}, wish.units, wish.restart_mark};
  for (const auto& [path, target] : wish.links) request.links.push_back(path);
  for (const WantedFile& file : wish.files) request.files.push_back(file.path);
  return request;
}

std::string facts_command(const Wish& wish) {
  const std::string script = shell_quoted(facts_script(facts_wanted(wish)));
  return "if [ \"$(id -u)\" = 0 ]; then sh -c " + script + "; else echo blox-fact sudo; sudo -n sh -c " + script +
         "; fi";
}

Result<std::vector<Step>> steps_between(const HostFacts& facts, const Wish& wish) {
  BLOX_TRY(refuse_machine(facts, wish));
  Steps steps(facts.needs_sudo);
  std::vector<std::string> lacking;
  for (const std::string& package : wish.packages) {
    if (!facts.packages.contains(package)) lacking.push_back(package);
  }
  if (!lacking.empty()) {
    steps
        .add("install " + joined_words(lacking),
             "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "
             "-o DPkg::Lock::Timeout=120 " +
                 quoted(lacking) + " </dev/null",
             "see whether it reaches its package mirrors: `apt-get update` there")
        .limit = kInstalling;
  }
  if (!facts.has_user) {
    steps.add("create the system user " + wish.user,
              fmt::format("useradd --system --user-group --home-dir {} --no-create-home --shell /usr/sbin/nologin {}",
                          quoted(wish.home), quoted(wish.user)),
              "see whether a group of that name exists already");
  }
  std::vector<const WantedFile*> files;
  for (const WantedFile& file : wish.files) {
    if (!is_there(facts, file)) files.push_back(&file);
  }
  const bool changes = std::any_of(files.begin(), files.end(), [](const WantedFile* file) { return file->restarts; });
  if (changes && !facts.restart_due) {
    const std::string folder = wish.restart_mark.substr(0, wish.restart_mark.rfind('/'));
    steps.add("note that services are to be restarted",
              fmt::format("umask 022 && mkdir -p {} && : > {}", quoted(folder), quoted(wish.restart_mark)),
              "see whether its disk is full or read-only");
  }
  for (const WantedFile* file : files) add_file(*file, steps);
  for (const auto& [path, target] : wish.links) {
    const auto found = facts.links.find(path);
    if (found != facts.links.end() && found->second == target) continue;
    steps.add("let " + path + " be in " + target, fmt::format("ln -sn {} {}", quoted(target), quoted(path)),
              "see what is there already, and move it to " + target);
  }
  const bool units_change = std::any_of(files.begin(), files.end(), [&](const WantedFile* file) {
    return file->path.starts_with(wish.unit_folder + "/");
  });
  if (units_change) steps.add("tell systemd of the units", "systemctl daemon-reload", "is systemd running there?");
  std::vector<std::string> restarts;
  for (const std::string& unit : wish.units) {
    const auto found = facts.units.find(unit);
    const HostFacts::Unit now = found == facts.units.end() ? HostFacts::Unit{} : found->second;
    if (!now.enabled) {
      steps.add("let " + unit + " start with the host", "systemctl enable " + quoted(unit),
                "is systemd running there?");
    }
    if (changes || facts.restart_due || !now.active || now.running_sha256 != wish.command_sha256)
      restarts.push_back(unit);
  }
  for (const std::string& unit : restarts) {
    steps
        .add((facts.units.contains(unit) && facts.units.at(unit).active ? "restart " : "start ") + unit,
             "systemctl restart " + quoted(unit), fmt::format("see what it says: `journalctl -u {} -n 50` there", unit))
        .limit = kStarting;
    add_check(wish, unit, unit == restarts.back(), steps);
  }
  return steps.take();
}

}  // namespace blox::tools
