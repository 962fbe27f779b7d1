#include "core/element/stamp.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/data/builder.h"
#include "core/element/describe.h"
#include "core/element/plugin.h"
#include "core/element/sharder.h"
#include "core/element/port_type.h"
#include "tests/support/element_harness.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

namespace fs = std::filesystem;

// Beside the binary of this test.
std::string plugin(const std::string& name) {
  return (fs::read_symlink("/proc/self/exe").parent_path() / "plugins" / (name + ".so")).string();
}

class TakenName final : public Element {
 public:
  static constexpr const char* kDoc = "Does nothing.";
};

std::unique_ptr<Element> make_taken() { return std::make_unique<TakenName>(); }
constexpr Traits kTraits{};
constexpr ElementClass kTaken{"TakenName", "tests/core/element/plugin_test.cc", TakenName::kDoc, &kTraits, &make_taken};

bool contains(const Status& status, std::string_view part) {
  return status.to_string().find(part) != std::string::npos;
}

TEST_CASE("a plug-in of this build is loaded, and its class is like any other") {
  Registry registry = Registry::builtin();
  const size_t before = registry.classes().size();
  REQUIRE(load_plugin(plugin("good"), registry).to_string() == "ok");
  CHECK(registry.classes().size() == before + 1);
  const ElementClass* found = registry.find("PluggedDouble");
  REQUIRE(found != nullptr);
  const std::unique_ptr<Element> element = found->make();
  CHECK(element->class_name() == "PluggedDouble");
  CHECK(element->main_port(PortKind::kPush, Direction::kIn)->name() == "in");
  CHECK(describe(*found).arguments.at(0).default_text == "2");
}

TEST_CASE("a sharder of a plug-in is like any other") {
  Registry registry = Registry::builtin();
  CHECK(registry.find_sharder("last_only") == nullptr);
  REQUIRE(load_plugin(plugin("good"), registry).to_string() == "ok");
  const SharderClass* found = registry.find_sharder("last_only");
  REQUIRE(found != nullptr);
  const std::unique_ptr<Sharder> sharder = found->make();
  sharder->open({.replicas = 3});
  std::vector<ShardPart> parts;
  const TakenName any;
  sharder->split(*any.ports()[0], *log_from(Schema({{"n", Type(Kind::kInt)}}), {{1}, {2}}), parts);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].replica == 2);
  CHECK(parts[0].log.rows() == 2);
}

TEST_CASE("a plug-in loaded twice is a name taken") {
  Registry registry = Registry::builtin();
  REQUIRE(load_plugin(plugin("good"), registry).is_ok());
  CHECK(load_plugin(plugin("good"), registry).error().code == "registry.twice");
}

TEST_CASE("a plug-in of another build is refused by both stamps, unloaded") {
  Registry registry;
  const Status status = load_plugin(plugin("wrong_stamp"), registry);
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.error().code == "plugin.build");
  CHECK(contains(status, "wrong_stamp.so"));
  CHECK(contains(status, "`datablox 0.0.1; another compiler`"));
  CHECK(contains(status, build_stamp()));
  CHECK(status.error().fix == "build it again with the compiler and the headers of this program");
}

TEST_CASE("a shared object without a stamp is no plug-in, unloaded") {
  Registry registry;
  const Status status = load_plugin(plugin("no_plugin"), registry);
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.error().text == "is a shared object, but no plug-in: it carries no stamp");
  CHECK(status.error().fix == "say BLOX_PLUGIN(); in one of its files");
}

TEST_CASE("of a plug-in with a name that is taken no class is added, and both files are named") {
  Registry registry;
  REQUIRE(registry.add(&kTaken).is_ok());
  const Status status = load_plugin(plugin("taken"), registry);
  REQUIRE_FALSE(status.is_ok());
  CHECK(contains(status, "`TakenName`"));
  CHECK(contains(status, "tests/plugins/taken.cc"));
  CHECK(contains(status, "tests/core/element/plugin_test.cc"));
  CHECK(registry.names() == std::vector<std::string>{"TakenName"});
}

TEST_CASE("the packages that a plug-in declares are read without loading it") {
  CHECK(*read_plugin_packages(plugin("good")) == std::vector<std::string>{"libproj25", "libgeos-c1v5"});
  CHECK(read_plugin_packages(plugin("wrong_stamp"))->empty());
  CHECK_FALSE(read_plugin_packages(plugin("absent")).is_ok());
}

