#include "core/element/traits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/element/describe.h"
#include "core/element/registry.h"

namespace blox {
namespace {

class Described final : public Element {
 public:
  static constexpr const char* kDoc = R"(
    Describes itself. In more
    than one sentence.

    And in a second paragraph.

    Owns     a number
             and another
    Cost     nothing
    Example  Counter(limit = 3)
               -> Described;
  )";
  static constexpr Traits kTraits{.deterministic = false, .sharding = Sharding::kByKey, .guarantee = "at least once"};

  PushIn in_{this, "in", "{$by, ...}", "what comes"};
  PushOut out_{this, "out", "in + {described: int}", "what goes"};
  PushOuts more_{this, "in", "any number"};
  QueryIn get_{this, "get", "{x: int}", "{y: int}", "asked"};
  Arg<FieldList> by_{this, "by", "the key"};
  Arg<int64_t> limit_{this, "limit", "how many", Default{int64_t{9}}};
  NamedArgs rest_{this, "rest", "others"};
  Value<int64_t> next_{this, "next", Version{4}};
  Handler<int64_t> handler_{this, "now", "the number", [this] { return *next_; }};
};
BLOX_ELEMENT(Described);

class Plain final : public Element {
 public:
  static constexpr const char* kDoc = "Says one thing";
};
BLOX_ELEMENT(Plain);

TEST_CASE("a class registers by the last line of its file, sorted by name") {
  const Registry registry = Registry::builtin();
  const ElementClass* found = registry.find("Described");
  REQUIRE(found != nullptr);
  CHECK(std::string(found->file).ends_with("registry_test.cc"));
  CHECK(registry.find("Describe") == nullptr);
  const std::vector<std::string> names = registry.names();
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(found->make()->element_class() == found);
}

TEST_CASE("a name that is taken names both files") {
  Registry registry = Registry::builtin();
  const Status status = registry.add(registry.find("Plain"));
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.error().text.starts_with("the element class `Plain` of "));
}

TEST_CASE("a class is described by what it declares") {
  const ClassDescription about = describe(*Registry::builtin().find("Described"));
  CHECK(about.summary == "Describes itself.");
  CHECK(about.text == "In more\nthan one sentence.\n\nAnd in a second paragraph.");
  CHECK(*about.section("Owns") == "a number\nand another");
  CHECK(*about.section("Example") == "Counter(limit = 3)\n-> Described;");
  CHECK(about.section("Order") == nullptr);
  REQUIRE(about.ports.size() == 4);
  CHECK(about.ports[0].main);
  CHECK(about.ports[1].type == "in + {described: int}");
  CHECK(about.ports[2].name == "get");
  CHECK_FALSE(about.ports[2].main);
  CHECK(about.ports[3].family);
  REQUIRE(about.arguments.size() == 3);
  CHECK(about.arguments[0].required);
  CHECK(about.arguments[1].default_text == "9");
  CHECK(about.arguments[2].name == "rest");
  CHECK(about.named_arguments);
  CHECK(about.states.at(0).version == 4);
  CHECK(about.handlers.at(0).doc == "the number");
  CHECK(about.traits.sharding == Sharding::kByKey);
  CHECK(std::find(about.settings.begin(), about.settings.end(), "shards") != about.settings.end());
  CHECK(std::find(about.settings.begin(), about.settings.end(), "memory") != about.settings.end());
  CHECK(describe(*Registry::builtin().find("Plain")).summary == "Says one thing");
}

TEST_CASE("a description is a value with every part of it") {
  const Datum datum = to_datum(describe(*Registry::builtin().find("Described")));
  const auto* fields = datum.get_if<Datum::Struct>();
  REQUIRE(fields != nullptr);
  CHECK(fields->at(0).second == Datum("Described"));
  CHECK(datum.to_string().find("sharding: \"by_key\"") != std::string::npos);
}

TEST_CASE("advice names a class that can stand before and adds the field") {
  const Registry registry = Registry::builtin();
  CHECK(class_that_adds(registry, "described", Type(Kind::kInt), "Other") == "Described");
  CHECK(class_that_adds(registry, "described", Type(Kind::kFloat), "Other") == "Described");
  CHECK_FALSE(class_that_adds(registry, "described", Type(Kind::kString), "Other"));
  CHECK_FALSE(class_that_adds(registry, "described", std::nullopt, "Described"));
  CHECK_FALSE(class_that_adds(registry, "nothing", std::nullopt, "Other"));
}

}  // namespace
}  // namespace blox
