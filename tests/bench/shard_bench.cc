// What a second core is worth to an element that counts by key: two replicas beside one element, on two cores.
#include <fmt/format.h>

#include "core/state/hash_store.h"
#include "tests/support/compare.h"
#include "tests/support/element_run.h"
#include "tests/support/random_log.h"

using namespace blox;
using namespace blox::testing;

namespace {

// Words as a text has them are few; these are many, so that most of the time goes into probing a large table.
std::vector<Log> words() {
  Random random(1);
  std::vector<Log> out;
  for (int log = 0; log < 1'500; ++log) {
    LogBuilder builder(schema_of("{word: string}"));
    for (int row = 0; row < 4'096; ++row) {
      builder.column(0).append_string("word" + std::to_string(random.next() % 1'500'000));
      builder.end_row();
    }
    out.push_back(builder.finish(0));
  }
  return out;
}

double seconds(const std::vector<Log>& logs, int64_t shards) {
  ElementRun run;
  run.threads = true;
  run.options.threads = 2;
  run.options.keyed_store = hash_stores();
  std::vector<NamedLiteral> settings;
  if (shards > 1) settings.push_back({"shards", Literal::of(shards)});
  run.feed("words", logs).element("counts", "Count", {{"by", list({name("word")})}}, settings);
  run.element("most", "Filter", {{"where", text("count > 1000000")}});
  run.connect("words -> counts").connect("counts -> most").collect("most [out]");
  double out = 0;
  const RunResult result = run.run();
  BLOX_CHECK(result.status.is_ok(), "the count failed");
  out = static_cast<double>(result.summary.elapsed_ns) * 1e-9;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const std::string work = "Count by key over two replicas, beside one, on two cores";
  if (!bench.wanted(work)) return 0;
  const std::vector<Log> logs = words();
  std::vector<double> ratios;
  for (int pair = 0; pair < bench.pairs(); ++pair) ratios.push_back(seconds(logs, 1) / seconds(logs, 2));
  const bench::Spread spread = bench::spread_of(ratios);
  bench.figure(work, fmt::format("{:.2f} × as fast ({:.2f}…{:.2f})", spread.median, spread.low, spread.high), "≥ 1.3 ×",
               spread.median >= 1.3);
  return 0;
}
