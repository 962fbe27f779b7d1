// The query element behind wrk, on one core, beside its server alone, which answers the same constant.
//
// wrk (Debian's) keeps 64 connections busy from another core; where there is only one core both share it.
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include <charconv>
#include <thread>
#include <utility>
#include <vector>

#include "core/net/http_server.h"
#include "tests/support/compare.h"
#include "tests/support/element_run.h"
#include "tests/support/net.h"

using namespace blox;

namespace {

constexpr double kRequests = 40'000;
constexpr double kMeasured = 2;  // seconds

/// Answers each question with one record.
class Answers final : public Element {
 public:
  Answers() : answer_(testing::log_of("{word: string, count: int}", {{"kernel", 8581}})) {}
  Flow answer(QueryIn&, Log, Reply reply) override {
    reply.send(answer_);
    reply.end();
    return Flow::kNext;
  }
  QueryIn get{this, "get", "", "", ""};

 private:
  Log answer_;
};

void pin_to(size_t core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core % std::max<size_t>(1, std::thread::hardware_concurrency()), &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Seconds that wrk needs for so many requests; nothing where it is not installed, or a request failed.
std::optional<double> wrk_seconds(const std::string& address) {
  const std::string script = "/tmp/blox_http_bench_" + std::to_string(getpid()) + ".lua";
  FILE* const file = fopen(script.c_str(), "w");
  if (file == nullptr) return std::nullopt;
  fputs("wrk.method = 'POST'\nwrk.body = '{\"word\":\"kernel\"}'\nwrk.headers['Content-Type'] = 'application/json'\n",
        file);
  fclose(file);
  const std::string command = "taskset -c " + std::string(std::thread::hardware_concurrency() > 1 ? "1" : "0") +
                              " wrk -t1 -c64 -d" + std::to_string(static_cast<int>(kMeasured)) + "s -s " + script +
                              " http://" + address + "/search 2>/dev/null";
  FILE* const wrk = popen(command.c_str(), "r");
  std::string said;
  char piece[4096];
  while (wrk != nullptr && fgets(piece, sizeof piece, wrk) != nullptr) said += piece;
  const bool ended = wrk != nullptr && pclose(wrk) == 0;
  unlink(script.c_str());
  const std::string_view mark = "Requests/sec:";
  const size_t at = said.find(mark);
  if (!ended || at == std::string::npos || said.find("Non-2xx") != std::string::npos) return std::nullopt;
  const char* digits = said.data() + at + mark.size();
  while (*digits == ' ') ++digits;
  double rate = 0;
  std::from_chars(digits, said.data() + said.size(), rate);
  return rate > 0 ? std::optional(kRequests / rate) : std::nullopt;
}

std::optional<double> element() {
  pin_to(0);  // the threads that are made from here on, too
  testing::Net net;
  const ElementClass* const found = Registry::builtin().find("Http");
  std::unique_ptr<Element> made = found->make();
  Diagnostics diagnostics;
  for (ArgBase* const arg : made->args()) {
    if (std::string_view(arg->name()) == "listen") arg->parse(Literal::of("127.0.0.1:0"), diagnostics);
  }
  Element& http = net.adopt("http", *found, std::move(made));
  auto& answers = net.add<Answers>("answers");
  auto& ask = static_cast<QueryOut&>(http.families()[0]->port("search"));
  ask.set_schema(testing::schema_of("{word: string}"));
  ask.set_answer_schema(testing::schema_of("{word: string, count: int}"));
  answers.get.set_schema(ask.schema());
  answers.get.set_answer_schema(ask.answer_schema());
  net.query(http, ask, answers, answers.get, testing::Net::queue(64));
  RunOptions options;
  options.threads = 1;
  options.message = [](std::string_view, Severe, std::string_view) {};
  Result<std::unique_ptr<blox::Run>> run = net.start(std::move(options));
  if (!run.is_ok()) return std::nullopt;
  const std::string address = *http.handlers()[0]->get().get_if<std::string>();
  const std::optional<double> seconds = wrk_seconds(address);
  (*run)->stop(0);
  (void)(*run)->wait();
  return seconds;
}

std::optional<double> server() {
  pin_to(0);
  const SystemClock clock;
  const auto alone = HttpServer::start(
      {}, [](HttpRequest, HttpReply reply) { reply.send({.body = "[{\"word\":\"kernel\",\"count\":8581}]\n"}); },
      clock);
  return alone.is_ok() ? wrk_seconds((*alone)->address()) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  bench.compare({"HTTP queries on one core, 64 connections", "the server alone, a constant", bench::Bar::at_least(0.4),
                 element, server, kRequests, "requests"});
  // On a machine that does other things, too, the time of the processor says what a quiet one could do.
  std::vector<double> rates, cpu_rates;
  for (int i = 0; i < 3; ++i) {
    std::optional<double> seconds;
    const double cpu = bench::cpu_seconds([&] { seconds = element(); });
    if (!seconds) return 0;
    rates.push_back(kRequests / *seconds);
    cpu_rates.push_back(rates.back() * kMeasured / cpu);
  }
  for (const auto& [work, measured] : {std::pair("HTTP queries on one core", &rates),
                                       std::pair("HTTP queries on one core, a second of CPU", &cpu_rates)}) {
    const double rate = bench::spread_of(*measured).median;
    bench.figure(work, std::to_string(static_cast<int64_t>(rate)) + " requests/s", "≥ 40,000", rate >= 40'000);
  }
  return 0;
}
