// Every class that declares state: captured and reloaded at random moments it gives what it gives undisturbed.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "core/data/builder.h"
#include "core/element/describe.h"
#include "core/state/snapshot.h"
#include "tests/support/element_harness.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

namespace fs = std::filesystem;
using testing::ElementHarness;
using testing::Random;
using testing::Rows;

Literal share(double fraction) {
  Literal out;
  out.form = Literal::Form::kShare;
  out.real = fraction;
  return out;
}

Literal boolean(bool value) {
  Literal out;
  out.form = Literal::Form::kBool;
  out.integer = value ? 1 : 0;
  return out;
}

Literal sessions() {
  Literal gap;
  gap.form = Literal::Form::kDuration;
  gap.integer = 3 * kSecond;
  Literal out;
  out.form = Literal::Form::kCall;
  out.text = "session";
  out.items.push_back(gap);
  return out;
}

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / "blox_reload_test") {
    fs::remove_all(path_);
    fs::create_directories(path_ / "deeper");
    for (int i = 0; i < 8; ++i) {
      std::ofstream file(path_ / (i % 2 == 0 ? "." : "deeper") / ("f" + std::to_string(i) + ".txt"));
      for (int line = 0; line < 40 * i; ++line) file << "line " << line << " of some words\n";
    }
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  std::string path() const { return path_.string(); }
  std::string file(uint32_t i) const {
    return (path_ / (i % 2 == 0 ? "." : "deeper") / ("f" + std::to_string(i) + ".txt")).string();
  }

 private:
  fs::path path_;
};

