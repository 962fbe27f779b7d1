// blox run: a topology, with progress, a drain on Ctrl-C, and a summary.
#include "core/run/run.h"

#include <cstdlib>

#include "caretaker/control_server.h"
#include "core/net/metrics_server.h"
#include "core/protocol/prometheus.h"
#include "core/state/hash_store.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/load.h"
#include "tools/blox/reload.h"
#include "tools/blox/summary.h"
#include "tools/blox/verbs.h"
#include "tools/blox/watch.h"

namespace blox::tools {
namespace {

struct RunWords {
  LoadWords load;
  bool quiet = false;
  std::string drain = "30s";
  std::string threads;
  std::string summary = "text";
  std::string control;
  std::string metrics;
  bool watch = false;
};

std::optional<Micros> parse_seconds(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double scale = unit == "ms" ? 1e3 : unit == "s" || unit.empty() ? 1e6 : unit == "min" ? 60e6 : 0;
  if (end == text.c_str() || scale == 0 || number < 0 || number > 1e9) return std::nullopt;
  return static_cast<Micros>(number * scale);
}

int exit_code(const RunResult& result) {
  if (result.status.is_ok()) return result.left.empty() ? kDone : kOutside;
  return result.status.error().fault == Fault::kUser ? kTopologyAtFault : kOutside;
}

void say_message(std::string_view element, Severe severity, std::string_view text) {
  std::string line;
  if (severity == Severe::kWarning) line = "warning: ";
  if (severity == Severe::kError) line = "error: ";
  line += std::string(element) + ": " + std::string(text) + "\n";
  print_error(line);
}

}  // namespace

int run(Words words) {
  RunWords wanted;
  Options options(
      "run FILE | -e TEXT [--set name=value]… [--watch] [--control SOCKET] [--quiet]",
      "Checks a topology, runs it until its sources end, and says what came of it. What elements print goes\n"
      "to standard output, everything else to standard error. Ctrl-C stops the sources and drains the\n"
      "rest; a second one stops at once.\n"
      "With --watch a change of the file, or of one that it includes, takes effect while it runs: what has not\n"
      "changed runs on, what has is made anew, named elements with their state. A version that is at fault is\n"
      "shown and left alone. Once the sources have ended, a change starts all from the beginning; Ctrl-C ends.",
      "blox run -e 'Counter(limit = 10) -> Print'");
  wanted.load.add_to(options);
  options.flag("quiet,q", "no progress, notes and summary", &wanted.quiet);
  options.value("drain", "TIME", "how long Ctrl-C waits for what is under way (30s)", &wanted.drain);
  options.value("threads", "N", "threads for tasks (as many as cores)", &wanted.threads);
  options.flag("watch,w", "take up changes of the file while it runs", &wanted.watch);
  options.value("control", "SOCKET", "a file by which `blox top`, `tap`, `get` and `set` look into the run",
                &wanted.control);
  options.value("metrics", "ADDRESS", "serve numbers for Prometheus at http://ADDRESS/metrics, such as 127.0.0.1:9100",
                &wanted.metrics);
  options.value("summary", "text|json", "the form of the summary (text)", &wanted.summary);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<Micros> drain = parse_seconds(wanted.drain);
  const std::optional<size_t> threads = wanted.threads.empty() ? 0 : parse_number(wanted.threads, 1, 1'024);
  const std::optional<LoadRequest> request = wanted.load.request();
  if (!request) return kUsage;
  const auto refuse = [](const char* why) {
    print_error(std::string("blox: ") + why + "\n");
    return kUsage;
  };
  if (!drain) return refuse("--drain takes a time such as 30s, 500ms or 2min");
  if (!threads) return refuse("--threads takes a number from 1 to 1024");
  if (wanted.summary != "text" && wanted.summary != "json") return refuse("--summary takes text or json");
  if (wanted.watch && request->text) return refuse("--watch looks after a file, not a text");
  if (wanted.watch && request->path == "-") return refuse("--watch looks after a file, not standard input");
  Loaded loaded = load(*request);
  warn_of_places(loaded.graph, loaded.diagnostics);
  if (const std::optional<int> code = complain(loaded)) return *code;

  const Secrets secrets = Secrets::of(loaded.graph);
  std::unique_ptr<ControlServer> control;
  RunWatch watch(wanted.quiet ? RunWatch::Show::kNothing : RunWatch::Show::kProgress, *drain);
  if (!wanted.control.empty()) {
    Result<std::unique_ptr<ControlServer>> listening = ControlServer::start(wanted.control);
    if (!listening) return report(listening.status());
    control = *std::move(listening);
  }
  std::unique_ptr<MetricsServer> metrics;
  if (!wanted.metrics.empty()) {
    Result<std::unique_ptr<MetricsServer>> listening = MetricsServer::start(wanted.metrics);
    if (!listening) {
      const int code = report(listening.status());
      return code == kTopologyAtFault ? kUsage : code;  // no address: the command line is at fault, not the topology
    }
    metrics = *std::move(listening);
    if (!wanted.quiet) print_error("metrics at http://" + metrics->address() + "/metrics\n");
  }
  RunOptions run_options;
  run_options.threads = *threads;
  run_options.keyed_store = hash_stores();
  run_options.message = [&](std::string_view element, Severe severity, std::string_view text) {
    if (wanted.quiet && severity == Severe::kNote) return;
    watch.above_progress([&] { say_message(element, severity, text); });
  };
  run_options.print = [&](std::string_view text) {
    // Elsewhere than on a terminal nothing is above anything, and a reader that stands still must not hold up Ctrl-C.
    if (!data_is_terminal()) return print_data(text);
    int error = 0;
    watch.above_progress([&] { error = print_data(text); });
    return error;
  };
  const std::string name = request->text ? "-e" : request->path;
  std::unique_ptr<Reload> reload;
  Run* running = nullptr;
  if (wanted.watch) {
    Result<std::unique_ptr<Reload>> made = Reload::make(
        *request, std::move(loaded), [&](const std::string& text) { watch.above_progress([&] { print_error(text); }); },
        [&](const Loaded& now) {
          if (control != nullptr) control->serve(*running, name, Secrets::of(now.graph));
        });
    if (!made) return report(made.status());
    reload = *std::move(made);
    run_options.updatable = true;
  }
  while (true) {
    TopologyVersion version =
        reload != nullptr ? reload->version() : TopologyVersion{std::move(*loaded.checked), loaded.plan, {}};
    run_options.definitions = version.definitions;
    Result<std::unique_ptr<Run>> started = Run::start(std::move(version.checked), version.plan, run_options);
    int code = kDone;
    if (!started) {
      code = report(started.status());
    } else {
      running = started->get();
      if (control != nullptr) control->serve(*running, name, secrets);
      if (metrics != nullptr) {
        metrics->serve([running, name] { return protocol::prometheus_text(running->snapshot(), name); });
      }
      watch.begin(*running);
      if (reload != nullptr) reload->begin(*running);
      const RunResult result = running->wait();
      if (reload != nullptr) reload->end();
      if (control != nullptr) control->leave("the run has ended");
      if (metrics != nullptr) metrics->leave();
      watch.end();
      print_error(wanted.quiet               ? left_text(result)
                  : wanted.summary == "json" ? summary_json(result)
                                             : summary_text(result));
      if (!result.status.is_ok()) print_error("error: " + result.status.to_string() + "\n");
      code = exit_code(result);
      if (result.stopped || watch.interrupted()) return code;
    }
    if (reload == nullptr) return code;
    print_error("waits for a change; Ctrl-C ends\n");
    if (!reload->wait_for_change()) return code;
  }
}

}  // namespace blox::tools
