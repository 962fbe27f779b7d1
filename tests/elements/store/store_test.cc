#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <random>

#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

Log words() {
  return log_of(
      "{count: int, word: string, path: string?}",
      {{1, "beta", "b"}, {2, "alpha", "a"}, {3, "beta", Datum()}, {4, "betamax", "z"}, {5, "al\xc3\xa4", "a"}});
}

std::vector<NamedLiteral> args_of(const TemporaryFolder& folder, std::vector<Literal> key,
                                  std::vector<NamedLiteral> more = {}) {
  more.push_back({"path", text(folder.file("store"))});
  more.push_back({"key", list(std::move(key))});
  more.push_back({"sync", name("never")});
  return more;
}

ElementRun& store(ElementRun& run, const TemporaryFolder& folder, const Log& log, std::vector<Literal> key,
                  std::vector<NamedLiteral> more = {}) {
  run.feed("records", log)
      .element("store", "Store", args_of(folder, std::move(key), std::move(more)))
      .connect("records -> store");
  return run;
}

}  // namespace

TEST_CASE("answers what was stored by its key, the last record of each") {
  const TemporaryFolder folder;
  ElementRun run;
  store(run, folder, words(), {name("word")});
  run.ask("store [get]", log_of("{word: string}", {{"beta"}, {"gamma"}, {"alpha"}}));
  REQUIRE_OK(run.run());
  CHECK(run.text("store [get]") ==
        "{count: 3, word: \"beta\", path: null}\n{count: 2, word: \"alpha\", path: \"a\"}\n");
}

TEST_CASE("counts, and finds by prefix and range, in order of keys") {
  const TemporaryFolder folder;
  ElementRun run;
  store(run, folder, words(), {name("word")});
  run.ask("store [count]", log_of("{x: int}", {{0}}));
  REQUIRE_OK(run.run());
  CHECK(run.text("store [count]") == "{count: 4}\n");

  ElementRun prefix;
  store(prefix, folder, words(), {name("word")})
      .ask("store [prefix]", log_of("{prefix: string}", {{"beta"}, {""}, {"x"}}));
  REQUIRE_OK(prefix.run());
  CHECK(prefix.text("store [prefix]", {"word"}) == "beta\nbetamax\nalpha\nal\xc3\xa4\nbeta\nbetamax\n");

  ElementRun range;
  store(range, folder, words(), {name("word")});
  range.ask("store [range]",
            log_of("{from: string?, to: string?, limit: int}",
                   {{"alpha", "betamax", 9}, {"beta", Datum(), 9}, {Datum(), "alpha", 9}, {Datum(), Datum(), 2}}));
  REQUIRE_OK(range.run());
  CHECK(range.text("store [range]", {"word"}) == "alpha\nal\xc3\xa4\nbeta\nbeta\nbetamax\nalpha\nal\xc3\xa4\n");
}

TEST_CASE("a key of several fields can be asked for by the first of them") {
  const TemporaryFolder folder;
  const std::vector<Literal> key{name("word"), name("path")};
  ElementRun some, all;
  store(some, folder, words(), key)
      .ask("store [get]", log_of("{word: string, limit: int}", {{"beta", 5}, {"betamax", 0}}));
  REQUIRE_OK(some.run());
  CHECK(some.text("store [get]", {"count", "word", "path"}) == "3 beta null\n1 beta b\n");
  store(all, folder, words(), key)
      .ask("store [get]", log_of("{path: string, word: string}", {{"b", "beta"}, {"x", "beta"}}));
  REQUIRE_OK(all.run());
  CHECK(all.text("store [get]", {"count"}) == "1\n");
  ElementRun prefix;
  store(prefix, folder, words(), key).ask("store [prefix]", log_of("{prefix: string}", {{"bet"}}));
  REQUIRE_OK(prefix.run());
  CHECK(prefix.text("store [prefix]", {"count"}) == "3\n1\n4\n");
}

TEST_CASE("keys that are numbers are in order of the numbers") {
  const TemporaryFolder folder;
  ElementRun run;
  store(run, folder, log_of("{n: int, s: string}", {{5, "e"}, {-3, "a"}, {300, "f"}, {0, "c"}, {-1, "b"}}),
        {name("n")});
  run.ask("store [range]", log_of("{from: int?, to: int}", {{-1, 300}, {Datum(), 0}}));
  REQUIRE_OK(run.run());
  CHECK(run.text("store [range]", {"n"}) == "-1\n0\n5\n-3\n-1\n");
}

