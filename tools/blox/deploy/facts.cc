#include "tools/blox/deploy/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/blox/manual/completion.h"

namespace blox::tools {
namespace {

constexpr std::string_view kMark = "blox-fact ";

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += " " + shell_quoted(word);
  return out;
}

/// The words of a line: the next one, up to a blank, or all that is left.
class Line {
 public:
  explicit Line(std::string_view text) : left_(text) {}
  std::string next() {
    const size_t end = std::min(left_.find(' '), left_.size());
    const std::string word(left_.substr(0, end));
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return word;
  }
  std::string rest() { return std::string(std::exchange(left_, {})); }

 private:
  std::string_view left_;
};

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// False where the line says nothing of use.
bool add_fact(Line line, HostFacts& facts, bool& ended) {
  const std::string kind = line.next();
  if (kind == "architecture") {
    facts.machine.architecture = line.rest();
  } else if (kind == "release") {
    facts.machine.release = line.rest();
  } else if (kind == "systemd") {
    facts.systemd = true;
  } else if (kind == "sudo") {
    facts.needs_sudo = true;
  } else if (kind == "user") {
    facts.has_user = true;
  } else if (kind == "restart-due") {
    facts.restart_due = true;
  } else if (kind == "package") {
    facts.packages.insert(line.rest());
  } else if (kind == "file") {
    HostFacts::File file;
    file.mode = line.next();
    file.owner = line.next();
    file.sha256 = line.next();
    const std::string path = line.rest();
    if (!is_digest(file.sha256) || path.empty()) return false;
    facts.files[path] = std::move(file);
  } else if (kind == "link") {
    const std::string target = line.next();
    facts.links[line.rest()] = target;
  } else if (kind == "unit") {
    const std::string name = line.next();
    HostFacts::Unit unit;
    unit.enabled = line.next() == "enabled";
    unit.active = line.next() == "active";
    const std::string digest = line.rest();
    if (digest != "-" && !is_digest(digest)) return false;
    if (digest != "-") unit.running_sha256 = digest;
    facts.units[name] = std::move(unit);
  } else if (kind == "end") {
    ended = true;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string facts_script(const FactsRequest& request) {
  return fmt::format(R"sh(fact() {{ echo "blox-fact $*"; }}
fact architecture $(dpkg --print-architecture)
fact release $(. /etc/os-release; echo "$ID" "$VERSION_ID")
command -v systemctl >/dev/null && fact systemd
id -u {0} >/dev/null 2>&1 && fact user
[ -e {1} ] && fact restart-due
for one in{2}; do
  [ "$(dpkg-query -W -f "\${{db:Status-Status}}" "$one" 2>/dev/null)" = installed ] && fact package "$one"
done
for one in{3}; do
  [ -f "$one" ] && fact file $(stat -c "%a %U" "$one") $(sha256sum < "$one" | cut -c 1-64) "$one"
done
for one in{4}; do
  [ -L "$one" ] && fact link "$(readlink "$one")" "$one"
done
for one in{5}; do
  enabled=$(systemctl is-enabled "$one" 2>/dev/null | head -n 1)
  active=$(systemctl is-active "$one" 2>/dev/null | head -n 1)
  process=$(systemctl show -p MainPID --value "$one" 2>/dev/null)
  digest=-
  [ "${{process:-0}}" != 0 ] && [ -r /proc/"$process"/exe ] && digest=$(sha256sum < /proc/"$process"/exe | cut -c 1-64)
  fact unit "$one" "${{enabled:-none}}" "${{active:-none}}" "$digest"
done
fact end)sh",
                     shell_quoted(request.user), shell_quoted(request.restart_mark), list(request.packages),
                     list(request.files), list(request.links), list(request.units));
}

Result<HostFacts> parse_facts(std::string_view text) {
  HostFacts facts;
  bool ended = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with(kMark)) continue;
    if (!add_fact(Line(line.substr(kMark.size())), facts, ended)) {
      return Status::outside("deploy.facts", fmt::format("says `{}`, which is no answer", line.substr(0, 200)));
    }
  }
  if (!ended) return Status::outside("deploy.facts", "did not answer to the end what is there");
  return facts;
}

}  // namespace blox::tools
