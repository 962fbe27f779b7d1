// Shards whose records are spread by a key: what they give is what one element would give, also while they change.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/graph/shards.h"
#include "core/graph/update.h"
#include "core/state/hash_store.h"
#include "tests/elements/shard/shard_run.h"
#include "tests/support/element_run.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

using namespace blox::testing;  // what this file is made of

// ---- hash ----

std::string counted(uint64_t seed, bool threads, const std::vector<NamedLiteral>& settings) {
  ElementRun run;
  run.options.keyed_store = hash_stores();
  run.seed = seed;
  run.threads = threads;
  run.feed("words", random_words(seed));
  run.element("counts", "Count", {{"by", list({name("word"), name("n")})}, {"emit", name("end")}}, settings);
  run.connect("words -> counts").collect("counts [out]");
  const RunResult result = run.run();
  RUN_OK(result);
  return sorted(run.text("counts [out]", {"word", "n", "count"}));
}

TEST_CASE("counts of a shard are those of one element, by the whole key or a part of it") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const bool threads = seed % 5 == 0;
    const std::string one = counted(seed, threads, {});
    CHECK(counted(seed, threads, shards(1 + static_cast<int64_t>(seed % 4))) == one);
    CHECK(counted(seed, threads, shards(3, {{"by", list({name("n")})}})) == one);
    CHECK(counted(seed, threads, shards(2, {{"order", name("keep")}})) == one);
  }
}

TEST_CASE("a changelog is spread by its key, so that what it says of a key stays in order") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const auto changes = [&](const std::vector<NamedLiteral>& settings) {
      ElementRun run;
      run.options.keyed_store = hash_stores();
      run.seed = seed;
      run.feed("words", random_words(seed));
      run.element("counts", "Count", {{"by", list({name("word")})}, {"emit", name("change")}});
      run.element("more", "Map", {{"twice", text("count * 2")}}, settings);
      run.connect("words -> counts").connect("counts -> more").collect("more [out]");
      const RunResult result = run.run();
      RUN_OK(result);
      // What is said of each key, in its order.
      const Log all = run.log("more [out]");
      std::map<std::string, std::string> said;
      for (const Row row : all) {
        said[std::string(row.string_at(0))] += std::to_string(static_cast<int>(row.op())) + ":" +
                                               std::to_string(row.int_at(*all.schema().find("twice"))) + " ";
      }
      std::string out;
      for (const auto& [word, changed] : said) out += word + " " + changed + "\n";
      return out;
    };
    CHECK(changes(shards(3)) == changes({}));
  }
}

TEST_CASE("an update that moves a record to another replica is a delete there and an insert here") {
  ElementRun run;
  run.options.keyed_store = hash_stores();
  const Log a = log_of("{word: string}", {{"a"}});
  run.feed("words", {a, a, a});
  run.element("counts", "Count", {{"by", list({name("word")})}, {"emit", name("change")}});
  run.element("sizes", "Map", {{"odd", text("count % 2 = 1")}}, shards(2, {{"by", list({name("count")})}}));
  run.connect("words -> counts").connect("counts -> sizes").collect("sizes [out]");
  const RunResult result = run.run();
  RUN_OK(result);
  // Counts 1, 2, 3 follow each other; 1 → 2 and 2 → 3 are cut where their owners differ, and never half of one is lost.
  const Log all = run.log("sizes [out]");
  std::map<int64_t, int> balance;
  for (const Row row : all) {
    const bool in = row.op() == Op::kInsert || row.op() == Op::kUpdateAfter;
    balance[row.int_at(*all.schema().find("count"))] += in ? 1 : -1;
  }
  CHECK(balance == std::map<int64_t, int>{{1, 0}, {2, 0}, {3, 1}});
}

// ---- a key with two names ----

struct Joined {
  std::vector<Log> in, build;
};

