#include "tools/blox/deploy/wishes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "core/base/digest.h"
#include "tools/blox/cluster/key_folder.h"
#include "tools/blox/deploy/units.h"

namespace blox::tools {
namespace {

Result<std::string> sha256_of_file(const std::string& path) {
  BLOX_ASSIGN(Digester digester, Digester::make(Digest::kSha256));
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Status::from_errno(errno, "read", path);
  digester.begin();
  std::string buffer(1 << 20, '\0');
  ssize_t got = 0;
  while ((got = ::read(file, buffer.data(), buffer.size())) > 0) {
    digester.add(std::string_view(buffer.data(), static_cast<size_t>(got)));
  }
  const int error = errno;
  ::close(file);
  if (got < 0) return Status::from_errno(error, "read", path);
  char out[Digester::kLongest];
  digester.finish(out);
  return hex_of({out, digester.size()});
}

std::string host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

std::string base_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

bool below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

class Builder {
 public:
  explicit Builder(const DeployRequest& request) : request_(request) {}

  Result<std::vector<Wish>> all() {
    BLOX_ASSIGN(command_sha256_, sha256_of_file(request_.command));
    BLOX_TRY(add_master());
    for (const dsl::ClusterConfig::Node& node : request_.there->nodes) BLOX_TRY(add_node(node));
    return std::move(wishes_);
  }

 private:
  std::string placed(std::string_view path) const { return request_.root + std::string(path); }

  Status add_text(Wish& wish, std::string what, std::string path, std::string text) {
    WantedFile file;
    file.what = std::move(what);
    file.path = std::move(path);
    file.mode = "0644";
    file.sha256 = sha256_hex(text);
    file.text = std::move(text);
    return add(wish, std::move(file));
  }
  Status add_copy(Wish& wish, std::string what, const std::string& source, std::string path, std::string mode,
                  bool restarts = true) {
    WantedFile file;
    file.what = std::move(what);
    file.source = source;
    file.path = std::move(path);
    file.mode = std::move(mode);
    file.restarts = restarts;
    BLOX_ASSIGN(file.sha256, sha256_of_file(source));
    return add(wish, std::move(file));
  }
  static Status add(Wish& wish, WantedFile file) {
    for (const WantedFile& other : wish.files) {
      if (other.path != file.path) continue;
      if (other.sha256 == file.sha256) return Status::ok();
      return Status::user("deploy.twice",
                          fmt::format("{} and {} would both be {} on the hosts", other.source, file.source, file.path))
          .with_fix("give one of them another name");
    }
    wish.files.push_back(std::move(file));
    return Status::ok();
  }

  // One for all that is on a host; whatever they have in common is there from the beginning.
  Result<Wish*> wish_for(const std::string& host, const std::string& name) {
    for (Wish& wish : wishes_) {
      if (wish.host != host) continue;
      wish.name += "+" + name;
      return &wish;
    }
    Wish& wish = wishes_.emplace_back();
    wish.name = name;
    wish.host = host;
    wish.machine = request_.machine;
    wish.user = request_.user;
    wish.home = kStateFolder;
    wish.packages = request_.packages;
    wish.unit_folder = placed(kUnitFolder);
    wish.restart_mark = placed(kConfigFolder) + "/.restart-due";
    wish.command_sha256 = command_sha256_;
    WantedFile command{"the command", placed(kCommandPath), "0755", "", command_sha256_, request_.command, "", true};
    BLOX_TRY(add(wish, std::move(command)));
    for (const std::string& plugin : request_.plugins) {
      const std::string path = placed(kPluginFolder) + "/" + base_name(plugin);
      BLOX_TRY(add_copy(wish, "the plug-in " + base_name(plugin), plugin, path, "0644", false));
    }
    BLOX_TRY(add_text(wish, "cluster.yaml", placed(kConfigFolder) + "/cluster.yaml", request_.text));
    return &wish;
  }

