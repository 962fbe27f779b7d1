#include <doctest/doctest.h>

#include <random>
#include <set>

#include "tests/support/element_run.h"
#include "tests/support/solo.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

std::string random_bytes(size_t size) {
  std::mt19937 random(5);
  std::string out(size, '\0');
  for (char& byte : out) byte = static_cast<char>(random());
  return out;
}

Literal word(std::string name) { return Literal::name(std::move(name)); }

}  // namespace

TEST_CASE("the chunks of a file are those of its content in a field, and make it up again") {
  const TemporaryFolder folder;
  const std::string content = random_bytes(3'000'000);
  const std::string path = folder.write("large", content);
  ElementRun run;
  run.feed("paths", log_of("{path: string, data: bytes}", {{path, Datum(Datum::Bytes{content})}}));
  run.element("files", "Chunk", {{"size", size(4096)}});
  run.element("fields", "Chunk", {{"size", size(4096)}, {"field", word("data")}});
  run.connect("paths -> files").connect("paths -> fields").collect("files [out]").collect("fields [out]");
  REQUIRE_OK(run.run());
  const Log files = run.log("files [out]");
  CHECK(equal(files, run.log("fields [out]")));
  REQUIRE(files.rows() > 300);
  std::string joined;
  for (const Row row : files) {
    CHECK(row.int_at(1) == row.record());
    CHECK(row.int_at(2) == static_cast<int64_t>(joined.size()));
    CHECK(row.int_at(3) == static_cast<int64_t>(row.string_at(4).size()));
    joined += row.string_at(4);
  }
  CHECK(joined == content);
}

TEST_CASE("an element that is made anew in the middle of a file gives each chunk once") {
  const TemporaryFolder folder;
  const Log paths = log_of("{path: string}", {{folder.write("a", random_bytes(2'000'000))}, {folder.write("b", "b")}});
  const auto given = [&](bool reloaded) {
    Solo solo("Chunk");
    solo.arg("size", size(4096)).in("in", paths.schema());
    solo.out("out", schema_of("{path: string, index: int, offset: int, length: int, data: bytes}"));
    std::vector<Log> logs;
    solo.on_emit([&](const Log& log) { logs.push_back(log); });
    solo.open();
    if (reloaded) solo.between_calls([&] { solo.reload(); });
    solo.push("in", paths);
    CHECK(logs.size() > 4);
    return concatenate(logs);
  };
  CHECK(equal(given(true), given(false)));
}

TEST_CASE("a file that is written while it is read is said to have been, behind its chunks") {
  const TemporaryFolder folder;
  const Log paths = log_of("{path: string}", {{folder.write("a", random_bytes(2'000'000))}, {folder.write("b", "b")}});
  for (const bool chunk : {true, false}) {
    Solo solo(chunk ? "Chunk" : "Fingerprint");
    solo.in("in", paths.schema());
    solo.out("out", chunk ? schema_of("{path: string, index: int, offset: int, length: int, data: bytes}")
                          : schema_of("{path: string, fingerprint: string}"));
    solo.open();
    if (!chunk) folder.write("a", random_bytes(20'000'000));  // more than one call reads
    solo.between_calls([&] { folder.write("a", random_bytes(2'000'001)); });
    solo.push("in", paths);
    CHECK(solo.refused().find("file.changed " + folder.file("a") + ": it was written while it was read") !=
          std::string::npos);
    CHECK(solo.emitted_rows() >= (chunk ? 3 : 1));
  }
}