TEST_CASE("a range may have one end only") {
  const TemporaryFolder folder;
  const Log numbers = log_of("{n: int, s: string}", {{5, "e"}, {-3, "a"}, {0, "c"}});
  ElementRun from;
  store(from, folder, numbers, {name("n")}).ask("store [range]", log_of("{from: int, limit: int}", {{0, 5}}));
  REQUIRE_OK(from.run());
  CHECK(from.text("store [range]", {"n"}) == "0\n5\n");
  ElementRun to;
  store(to, folder, numbers, {name("n")}).ask("store [range]", log_of("{to: int}", {{0}}));
  REQUIRE_OK(to.run());
  CHECK(to.text("store [range]", {"n"}) == "-3\n");
}

TEST_CASE("an answer larger than a log comes in several") {
  const TemporaryFolder folder;
  std::vector<std::vector<Datum>> rows;
  for (int i = 0; i < 5'000; ++i) rows.push_back({i, std::string(100, 'x')});
  ElementRun run;
  store(run, folder, log_of("{n: int, s: string}", rows), {name("n")});
  run.ask("store [range]", log_of("{from: int?, to: int?}", {{Datum(), Datum()}}));
  REQUIRE_OK(run.run());
  CHECK(run.log("store [range]").rows() == 5'000);
  CHECK(run.logs("store [range]") >= 5);
}

TEST_CASE("a changelog updates and removes") {
  const TemporaryFolder folder;
  const Result<Log> changes =
      log_from(schema_of("{word: string, count: int}").with_key({"word"}).with_mode(Mode::kFull),
               {{"a", 1}, {"b", 1}, {"a", 1}, {"a", 2}, {"b", 1}}, 0,
               {Op::kInsert, Op::kInsert, Op::kUpdateBefore, Op::kUpdateAfter, Op::kDelete});
  REQUIRE(changes.is_ok());
  ElementRun run;
  store(run, folder, *changes, {name("word")}).ask("store [prefix]", log_of("{prefix: string}", {{""}}));
  REQUIRE_OK(run.run());
  CHECK(run.text("store [prefix]") == "{word: \"a\", count: 2}\n");
}

TEST_CASE("the store goes on where it stopped, or afresh when told so") {
  const TemporaryFolder folder;
  const Log question = log_of("{x: int}", {{0}});
  for (const auto& [key, fresh, expected] : std::vector<std::tuple<const char*, bool, const char*>>{
           {"a", false, "1"}, {"b", false, "2"}, {"c", true, "1"}}) {
    ElementRun run;
    store(run, folder, log_of("{word: string}", {{key}}), {name("word")}, {{"fresh", boolean(fresh)}})
        .ask("store [count]", question);
    REQUIRE_OK(run.run());
    CHECK(run.text("store [count]", {"count"}) == std::string(expected) + "\n");
  }
}

TEST_CASE("a store of other records is refused with both types") {
  const TemporaryFolder folder;
  ElementRun first, second;
  REQUIRE_OK(store(first, folder, log_of("{word: string}", {{"a"}}), {name("word")}).run());
  const RunResult result = store(second, folder, log_of("{word: string, n: int}", {{"a", 1}}), {name("word")}).run();
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().code == "store.other_schema");
  CHECK(result.status.to_string().find("{word: string}") != std::string::npos);
  CHECK(result.status.to_string().find("fresh = true") != std::string::npos);
}

TEST_CASE("a file that is no store is refused by name and stays as it is") {
  const TemporaryFolder folder;
  folder.write("store", "just some text that somebody needs");
  ElementRun run;
  const RunResult result = store(run, folder, log_of("{word: string}", {{"a"}}), {name("word")}).run();
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().code == "store.not_lmdb");
  CHECK(result.status.to_string().find(folder.file("store")) != std::string::npos);
  CHECK(folder.read("store") == "just some text that somebody needs");
}

