// blox describe CLASS: its manual page.
#include "core/element/describe.h"

#include "core/data/json.h"
#include "tools/blox/class_text.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/table.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

std::string page(const ClassDescription& about) {
  std::string out = about.name + ": " + about.summary + "\n";
  if (!about.text.empty()) out += "\n" + about.text + "\n";
  out += "\nports\n";
  Table ports({"<", "<", "<"});
  for (const ClassDescription::Port& port : about.ports) {
    ports.row({"  " + port_title(port), port_type(port), port_doc(port)});
  }
  const auto body = [](const Table& table) {
    const std::string text = table.text();
    return text.substr(text.find('\n') + 1);  // these tables have no titles
  };
  out += body(ports);
  if (!about.arguments.empty()) {
    out += "\narguments\n";
    Table arguments({"<", "<", "<", "<"});
    for (const ClassDescription::Argument& argument : about.arguments) {
      arguments.row({"  " + argument.name, argument.type, preset(argument), argument.doc});
    }
    out += body(arguments);
  }
  if (!about.handlers.empty()) {
    out += "\nhandlers\n";
    Table handlers({"<", "<"});
    for (const ClassDescription::Handler& handler : about.handlers) {
      handlers.row({"  " + handler.name, handler_doc(handler)});
    }
    out += body(handlers);
  }
  out += "\n";
  for (const auto& [name, text] : about.sections) {
    if (name != "Example") out += name + ": " + text + "\n";
  }
  if (const std::string* example = about.section("Example")) out += "\nexample\n  " + *example + "\n";
  return out;
}

}  // namespace

int describe(Words words) {
  ClassOptions wanted;
  std::string format = "text";
  std::vector<std::string> names;
  Options options(
      "describe CLASS… [--format json]",
      "What a class does: its ports with their types, its arguments with defaults, its handlers, an example.",
      "blox describe Count");
  options.value("format", "text|json", "json: the same as data", &format);
  options.values("plugin", "FILE", "also the classes of this plug-in", &wanted.plugins);
  options.positional("class", &names);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (names.empty() || (format != "text" && format != "json")) {
    print_error("blox: describe needs the name of a class (`blox list` shows them); --format takes text or json\n");
    return kUsage;
  }
  Result<Registry> registry = load_classes(wanted);
  if (!registry) return report(registry.status());
  std::string out;
  for (const std::string& name : names) {
    const ElementClass* element_class = registry->find(name);
    if (element_class == nullptr) {
      const std::optional<std::string> near = nearest(name, registry->names());
      print_error("blox: unknown element class `" + name + "`" + (near ? "; did you mean `" + *near + "`?" : "") +
                  "\n");
      return kUsage;
    }
    const ClassDescription about = blox::describe(*element_class);
    if (!out.empty()) out += "\n";
    out += format == "json" ? to_json(to_datum(about)) + "\n" : page(about);
  }
  print_data(out);
  return kDone;
}

}  // namespace blox::tools