  Status add_key(Wish& wish, const std::string& who, bool secret) {
    const std::string name = who + (secret ? ".key" : ".pub");
    const std::string source = request_.here->keys + "/" + name;
    if (::access(source.c_str(), R_OK) != 0) {
      return Status::outside("keys.missing", "this key is not there")
          .at(source)
          .with_fix("make keys with `blox keygen --cluster " + request_.here->path +
                    "`, or deploy from where they are");
    }
    if (below(request_.there->keys, kStateFolder)) {
      return Status::user("deploy.keys",
                          fmt::format("keys cannot be in {}, which belongs to the services", kStateFolder))
          .at(request_.here->path)
          .with_fix("write `keys: keys`");
    }
    BLOX_TRY(add_copy(wish, secret ? "the secret of " + who : "the public key of " + who, source,
                      placed(request_.there->keys) + "/" + name, secret ? "0400" : "0644"));
    if (secret) wish.files.back().owner = request_.user;
    return Status::ok();
  }

  // A relative folder is beside cluster.yaml, where services may not write: it becomes a link to where they may.
  Status add_state(Wish& wish, const std::string& folder, const std::string& whose) {
    if (below(folder, kStateFolder)) return Status::ok();
    if (!below(folder, kConfigFolder) || folder.size() == kConfigFolder.size()) {
      return Status::user("deploy.state",
                          fmt::format("the state of {} would be in {}; services may write below {} alone", whose,
                                      folder, kStateFolder))
          .at(request_.here->path)
          .with_fix(fmt::format("write `state: {}/{}`, or a relative folder", kStateFolder, whose));
    }
    const size_t begin = kConfigFolder.size() + 1;
    const std::string first = folder.substr(begin, folder.find('/', begin) - begin);
    if (first == "keys" || first == "." || first == "..") {
      return Status::user("deploy.state", fmt::format("the state of {} cannot be in {}", whose, folder))
          .at(request_.here->path)
          .with_fix("write `state: state/" + whose + "`");
    }
    wish.links[placed(kConfigFolder) + "/" + first] = kStateFolder;
    return Status::ok();
  }

  Status add_unit(Wish& wish, std::string_view unit, std::string_view file, std::string name) {
    BLOX_TRY(add_text(wish, fmt::format("the unit {}", file), placed(kUnitFolder) + "/" + std::string(file),
                      unit_for(unit, request_.user)));
    wish.units.push_back(std::move(name));
    return Status::ok();
  }

  Status add_master() {
    BLOX_ASSIGN(Wish* const wish, wish_for(host_of(request_.there->address), "master"));
    if (!request_.here->keys.empty()) {
      BLOX_TRY(add_key(*wish, kMasterKey, true));
      BLOX_TRY(add_key(*wish, kMasterKey, false));
      for (const auto& node : request_.here->nodes) BLOX_TRY(add_key(*wish, node_key(node.name), false));
      for (const auto& user : request_.here->users) BLOX_TRY(add_key(*wish, user_key(user.name), false));
    }
    BLOX_TRY(add_state(*wish, request_.there->state, "master"));
    return add_unit(*wish, kMasterUnit, "datablox-master.service", "datablox-master.service");
  }

  Status add_node(const dsl::ClusterConfig::Node& node) {
    BLOX_ASSIGN(Wish* const wish, wish_for(node.host, node.name));
    if (!request_.here->keys.empty()) {
      BLOX_TRY(add_key(*wish, node_key(node.name), true));
      BLOX_TRY(add_key(*wish, node_key(node.name), false));
      BLOX_TRY(add_key(*wish, kMasterKey, false));
    }
    BLOX_TRY(add_state(*wish, node.state, node.name));
    return add_unit(*wish, kCaretakerUnit, "datablox-caretaker@.service",
                    "datablox-caretaker@" + node.name + ".service");
  }

  const DeployRequest& request_;
  std::string command_sha256_;
  std::vector<Wish> wishes_;
};

}  // namespace

Result<std::vector<Wish>> wishes_of(const DeployRequest& request) { return Builder(request).all(); }

}  // namespace blox::tools
