#include <doctest/doctest.h>

#include <random>

#include "tests/support/compressed.h"
#include "tests/support/element_run.h"
#include "tests/support/solo.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

// What an element gives, as one log, when it is captured and made anew between random calls.
template <typename Set, typename Drive>
Log given(const char* class_name, uint32_t seed, const Set& set, const Drive& drive) {
  Solo solo(class_name);
  set(solo);
  std::vector<Log> logs;
  solo.on_emit([&](const Log& log) { logs.push_back(log); });
  solo.open();
  std::mt19937 random(seed);
  if (seed > 0) {
    solo.between_calls([&] {
      if (random() % 3 == 0) solo.reload();
    });
  }
  drive(solo);
  return concatenate(logs);
}

template <typename Set, typename Drive>
void check_reload(const char* class_name, const Set& set, const Drive& drive) {
  const Log expected = given(class_name, 0, set, drive);
  REQUIRE(expected.rows() > 0);
  for (uint32_t seed = 1; seed <= 5; ++seed) CHECK(equal(given(class_name, seed, set, drive), expected));
}

std::string text_of_lines(int lines, int seed) {
  std::string out;
  for (int i = 0; i < lines; ++i) out += "line " + std::to_string(i * seed) + "\n";
  return out;
}

Log paths_of(const TemporaryFolder& folder) {
  std::vector<std::vector<Datum>> rows;
  for (int i = 0; i < 30; ++i) {
    const std::string content = text_of_lines(i % 7 == 0 ? 60'000 : 50, i + 1);
    rows.push_back({folder.write("f" + std::to_string(i), i % 2 == 0 ? content : gzip(content))});
  }
  return log_of("{path: string}", rows);
}

}  // namespace

TEST_CASE("a crawler that is made anew goes on behind the last file that it gave") {
  const TemporaryFolder folder;
  for (int i = 0; i < 4'000; ++i)
    folder.write("d" + std::to_string(i % 7) + "/e" + std::to_string(i % 3) + "/f" + std::to_string(i), "");
  check_reload(
      "FileCrawler",
      [&](Solo& solo) {
        solo.arg("path", text(folder.path())).out("out", schema_of("{path: string, size: int, mtime: time}"));
      },
      [](Solo& solo) { solo.produce_all(); });
}

TEST_CASE("a reader that is made anew gives every file once") {
  const TemporaryFolder folder;
  const Log paths = paths_of(folder);
  const auto drive = [&](Solo& solo) { solo.push("in", paths); };
  const auto set = [&](Solo& solo) {
    solo.in("in", paths.schema()).out("out", schema_of("{path: string, content: string}"));
  };
  check_reload("FileReader", set, drive);
  check_reload(
      "FileReader",
      [&](Solo& solo) {
        set(solo);
        solo.arg("split", size(20'000));
      },
      drive);
}

TEST_CASE("a reader of lines that is made anew gives every line once, under its number") {
  const TemporaryFolder folder;
  const Log paths = paths_of(folder);
  check_reload(
      "ReadLines",
      [&](Solo& solo) {
        solo.in("in", paths.schema()).out("out", schema_of("{path: string, line: string, line_number: int}"));
      },
      [&](Solo& solo) { solo.push("in", paths); });
}
