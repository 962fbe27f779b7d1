#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <random>

#include "tests/support/element_run.h"
#include "tests/support/solo.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

const char* const kEntries =
    "{below: string, path: string?, kind: string, mode: int, mtime: time, nanos: int, size: int, uid: int, gid: int, "
    "target: string?}";
const char* const kPieces =
    "{below: string, kind: string, mode: int, mtime: time, nanos: int, size: int, uid: int, gid: int, target: string?, "
    "offset: int, data: bytes?}";

std::vector<Datum> piece(const std::string& below, const std::string& kind, int64_t mode, const std::string& data,
                         int64_t offset = 0, int64_t size = -1) {
  const auto length = static_cast<int64_t>(data.size());
  return {below,
          kind,
          mode,
          Datum(Datum::Time{1'000'000'007}),
          int64_t{9},
          size < 0 ? length : size,
          int64_t{0},
          int64_t{0},
          kind == "link" ? Datum(data) : Datum(),
          offset,
          kind == "file" && !data.empty() ? Datum(Datum::Bytes{data}) : Datum()};
}

Solo& restoring(Solo& solo, const std::string& to) {
  solo.arg("path", text(to)).arg("durable", boolean(false)).arg("existing", name("replace"));
  solo.in("in", schema_of(kPieces)).out("out", schema_of("{below: string, kind: string, size: int}"));
  return solo;
}

}  // namespace

TEST_CASE("a crawler of a tree that is made anew goes on behind the last entry that it gave") {
  const TemporaryFolder folder;
  for (int i = 0; i < 1'500; ++i) {
    folder.write("d" + std::to_string(i % 7) + "/e" + std::to_string(i % 3) + "/f" + std::to_string(i), "");
  }
  const auto given = [&](uint32_t seed) {
    Solo solo("TreeCrawler");
    solo.arg("path", text(folder.path())).out("out", schema_of(kEntries));
    std::vector<Log> logs;
    solo.on_emit([&](const Log& log) { logs.push_back(log); });
    solo.open();
    std::mt19937 random(seed);
    solo.between_calls([&] {
      if (seed > 0 && random() % 2 == 0) solo.reload();
    });
    solo.produce_all();
    return concatenate(logs);
  };
  const Log expected = given(0);
  CHECK(expected.rows() == 1'500 + 21 + 7 + 1);
  CHECK(expected.column(0).string_at(expected.rows() - 1).empty());
  for (uint32_t seed = 1; seed <= 3; ++seed) CHECK(equal(given(seed), expected));
}

TEST_CASE("a tree is restored also where the element is made anew between any two calls") {
  const TemporaryFolder folder;
  const std::string to = folder.file("to");
  Solo solo("RestoreTree");
  restoring(solo, to).open();
  solo.between_calls([&] { solo.reload(); });
  const std::string zeros(100'000, '\0'), some = "some" + zeros;
  solo.push("in", log_of(kPieces, {piece("a/b", "folder", 0500, "")}));
  solo.push("in", log_of(kPieces, {piece("a/f", "file", 0640, some, 0, 200'008)}));
  solo.push("in", log_of(kPieces, {piece("a/f", "file", 0640, some, 100'004, 200'008)}));
  solo.push("in", log_of(kPieces, {piece("a/l", "link", 0777, "f"), piece("a", "folder", 0700, ""),
                                   piece("", "folder", 0711, "")}));
  solo.flush();
  solo.close();
  CHECK(solo.refused() == "");
  CHECK(folder.read("to/a/l") == some + some);
  struct stat status;
  for (const auto& [path, mode] :
       std::map<std::string, mode_t>{{"", 0711}, {"/a", 0700}, {"/a/b", 0500}, {"/a/f", 0640}}) {
    REQUIRE(stat((to + path).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == mode);
    CHECK(status.st_mtim.tv_sec == 1'000);
    CHECK(status.st_mtim.tv_nsec == 7'009);
  }
  REQUIRE(stat((to + "/a/f").c_str(), &status) == 0);
  CHECK(status.st_blocks * 512 < 100'000);  // zeros are holes
}

// Names, links and dots at random: whatever a store says, only the folder changes.
TEST_CASE("records made by an enemy change nothing outside of the folder") {
  const TemporaryFolder folder;
  folder.write("outside/secret", "secret");
  folder.write("outside/below/secret", "secret");
  const std::string outside = folder.file("outside");
  const std::vector<std::string> names{
      "a", "b", "..", ".", "", "secret", "below", "/", "outside", ".blox-restoring", std::string("z\0", 2)};
  const std::vector<std::string> targets{"..", "../outside", outside, "a", ".", "b/..", outside + "/secret", ""};
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto one_of = [&](const std::vector<std::string>& words) { return words[random() % words.size()]; };
    Solo solo("RestoreTree");
    restoring(solo, folder.file("to" + std::to_string(seed))).open();
    std::vector<std::vector<Datum>> rows;
    for (int i = 0; i < 40; ++i) {
      std::string below = one_of(names);
      for (size_t depth = random() % 3; depth > 0; --depth) below += "/" + one_of(names);
      const uint32_t kind = static_cast<uint32_t>(random() % 3);
      rows.push_back(kind == 0   ? piece(below, "link", 0777, one_of(targets))
                     : kind == 1 ? piece(below, "folder", 0777, "")
                                 : piece(below, "file", 0777, "evil"));
    }
    solo.push("in", log_of(kPieces, rows));
    solo.flush();
    solo.close();
    REQUIRE(folder.read("outside/secret") == "secret");
    REQUIRE(folder.read("outside/below/secret") == "secret");
    struct stat status;
    REQUIRE(stat(outside.c_str(), &status) == 0);
    REQUIRE(status.st_mtim.tv_sec != 1'000);
    int entries = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(outside)) entries += entry.exists() ? 1 : 0;
    REQUIRE(entries == 3);
  }
}