TEST_CASE("two stores cannot have one file") {
  const TemporaryFolder folder;
  ElementRun run;
  store(run, folder, log_of("{word: string}", {{"a"}}), {name("word")});
  run.element("other", "Store", args_of(folder, {name("word")})).connect("records -> other");
  CHECK(run.run().status.error().code == "store.in_use");
}

TEST_CASE("keys that are too long go to errors and the others are stored") {
  const TemporaryFolder folder;
  ElementRun run;
  store(run, folder, log_of("{word: string}", {{std::string(600, 'x')}, {"a"}, {""}}), {name("word")});
  run.collect("store [errors]").ask("store [count]", log_of("{x: int}", {{0}}));
  REQUIRE_OK(run.run());
  CHECK(run.text("store [errors]", {"code"}) == "store.key\nstore.key\n");
  CHECK(run.text("store [count]", {"count"}) == "1\n");
}

TEST_CASE("questions of another type are errors of the check") {
  const TemporaryFolder folder;
  const auto refused = [&](const char* port, const Log& question, std::vector<Literal> key) {
    ElementRun run;
    store(run, folder, words(), std::move(key)).ask(port, question);
    const RunResult result = run.run();
    REQUIRE_FALSE(result.status.is_ok());
    CHECK(result.status.error().code == "check");
    return result.status.error().text;
  };
  CHECK(refused("store [get]", log_of("{path: string}", {{"x"}}), {name("word")}).find("has no field `word`") !=
        std::string::npos);
  CHECK(refused("store [get]", log_of("{word: int}", {{1}}), {name("word")}).find("`get` asks for `word: string`") !=
        std::string::npos);
  CHECK(refused("store [prefix]", log_of("{prefix: string}", {{"x"}}), {name("count")}).find("`range`") !=
        std::string::npos);
  CHECK(refused("store [range]", log_of("{from: int}", {{1}}), {name("word")}).find("{from: string?, to: string?}") !=
        std::string::npos);
  CHECK(refused("store [range]", log_of("{form: string}", {{"x"}}), {name("word")})
            .find("{from: string?, to: string?}") != std::string::npos);
}

TEST_CASE("a full disk ends the run with the name of the store, and what was committed stays") {
  const TemporaryFolder folder;
  {
    ElementRun run;
    REQUIRE_OK(store(run, folder, log_of("{word: string, s: string}", {{"kept", "x"}}), {name("word")}).run());
  }
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{1 << 20, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::vector<std::vector<Datum>> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back({"w" + std::to_string(i), std::string(100, 'x')});
  ElementRun full;
  const RunResult result = store(full, folder, log_of("{word: string, s: string}", rows), {name("word")}).run();
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, old);
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().fault == Fault::kOutside);
  CHECK(result.status.to_string().find(folder.file("store")) != std::string::npos);

  ElementRun again;
  store(again, folder, log_of("{word: string, s: string}", {{"new", "y"}}), {name("word")});
  again.ask("store [prefix]", log_of("{prefix: string}", {{""}}));
  REQUIRE_OK(again.run());
  CHECK(again.text("store [prefix]", {"word"}) == "kept\nnew\n");
}

