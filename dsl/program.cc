#include "dsl/program.h"

#include <filesystem>
#include <set>

#include "dsl/parser.h"
#include "dsl/yaml_reader.h"

namespace blox::dsl {
namespace {

namespace fs = std::filesystem;

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  Program file(const std::string& path) {
    Result<std::string> text = read(path);
    if (text) {
      included_.insert(fs::path(path).lexically_normal().string());
      source(path, std::move(*text), syntax_of(path), true);
    } else {
      program_.diagnostics.error("E0901", {}, "`" + path + "`: " + text.status().error().text);
      input_.incomplete = true;
    }
    return finish();
  }

  Program text(std::string text, Syntax syntax) {
    source("<text>", std::move(text), syntax, true);
    return finish();
  }

 private:
  Result<std::string> read(const std::string& path) const {
    if (!options_.read) return Status::outside("file.none", "there are no files here");
    return options_.read(path);
  }

  void source(const std::string& path, std::string text, Syntax syntax, bool main) {
    auto loaded = std::make_unique<LoadedFile>();
    loaded->file = program_.sources.add(path, std::move(text));
    loaded->syntax = syntax;
    const std::string_view content = program_.sources.at(loaded->file).text;
    loaded->body = syntax == Syntax::kYaml ? read_yaml(content, loaded->file, program_.diagnostics)
                                           : parse({content, loaded->file, 0, false, 0, 0}, program_.diagnostics);
    const Body& body = program_.files.emplace_back(std::move(loaded))->body;
    input_.incomplete = input_.incomplete || body.incomplete;
    input_.names_lost = input_.names_lost || body.names_lost;
    input_.lost.insert(input_.lost.end(), body.lost.begin(), body.lost.end());
    const std::string directory = main && path == "<text>" ? "" : fs::path(path).parent_path().string();
    folders_.resize(program_.files.back()->file + 1);
    folders_.back() = directory;
    for (const Statement& statement : body.statements) {
      if (const auto* included = std::get_if<Include>(&statement.what)) {
        include(included->path, directory);
      } else if (const auto* plugin = std::get_if<Plugin>(&statement.what)) {
        program_.plugins.push_back({plugin->path.text, directory, plugin->path.span});
      } else {
        input_.statements.push_back({&statement, main});
      }
    }
  }

  // Once per program; a file that includes itself, over however many others, is simply there already.
  void include(const Value& path, const std::string& directory) {
    const std::string full = (fs::path(directory) / path.text).lexically_normal().string();
    if (!included_.insert(full).second) return;
    if (program_.files.size() >= kMaxFiles) {
      if (!too_many_)
        program_.diagnostics.error("E0901", path.span,
                                   "this program includes more than " + std::to_string(kMaxFiles) + " files");
      too_many_ = input_.incomplete = input_.names_lost = true;
      return;
    }
    Result<std::string> text = read(full);
    if (!text) {
      program_.diagnostics.error("E0901", path.span, "`" + full + "`: " + text.status().error().text);
      input_.incomplete = input_.names_lost = true;
      return;
    }
    source(full, std::move(*text), syntax_of(full), false);
  }

  Program finish() {
    for (const auto& [name, value] : options_.set) {
      const uint32_t file = program_.sources.add(std::string(kSetSource) + name, value);
      input_.set.push_back({name, value, {file, 0, static_cast<uint32_t>(value.size())}});
    }
    Resolved resolved = resolve(input_, options_.outside, program_.diagnostics);
    program_.graph = std::move(resolved.graph);
    program_.graph.folders = std::move(folders_);
    program_.graph.incomplete = program_.graph.incomplete || program_.diagnostics.has_errors();
    program_.parameters = std::move(resolved.parameters);
    return std::move(program_);
  }

  static constexpr size_t kMaxFiles = 1'000;

  const LoadOptions& options_;
  Program program_;
  ResolverInput input_;
  std::set<std::string> included_;
  std::vector<std::string> folders_;  // Graph::folders
  bool too_many_ = false;
};

}  // namespace

Syntax syntax_of(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") ? Syntax::kYaml : Syntax::kBlox;
}

Program load_file(const std::string& path, const LoadOptions& options) { return Loader(options).file(path); }

Program load_text(std::string text, const LoadOptions& options, Syntax syntax) {
  return Loader(options).text(std::move(text), syntax);
}

}  // namespace blox::dsl