// What a class needs beyond its defaults.
std::map<std::string, ElementHarness::Args> arguments(const Folder& folder) {
  return {{"Count", {{"by", Literal::name("word")}}},
          {"Aggregate",
           {{"by", Literal::name("word")},
            {"total", Literal::of("sum(n)")},
            {"different", Literal::of("count(distinct n)")}}},
          {"Sample", {{"share", share(0.4)}}},
          {"Throttle", {{"rate", Literal::of(50)}}},
          {"Tokenize", {{"field", Literal::name("text")}}},
          {"ParseJson", {{"field", Literal::name("text")}, {"keep", Literal::name("n")}}},
          {"ParseCsv", {{"field", Literal::name("text")}, {"keep", Literal::name("n")}}},
          {"Deduplicate", {{"by", Literal::name("word")}}},
          {"Chunk", {{"size", Literal::of(64)}, {"keep", Literal::name("n")}}},
          {"Head", {{"count", Literal::of(150)}}},
          {"Counter", {{"limit", Literal::of(5'000)}}},
          {"Generate", {{"limit", Literal::of(5'000)}, {"id", Literal::of("n")}, {"x", Literal::of("random")}}},
          {"Fail", {{"how", Literal::name("refuse")}, {"at", Literal::of(3)}, {"every", Literal::of(7)}}},
          {"Permute", {{"words", Literal::of("abcdefg")}}},
          {"Watermark", {{"field", Literal::name("at")}}},
          {"Window", {{"window", sessions()}, {"by", Literal::name("word")}, {"total", Literal::of("sum(n)")}}},
          {"HashJoin", {{"on", Literal::name("word")}, {"kind", Literal::name("anti")}}},
          {"Tail", {{"path", Literal::of(folder.path() + "/*.txt")}, {"follow", boolean(false)}}},
          {"TreeCrawler", {{"path", Literal::of(folder.path())}}},
          {"FileCrawler", {{"path", Literal::of(folder.path())}}}};
}

// Stdin reads the standard input of the process, which a test does not have. ChunkStore and RestoreTree keep what they
// have in files, and have reload tests of their own.
bool is_left_out(const std::string& name) { return name == "Stdin" || name == "ChunkStore" || name == "RestoreTree"; }

Schema input_schema() {
  return Schema::from(*Type::parse("{word: string, n: int, text: string?, path: string, price: float?, at: time}"))
      .with_time_field("at");
}

Log random_input(Random& random, const Folder& folder) {
  Rows rows;
  for (uint32_t i = random.below(80); i > 0; --i) {
    std::string content;
    for (uint32_t words = random.below(12); words > 0; --words) content += "w" + std::to_string(random.below(30)) + " ";
    if (random.chance(40)) content = "{\"a\": [" + std::to_string(random.below(99)) + "]}";
    rows.push_back({"key" + std::to_string(random.below(20)), int64_t{random.below(9)},
                    random.chance(10) ? Datum() : Datum(content),
                    random.chance(5) ? folder.path() + "/absent" : folder.file(random.below(8)),
                    random.chance(20) ? Datum() : Datum(0.25 * random.below(8)),
                    Datum(Datum::Time{random.below(100) * kSecond})});
  }
  return *log_from(input_schema(), rows);
}

// All that one element says, by port, in order.
using Said = std::map<std::string, Rows>;

void collect(ElementHarness& harness, Said& said) {
  for (const Port* port : harness.element().ports()) {
    if (port->direction() != Direction::kOut || port->kind() != PortKind::kPush) continue;
    for (const Log& log : harness.take(port->name())) {
      for (auto& row : testing::rows_of(log)) {
        if (port->name() == "errors") row[0] = Datum();  // when it was said
        said[port->name()].push_back(std::move(row));
      }
    }
  }
}

Said run(const ClassDescription& about, const Folder& folder, uint64_t seed, uint32_t reload_percent) {
  const auto known = arguments(folder);
  const auto args = known.find(about.name);
  ElementHarness harness(about.name, args == known.end() ? ElementHarness::Args{} : args->second);
  bool source = true;
  for (const ClassDescription::Port& port : about.ports) {
    if (port.kind != PortKind::kPush || port.direction != Direction::kIn) continue;
    source = false;
    harness.in(port.family ? "first" : port.name, input_schema());
  }
  const Status started = harness.start();
  INFO(about.name, " needs arguments in this test: ", started.to_string());
  REQUIRE(started.is_ok());
  Random moments(seed + 1);
  harness.between_calls([&] {
    if (!moments.chance(reload_percent)) return;
    const Status reloaded = harness.reload();
    REQUIRE_MESSAGE(reloaded.is_ok(), reloaded.to_string());
  });
  Said said;
  Random random(seed);
  Flow flow = Flow::kNext;
  if (source) {
    Supply supply = Supply::more();
    for (int calls = 0; supply.kind == Supply::Kind::kMore && calls < 10'000; ++calls) supply = harness.produce();
    CHECK(supply.kind == Supply::Kind::kEnd);
  }
  for (int logs = 0; !source && logs < 12 && flow != Flow::kDone; ++logs) {
    const Log log = random_input(random, folder);
    // The row behind which the first half ends is the random row of a reload.
    const uint32_t cut = log.rows() == 0 ? 0 : random.below(log.rows());
    for (const Log& part : {log.slice(0, cut), log.slice(cut, log.rows() - cut)}) {
      if (flow != Flow::kDone && part.rows() > 0) flow = harness.push(harness.element().ports()[0]->name(), part);
      REQUIRE(flow != Flow::kFailed);
      collect(harness, said);
    }
    if (flow != Flow::kDone) flow = harness.watermark({int64_t{5} * logs * kSecond, false});
    collect(harness, said);
  }
  if (flow != Flow::kDone) harness.flush();
  collect(harness, said);
  return said;
}

// As texts in some order, where order means nothing.
std::vector<std::string> lines(const Rows& rows, bool sorted) {
  std::vector<std::string> out;
  for (const auto& row : rows) {
    std::string line;
    for (const Datum& value : row) line += value.to_string() + "; ";
    out.push_back(std::move(line));
  }
  if (sorted) std::sort(out.begin(), out.end());
  return out;
}

TEST_CASE("an element that is captured and reloaded at random rows gives the same output") {
  const Folder folder;
  const Registry registry = Registry::builtin();
  size_t stateful = 0;
  for (const ElementClass* element_class : registry.classes()) {
    const ClassDescription about = describe(*element_class);
    if (about.states.empty() || is_left_out(about.name)) continue;
    ++stateful;
    const std::unique_ptr<Element> element = element_class->make();
    const bool unordered = std::any_of(element->states().begin(), element->states().end(), [](const State* state) {
      return dynamic_cast<const KeyedBase*>(state) != nullptr;
    });
    for (uint64_t seed = 0; seed < 6; ++seed) {
      const Said undisturbed = run(about, folder, seed, 0);
      const Said reloaded = run(about, folder, seed, seed % 2 == 0 ? 100 : 30);
      INFO(about.name, ", seed ", seed);
      CHECK(undisturbed.size() > 0);
      REQUIRE(undisturbed.size() == reloaded.size());
      for (const auto& [port, rows] : undisturbed) CHECK(lines(rows, unordered) == lines(reloaded.at(port), unordered));
    }
  }
  CHECK(stateful >= 5);
}

}  // namespace
}  // namespace blox
