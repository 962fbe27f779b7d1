// Every *.blox file under tests/golden/check is loaded and checked with the real element classes, and what is reported
// compared with the file beside it. BLOX_ACCEPT=1 rewrites those files.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "core/graph/check.h"
#include "core/graph/codes.h"
#include "core/graph/plan.h"
#include "dsl/program.h"
#include "dsl/render.h"
#include "tests/support/golden.h"
#include "tests/support/plan_laws.h"

namespace blox {
namespace {

namespace fs = std::filesystem;
using testing::check_golden, testing::golden_inputs, testing::slurp;

std::string report(const fs::path& path) {
  dsl::LoadOptions options;
  options.outside.secret = [](const std::string&) -> Result<std::string> { return std::string("hunter2"); };
  options.outside.env = [](const std::string&) -> std::optional<std::string> { return "hunter3"; };
  dsl::Program program = dsl::load_text(slurp(path), options);
  const std::optional<Checked> checked = check(program.graph, Registry::builtin(), nullptr, program.diagnostics);
  if (checked) CHECK(testing::broken_law(*checked, plan(*checked)) == "");
  return dsl::render_text(program.diagnostics, program.sources);
}

TEST_CASE("what is wrong with a topology is reported as recorded") {
  for (const fs::path& input : golden_inputs("tests/golden/check")) {
    CAPTURE(input.string());
    const std::string found = report(input);
    check_golden(input, found);
    CHECK(found.find("hunter") == std::string::npos);  // what no message may show
    const std::string code = input.filename().string().substr(0, 5);
    if (find_code(code) != nullptr) CHECK(found.find(find_code(code)->code) != std::string::npos);
  }
}

// Codes that no topology of a few lines with built-in classes can bring about; each has a unit test.
const std::set<std::string> kWithoutFile = {
    "E0105",                    // a file of 16 MiB
    "E0122",                    // hundreds of errors
    "E0210",                    // a compound that multiplies without end
    "E0504",                    // a class whose in port does not ask for what its out port takes from there
    "E0513",                    // a class that contradicts itself
    "E0514",                    // a class without required inputs
    "E0515",                    // classes that take their types from each other
    "E0602",                    // a class that asks and answers
    "E0702", "E0703", "E0704",  // a cluster
    "E0705", "E0706", "E0707",  // of cluster.yaml: tests/golden/cluster
    "E0802",                    // a sink that is exactly once by itself
    "E0904",                    // a shared object that is no plug-in
    "W0214",                    // what the command alone can know: the reader of the language knows no classes
    "W0604",                    // a class without required inputs
};

TEST_CASE("every code has a golden file") {
  std::set<std::string> covered;
  for (const char* folder : {"tests/golden/check", "tests/golden/dsl", "tests/golden/import"}) {
    for (const fs::path& input : golden_inputs(folder)) covered.insert(input.filename().string().substr(0, 5));
  }
  std::string missing;
  for (const CodeInfo& info : code_infos()) {
    std::string code = info.code;
    code[0] = static_cast<char>(code[0] + 'a' - 'A');
    if (covered.count(code) == 0 && kWithoutFile.count(info.code) == 0) missing += std::string(" ") + info.code;
  }
  CHECK(missing == "");
}

}  // namespace
}  // namespace blox
