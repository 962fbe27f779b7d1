#include <doctest/doctest.h>

#include "tests/support/element_run.h"
#include "tests/support/solo.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

RunResult parse(ElementRun& run, const Log& log, std::vector<NamedLiteral> args) {
  run.feed("texts", log).element("json", "ParseJson", std::move(args)).connect("texts -> json");
  run.collect("json [out]").collect("json [errors]");
  return run.run();
}

Log lines_of(const std::vector<std::string>& lines) {
  std::vector<std::vector<Datum>> rows;
  for (size_t i = 0; i < lines.size(); ++i) rows.push_back({lines[i], static_cast<int64_t>(i + 1)});
  return log_of("{line: string, line_number: int}", rows);
}

const char* const kUser = "{user: string, id: int, tags: [string]?, address: {town: string, zip: string?}?}";

}  // namespace

TEST_CASE("makes a record of each object by its schema") {
  ElementRun run;
  REQUIRE_OK(parse(run,
                   lines_of({R"({"id": 1, "user": "ann", "tags": ["a", "b"]})",
                             R"({"user":"b\u00f6b","id":2,"address":{"town":"X"}})"}),
                   {{"schema", type(kUser)}}));
  CHECK(run.text("json [out]") ==
        "{user: \"ann\", id: 1, tags: [\"a\", \"b\"], address: null}\n"
        "{user: \"b\xc3\xb6"
        "b\", id: 2, tags: null, address: {town: \"X\", zip: null}}\n");
}

TEST_CASE("what is no JSON, lacks a field or has another type goes to errors with its place and the others go on") {
  ElementRun run;
  REQUIRE_OK(parse(run,
                   lines_of({R"({"id": 1, "user": "ann"})", "no json", R"({"id": 2})", R"({"id": "3", "user": "c"})",
                             "", "{", R"({"id": 1.5, "user": "d"})", R"({"id": 5, "user": "e"})"}),
                   {{"schema", type("{id: int, user: string}")}, {"keep", name("line_number")}}));
  CHECK(run.text("json [out]", {"id", "user", "line_number"}) == "1 ann 1\n5 e 8\n");
  CHECK(run.log("json [errors]").rows() == 6);
  const std::string messages = run.text("json [errors]", {"code", "message"});
  CHECK(messages.find("json.missing") != std::string::npos);
  CHECK(messages.find("`user`") != std::string::npos);
  CHECK(messages.find("json.type the field `id`") != std::string::npos);
}

TEST_CASE("extra members are ignored, refused or gathered") {
  const Log lines = lines_of({R"({"id": 1, "x": [true], "y": "z"})", R"({"id": 2})"});
  ElementRun ignore, error, any;
  REQUIRE_OK(parse(ignore, lines, {{"schema", type("{id: int}")}}));
  CHECK(ignore.text("json [out]") == "{id: 1}\n{id: 2}\n");
  REQUIRE_OK(parse(error, lines, {{"schema", type("{id: int}")}, {"extra", name("error")}}));
  CHECK(error.text("json [out]") == "{id: 2}\n");
  CHECK(error.log("json [errors]").rows() == 1);
  REQUIRE_OK(parse(any, lines, {{"schema", type("{id: int}")}, {"extra", name("any")}}));
  CHECK(any.text("json [out]") == "{id: 1, extra: {x: [true], y: \"z\"}}\n{id: 2, extra: null}\n");
}

TEST_CASE("without a schema values of any kind pass as one field") {
  ElementRun run;
  REQUIRE_OK(parse(run, lines_of({"1", "[2]", R"({"a": null})", "\"x\"", "nope"}), {}));
  CHECK(run.text("json [out]") == "{value: 1}\n{value: [2]}\n{value: {a: null}}\n{value: \"x\"}\n");
  CHECK(run.log("json [errors]").rows() == 1);
}

TEST_CASE("a text of many lines gives a record a line, with what is kept beside each") {
  ElementRun run;
  REQUIRE_OK(parse(
      run,
      log_of("{path: string, content: string?}",
             {{"a", "{\"id\":1}\n\n{\"id\":2}\r\nbad\n{\"id\":3}"}, {"b", Datum()}, {"c", ""}, {"d", "{\"id\":4}\n"}}),
      {{"schema", type("{id: int}")}, {"field", name("content")}, {"lines", boolean(true)}, {"keep", name("path")}}));
  CHECK(run.text("json [out]", {"path", "id"}) == "a 1\na 2\na 3\nd 4\n");
  CHECK(run.text("json [errors]", {"message"}).find("line 4 of the text") == 0);
  CHECK(run.log("json [errors]").column(6).string_at(0).find("bad") != std::string_view::npos);
}

TEST_CASE("one value may take several lines") {
  ElementRun run;
  REQUIRE_OK(parse(run, log_of("{content: string}", {{"{\n  \"id\":\n  1\n}\n"}}),
                   {{"schema", type("{id: int}")}, {"field", name("content")}}));
  CHECK(run.text("json [out]") == "{id: 1}\n");
}

TEST_CASE("the schema may be a file of its own, whose faults are shown at the argument") {
  const TemporaryFolder folder;
  const Log lines = lines_of({R"({"id": 1, "user": "a"})"});
  ElementRun good, absent, wrong, no_record;
  REQUIRE_OK(parse(good, lines,
                   {{"schema", text(folder.write("user.schema", "// a user\n{\n  id: int,\n  user: string?\n}\n"))}}));
  CHECK(good.text("json [out]") == "{id: 1, user: \"a\"}\n");
  CHECK(parse(absent, lines, {{"schema", text(folder.file("absent"))}}).status.to_string().find("cannot be read") !=
        std::string::npos);
  CHECK(parse(wrong, lines, {{"schema", text(folder.write("w", "{id: integer}"))}}).status.to_string().find("E0402") !=
        std::string::npos);
  CHECK(parse(no_record, lines, {{"schema", text(folder.write("n", "[int]"))}}).status.to_string().find("no record") !=
        std::string::npos);
}

TEST_CASE("arguments that contradict each other are errors of the check") {
  const Log lines = lines_of({"1"});
  ElementRun extra, twice, kept;
  CHECK(parse(extra, lines, {{"extra", name("any")}}).status.error().code == "check");
  CHECK(parse(twice, lines, {{"schema", type("{extra: int}")}, {"extra", name("any")}}).status.error().code == "check");
  CHECK(
      parse(kept, lines, {{"schema", type("{line: int}")}, {"keep", name("line")}}).status.to_string().find("E0503") !=
      std::string::npos);
}

TEST_CASE("long input comes in several logs, and being made anew between them changes nothing") {
  std::vector<std::string> lines;
  for (int i = 0; i < 30'000; ++i) lines.push_back("{\"id\": " + std::to_string(i) + ", \"user\": \"somebody\"}");
  const Log log = lines_of(lines);
  const auto given = [&](bool reload) {
    Solo solo("ParseJson");
    solo.arg("schema", type("{id: int, user: string}")).arg("keep", name("line_number")).in("in", log.schema());
    solo.out("out", schema_of("{id: int, user: string, line_number: int}"));
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
  CHECK(expected.rows() == lines.size());
  CHECK(equal(given(true), expected));
}
