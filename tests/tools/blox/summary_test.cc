#include "tools/blox/summary.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace blox::tools {
namespace {

ElementMetrics element(std::string path, size_t task, size_t rank, uint64_t in, uint64_t out) {
  ElementMetrics one;
  one.path = std::move(path);
  one.task = task;
  one.rank = rank;
  one.records_in = in;
  one.records_out = out;
  one.bytes_in = in * 10;
  one.bytes_out = out * 10;
  return one;
}

// A sink that is named before its source, as in a file where the declarations come first.
Snapshot two_elements(uint64_t records) {
  Snapshot all;
  all.elapsed_ns = 1'000'000'000;
  all.elements.push_back(element("sink", 1, 1, records, 0));
  all.elements.push_back(element("source", 0, 0, 0, records));
  all.tasks.resize(2);
  QueueMetrics queue;
  queue.from = "source [out]";
  queue.to = "[in] sink";
  queue.reader = 0;
  queue.logs = 48;
  queue.bound_logs = 64;
  queue.bound_bytes = 1000;
  all.queues.push_back(queue);
  return all;
}

TEST_CASE("progress shows rates since the last look, the fill of the queue before an element, and who is blocked") {
  const Snapshot before = two_elements(1'000);
  Snapshot now = two_elements(3'000);
  now.elapsed_ns = 3'000'000'000;
  now.elements[0].busy_ns = 1'000'000'000;
  now.tasks[0].blocked_ns = 500'000'000;
  CHECK(progress_table(before, now, 100, 24) ==
        "element  records  records/s    bytes/s  queue  busy  blocked\n"
        "source     3,000    1,000/s  9.8 KiB/s                  25 %\n"
        "sink       3,000    1,000/s  9.8 KiB/s   75 %  50 %\n"
        "3.0 s\n");
}

TEST_CASE("a busy time that was estimated too high before is no full load") {
  Snapshot before = two_elements(1);
  Snapshot now = two_elements(2);
  before.elements[0].busy_ns = 900;
  now.elements[0].busy_ns = 800;
  CHECK(progress_table(before, now, 100, 24).find("100 %") == std::string::npos);
}

TEST_CASE("progress fits the terminal and says how many elements it leaves out") {
  Snapshot now = two_elements(1);
  for (size_t i = 0; i < 20; ++i) now.elements.push_back(element("more" + std::to_string(i), 0, i + 2, 1, 1));
  const std::string table = progress_table(now, now, 12, 10);
  CHECK(std::count(table.begin(), table.end(), '\n') == 10);
  CHECK(table.find("… and 15 more\n") != std::string::npos);
  CHECK(table.starts_with("element  rec\n"));
}

TEST_CASE("a line of progress names the queue that is filling up") {
  CHECK(progress_line(two_elements(1'000), two_elements(1'000)) ==
        "1.0 s: 1,000 records from the sources, queue before [in] sink 75 % full\n");
}

TEST_CASE("the summary lists elements upstream first, and what was refused, dropped and left") {
  RunResult result;
  result.summary = two_elements(5);
  result.summary.elements[0].rejected_records = 5;
  result.summary.elements[0].rejected.push_back({"json.syntax", 5, {"line 1", "line 2"}});
  result.summary.queues[0].dropped_logs = 2;
  result.summary.queues[0].dropped_records = 7;
  result.summary.queues[0].dropped_why = "full, drop_old";
  result.stopped = true;
  result.left = {"queue source [out] -> [in] sink: 1 logs, 10 bytes"};
  CHECK(summary_text(result) ==
        "element  in  out  bytes in  bytes out  refused  busy\n"
        "source         5                 50 B           0 µs\n"
        "sink      5           50 B                   5  0 µs\n"
        "sink refused 5 as json.syntax\n"
        "  line 1\n"
        "  line 2\n"
        "  … and 3 more\n"
        "dropped before [in] sink: 7 records in 2 logs (full, drop_old)\n"
        "not drained: queue source [out] -> [in] sink: 1 logs, 10 bytes\n"
        "stopped after 1.0 s\n");
}

}  // namespace
}  // namespace blox::tools
