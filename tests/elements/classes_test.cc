// What holds for every element class of the program.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "core/element/describe.h"
#include "core/element/port_type.h"

namespace blox {
namespace {

TEST_CASE("the port types of every class parse and name what the class has") {
  const Registry registry = Registry::builtin();
  for (const ElementClass* element_class : registry.classes()) {
    const Status status = check_port_texts(*element_class->make());
    CHECK_MESSAGE(status.is_ok(), status.to_string());
  }
}

TEST_CASE("every class has a first sentence and an example, and documents all that it declares") {
  const Registry registry = Registry::builtin();
  CHECK(registry.classes().size() >= 20);
  for (const ElementClass* element_class : registry.classes()) {
    const ClassDescription about = describe(*element_class);
    INFO(about.name, " in ", about.file);
    CHECK(about.summary.size() > 10);
    CHECK(about.summary.ends_with('.'));
    const std::string* example = about.section("Example");
    REQUIRE(example != nullptr);
    CHECK(example->find(about.name) != std::string::npos);
    std::set<std::string> names;
    for (const ClassDescription::Argument& argument : about.arguments) {
      CHECK_FALSE(argument.doc.empty());
      CHECK(names.insert(argument.name).second);
    }
    std::set<std::string> ports;
    for (const ClassDescription::Port& port : about.ports) {
      CHECK_FALSE(port.doc.empty());
      CHECK(ports.insert((port.direction == Direction::kIn ? "> " : "< ") + port.name).second);
    }
    for (const ClassDescription::Handler& handler : about.handlers) CHECK_FALSE(handler.doc.empty());
    std::set<std::string> states;
    for (const ClassDescription::State& state : about.states) CHECK(states.insert(state.name).second);
  }
}

}  // namespace
}  // namespace blox
