#include <doctest/doctest.h>

#include <random>

#include "tests/support/element_run.h"
#include "tests/support/solo.h"

using namespace blox;
using namespace blox::testing;

TEST_CASE("a Tokenize that is made anew gives every word once") {
  std::vector<std::vector<Datum>> rows;
  for (int i = 0; i < 20; ++i) {
    std::string text;
    for (int k = 0; k < (i % 5 == 0 ? 50'000 : 10); ++k) text += "word" + std::to_string(k * i) + " ";
    rows.push_back({"p" + std::to_string(i), text});
  }
  const Log log = log_of("{path: string, content: string}", rows);
  const auto given = [&](uint32_t seed) {
    Solo solo("Tokenize");
    solo.arg("keep", list({name("path")})).in("in", log.schema()).out("out", schema_of("{path: string, word: string}"));
    std::vector<Log> logs;
    solo.on_emit([&](const Log& words) { logs.push_back(words); });
    solo.open();
    std::mt19937 random(seed);
    solo.between_calls([&] {
      if (seed > 0 && random() % 3 == 0) solo.reload();
    });
    solo.push("in", log);
    return concatenate(logs);
  };
  const Log expected = given(0);
  for (uint32_t seed = 1; seed <= 5; ++seed) CHECK(equal(given(seed), expected));
}
