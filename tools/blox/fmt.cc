// blox fmt: the canonical layout of .blox files.
#include "core/base/diagnostic.h"
#include "dsl/parser.h"
#include "dsl/printer.h"
#include "dsl/program.h"
#include "dsl/render.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

// One file: laid out anew, or found wanting.
int format_one(const std::string& path, bool check_only, bool& differs) {
  if (dsl::syntax_of(path) == dsl::Syntax::kYaml) {
    print_error("blox: fmt lays out .blox files, and " + path + " is YAML: `blox convert` makes one of the other\n");
    return kUsage;
  }
  Result<std::string> text = read_file(path);
  if (!text) {
    print_error("blox: " + text.status().to_string() + "\n");
    return kOutside;
  }
  Sources sources;
  Diagnostics diagnostics;
  const uint32_t file = sources.add(path == "-" ? "<standard input>" : path, *text);
  const dsl::Body body = dsl::parse({.text = sources.at(file).text, .file = file}, diagnostics);
  if (diagnostics.has_errors()) {
    print_error(dsl::render_text(diagnostics, sources, {error_has_colours()}));
    return kTopologyAtFault;
  }
  const std::string laid_out = dsl::print(body);
  if (path == "-") {
    print_data(laid_out);
    return kDone;
  }
  if (laid_out == *text) return kDone;
  differs = true;
  print_error((check_only ? "would change " : "changed ") + path + "\n");
  if (check_only) return kDone;
  const Status written = write_file(path, laid_out);
  if (written.is_ok()) return kDone;
  print_error("blox: " + written.to_string() + "\n");
  return kOutside;
}

}  // namespace

int lay_out(Words words) {
  bool check_only = false;
  std::vector<std::string> files;
  Options options("fmt [--check] FILE…",
                  "Lays out .blox files in the canonical form, in place; `-` reads standard input and writes\n"
                  "standard output. Comments stay. A file that cannot be read as a topology is left alone.",
                  "blox fmt topologies/*/*.blox");
  options.flag("check", "change nothing; exit with 1 where a file would change", &check_only);
  options.positional("topology", &files);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (files.empty()) {
    print_error("blox: fmt needs a file, or `-`\n");
    return kUsage;
  }
  int worst = kDone;
  bool differs = false;
  for (const std::string& file : files) worst = std::max(worst, format_one(file, check_only, differs));
  return worst == kDone && check_only && differs ? kTopologyAtFault : worst;
}

}  // namespace blox::tools
