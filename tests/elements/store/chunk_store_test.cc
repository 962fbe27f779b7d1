#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "tests/support/element_run.h"
#include "tests/support/solo.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

const char* const kRecords = "{name: string, index: int, data: bytes?}";
const char* const kTotals = "{records: int, contents: int, bytes: int, stored: int, referred: int, added: int}";
using Model = std::map<std::pair<std::string, int64_t>, std::optional<std::string>>;

Solo& described(Solo& solo, const TemporaryFolder& folder) {
  solo.arg("path", text(folder.file("s"))).arg("key", list({name("name"), name("index")}));
  solo.arg("sync", name("never")).arg("commit_bytes", size(1));  // each call is committed
  solo.in("in", schema_of(kRecords)).in("release", schema_of("{name: string}"));
  solo.question("get", schema_of("{name: string}"), schema_of(kRecords));
  solo.question("list", schema_of("{x: int}"), schema_of("{name: string}"));
  solo.question("totals", schema_of("{x: int}"), schema_of(kTotals));
  return solo;
}

// What the store answers is what the model says.
void compare(Solo& solo, const Model& model) {
  std::set<std::string> names, contents;
  int64_t referred = 0, bytes = 0;
  for (const auto& [key, data] : model) {
    names.insert(key.first);
    if (!data) continue;
    referred += static_cast<int64_t>(data->size());
    if (contents.insert(*data).second) bytes += static_cast<int64_t>(data->size());
  }
  const std::vector<Log> totals = solo.ask("totals", log_of("{x: int}", {{0}}));
  REQUIRE(totals.size() == 1);
  CHECK(totals[0].column(0).int_at(0) == static_cast<int64_t>(model.size()));
  CHECK(totals[0].column(1).int_at(0) == static_cast<int64_t>(contents.size()));
  CHECK(totals[0].column(2).int_at(0) == bytes);
  CHECK(totals[0].column(4).int_at(0) == referred);

  std::vector<std::vector<Datum>> asked;
  std::set<std::string> listed;
  for (const Log& log : solo.ask("list", log_of("{x: int}", {{0}}))) {
    for (const Row row : log) listed.emplace(row.string_at(0));
  }
  CHECK(listed == names);
  for (const std::string& each : names) asked.push_back({each});
  if (asked.empty()) return;
  Model found;
  for (const Log& log : solo.ask("get", log_of("{name: string}", asked))) {
    for (const Row row : log) {
      std::optional<std::string>& data = found[{std::string(row.string_at(0)), row.int_at(1)}];
      if (!row.is_null(2)) data = row.string_at(2);
    }
  }
  CHECK(found == model);
}

}  // namespace

TEST_CASE("random changes leave the counts that a model has, also through kills between calls") {
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    const TemporaryFolder folder;
    std::mt19937 random(seed);
    const auto below = [&](uint32_t end) { return static_cast<uint32_t>(random() % end); };
    const auto content = [&] { return std::string(1 + below(3) * 3'000, static_cast<char>('a' + below(4))); };
    Solo solo("ChunkStore");
    described(solo, folder).open();
    Model model;
    for (int step = 0; step < 60; ++step) {
      if (below(4) > 0) {
        std::vector<std::vector<Datum>> rows;
        for (uint32_t i = below(20); i < 20; ++i) {
          const std::string each(1, static_cast<char>('p' + below(5)));
          const auto index = static_cast<int64_t>(below(6));
          if (below(6) == 0) {
            rows.push_back({each, index, Datum()});
            model[{each, index}] = std::nullopt;
          } else {
            const std::string data = content();
            rows.push_back({each, index, Datum(Datum::Bytes{data})});
            model[{each, index}] = data;
          }
        }
        solo.push("in", log_of(kRecords, rows));
      } else {
        const std::string each(1, static_cast<char>('p' + below(5)));
        solo.push("release", log_of("{name: string}", {{each}}));
        std::erase_if(model, [&](const auto& entry) { return entry.first.first == each; });
      }
      if (below(5) == 0) solo.reload();
      if (below(3) == 0) compare(solo, model);
    }
    compare(solo, model);
    for (const char each : std::string("pqrst"))
      solo.push("release", log_of("{name: string}", {{std::string(1, each)}}));
    compare(solo, {});
  }
}

TEST_CASE("a release of many records goes on in an element that is made anew") {
  const TemporaryFolder folder;
  Solo solo("ChunkStore");
  described(solo, folder).open();
  std::vector<std::vector<Datum>> rows;
  for (int64_t i = 0; i < 3'000; ++i) rows.push_back({"a", i, Datum(Datum::Bytes{std::to_string(i % 10)})});
  rows.push_back({"b", int64_t{0}, Datum(Datum::Bytes{"0"})});
  solo.push("in", log_of(kRecords, rows));
  bool reloaded = false;
  solo.between_calls([&] {
    if (!reloaded) solo.reload();
    reloaded = true;
  });
  solo.push("release", log_of("{name: string}", {{"none"}, {"a"}}));
  CHECK(reloaded);
  CHECK(solo.refused().find("store.unknown") != std::string::npos);
  compare(solo, {{{"b", 0}, "0"}});
}

TEST_CASE("what was stored is read without an input, and only as what it is") {
  const TemporaryFolder folder;
  const std::vector<NamedLiteral> args{{"path", text(folder.file("s"))}, {"key", list({name("name"), name("index")})}};
  {
    ElementRun run;
    run.feed("rows", log_of(kRecords, {{"a", 0, Datum(Datum::Bytes{"x"})}, {"a", 1, Datum()}}));
    run.element("store", "ChunkStore", args).connect("rows -> [in] store");
    REQUIRE_OK(run.run());
  }
  std::vector<NamedLiteral> more = args;
  more.push_back({"fields", type(kRecords)});
  ElementRun run;
  run.element("store", "ChunkStore", more).ask("store [get]", log_of("{name: string}", {{"a"}}));
  REQUIRE_OK(run.run());
  CHECK(run.log("store [get]").rows() == 2);
  more.back() = {"fields", type("{name: string, index: int, data: string}")};
  ElementRun other;
  other.element("store", "ChunkStore", more).ask("store [get]", log_of("{name: string}", {{"a"}}));
  CHECK(other.run().status.to_string().find("the store holds ") != std::string::npos);
}