TEST_CASE("a store that exists is asked without a writer, by an index that it did not have") {
  const TemporaryFolder folder;
  std::vector<std::vector<Datum>> rows;
  for (int i = 0; i < 3'000; ++i) rows.push_back({"w" + std::to_string(i), i % 7});
  ElementRun first;
  REQUIRE_OK(store(first, folder, log_of("{word: string, n: int?}", rows), {name("word")}).run());
  for (const char* word : {"n", "word"}) {  // and by another one then
    ElementRun run;
    run.element(
        "store", "Store",
        args_of(folder, {name("word")}, {{"fields", type("{word: string, n: int?}")}, {"index", list({name(word)})}}));
    const bool by_number = std::string_view(word) == "n";
    run.ask("store [find]", by_number ? log_of("{n: int}", {{3}}) : log_of("{word: string}", {{"w3"}}));
    REQUIRE_OK(run.run());
    CHECK(run.log("store [find]").rows() == (by_number ? 429 : 1));
  }
}

TEST_CASE("a record whose bytes were changed is told from a sound one") {
  const TemporaryFolder folder;
  ElementRun run;
  REQUIRE_OK(
      store(run, folder, log_of("{word: string, s: string}", {{"a", "a sound text"}, {"b", "c"}}), {name("word")})
          .run());
  std::string bytes = folder.read("store");
  for (size_t at = bytes.find("a sound"); at != std::string::npos; at = bytes.find("a sound")) bytes[at + 2] = 'S';
  folder.write("store", bytes);
  ElementHarness harness("Store", {{"path", text(folder.file("store"))},
                                   {"key", list({name("word")})},
                                   {"fields", type("{word: string, s: string}")}});
  harness.in("get", schema_of("{word: string}"));
  REQUIRE(harness.start().to_string() == "ok");
  CHECK(harness.ask("get", log_of("{word: string}", {{"b"}}))->status.is_ok());
  const auto answers = harness.ask("get", log_of("{word: string}", {{"a"}}));
  CHECK(answers->ended);
  REQUIRE_FALSE(answers->status.is_ok());
  CHECK(answers->status.error().code == "store.damaged");
  CHECK(harness.close().is_ok());
}

TEST_CASE("random changes leave the indexes as a search through all records would have it") {
  struct Twin {
    std::string group;
    int64_t size = 0;
  };
  std::mt19937 random(7);
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  for (int round = 0; round < 20; ++round) {
    const TemporaryFolder folder;
    std::map<std::string, Twin> twins;
    ElementHarness harness("Store", {{"path", text(folder.file("store"))},
                                     {"key", list({name("path")})},
                                     {"index", list({name("group"), list({name("group"), name("size")})})},
                                     {"sync", name("never")}});
    const char* const records = "{path: string, group: string?, size: int}";
    harness.in("in", schema_of(records));
    harness.in("remove", schema_of("{path: string}"));
    harness.in("take", schema_of("{path: string}"));
    harness.in("put", schema_of(records));
    harness.in("find", schema_of("{group: string, size: int}"));
    harness.in("duplicates", schema_of("{x: int}"));
    REQUIRE(harness.start().to_string() == "ok");
    const auto long_path = [&] { return std::string(below(3) * 230, 'p') + std::to_string(below(30)); };
    for (int step = 0; step < 60; ++step) {
      const std::string path = long_path();
      if (const size_t what = below(5); what < 3) {
        std::vector<std::vector<Datum>> rows;
        for (size_t i = 0; i <= below(4); ++i) {
          const std::string p = long_path(), group = below(4) == 0 ? "" : std::string(below(3) * 180, 'g') + "x";
          const auto size = static_cast<int64_t>(below(2));
          rows.push_back({p, group.empty() ? Datum() : Datum(group), size});
          twins[p] = {group, size};
        }
        if (what == 0) {
          CHECK(harness.ask("put", log_of(records, rows))->status.is_ok());
        } else {
          CHECK(harness.push("in", log_of(records, rows)) == Flow::kNext);
        }
      } else if (what == 3) {
        CHECK(harness.push("remove", log_of("{path: string}", {{path}})) == Flow::kNext);
        twins.erase(path);
      } else {
        uint32_t taken = 0;
        const auto answers = harness.ask("take", log_of("{path: string}", {{path}, {path}}));
        for (const Log& log : answers->logs) taken += log.rows();
        CHECK(taken == twins.erase(path));
      }
    }
    const auto paths_of = [](const std::vector<Log>& logs) {
      std::vector<std::string> out;
      for (const Log& log : logs) {
        for (const Row row : log) out.emplace_back(row.string_at(0));
      }
      std::sort(out.begin(), out.end());
      return out;
    };
    std::map<std::string, std::vector<std::string>> groups;
    for (const auto& [path, twin] : twins) {
      if (!twin.group.empty()) groups[twin.group].push_back(path);
    }
    std::vector<std::string> shared;
    for (const auto& [group, paths] : groups) {
      if (paths.size() > 1) shared.insert(shared.end(), paths.begin(), paths.end());
      std::vector<std::string> small;
      for (const std::string& path : paths) {
        if (twins[path].size == 1) small.push_back(path);
      }
      CHECK(paths_of(harness.ask("find", log_of("{group: string, size: int}", {{group, 1}}))->logs) == small);
    }
    std::sort(shared.begin(), shared.end());
    CHECK(paths_of(harness.ask("duplicates", log_of("{x: int}", {{0}}))->logs) == shared);
    CHECK(harness.close().is_ok());
  }
}
