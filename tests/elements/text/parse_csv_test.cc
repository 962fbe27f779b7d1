#include <doctest/doctest.h>

#include "tests/support/element_run.h"
#include "tests/support/solo.h"

using namespace blox;
using namespace blox::testing;

namespace {

RunResult parse(ElementRun& run, const Log& log, std::vector<NamedLiteral> args) {
  run.feed("texts", log).element("csv", "ParseCsv", std::move(args)).connect("texts -> csv");
  run.collect("csv [out]").collect("csv [errors]");
  return run.run();
}

Log lines_of(const std::vector<std::string>& lines) {
  std::vector<std::vector<Datum>> rows;
  for (size_t i = 0; i < lines.size(); ++i) rows.push_back({lines[i], static_cast<int64_t>(i + 1)});
  return log_of("{line: string, line_number: int}", rows);
}

}  // namespace

TEST_CASE("the first line names the columns, whatever their order") {
  ElementRun run;
  REQUIRE_OK(parse(run, lines_of({"born,other,name", "1815,x,\"Lovelace, Ada\"", ",y,\"say \"\"hi\"\"\""}),
                   {{"schema", type("{name: string, born: int?}")}, {"keep", name("line_number")}}));
  CHECK(run.text("csv [out]") ==
        "{name: \"Lovelace, Ada\", born: 1815, line_number: 2}\n{name: \"say \\\"hi\\\"\", born: null, line_number: "
        "3}\n");
}

TEST_CASE("without a header the columns are the fields in order, cut where one says") {
  ElementRun run;
  REQUIRE_OK(parse(run, lines_of({"1;a", "2;b"}),
                   {{"schema", type("{n: int, s: string}")}, {"header", boolean(false)}, {"separator", text(";")}}));
  CHECK(run.text("csv [out]") == "{n: 1, s: \"a\"}\n{n: 2, s: \"b\"}\n");
}

TEST_CASE("lines that are no records of the schema go to errors and the others go on") {
  ElementRun run;
  REQUIRE_OK(parse(run, lines_of({"n,s", "x,a", "2", "3,\"open", "4,good", "5,b,c"}),
                   {{"schema", type("{n: int, s: string}")}}));
  CHECK(run.text("csv [out]") == "{n: 4, s: \"good\"}\n");
  CHECK(run.text("csv [errors]", {"code"}) == "csv.type\ncsv.fields\ncsv.quote\ncsv.fields\n");
}

TEST_CASE("columns that are no fields are refused or gathered when asked for") {
  const Log lines = lines_of({"id,x,y", "1,a,b", "2,,d"});
  ElementRun error, any;
  REQUIRE_OK(parse(error, lines, {{"schema", type("{id: int}")}, {"extra", name("error")}}));
  CHECK(error.text("csv [errors]", {"code"}) == "csv.extra\ncsv.extra\n");
  REQUIRE_OK(parse(any, lines, {{"schema", type("{id: int}")}, {"extra", name("any")}}));
  CHECK(any.text("csv [out]") == "{id: 1, extra: {x: \"a\", y: \"b\"}}\n{id: 2, extra: {x: \"\", y: \"d\"}}\n");
}

TEST_CASE("without a schema a record is a map from names to strings or a list") {
  ElementRun with, without;
  REQUIRE_OK(parse(with, lines_of({"a,b", "1,2"}), {}));
  CHECK(with.text("csv [out]") == "{value: {a: \"1\", b: \"2\"}}\n");
  REQUIRE_OK(parse(without, lines_of({"1,2", "3"}), {{"header", boolean(false)}}));
  CHECK(without.text("csv [out]") == "{value: [\"1\", \"2\"]}\n{value: [\"3\"]}\n");
}

TEST_CASE("whole files have a header each and line ends within quotes") {
  ElementRun run;
  REQUIRE_OK(parse(run,
                   log_of("{path: string, content: string}",
                          {{"a", "n,s\n1,\"two\nlines\"\n2,x\n"}, {"b", "s,n\r\ny,3\r\nbad,z"}, {"c", ""}}),
                   {{"schema", type("{n: int, s: string}")},
                    {"field", name("content")},
                    {"lines", boolean(true)},
                    {"keep", name("path")}}));
  CHECK(run.text("csv [out]") ==
        "{n: 1, s: \"two\\nlines\", path: \"a\"}\n{n: 2, s: \"x\", path: \"a\"}\n{n: 3, s: \"y\", path: \"b\"}\n");
  CHECK(run.text("csv [errors]", {"message"}).find("record 3 of the text: the field `n`") == 0);
}

TEST_CASE("a required field without a column is an error of each record") {
  ElementRun run;
  REQUIRE_OK(parse(run, lines_of({"n", "1"}), {{"schema", type("{n: int, s: string}")}}));
  CHECK(run.text("csv [errors]", {"code"}) == "csv.missing\n");
}

TEST_CASE("a separator is one character") {
  ElementRun run;
  CHECK(parse(run, lines_of({"a"}), {{"separator", text("||")}}).status.to_string().find("E0403") != std::string::npos);
}

TEST_CASE("a ParseCsv that is made anew still knows the header") {
  std::vector<std::string> lines{"id,user"};
  for (int i = 0; i < 30'000; ++i) lines.push_back(std::to_string(i) + ",somebody with a name");
  const Log log = lines_of(lines);
  const auto given = [&](bool reload) {
    Solo solo("ParseCsv");
    solo.arg("schema", type("{id: int, user: string}"))
        .in("in", log.schema())
        .out("out", schema_of("{id: int, user: string}"));
    std::vector<Log> logs;
    solo.on_emit([&](const Log& one) { logs.push_back(one); });
    solo.open();
    solo.between_calls([&] {
      if (reload) solo.reload();
    });
    solo.push("in", log);
    CHECK(logs.size() > 2);
    return concatenate(logs);
  };
  const Log expected = given(false);
  CHECK(expected.rows() == lines.size() - 1);
  CHECK(equal(given(true), expected));
}
