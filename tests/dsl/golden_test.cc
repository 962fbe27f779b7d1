// Every *.blox and *.yaml file under tests/golden/dsl is loaded, and what is reported compared with the file beside it.
// BLOX_ACCEPT=1 rewrites those files.
#include <doctest/doctest.h>

#include <filesystem>

#include "dsl/program.h"
#include "dsl/render.h"
#include "tests/support/golden.h"

namespace blox::dsl {
namespace {

namespace fs = std::filesystem;
using testing::check_golden, testing::golden_inputs, testing::slurp;

const fs::path kFolder = "tests/golden/dsl";

// A first line `// --set NAME=VALUE` (or with `#`) stands for that option.
LoadOptions options_of(const std::string& text) {
  LoadOptions out;
  out.read = [](const std::string& path) -> Result<std::string> {
    if (!fs::exists(kFolder / path)) return Status::outside("file.open", "cannot read: No such file or directory");
    return slurp(kFolder / path);
  };
  out.outside.env = [](const std::string& name) -> std::optional<std::string> {
    return name == "PORT" ? std::optional<std::string>("none") : std::nullopt;
  };
  const size_t set = text.find("--set ");
  if (set <= 3) {
    const std::string line = text.substr(set + 6, text.find('\n') - set - 6);
    out.set.emplace_back(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
  }
  return out;
}

std::string report(const fs::path& path) {
  const Program program = load_file(path.filename().string(), options_of(slurp(path)));
  CHECK(program.graph.incomplete == program.diagnostics.has_errors());
  return render_text(program.diagnostics, program.sources);
}

TEST_CASE("what is wrong with a topology is reported as recorded") {
  for (const fs::path& input : golden_inputs(kFolder, {".blox", ".yaml"})) {
    CAPTURE(input.string());
    check_golden(input, report(input));
  }
}

}  // namespace
}  // namespace blox::dsl
