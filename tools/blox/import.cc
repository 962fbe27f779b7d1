// blox import: topologies of the 2012 form.
#include <fmt/format.h>

#include "dsl/render.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/import/translate.h"
#include "tools/blox/load.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

std::string file_name(const std::string& path) {
  if (path == "-") return "standard input";
  return path.substr(path.rfind('/') + 1);
}

// What the checker has against the topology that came out; null where it can run.
std::optional<int> check_made(const std::string& made, const std::string& output) {
  LoadRequest request;
  request.text = made;
  Loaded loaded = load(request);
  if (loaded.checked) return std::nullopt;
  std::string text = dsl::render_text(loaded.diagnostics, loaded.sources, {error_has_colours()});
  print_error(fmt::format("blox: {} does not pass the check yet:\n{}", output.empty() ? "the topology" : output, text));
  return kTopologyAtFault;
}

}  // namespace

int import_old(Words words) {
  std::vector<std::string> files;
  std::string output;
  Options options("import FILE.json [-o FILE.blox]",
                  "Turns a topology of the 2012 form (JSON: blocks, connections, groups, policies, shards) into one of\n"
                  "today, laid out as `blox fmt` does, and writes it to standard output. What has no counterpart is\n"
                  "reported with its place in the JSON. The result is checked, too; `-` is standard input.",
                  "blox import simple.json -o simple.blox");
  options.value("output,o", "FILE", "where to write it, instead of standard output", &output);
  options.positional("file", &files);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (files.size() != 1) {
    print_error("blox: import takes one file\n");
    return kUsage;
  }
  Result<std::string> text = read_file(files[0]);
  if (!text) {
    print_error("blox: " + text.status().to_string() + "\n");
    return kOutside;
  }
  Sources sources;
  Diagnostics diagnostics;
  const uint32_t file = sources.add(files[0] == "-" ? "<standard input>" : files[0], std::move(*text));
  const std::string made = import_text(sources.at(file).text, file, file_name(files[0]), diagnostics);
  if (!diagnostics.all().empty()) {
    print_error(dsl::render_text(diagnostics, sources, {error_has_colours()}));
  }
  if (diagnostics.has_errors()) return kTopologyAtFault;
  if (output.empty()) {
    print_data(made);
  } else if (const Status written = write_file(output, made); !written.is_ok()) {
    print_error("blox: " + written.to_string() + "\n");
    return kOutside;
  }
  return check_made(made, output).value_or(kDone);
}

}  // namespace blox::tools
