// blox new: the first files of an element or a topology, with a test that passes.
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/element/registry.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/new/texts.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

namespace fs = std::filesystem;

struct Place {
  fs::path folder;    ///< as the user named it
  fs::path top;       ///< of the checkout of Datablox around it; empty where there is none
  fs::path from_top;  ///< the folder, relative to `top`
};

bool is_checkout(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "core/element/element.h", ignored) && fs::is_directory(folder / "elements", ignored) &&
         fs::is_directory(folder / "tests/elements", ignored);
}

Place place_of(const std::string& folder) {
  std::error_code ignored;
  const fs::path real = fs::weakly_canonical(folder, ignored);
  Place place{folder, {}, {}};
  for (fs::path at = real; !at.empty(); at = at.parent_path()) {
    if (is_checkout(at)) {
      place.top = at;
      place.from_top = real.lexically_relative(at);
    }
    if (at == at.root_path()) break;
  }
  return place;
}

/// `folder/path`, without a leading "./".
std::string joined(const fs::path& folder, const std::string& path) {
  return folder == "." ? path : (folder / path).lexically_normal().string();
}

/// All of them or, where one is there already, none.
int write_new(const std::vector<NewFile>& files) {
  std::error_code ignored;
  for (const NewFile& file : files) {
    if (fs::exists(file.path, ignored)) {
      print_error("blox: " + file.path + " exists already; nothing was written\n");
      return kUsage;
    }
  }
  for (const NewFile& file : files) {
    std::error_code failed;
    const fs::path folder = fs::path(file.path).parent_path();
    if (!folder.empty()) fs::create_directories(folder, failed);
    const Status written =
        failed ? Status::from_errno(failed.value(), "make", folder.string()) : write_file(file.path, file.text);
    if (!written.is_ok()) {
      print_error("blox: " + written.to_string() + "\n");
      return kOutside;
    }
    print_error("wrote " + file.path + "\n");
  }
  return kDone;
}

/// Inside of a checkout a class is one source and one test, each in its own tree.
int make_built_in(const Place& place, const std::string& name) {
  const auto part = place.from_top.begin();
  const size_t depth = static_cast<size_t>(std::distance(part, place.from_top.end()));
  std::error_code ignored;
  if (depth < 2 || *part != "elements" || !fs::is_directory(place.folder, ignored)) {
    print_error("blox: " + place.folder.string() +
                " is no group of elements in this checkout of Datablox\n"
                "  = fix: --in elements/flow or another group; for a plug-in go to a folder outside of the checkout\n");
    return kUsage;
  }
  const std::string stem = snake_case(name);
  const fs::path here = fs::weakly_canonical(fs::current_path(ignored), ignored);
  const fs::path test = (place.top / "tests" / place.from_top / (stem + ".bloxtest")).lexically_proximate(here);
  return write_new({{joined(place.folder, stem + ".cc"), element_source(name)}, {test.string(), element_test(name)}});
}

int make_plugin(const Place& place, const std::string& name) {
  std::error_code ignored;
  std::vector<NewFile> files = plugin_files(name);
  const bool project = !fs::exists(place.folder / "CMakeLists.txt", ignored);
  if (project) {
    for (NewFile& file : project_files(name)) files.push_back(std::move(file));
  }
  for (NewFile& file : files) file.path = joined(place.folder, file.path);
  if (const int code = write_new(files); code != kDone) return code;
  if (!project) {
    const Result<std::string> build = read_file(joined(place.folder, "CMakeLists.txt"));
    if (build && build->find("datablox_add_plugin") == std::string::npos) {
      const std::string stem = snake_case(name);
      print_error(
          "CMakeLists.txt stands as it was; it needs\n  find_package(datablox REQUIRED)\n  datablox_add_plugin(" +
          stem + " " + stem + ".cc)\n  datablox_add_test(" + stem + " " + stem + ".bloxtest)\n");
    }
  }
  return kDone;
}

bool is_name(const std::string& name, bool capital) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), word) &&
         (capital ? std::isupper(static_cast<unsigned char>(name[0]))
                  : std::islower(static_cast<unsigned char>(name[0])));
}

}  // namespace

int make(Words words) {
  std::vector<std::string> what;
  std::string folder = ".";
  Options options("new element|topology NAME [--in FOLDER]",
                  "Writes the first files of an element class or a topology, with a test that passes. Classes begin\n"
                  "with a capital letter, topologies with a small one. In a checkout of Datablox a class becomes part\n"
                  "of it, in a group of elements/; anywhere else it becomes a plug-in, with a project that builds and\n"
                  "tests it. Nothing is written over.",
                  "blox new element Geo --in geo");
  options.value("in", "FOLDER", "where; the present folder if left out", &folder);
  options.positional("element|topology", &what);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const bool element = what.size() == 2 && what[0] == "element";
  if (!element && (what.size() != 2 || what[0] != "topology")) {
    print_error("blox: `blox new element NAME` or `blox new topology NAME`\n");
    return kUsage;
  }
  const std::string& name = what[1];
  if (!is_name(name, element)) {
    print_error("blox: " + what[0] + " names begin with a " + (element ? "capital" : "small") +
                " letter and go on with letters, digits and _\n");
    return kUsage;
  }
  if (!element) {
    std::vector<NewFile> files = topology_files(name);
    for (NewFile& file : files) file.path = joined(folder, file.path);
    return write_new(files);
  }
  if (const ElementClass* taken = Registry::builtin().find(name)) {
    print_error("blox: there is a class `" + name + "` already, in " + taken->file + "\n");
    return kUsage;
  }
  const Place place = place_of(folder);
  return place.top.empty() ? make_plugin(place, name) : make_built_in(place, name);
}

}  // namespace blox::tools
