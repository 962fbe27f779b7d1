#include "tools/blox/cluster/key_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/descriptor.h"
#include "tools/blox/files.h"

namespace blox::tools {
namespace {

std::string path_of(const std::string& folder, const std::string& who, const char* half) {
  return folder + "/" + who + half;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Status make_folders(const std::string& folder) {
  for (size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    const std::string part = folder.substr(0, slash);
    const bool last = slash == std::string::npos;
    // The folder of secrets is its owner's; those around it are as the system makes them.
    if (::mkdir(part.c_str(), last ? 0700 : 0777) != 0 && errno != EEXIST) {
      return Status::from_errno(errno, "make the folder", part);
    }
    if (last) return Status::ok();
  }
}

// Never readable by others, not even for a moment, and never half written.
Status write_key(const std::string& path, const std::string& key, mode_t mode) {
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return Status::from_errno(errno, "write", path);
  const std::string line = key + "\n";
  const bool written = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!written || ::rename(beside.c_str(), path.c_str()) != 0) {
    const int why = written ? errno : error;
    ::unlink(beside.c_str());
    return Status::from_errno(why, "write", path);
  }
  return Status::ok();
}

Status missing(const dsl::ClusterConfig& config, const std::string& path) {
  return Status::outside("keys.missing", "this key is not there")
      .at(path)
      .with_fix("make keys with `blox keygen --cluster " + config.path + "`, or copy the file from where they were made");
}

Result<std::string> read_key(const dsl::ClusterConfig& config, const std::string& path) {
  if (!exists(path)) return missing(config, path);
  BLOX_ASSIGN(std::string text, read_file(path));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (!is_key(text)) return Status::user("net.key", "this is no key: 40 characters are one").at(path);
  return text;
}

}  // namespace

std::string node_key(const std::string& name) { return "node-" + name; }
std::string user_key(const std::string& name) { return "user-" + name; }

bool has_keys(const std::string& folder, const std::string& who) {
  return exists(path_of(folder, who, ".key")) || exists(path_of(folder, who, ".pub"));
}

Status write_keys(const std::string& folder, const std::string& who, const CurveKeys& keys) {
  BLOX_TRY(make_folders(folder));
  // The public half last: with it the pair begins to count.
  ::unlink(path_of(folder, who, ".pub").c_str());
  BLOX_TRY(write_key(path_of(folder, who, ".key"), keys.secret_key, 0600));
  return write_key(path_of(folder, who, ".pub"), keys.public_key, 0644);
}

Result<CurveKeys> read_keys(const dsl::ClusterConfig& config, const std::string& who) {
  const std::string path = path_of(config.keys, who, ".key");
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
    return Status::user("keys.open", "others may read this secret").at(path).with_fix("chmod 600 " + path);
  }
  BLOX_ASSIGN(const std::string secret, read_key(config, path));
  return keys_of(secret);
}

Result<std::string> read_public_key(const dsl::ClusterConfig& config, const std::string& who) {
  return read_key(config, path_of(config.keys, who, ".pub"));
}

Result<std::vector<KnownKey>> known_keys(const dsl::ClusterConfig& config) {
  std::vector<KnownKey> known;
  const auto add = [&](const std::string& who, const std::string& as) -> Status {
    if (!exists(path_of(config.keys, who, ".pub"))) return Status::ok();
    BLOX_ASSIGN(std::string key, read_public_key(config, who));
    known.push_back({std::move(key), as});
    return Status::ok();
  };
  for (const auto& node : config.nodes) BLOX_TRY(add(node_key(node.name), "node " + node.name));
  for (const auto& user : config.users) BLOX_TRY(add(user_key(user.name), "user " + user.name));
  return known;
}

}  // namespace blox::tools
