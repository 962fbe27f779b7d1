// blox bench: how fast a topology runs, as a median of several runs.
#include <algorithm>
#include <cstdlib>

#include <sys/resource.h>

#include "core/run/run.h"
#include "core/state/hash_store.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/load.h"
#include "tools/blox/table.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

struct Measured {
  double wall_seconds = 0;
  double cpu_seconds = 0;
  uint64_t records = 0;  ///< out of the sources
  uint64_t bytes = 0;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One run, from a fresh load: elements are used once.
Result<Measured> measure(const LoadRequest& request) {
  Loaded loaded = load(request);
  if (!loaded.checked) return Status::user("bench.check", "the topology no longer checks");
  RunOptions options;
  options.keyed_store = hash_stores();
  options.message = [](std::string_view, Severe, std::string_view) {};
  options.print = [](std::string_view) { return 0; };  // printing is measured up to here
  const double before = cpu_seconds();
  BLOX_ASSIGN(std::unique_ptr<Run> run, Run::start(std::move(*loaded.checked), loaded.plan, std::move(options)));
  const RunResult result = run->wait();
  BLOX_TRY(result.status);
  Measured out{static_cast<double>(result.summary.elapsed_ns) * 1e-9, cpu_seconds() - before, 0, 0};
  for (const ElementMetrics& element : result.summary.elements) {
    if (element.records_in > 0) continue;
    out.records += element.records_out;
    out.bytes += element.bytes_out;
  }
  return out;
}

}  // namespace

int bench(Words words) {
  LoadWords wanted;
  std::string runs = "5";
  Options options(
      "bench FILE | -e TEXT [--runs N]",
      "Runs a topology several times (once before, uncounted) and prints time and rates as medians with the\n"
      "fastest and slowest run. What its elements print is thrown away.",
      "blox bench -e 'Counter(limit = 10000000) -> Filter(\"value % 10 = 0\") -> Discard'");
  wanted.add_to(options);
  options.value("runs,n", "N", "counted runs (5)", &runs);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const long count = std::strtol(runs.c_str(), nullptr, 10);
  const std::optional<LoadRequest> request = wanted.request();
  if (!request) return kUsage;
  if (count < 1 || count > 1'000) {
    print_error("blox: --runs takes a number from 1 to 1000\n");
    return kUsage;
  }
  if (const std::optional<int> code = complain(load(*request))) return *code;
  std::vector<Measured> all;
  for (long i = 0; i <= count; ++i) {
    Result<Measured> one = measure(*request);
    if (!one) return report(one.status());
    if (i > 0) all.push_back(*one);
  }
  Table table({"<", "median", "least", "most"});
  const auto row = [&](const std::string& name, const auto& value, const auto& format) {
    std::vector<double> values;
    for (const Measured& one : all) values.push_back(value(one));
    std::sort(values.begin(), values.end());
    table.row({name, format(values[values.size() / 2]), format(values.front()), format(values.back())});
  };
  const auto per_second = [](double rate) { return format_count(static_cast<uint64_t>(rate)) + "/s"; };
  const auto bytes_per_second = [](double rate) { return format_bytes(static_cast<uint64_t>(rate)) + "/s"; };
  row(
      "time", [](const Measured& m) { return m.wall_seconds; }, format_seconds);
  row(
      "processor time", [](const Measured& m) { return m.cpu_seconds; }, format_seconds);
  row(
      "records", [](const Measured& m) { return static_cast<double>(m.records) / m.wall_seconds; }, per_second);
  row(
      "bytes", [](const Measured& m) { return static_cast<double>(m.bytes) / m.wall_seconds; }, bytes_per_second);
  print_data(table.text());
  return kDone;
}

}  // namespace blox::tools
