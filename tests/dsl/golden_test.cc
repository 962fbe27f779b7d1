// Every *.blox and *.yaml file under tests/golden/dsl is loaded, and what is reported compared with the file beside it.
// BLOX_ACCEPT=1 rewrites those files.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dsl/program.h"
#include "dsl/render.h"

namespace blox::dsl {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "tests/golden/dsl";

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

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
  std::vector<fs::path> inputs;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    const std::string kind = entry.path().extension();
    if (kind == ".blox" || kind == ".yaml") inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  REQUIRE(!inputs.empty());
  for (const fs::path& input : inputs) {
    CAPTURE(input.string());
    fs::path beside = input;
    beside += ".expected";
    const std::string found = report(input);
    if (std::getenv("BLOX_ACCEPT") != nullptr) std::ofstream(beside, std::ios::binary) << found;
    CHECK(found == slurp(beside));
  }
}

}  // namespace
}  // namespace blox::dsl
