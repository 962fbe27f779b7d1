#include <doctest/doctest.h>

#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

TEST_CASE("an index is asked without a writer, in pieces where the answer is long") {
  const TemporaryFolder folder;
  const char* const type_text = "{path: string, content: string, extra: string}";
  const auto args = [&](ElementHarness::Args more) {
    more.push_back({"path", text(folder.file("index"))});
    more.push_back({"keep", list({name("extra")})});
    more.push_back({"sync", boolean(false)});
    return more;
  };
  {
    ElementHarness writer("TextIndex", args({}));
    writer.in("in", schema_of(type_text));
    REQUIRE(writer.start().to_string() == "ok");
    std::vector<std::vector<Datum>> rows;
    for (int i = 0; i < 700; ++i) rows.push_back({std::to_string(i), "word", std::string(1'000, 'e')});
    CHECK(writer.push("in", log_of(type_text, rows)) == Flow::kNext);
    CHECK(writer.flush() == Flow::kNext);
    CHECK(writer.close().is_ok());
  }
  ElementHarness reader("TextIndex", args({{"fields", type(type_text)}}));
  reader.in("search", schema_of("{query: string, limit: int?, offset: int?}"));
  REQUIRE(reader.start().to_string() == "ok");
  const auto answers = reader.ask(
      "search", log_of("{query: string, limit: int?, offset: int?}", {{"word", 1000, Datum()}, {"word", 5, 698}}));
  REQUIRE(answers->status.is_ok());
  uint32_t records = 0;
  for (const Log& log : answers->logs) records += log.rows();
  CHECK(records == 702);
  CHECK(answers->logs.size() >= 3);
  CHECK(reader.close().is_ok());
}
