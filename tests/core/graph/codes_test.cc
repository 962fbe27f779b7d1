#include "core/graph/codes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "tests/support/golden.h"

namespace blox {
namespace {

namespace fs = std::filesystem;

using testing::slurp;

// Every "E0501" in quotes in the sources, and where it stands first.
std::map<std::string, std::string> raised() {
  std::map<std::string, std::string> out;
  for (const char* folder : {"core", "elements", "dsl", "tools/blox"}) {
    if (!fs::exists(folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      const bool source = entry.path().extension() == ".cc" || entry.path().extension() == ".h";
      if (!source || entry.path().filename().string().starts_with("codes")) continue;
      const std::string text = slurp(entry.path());
      for (size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at + 1)) {
        const std::string code = text.substr(at + 1, 5);
        const bool is_code =
            text.size() > at + 6 && text[at + 6] == '"' && (code[0] == 'E' || code[0] == 'W') && code[1] == '0' &&
            std::all_of(code.begin() + 1, code.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
        if (is_code) out.emplace(code, entry.path().string());
      }
    }
  }
  return out;
}

TEST_CASE("codes stand once each, in order, and say something") {
  std::string before;
  for (const CodeInfo& info : code_infos()) {
    CAPTURE(info.code);
    const std::string number = std::string(info.code).substr(1);
    CHECK(number > before);
    before = number;
    CHECK(std::string(info.title).size() > 4);
    CHECK(std::string(info.text).ends_with("."));
    CHECK_FALSE(std::string(info.example).empty());
  }
}

TEST_CASE("every code that is raised has its page, and every page a code that is raised") {
  const std::map<std::string, std::string> codes = raised();
  REQUIRE(codes.size() > 40);
  std::string unknown;
  for (const auto& [code, where] : codes) {
    if (find_code(code) == nullptr) unknown += " " + code + " in " + where;
  }
  CHECK(unknown == "");
  std::string idle;
  for (const CodeInfo& info : code_infos()) {
    if (codes.count(info.code) == 0) idle += std::string(" ") + info.code;
  }
  CHECK(idle == "");
}

TEST_CASE("a code is found in small letters too") {
  REQUIRE(find_code("e0501") != nullptr);
  CHECK(std::string(find_code("e0501")->code) == "E0501");
  CHECK(find_code("E9999") == nullptr);
  CHECK(find_code("") == nullptr);
  CHECK(code_text(*find_code("E0207")) ==
        "E0207: unknown guarantee\n\nThere is `require exactly_once;`.\n\n    require at_most_once;\n");
}

TEST_CASE("the page of all codes is up to date") {
  const fs::path page = "core/graph/DIAGNOSTICS.md";
  if (std::getenv("BLOX_ACCEPT") != nullptr) std::ofstream(page, std::ios::binary) << codes_page();
  CHECK_MESSAGE(slurp(page) == codes_page(), "run this test with BLOX_ACCEPT=1");
}

}  // namespace
}  // namespace blox
