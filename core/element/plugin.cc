#include "core/element/plugin.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "core/element/elf.h"

namespace blox {
namespace {

constexpr size_t kLongestStamp = 1024;
constexpr size_t kLongestPackages = 16 * 1024;

class File {
 public:
  explicit File(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  bool is_open() const { return descriptor_ >= 0; }
  /// The bytes of a regular file; nothing of anything else.
  Result<ByteSource> bytes() const {
    struct stat status;
    if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      return Status::user("plugin.file", "is no file");
    }
    const int descriptor = descriptor_;
    return ByteSource{static_cast<uint64_t>(status.st_size), [descriptor](uint64_t offset, void* to, size_t count) {
                        char* at = static_cast<char*>(to);
                        while (count > 0) {
                          const ssize_t got = pread(descriptor, at, count, static_cast<off_t>(offset));
                          if (got <= 0) return false;  // cut short in the meantime, or unreadable
                          at += got;
                          offset += static_cast<uint64_t>(got);
                          count -= static_cast<size_t>(got);
                        }
                        return true;
                      }};
  }

 private:
  int descriptor_;
};

bool is_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

Result<std::string> stamp_of(const std::string& path) {
  const File file(path);
  if (!file.is_open()) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) return Status::user("plugin.missing", "there is no such plug-in");
    return Status::from_errno(reason, "open", path);
  }
  BLOX_ASSIGN(const ByteSource bytes, file.bytes());
  Result<std::string> section = read_elf_section(bytes, "blox_stamp", kLongestStamp);
  if (!section.is_ok()) {
    if (section.status().error().code != "elf.absent") return section.status();
    return Status::user("plugin.stamp", "is a shared object, but no plug-in: it carries no stamp")
        .with_fix("say BLOX_PLUGIN(); in one of its files");
  }
  const std::string stamp = section->substr(0, section->find('\0'));
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (stamp.empty() || stamp.size() == section->size() || !std::all_of(stamp.begin(), stamp.end(), printable)) {
    return Status::user("plugin.stamp", "carries a stamp that is no text");
  }
  return stamp;
}

// As Debian's policy has it, 5.6.1. What is no name would end up in a command that root runs.
bool is_package(std::string_view name) {
  const auto first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto other = [&](char c) { return first(c) || c == '+' || c == '-' || c == '.'; };
  return name.size() >= 2 && first(name[0]) && std::all_of(name.begin(), name.end(), other);
}

Result<std::vector<std::string>> packages_in(const std::string& path) {
  const File file(path);
  if (!file.is_open()) return Status::from_errno(errno, "open", path);
  BLOX_ASSIGN(const ByteSource bytes, file.bytes());
  Result<std::string> section = read_elf_section(bytes, "blox_packages", kLongestPackages);
  std::vector<std::string> packages;
  if (!section.is_ok() && section.status().error().code == "elf.absent") return packages;
  if (!section.is_ok()) return section.status();
  std::string_view left = *section;  // the texts of all files, each ended by a zero byte
  constexpr std::string_view kBetween("\0 ,\t\n", 5);
  while (!left.empty()) {
    const size_t end = std::min(left.find_first_of(kBetween), left.size());
    const std::string name(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
    if (name.empty() || std::find(packages.begin(), packages.end(), name) != packages.end()) continue;
    if (!is_package(name)) {
      return Status::user("plugin.packages", "says that it needs a Debian package of a name that none can have")
          .with_fix("name packages in BLOX_PLUGIN_PACKAGES as `apt-get install` takes them, with blanks between");
    }
    packages.push_back(name);
  }
  return packages;
}

Status add_classes(const PluginTable& table, Registry& registry) {
  Registry extended = registry;
  for (const ElementClass* element_class : std::span(table.begin, table.end)) BLOX_TRY(extended.add(element_class));
  for (const SharderClass* sharder : std::span(table.sharders_begin, table.sharders_end))
    BLOX_TRY(extended.add(sharder));
  registry = std::move(extended);
  return Status::ok();
}

Status load(const std::string& path, Registry& registry) {
  BLOX_ASSIGN(const std::string stamp, stamp_of(path));
  if (stamp != build_stamp()) {
    return Status::user("plugin.build",
                        fmt::format("was built for another program: its stamp is `{}`, this program's `{}`", stamp,
                                    build_stamp()))
        .with_fix("build it again with the compiler and the headers of this program");
  }
  // The loader looks for a bare name in places of its own.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* const object = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) return Status::outside("plugin.load", fmt::format("cannot be loaded: {}", dlerror()));
  const auto* const table = static_cast<const PluginTable*>(dlsym(object, "blox_plugin"));
  if (table == nullptr)
    return Status::user("plugin.table", "carries a stamp but no classes").with_fix("say BLOX_PLUGIN();");
  return add_classes(*table, registry);
}

}  // namespace

std::string_view build_stamp() {
  static constexpr auto kStamp = make_stamp();
  return {kStamp.data(), kStamp.size() - 1};
}

Result<std::string> read_stamp(const std::string& path) {
  Result<std::string> stamp = stamp_of(path);
  if (!stamp.is_ok()) return stamp.status().at(path);
  return stamp;
}

Result<std::vector<std::string>> read_plugin_packages(const std::string& path) {
  Result<std::vector<std::string>> packages = packages_in(path);
  if (!packages.is_ok()) return packages.status().at(path);
  return packages;
}

Status load_plugin(const std::string& path, Registry& registry) { return load(path, registry).at(path); }

Result<std::string> find_plugin(std::string_view name, std::string_view directory, std::string_view search_path) {
  std::vector<std::string> candidates;
  const auto beside = [name](std::string_view folder) {
    return folder.empty() ? std::string(name) : fmt::format("{}{}{}", folder, folder.ends_with('/') ? "" : "/", name);
  };
  if (name.starts_with('/')) {
    candidates.emplace_back(name);
  } else {
    candidates.push_back(beside(directory));
  }
  const bool bare = name.find('/') == std::string_view::npos;
  while (bare && !search_path.empty()) {
    const size_t end = std::min(search_path.find(':'), search_path.size());
    if (end > 0) candidates.push_back(beside(search_path.substr(0, end)));
    search_path.remove_prefix(std::min(end + 1, search_path.size()));
  }
  for (const std::string& candidate : candidates) {
    if (is_file(candidate)) return candidate;
  }
  return Status::user("plugin.missing",
                      fmt::format("there is no plug-in `{}`; looked for {}", name, fmt::join(candidates, ", ")))
      .with_fix("put it beside the topology, or its folder on BLOX_PATH");
}

}  // namespace blox