TEST_CASE("what a shell would read as more than the name of a package is refused") {
  std::ifstream file(plugin("good"), std::ios::binary);
  std::string image(std::istreambuf_iterator<char>(file), {});
  const fs::path path = fs::temp_directory_path() / "blox_plugin_packages_test.so";
  for (const std::string name : {"lib;eos-c1v5", "lib$eos-c1v5", "-ibgeos-c1v5", "LibGeos-c1v5", "lib/../../v5"}) {
    std::string hostile = image;
    hostile.replace(hostile.find("libgeos-c1v5"), name.size(), name);
    std::ofstream(path, std::ios::binary) << hostile;
    const Result<std::vector<std::string>> packages = read_plugin_packages(path.string());
    REQUIRE_FALSE(packages.is_ok());
    CHECK(packages.status().error().code == "plugin.packages");
  }
  fs::remove(path);
}

TEST_CASE("what is no file or no shared object is refused") {
  Registry registry;
  const fs::path folder = fs::temp_directory_path() / "blox_plugin_test";
  fs::create_directories(folder);
  CHECK(load_plugin((folder / "absent.so").string(), registry).error().text == "there is no such plug-in");
  CHECK(load_plugin(folder.string(), registry).error().text == "is no file");
  std::ofstream(folder / "text.so") << "hello";
  CHECK(load_plugin((folder / "text.so").string(), registry).error().text ==
        "is no shared object: it is shorter than the header of one");
  std::ofstream(folder / "long.so") << std::string(1000, 'x');
  CHECK(load_plugin((folder / "long.so").string(), registry).error().text ==
        "is no shared object: it does not begin like one");
  // Cut in the middle: the table of sections stands at the end.
  fs::copy_file(plugin("good"), folder / "cut.so", fs::copy_options::overwrite_existing);
  fs::resize_file(folder / "cut.so", fs::file_size(plugin("good")) / 2);
  CHECK(load_plugin((folder / "cut.so").string(), registry).error().text ==
        "is no shared object: its table of sections is damaged");
  fs::remove_all(folder);
}

TEST_CASE("the example of the authors' page is a plug-in that does what it says") {
  const auto text_of = [](const char* path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string page = text_of("elements/AUTHORING.md");
  const size_t begin = page.find("```cpp\n") + 7;
  CHECK(page.substr(begin, page.find("```\n", begin) - begin) == text_of("tests/plugins/authoring.cc"));

  Registry registry = Registry::builtin();
  REQUIRE(load_plugin(plugin("authoring"), registry).to_string() == "ok");
  CHECK(describe(*registry.find("Number")).summary == "Numbers the records of each key, from 1.");
  CHECK(check_port_texts(*registry.find("Number")->make()).is_ok());
  const Schema words = Schema::from(*Type::parse("{word: string}"));
  testing::ElementHarness number("Number", {{"by", Literal::name("word")}}, registry);
  number.in("in", words);
  REQUIRE(number.start().to_string() == "ok");
  CHECK(number.push("in", *log_from(words, {{"a"}, {"b"}, {"a"}})) == Flow::kNext);
  REQUIRE(number.reload().is_ok());
  CHECK(number.push("in", *log_from(words, {{"a"}})) == Flow::kNext);
  const std::vector<Log> out = number.take("out");
  REQUIRE(out.size() == 2);
  CHECK(testing::rows_of(out[0]) == testing::Rows{{"a", 1}, {"b", 1}, {"a", 2}});
  CHECK(testing::rows_of(out[1]) == testing::Rows{{"a", 3}});
}

TEST_CASE("the stamp of a file is that of its build") {
  CHECK(*read_stamp(plugin("good")) == build_stamp());
  CHECK(build_stamp().starts_with("datablox " BLOX_RELEASE "; "));
}

TEST_CASE("a plug-in is looked for beside the topology, then along the path") {
  const fs::path folder = fs::path(plugin("good")).parent_path();
  CHECK(*find_plugin("good.so", folder.string(), "") == plugin("good"));
  CHECK(*find_plugin("good.so", "/nowhere", "/none::" + folder.string() + "/:/other") == plugin("good"));
  CHECK(*find_plugin("plugins/good.so", folder.parent_path().string(), "") == plugin("good"));
  CHECK(*find_plugin(plugin("good"), "/nowhere", "") == plugin("good"));
  const Result<std::string> absent = find_plugin("absent.so", "/nowhere", "/none");
  REQUIRE_FALSE(absent.is_ok());
  CHECK(absent.status().error().text ==
        "there is no plug-in `absent.so`; looked for /nowhere/absent.so, /none/absent.so");
}

}  // namespace
}  // namespace blox
