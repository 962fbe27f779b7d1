#include "caretaker/node_page.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

using namespace protocol;

TEST_CASE("all that is measured of an element is on the page of its node") {
  NodeReport report;
  report.node = "db1";
  WorkerReport worker;
  worker.life = {"index/3", 1, 2};
  worker.topology = "index";
  worker.state = WorkerState::kRunning;
  worker.elements.push_back({"a\"b",
                             10,
                             9,
                             1'000,
                             900,
                             2'000'000'000,
                             500'000'000,
                             1,
                             64,
                             128,
                             1'500'000'000,
                             3'000'000'000,
                             {5, 1'000, 2'000, 2'100, 6'500, {0, 1, 4, 5, 5, 5, 5, 5, 5, 5, 5}}});
  report.workers.push_back(worker);
  const std::string page = node_page(report, true);
  for (const char* line : {
           "blox_node_connected{node=\"db1\"} 1\n",
           "blox_worker_state{worker=\"index/3\",topology=\"index\",state=\"running\"} 1\n",
           "blox_element_records_total{topology=\"index\",element=\"a\\\"b\",direction=\"in\"} 10\n",
           "blox_element_records_total{topology=\"index\",element=\"a\\\"b\",direction=\"out\"} 9\n",
           "blox_element_bytes_total{topology=\"index\",element=\"a\\\"b\",direction=\"in\"} 1000\n",
           "blox_element_bytes_total{topology=\"index\",element=\"a\\\"b\",direction=\"out\"} 900\n",
           "blox_element_refused_records_total{topology=\"index\",element=\"a\\\"b\"} 1\n",
           "blox_element_busy_seconds{topology=\"index\",element=\"a\\\"b\"} 2\n",
           "blox_element_holding_seconds_total{topology=\"index\",element=\"a\\\"b\"} 1.5\n",
           "blox_element_blocked_seconds{topology=\"index\",element=\"a\\\"b\"} 0.5\n",
           "blox_element_idle_seconds{topology=\"index\",element=\"a\\\"b\"} 3\n",
           "blox_element_latency_seconds_bucket{topology=\"index\",element=\"a\\\"b\",le=\"0.001024\"} 1\n",
           "blox_element_latency_seconds_bucket{topology=\"index\",element=\"a\\\"b\",le=\"+Inf\"} 5\n",
           "blox_element_latency_seconds_sum{topology=\"index\",element=\"a\\\"b\"} 0.0065\n",
           "blox_element_queued_bytes{topology=\"index\",element=\"a\\\"b\",kind=\"queued\"} 64\n",
           "blox_element_queued_bytes{topology=\"index\",element=\"a\\\"b\",kind=\"bound\"} 128\n",
       }) {
    CHECK_MESSAGE(page.find(line) != std::string::npos, line);
  }
}

}  // namespace
}  // namespace blox
