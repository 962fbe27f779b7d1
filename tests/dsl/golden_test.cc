// Every *.blox file under tests/golden/dsl is read, and what is reported compared with the file beside it.
// BLOX_ACCEPT=1 rewrites those files.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dsl/parser.h"
#include "dsl/render.h"

namespace blox::dsl {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string report(const fs::path& path) {
  Sources sources;
  const uint32_t file = sources.add(path.filename().string(), slurp(path));
  Diagnostics diagnostics;
  parse({sources.at(file).text, file, 0, false, 0, 0}, diagnostics);
  return render_text(diagnostics, sources);
}

TEST_CASE("what is wrong with a topology is reported as recorded") {
  std::vector<fs::path> inputs;
  for (const fs::directory_entry& entry : fs::directory_iterator("tests/golden/dsl")) {
    if (entry.path().extension() == ".blox") inputs.push_back(entry.path());
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
