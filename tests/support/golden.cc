#include "tests/support/golden.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace blox::testing {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> golden_inputs(const fs::path& folder, const std::vector<std::string>& endings) {
  std::vector<fs::path> out;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string ending = entry.path().extension();
    if (!entry.is_regular_file() || ending == ".expected") continue;
    if (endings.empty() || std::find(endings.begin(), endings.end(), ending) != endings.end()) {
      out.push_back(entry.path());
    }
  }
  std::sort(out.begin(), out.end());
  REQUIRE(!out.empty());
  return out;
}

void check_golden(const fs::path& input, const std::string& found) {
  CAPTURE(input.string());
  fs::path beside = input;
  beside += ".expected";
  if (std::getenv("BLOX_ACCEPT") != nullptr) std::ofstream(beside, std::ios::binary) << found;
  CHECK(found == slurp(beside));
}

}  // namespace blox::testing
