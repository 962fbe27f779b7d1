#include <doctest/doctest.h>

#include "tests/support/element_run.h"

using namespace blox;
using namespace blox::testing;

namespace {

RunResult tokenize(ElementRun& run, const Log& log, std::vector<NamedLiteral> args = {}) {
  run.feed("texts", log).element("words", "Tokenize", std::move(args)).connect("texts -> words").collect("words [out]");
  return run.run();
}

}  // namespace

TEST_CASE("makes a record of each word") {
  ElementRun run;
  REQUIRE_OK(tokenize(run, log_of("{content: string}", {{"one, two!"}, {""}, {"Three"}})));
  CHECK(run.text("words [out]") == "{word: \"one\"}\n{word: \"two\"}\n{word: \"Three\"}\n");
}

TEST_CASE("keeps the fields that it is told to keep beside each word") {
  ElementRun run;
  REQUIRE_OK(tokenize(run,
                      log_of("{path: string, n: int?, text: string?}",
                             {{"a", 1, "x Y"}, {"b", 2, Datum()}, {"c", Datum(), "..."}, {"d", Datum(), "z"}}),
                      {{"field", name("text")}, {"keep", list({name("path"), name("n")})}, {"lower", boolean(true)}}));
  CHECK(run.text("words [out]", {"path", "n", "word"}) == "a 1 x\na 1 y\nd null z\n");
}

TEST_CASE("long texts come in several logs without cutting a word") {
  std::string text, expected;
  for (int i = 0; i < 40'000; ++i) {
    text += "word" + std::to_string(i) + (i % 10 == 0 ? "\n" : " ");
    expected += "word" + std::to_string(i) + "\n";
  }
  const std::string long_word(300'000, 'x');
  ElementRun run;
  REQUIRE_OK(tokenize(run, log_of("{content: string}", {{text}, {long_word}})));
  CHECK(run.text("words [out]", {"word"}) == expected + long_word + "\n");
  CHECK(run.logs("words [out]") >= 4);
}

TEST_CASE("many empty texts come to an end") {
  ElementRun run;
  REQUIRE_OK(tokenize(run, log_of("{content: string}", std::vector<std::vector<Datum>>(200'000, {""}))));
  CHECK(run.logs("words [out]") == 0);
}

TEST_CASE("takes only texts, and only fields that are there") {
  ElementRun number, absent;
  CHECK(tokenize(number, log_of("{content: int}", {{1}})).status.to_string().find("E0502") != std::string::npos);
  CHECK(tokenize(absent, log_of("{content: string}", {{"x"}}), {{"keep", name("path")}})
            .status.to_string()
            .find("E0501") != std::string::npos);
}