// The key can be null at one side only, and comes often, rarely or never at the other.
Joined random_sides(uint64_t seed) {
  Random random(seed);
  const auto some = [&](const char* type, bool nulls) {
    std::vector<Log> out;
    for (uint32_t i = 2 + random.below(10); i > 0; --i) {
      std::vector<std::vector<Datum>> rows;
      for (uint32_t row = 1 + random.below(30); row > 0; --row) {
        const Datum nothing;
        const std::string key = "k" + std::to_string(random.below(40));
        rows.push_back({nulls && random.chance(10) ? nothing : Datum(key), int64_t{random.below(3)},
                        int64_t{random.below(1'000)}});
      }
      out.push_back(log_of(type, rows));
    }
    return out;
  };
  const bool left = seed % 2 == 0;
  return {some(left ? "{user: string?, kind: int, n: int}" : "{user: string, kind: int, n: int}", left),
          some(left ? "{id: string, sort: int, m: int}" : "{id: string?, sort: int, m: int}", !left)};
}

std::string joined(uint64_t seed, const char* kind, const std::vector<NamedLiteral>& settings) {
  ElementRun run;
  run.options.keyed_store = hash_stores();
  run.seed = seed;
  run.threads = seed % 4 == 0;
  const Joined sides = random_sides(seed);
  Literal on;
  on.form = Literal::Form::kMap;
  on.keys = {"user", "kind"};
  on.items = {name("id"), name("sort")};
  run.feed("left", sides.in).feed("right", sides.build);
  run.element("join", "HashJoin", {{"on", on}, {"kind", name(kind)}}, settings);
  run.connect("left -> join").connect("right -> [build] join").collect("join [out]");
  const RunResult result = run.run();
  RUN_OK(result);
  return sorted(run.text("join [out]"));
}

TEST_CASE("both sides of a join meet in the replica of their key, whatever it is called") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    for (const char* kind : {"inner", "left", "semi", "anti"}) {
      const std::string one = joined(seed, kind, {});
      CHECK(joined(seed, kind, shards(2 + static_cast<int64_t>(seed % 3))) == one);
      CHECK(joined(seed, kind, shards(3, {{"by", list({name("user")})}})) == one);
    }
  }
}

// ---- while it runs ----

struct Version {
  explicit Version(int64_t replicas) {
    maker.element("source", "Counter");
    maker.element("keys", "Map", {{"key", text("value % 97")}}, shards(2));
    maker.element("counts", "Count", {{"by", list({name("key")})}}, shards(replicas));
    maker.element("sink", "Print");
    maker.connect("source -> keys").connect("keys -> counts").connect("counts -> sink");
    for (GraphElement& element : maker.graph.elements) element.named = true;
  }
  TopologyVersion make() const {
    Diagnostics diagnostics;
    std::optional<Checked> checked = check(maker.graph, Registry::builtin(), nullptr, diagnostics);
    REQUIRE_MESSAGE(checked.has_value(), text_of(diagnostics));
    checked = expand(maker.graph, *std::move(checked));
    const Plan planned = plan(*checked);
    return {*std::move(checked), planned, definitions_of(maker.graph)};
  }
  GraphMaker maker;
};

TEST_CASE("with threads nothing is lost or counted twice, however often a shard gets other replicas") {
  std::string printed;
  RunOptions options;
  options.keyed_store = hash_stores();
  options.updatable = true;
  options.print = [&](std::string_view more) {
    printed += more;
    return 0;
  };
  TopologyVersion first = Version(2).make();
  options.definitions = first.definitions;
  Result<std::unique_ptr<Run>> run = Run::start(std::move(first.checked), first.plan, options);
  REQUIRE(run.is_ok());
  for (int round = 0; round < 12; ++round) {
    const UpdateReport report = (*run)->update(Version(1 + (round * 3) % 5).make(), nullptr);
    REQUIRE(report.failed.is_ok());
    CHECK(report.lost.empty());
  }
  (*run)->stop(60 * kSecond);
  const RunResult result = (*run)->wait();
  REQUIRE_MESSAGE(result.status.is_ok(), result.status.to_string());
  std::map<std::string, int> lines;
  const auto given = static_cast<int64_t>(metrics_of(result, "source").records_out);
  for (int64_t key = 0; key < std::min<int64_t>(97, given); ++key) {
    const int64_t times = given / 97 + (key < given % 97 ? 1 : 0);
    ++lines["{\"key\":" + std::to_string(key) + ",\"count\":" + std::to_string(times) + "}"];
  }
  std::istringstream in(printed);
  for (std::string line; std::getline(in, line);) --lines[line];
  for (const auto& line : lines) {
    INFO(line.first);
    CHECK(line.second == 0);
  }
}

}  // namespace
}  // namespace blox
