#include "tools/blox/bundle.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

namespace blox::tools {
namespace {

using testing::TemporaryFolder;

std::string said(const Loaded& loaded) {
  std::string text;
  for (const Diagnostic& one : loaded.diagnostics.all()) text += one.code + " " + one.message + "\n";
  return text;
}

TEST_CASE("a topology is checked elsewhere as it was here, with its files, variables and parameters") {
  const TemporaryFolder folder;
  folder.write("parts/common.blox", "param limit = 3;\n");
  const std::string main = folder.write("main.blox", R"(
    include "parts/common.blox";
    param label = env("BLOX_TEST_LABEL");
    Counter(limit = $limit) -> Print(label = $label);
  )");
  ::setenv("BLOX_TEST_LABEL", "a label", 1);
  LoadRequest request;
  request.path = main;
  request.sets = {"limit=5"};
  const Bundled made = bundle(request);
  ::unsetenv("BLOX_TEST_LABEL");
  REQUIRE_MESSAGE(made.loaded.checked.has_value(), said(made.loaded));
  CHECK(made.bundle.files.size() == 2);
  CHECK(made.bundle.main == main);
  CHECK(made.bundle.sets == request.sets);
  REQUIRE(made.bundle.environment.size() == 1);
  CHECK(made.bundle.environment[0].value == "a label");
  const Result<protocol::Bundle> sent = protocol::decode_bundle(protocol::encode_bundle(made.bundle));
  REQUIRE(sent.is_ok());
  std::remove(main.c_str());
  const Loaded there = load(*sent, true);
  REQUIRE_MESSAGE(there.checked.has_value(), said(there));
  CHECK(there.checked->elements.size() == 2);
  CHECK(there.graph.elements[1].args[0].value.text == "a label");
}

TEST_CASE("secrets are not taken along, and resolved where they are asked for") {
  const TemporaryFolder folder;
  const std::string key = folder.write("key", "hunter2\n");
  LoadRequest request;
  request.text = "Counter(limit = 1) -> Print(label = secret(\"file:" + key + "\"));";
  const Bundled made = bundle(request);
  REQUIRE_MESSAGE(made.loaded.checked.has_value(), said(made.loaded));
  CHECK(protocol::encode_bundle(made.bundle).find("hunter2") == std::string::npos);
  const Loaded checked = load(made.bundle, false);
  REQUIRE(checked.checked.has_value());
  CHECK(checked.graph.elements[1].args[0].value.text == "(secret)");
  const Loaded there = load(made.bundle, true);
  REQUIRE(there.checked.has_value());
  CHECK(there.graph.elements[1].args[0].value.text == "hunter2");
}

TEST_CASE("a file that was not taken along is missing, whatever lies on the disk") {
  const TemporaryFolder folder;
  protocol::Bundle bundle;
  bundle.main = folder.write("main.blox", "Counter(limit = 1) -> Print;");
  const Loaded loaded = load(bundle, true);
  CHECK_FALSE(loaded.checked.has_value());
  CHECK(said(loaded).find("E0901") != std::string::npos);
}

}  // namespace
}  // namespace blox::tools
