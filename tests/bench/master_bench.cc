// The master under the heartbeats of a large cluster: 1,000 caretakers with 20,000 elements, each reporting once a
// second with the load of each element. One second's worth is decoded, taken and answered with orders, which are
// encoded.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/protocol/message.h"
#include "master/decide.h"
#include "master/placement.h"
#include "tests/support/compare.h"

using namespace blox;

namespace {

constexpr size_t kNodes = 1'000, kElements = 20'000;

master::Shape shape_of_many() {
  master::Shape shape;
  for (size_t i = 0; i < kElements; ++i) {
    master::Shape::Element element;
    element.path = fmt::format("part{}/element{}", i / 10, i);
    element.task = i / 5;
    element.definition = i + 1;
    shape.elements.push_back(element);
    if (i % 10 != 0) shape.connections.push_back({i - 1, i, 100, i % 5 == 0 ? uint64_t{1} << 20 : 0, i});
    if (i > 200 && i % 40 == 0) shape.connections.push_back({i - 200, i, 10, uint64_t{1} << 20, i});
  }
  return shape;
}

protocol::NodeReport report_of(size_t node, uint64_t sequence, const std::vector<protocol::WorkerOrder>& orders,
                               const std::vector<std::vector<std::string>>& elements, uint64_t term,
                               uint64_t revision) {
  protocol::NodeReport report;
  report.node = fmt::format("node{:04}", node);
  report.incarnation = 1;
  report.sequence = sequence;
  report.cluster = revision == 0 ? "" : "bench";
  report.term = term;
  report.revision = revision;
  report.cores = 8;
  report.capacity = 40;
  for (size_t i = 0; i < orders.size(); ++i) {
    protocol::WorkerReport worker;
    worker.life = {orders[i].worker, orders[i].epoch, 1};
    worker.topology = orders[i].topology;
    worker.state = protocol::WorkerState::kRunning;
    worker.pid = 4'711;
    worker.endpoint = fmt::format("tcp://10.0.{}.{}:40{:03}", node / 250, node % 250, i);
    worker.progress = sequence;
    for (const std::string& path : elements[i]) {
      worker.elements.push_back({path, sequence * 1'000, sequence * 1'000, sequence * 64'000, sequence * 64'000,
                                 sequence * 10'000'000, sequence * 1'000'000, 0, 4'096, 1 << 20});
    }
    report.workers.push_back(std::move(worker));
  }
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const master::Shape shape = shape_of_many();

  std::vector<master::PlaceNode> places;
  for (size_t i = 0; i < kNodes; ++i) {
    places.push_back({fmt::format("node{:04}", i), {}, 40, 0, 8, (i * 37) % 1'000, true, true});
  }
  double seconds = bench::cpu_seconds([&] { master::place(shape, places); });
  bench.figure("place 20,000 elements on 1,000 nodes", fmt::format("{:.0f} ms", seconds * 1'000), "<= 500 ms",
               seconds <= 0.5);

  master::Actions first;
  Micros now = kSecond;
  Result<master::Master> made = master::Master::start({"bench", "bench", {}}, {}, {now, now}, &first);
  BLOX_CHECK(made.is_ok(), "the master does not start");
  master::Master& master = *made;
  std::map<std::string, protocol::NodeOrders> orders;
  std::map<std::string, std::string> blobs;
  const auto take = [&](master::Fact fact) {
    master::Actions actions = master.take(std::move(fact), {now, now});
    for (auto& [key, value] : actions.remember) {
      if (key.starts_with(master::kBlobs)) blobs[key.substr(master::kBlobs.size())] = std::move(value);
    }
    for (auto& [node, one] : actions.orders) orders[node] = std::move(one);
  };
  uint64_t sequence = 1;
  for (size_t i = 0; i < kNodes; ++i) take(report_of(i, sequence, {}, {}, 0, 0));
  take(master::Asked{1, master::Submit{"bench", "bundle", "hash", shape, "", false}});
  now += 20 * kMillisecond;
  take(master::Passed{});

  std::map<std::string, std::vector<std::string>> parts;
  for (const auto& [node, one] : orders) {
    for (const protocol::WorkerOrder& order : one.workers) {
      if (!parts.empty()) break;
      const Result<protocol::Placement> placement = protocol::decode_placement(blobs[order.placement]);
      BLOX_CHECK(placement.is_ok(), "a placement cannot be read");
      for (const protocol::Placement::Part& part : placement->parts) parts[part.worker] = part.elements;
    }
  }
  const auto frames = [&] {
    std::vector<std::string> all;
    ++sequence;
    for (size_t i = 0; i < kNodes; ++i) {
      const protocol::NodeOrders& mine = orders[fmt::format("node{:04}", i)];
      std::vector<std::vector<std::string>> elements;
      for (const protocol::WorkerOrder& order : mine.workers) elements.push_back(parts[order.worker]);
      all.push_back(
          protocol::encode({sequence, 0, report_of(i, sequence, mine.workers, elements, mine.term, mine.revision)}));
    }
    return all;
  };
  size_t bytes = 0;
  const auto second = [&](const std::vector<std::string>& all) {
    for (const std::string& frame : all) {
      uint64_t id = 0;
      Result<protocol::Message> read = protocol::decode(frame, &id);
      BLOX_CHECK(read.is_ok(), "a report cannot be read");
      now += kSecond / static_cast<Micros>(kNodes);
      master::Actions actions = master.take(std::get<protocol::NodeReport>(std::move(read->body)), {now, now});
      for (auto& [node, one] : actions.orders) {
        bytes += protocol::encode({id, 0, one}).size();
        orders[node] = std::move(one);
      }
      if (master.due() > now) continue;
      for (auto& [node, one] : master.take(master::Passed{}, {now, now}).orders) {
        bytes += protocol::encode({id, 0, one}).size();
        orders[node] = std::move(one);
      }
    }
  };
  for (int warm = 0; warm < 3; ++warm) second(frames());
  std::vector<double> shares;
  for (int i = 0; i < bench.pairs(); ++i) {
    const std::vector<std::string> all = frames();
    shares.push_back(bench::cpu_seconds([&] { second(all); }));
  }
  std::sort(shares.begin(), shares.end());
  const double share = shares[shares.size() / 2];
  bench.figure("one second of 1,000 caretakers with 20,000 elements", fmt::format("{:.1f} % of a core", share * 100),
               "<= 20 % of a core", share <= 0.2);
  return bytes == 0 ? 1 : 0;
}
