#include "tools/blox/deploy/debian.h"

#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <map>
#include <set>

#include "tools/blox/deploy/program.h"
#include "tools/blox/files.h"

namespace blox::tools {
namespace {

Status no_debian(std::string_view why) {
  return Status::user("deploy.local", fmt::format("this machine cannot say which packages the command needs: {}", why))
      .with_fix("deploy from a Debian like that of the nodes, or use a container: tools/deploy/README.md");
}

Result<std::string> said_by(std::vector<std::string> words, bool any_end) {
  const std::string name = words[0];
  Result<ProgramEnd> end = run_program({std::move(words), "", "", 60 * kSecond});
  if (!end.is_ok()) return no_debian(end.status().to_string());
  if (end->code != 0 && !any_end) return no_debian(name + " says: " + end->err);
  return std::move(end->out);
}

// "/usr/lib/x" → "/lib/x": both are the same place, and the loader's name for it need not be the package's.
std::string_view without_usr(std::string_view path) { return path.starts_with("/usr/") ? path.substr(4) : path; }

int add_library(dl_phdr_info* info, size_t, void* paths) {
  if (info->dlpi_name != nullptr && info->dlpi_name[0] == '/') {
    static_cast<std::vector<std::string>*>(paths)->emplace_back(info->dlpi_name);
  }
  return 0;
}

// The value of a line `KEY="value"`.
std::string setting(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with(key) || line.substr(key.size(), 1) != "=") continue;
    line.remove_prefix(key.size() + 1);
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    return std::string(line);
  }
  return {};
}

}  // namespace

Result<Machine> this_machine() {
  BLOX_ASSIGN(std::string architecture, said_by({"dpkg", "--print-architecture"}, false));
  while (architecture.ends_with('\n')) architecture.pop_back();
  const Result<std::string> release = read_file("/etc/os-release");
  if (!release.is_ok()) return no_debian(release.status().to_string());
  return Machine{architecture, setting(*release, "ID") + " " + setting(*release, "VERSION_ID")};
}

Result<std::vector<std::string>> packages_in_use(const std::vector<std::string>& except) {
  std::vector<std::string> libraries;
  dl_iterate_phdr(&add_library, &libraries);
  const std::set<std::string> left_out(except.begin(), except.end());
  std::erase_if(libraries, [&](const std::string& path) { return left_out.contains(path); });
  std::vector<std::string> words{"dpkg-query", "-S"};
  for (const std::string& library : libraries) {
    words.emplace_back(without_usr(library));
    words.push_back("/usr" + words.back());
  }
  BLOX_ASSIGN(const std::string said, said_by(std::move(words), true));
  return packages_of(libraries, said);
}

Result<std::vector<std::string>> packages_of(const std::vector<std::string>& libraries, std::string_view said) {
  std::map<std::string, std::string, std::less<>> owners;  // by path without /usr
  while (!said.empty()) {
    const size_t end = std::min(said.find('\n'), said.size());
    const std::string_view line = said.substr(0, end);  // "libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6"
    said.remove_prefix(std::min(end + 1, said.size()));
    const size_t colon = line.find(": /");
    if (colon == std::string_view::npos || line.substr(0, colon).find(' ') != std::string_view::npos) continue;
    const std::string_view package = line.substr(0, std::min(colon, line.find(':')));
    owners.emplace(without_usr(line.substr(colon + 2)), package);
  }
  std::set<std::string> packages;
  for (const std::string& library : libraries) {
    const auto found = owners.find(without_usr(library));
    if (found == owners.end()) {
      return Status::user("deploy.local", fmt::format("the library {} belongs to no Debian package", library))
          .with_fix("install the package that holds it, or link the command with Debian's libraries");
    }
    packages.insert(found->second);
  }
  return std::vector<std::string>(packages.begin(), packages.end());
}

}  // namespace blox::tools
