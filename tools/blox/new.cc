// blox new: the first file of an element or a topology, with its test.
#include <algorithm>
#include <cctype>

#include <sys/stat.h>

#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr const char* kElement = R"text(#include "core/element/element.h"

namespace blox {
namespace {

class @Name@ final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Says in one sentence what it does.

Cost     nothing a record
Example  Counter(limit = 3) -> @Name@ -> Print;
)";

  Flow push(PushIn&, Log log) override { return out_.emit(std::move(log)) ? Flow::kNext : Flow::kDone; }

 private:
  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in", "the same"};
};

}  // namespace

BLOX_ELEMENT(@Name@);

}  // namespace blox
)text";

constexpr const char* kElementTest = R"text(case passes what arrives
topology
  in -> @Name@ -> out;
feed in {value: int}
  {"value": 1}
end
expect out
  {"value": 1}
)text";

constexpr const char* kTopology = R"text(// @name@.blox: says in one line what it does.
param limit = 10;   // blox run @name@.blox --set limit=3

numbers :: Counter(limit = $limit);

numbers -> Filter("value % 2 = 0") -> Print;
)text";

constexpr const char* kTopologyTest = R"text(case prints the even numbers
topology
  include "@name@.blox";
  set limit = 4;
end
expect printed
  {"value":0}
  {"value":2}
)text";

std::string filled(std::string text, const std::string& name) {
  for (const char* mark : {"@Name@", "@name@"}) {
    const std::string_view what(mark);
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + name.size())) {
      text.replace(at, what.size(), name);
    }
  }
  return text;
}

std::string snake(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

int write_new(const std::string& path, const std::string& text) {
  struct stat there {};
  if (stat(path.c_str(), &there) == 0) {
    print_error("blox: " + path + " exists already; nothing was written over it\n");
    return kUsage;
  }
  if (const Status written = write_file(path, text); !written.is_ok()) {
    print_error("blox: " + written.to_string() + "\n");
    return kOutside;
  }
  print_error("wrote " + path + "\n");
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
                  "Writes the first file of an element class or a topology, and a test beside it that passes. Classes\n"
                  "begin with a capital letter, topologies with a small one. Nothing is written over.",
                  "blox new element Geo --in elements/text");
  options.value("in", "FOLDER", "where; the present folder if left out", &folder);
  options.positional("what", &what);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const bool element = what.size() == 2 && what[0] == "element";
  if (!element && (what.size() != 2 || what[0] != "topology")) {
    print_error("blox: `blox new element NAME` or `blox new topology NAME`\n");
    return kUsage;
  }
  if (!is_name(what[1], element)) {
    print_error("blox: " + what[0] + " names begin with a " + (element ? "capital" : "small") +
                " letter and go on with letters, digits and _\n");
    return kUsage;
  }
  const std::string stem = (folder == "." ? "" : folder + "/") + (element ? snake(what[1]) : what[1]);
  const int first = write_new(stem + (element ? ".cc" : ".blox"), filled(element ? kElement : kTopology, what[1]));
  if (first != kDone) return first;
  return write_new(stem + ".bloxtest", filled(element ? kElementTest : kTopologyTest, what[1]));
}

}  // namespace blox::tools
