#include "tools/blox/bundle.h"

#include <algorithm>
#include <map>
#include <memory>

#include "tools/blox/files.h"

namespace blox::tools {
namespace {

/// Stands where a secret will, on the node that runs the element.
Result<std::string> unknown_secret(const std::string&) { return std::string("(secret)"); }

Result<std::string> missing(const std::string&) {
  return Status::outside("file.open", "it is not part of what was submitted");
}

}  // namespace

Bundled bundle(const LoadRequest& request) {
  Bundled made;
  const dsl::LoadOptions here = dsl::process_options();
  // By name: a file that is included twice is read twice.
  const auto files = std::make_shared<std::map<std::string, std::string>>();
  const auto variables = std::make_shared<std::map<std::string, std::string>>();
  LoadRequest recorded = request;
  recorded.from = dsl::LoadOptions{};
  recorded.from->read = [files](const std::string& path) -> Result<std::string> {
    BLOX_ASSIGN(std::string text, read_file(path));
    (*files)[path] = text;
    return text;
  };
  recorded.from->outside.env = [variables, here](const std::string& name) {
    std::optional<std::string> value = here.outside.env(name);
    if (value) (*variables)[name] = *value;
    return value;
  };
  recorded.from->outside.secret = unknown_secret;
  made.loaded = load(recorded);
  protocol::Bundle& bundle = made.bundle;
  bundle.main = request.text ? "" : request.path;
  if (request.text) bundle.files.push_back({"", *request.text});
  for (auto& [path, text] : *files) bundle.files.push_back({path, text});
  bundle.sets = request.sets;
  for (auto& [name, value] : *variables) bundle.environment.push_back({name, value});
  bundle.plugins = made.loaded.plugins;
  return made;
}

Loaded load(const protocol::Bundle& bundle, bool secrets, const ClusterFacts* cluster) {
  const auto find_file = [&](const std::string& path) {
    return std::find_if(bundle.files.begin(), bundle.files.end(), [&](auto& file) { return file.path == path; });
  };
  LoadRequest request;
  request.cluster = cluster;
  if (bundle.main.empty() && find_file("") != bundle.files.end()) {
    request.text = find_file("")->text;
  } else {
    request.path = bundle.main;
  }
  // A hostile bundle may hold anything here; the command's own check is not in between.
  for (const std::string& set : bundle.sets) {
    if (set.find('=') != std::string::npos && set.front() != '=') request.sets.push_back(set);
  }
  request.from = dsl::LoadOptions{};
  request.from->read = [&](const std::string& path) -> Result<std::string> {
    const auto file = find_file(path);
    return file == bundle.files.end() ? missing(path) : Result<std::string>(file->text);
  };
  request.from->outside.env = [&](const std::string& name) -> std::optional<std::string> {
    for (const auto& variable : bundle.environment) {
      if (variable.name == name) return variable.value;
    }
    return std::nullopt;
  };
  request.from->outside.secret = secrets ? dsl::process_options().outside.secret : unknown_secret;
  return load(request);
}

}  // namespace blox::tools
