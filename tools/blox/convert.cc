// blox convert: between the text form and YAML.
#include "dsl/parser.h"
#include "dsl/printer.h"
#include "dsl/program.h"
#include "dsl/render.h"
#include "dsl/yaml_reader.h"
#include "dsl/yaml_writer.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/verbs.h"

namespace blox::tools {

int convert(Words words) {
  std::vector<std::string> files;
  std::string from;
  Options options(
      "convert FILE [--from blox|yaml]",
      "Turns a .blox file into YAML, or a YAML file into .blox, and writes it to standard output. Nothing is\n"
      "lost but comments and layout. `-` is standard input, taken for .blox unless told otherwise.",
      "blox convert index.blox > index.yaml");
  options.value("from", "blox|yaml", "the form that is read; by the file's ending if left out", &from);
  options.positional("topology", &files);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (files.size() != 1 || (!from.empty() && from != "blox" && from != "yaml")) {
    print_error("blox: convert takes one file, and --from blox or yaml\n");
    return kUsage;
  }
  Result<std::string> text = read_file(files[0]);
  if (!text) return report(text.status());
  const bool yaml = from.empty() ? dsl::syntax_of(files[0]) == dsl::Syntax::kYaml : from == "yaml";
  Sources sources;
  Diagnostics diagnostics;
  const uint32_t file = sources.add(files[0] == "-" ? "<standard input>" : files[0], std::move(*text));
  const std::string& source = sources.at(file).text;
  const dsl::Body body =
      yaml ? dsl::read_yaml(source, file, diagnostics) : dsl::parse({.text = source, .file = file}, diagnostics);
  if (diagnostics.has_errors()) {
    print_error(dsl::render_text(diagnostics, sources, {error_has_colours()}));
    return kTopologyAtFault;
  }
  if (yaml) {
    print_data(dsl::print(body));
    return kDone;
  }
  const Result<std::string> written = dsl::write_yaml(body);
  if (!written) return report(written.status());
  print_data(*written);
  return kDone;
}

}  // namespace blox::tools
