// blox bench: how fast a topology runs, as a median of several runs.
#include <algorithm>

#include <sys/resource.h>

#include "core/data/json.h"
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

// One row of the table: a figure of every counted run.
struct Figure {
  const char* title;
  const char* name;  // in JSON
  double (*value)(const Measured&);
  std::string (*format)(double);
};

std::string count_rate(double rate) { return format_count(static_cast<uint64_t>(rate)) + "/s"; }
std::string byte_rate(double rate) { return format_bytes(static_cast<uint64_t>(rate)) + "/s"; }

constexpr Figure kFigures[] = {
    {"time", "seconds", [](const Measured& m) { return m.wall_seconds; }, format_seconds},
    {"processor time", "cpu_seconds", [](const Measured& m) { return m.cpu_seconds; }, format_seconds},
    {"records", "records_per_second", [](const Measured& m) { return static_cast<double>(m.records) / m.wall_seconds; },
     count_rate},
    {"bytes", "bytes_per_second", [](const Measured& m) { return static_cast<double>(m.bytes) / m.wall_seconds; },
     byte_rate},
};

std::vector<double> in_order(const std::vector<Measured>& all, const Figure& figure) {
  std::vector<double> values;
  for (const Measured& one : all) values.push_back(figure.value(one));
  std::sort(values.begin(), values.end());
  return values;
}

std::string as_table(const std::vector<Measured>& all) {
  Table table({"<", "median", "least", "most"});
  for (const Figure& figure : kFigures) {
    const std::vector<double> values = in_order(all, figure);
    table.row({figure.title, figure.format(values[values.size() / 2]), figure.format(values.front()),
               figure.format(values.back())});
  }
  return table.text();
}

std::string as_json(const std::vector<Measured>& all) {
  Datum::Struct out{{"runs", static_cast<int64_t>(all.size())}};
  for (const Figure& figure : kFigures) {
    const std::vector<double> values = in_order(all, figure);
    out.emplace_back(
        figure.name,
        Datum::Struct{{"median", values[values.size() / 2]}, {"least", values.front()}, {"most", values.back()}});
  }
  return to_json(Datum(std::move(out))) + "\n";
}

}  // namespace

int bench(Words words) {
  LoadWords wanted;
  std::string runs = "5";
  std::string format = "text";
  Options options(
      "bench FILE | -e TEXT [--runs N] [--format json]",
      "Runs a topology several times (once before, uncounted) and prints time and rates as medians with the\n"
      "fastest and slowest run. What its elements print is thrown away.",
      "blox bench -e 'Counter(limit = 10000000) -> Filter(\"value % 10 = 0\") -> Discard'");
  wanted.add_to(options);
  options.value("runs,n", "N", "counted runs (5)", &runs);
  options.value("format", "text|json", "the form of the figures (text)", &format);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<size_t> count = parse_number(runs, 1, 1'000);
  const std::optional<LoadRequest> request = wanted.request();
  if (!request) return kUsage;
  if (!count || (format != "text" && format != "json")) {
    print_error("blox: --runs takes a number from 1 to 1000, --format takes text or json\n");
    return kUsage;
  }
  if (const std::optional<int> code = complain(load(*request))) return *code;
  std::vector<Measured> all;
  for (size_t i = 0; i <= *count; ++i) {
    Result<Measured> one = measure(*request);
    if (!one) return report(one.status());
    if (i > 0) all.push_back(*one);
  }
  print_data(format == "json" ? as_json(all) : as_table(all));
  return kDone;
}

}  // namespace blox::tools
