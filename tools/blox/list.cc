// blox list: the element classes, one line each.
#include "core/data/json.h"
#include "core/element/describe.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/table.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

// "elements/flow/head.cc" → "flow".
std::string group_of(const std::string& file) {
  const size_t end = file.rfind('/');
  if (end == std::string::npos || end == 0) return "";
  const size_t begin = file.rfind('/', end - 1);
  return file.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1));
}

}  // namespace

int list(Words words) {
  ClassOptions wanted;
  std::string format = "text";
  Options options("list [--format json] [--plugin FILE]…",
                  "The element classes that topologies can use, with the first sentence about each.",
                  "blox list --format json");
  options.value("format", "text|json", "json: everything that `describe` tells, of all classes", &format);
  options.values("plugin", "FILE", "also the classes of this plug-in", &wanted.plugins);
  if (const std::optional<int> code = options.parse(words)) return *code;
  Result<Registry> registry = load_classes(wanted);
  if (!registry) return report(registry.status());
  if (format == "json") {
    Datum::List all;
    for (const ElementClass* element_class : registry->classes())
      all.push_back(to_datum(blox::describe(*element_class)));
    print_data(to_json(Datum(std::move(all))) + "\n");
    return kDone;
  }
  if (format != "text") {
    print_error("blox: --format takes text or json, not " + format + "\n");
    return kUsage;
  }
  Table table({"<class", "<group", "<what it does"});
  for (const ElementClass* element_class : registry->classes()) {
    table.row({element_class->name, group_of(element_class->file), blox::describe(*element_class).summary});
  }
  print_data(table.text());
  return kDone;
}

}  // namespace blox::tools
