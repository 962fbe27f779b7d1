#include "tools/blox/new/texts.h"

#include <cctype>

#include "core/element/stamp.h"

namespace blox::tools {
namespace {

constexpr const char* kClass = R"text(class @Name@ final : public Element {
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
)text";

constexpr const char* kElement = R"text(#include "core/element/element.h"

namespace blox {
namespace {

@class@
}  // namespace

BLOX_ELEMENT(@Name@);

}  // namespace blox
)text";

constexpr const char* kPlugin = R"text(#include "core/element/element.h"
#include "core/element/plugin.h"

namespace {

using namespace blox;

@class@BLOX_ELEMENT(@Name@);

}  // namespace

BLOX_PLUGIN();
)text";

constexpr const char* kElementTest = R"text(case passes what arrives
topology
@plugin@  in -> @Name@ -> out;
feed in {value: int}
  {"value": 1}
end
expect out
  {"value": 1}
)text";

constexpr const char* kPluginTopology = R"text(// BLOX_PATH=build blox run @file@.blox
plugin "@file@.so";

Counter(limit = 3) -> @Name@ -> Print;
)text";

constexpr const char* kProject = R"text(cmake_minimum_required(VERSION 3.16)
project(@file@ LANGUAGES CXX)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# Found where `blox` is on the PATH, else by -DCMAKE_PREFIX_PATH=/where/it/was/installed
find_package(datablox @release@ REQUIRED)
enable_testing()

# Each source file becomes a plug-in of its name, build/NAME.so, tested by the .bloxtest of that name.
file(GLOB sources CONFIGURE_DEPENDS *.cc)
foreach(source ${sources})
  get_filename_component(name ${source} NAME_WE)
  datablox_add_plugin(${name} ${source})
  datablox_add_test(${name} ${name}.bloxtest)
endforeach()
)text";

constexpr const char* kPage = R"text(# @Name@

An element class for Datablox, as a plug-in.

```sh
cmake -S . -B build && cmake --build build && ctest --test-dir build
BLOX_PATH=build blox run @file@.blox
blox describe @Name@ --plugin build/@file@.so
```

| file | what it is |
|---|---|
| `@file@.cc` | the class: ports, arguments, state and what it does |
| `@file@.bloxtest` | its test: what goes in, what must come out |
| `@file@.blox` | a topology that uses it |

`blox new element Another` adds one more; `CMakeLists.txt` finds it by itself. A plug-in is loaded by the release and
compiler that it was built for, and refused by any other: build it again after an update.
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

std::string replaced(std::string text, std::string_view mark, const std::string& by) {
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
    text.replace(at, mark.size(), by);
  }
  return text;
}

std::string filled(std::string text, const std::string& name) {
  text = replaced(std::move(text), "@class@", kClass);
  text = replaced(std::move(text), "@Name@", name);
  text = replaced(std::move(text), "@name@", name);
  text = replaced(std::move(text), "@file@", snake_case(name));
  return replaced(std::move(text), "@release@", BLOX_RELEASE);
}

}  // namespace

std::string snake_case(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string element_source(const std::string& name) { return filled(kElement, name); }

std::string element_test(const std::string& name) { return filled(replaced(kElementTest, "@plugin@", ""), name); }

std::vector<NewFile> plugin_files(const std::string& name) {
  const std::string file = snake_case(name);
  const std::string test = replaced(kElementTest, "@plugin@", "  plugin \"@file@.so\";\n");
  return {{file + ".cc", filled(kPlugin, name)},
          {file + ".bloxtest", filled(test, name)},
          {file + ".blox", filled(kPluginTopology, name)}};
}

std::vector<NewFile> project_files(const std::string& name) {
  return {{"CMakeLists.txt", filled(kProject, name)}, {"README.md", filled(kPage, name)}};
}

std::vector<NewFile> topology_files(const std::string& name) {
  return {{name + ".blox", filled(kTopology, name)}, {name + ".bloxtest", filled(kTopologyTest, name)}};
}

}  // namespace blox::tools
