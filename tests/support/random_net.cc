#include "tests/support/random_net.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/random_log.h"

namespace blox::testing {
namespace {

constexpr int64_t kOfSource = 1'000'000;  // values of source i begin at i times this

struct Node {
  Element* element;
  PushOut* out;
  std::map<size_t, int> ways;
};

QueueBound random_bound(Random& random) {
  return random.chance(50) ? QueueBound{} : Net::queue(1 + random.below(5), random.chance(50) ? 500 : 1 << 20);
}

}  // namespace

std::vector<Sink> build_random(Net& net, uint64_t seed, uint64_t queues) {
  Random shape(seed), bounds(queues);
  std::vector<Node> nodes;
  const uint32_t sources = 1 + shape.below(3);
  for (uint32_t i = 0; i < sources; ++i) {
    // One value a log, so that what repeats logs and answers keeps values in order.
    auto& source =
        net.add<Numbers>("source" + std::to_string(i), 20 + shape.below(150), 1, static_cast<int64_t>(i) * kOfSource);
    nodes.push_back({&source, &source.out, {{i, 1}}});
  }
  Answers* answers = nullptr;
  if (shape.chance(50)) answers = &net.add<Answers>("answers", 1 + static_cast<int>(shape.below(2)), 1);
  const uint32_t inner = 2 + shape.below(10);
  for (uint32_t i = 0; i < inner; ++i) {
    const std::string path = "node" + std::to_string(i);
    Element* element = nullptr;
    PushIn* in = nullptr;
    PushOut* out = nullptr;
    const auto use = [&](auto& part) {
      element = &part;
      in = &part.in;
      out = &part.out;
    };
    switch (shape.below(answers == nullptr ? 4 : 5)) {
      case 0: use(net.add<Pass>(path)); break;
      case 1: use(net.add<Repeat>(path, 1 + static_cast<int>(shape.below(3)))); break;
      case 2: use(net.add<Picky>(path)); break;
      case 3: use(net.add<Slow>(path, 1)); break;
      default: {
        auto& asks = net.add<Asks>(path);
        use(asks);
        net.query(asks, asks.ask, *answers, answers->get, Net::queue(1 + bounds.below(4)));
      }
    }
    Node node{element, out, {}};
    const uint32_t writers = shape.chance(30) ? 2 : 1;
    for (uint32_t w = 0; w < writers; ++w) {
      const Node& writer = nodes[shape.below(static_cast<uint32_t>(nodes.size()))];
      net.push(*writer.element, *writer.out, *element, *in, random_bound(bounds));
      for (const auto& [source, ways] : writer.ways) node.ways[source] += ways;
    }
    nodes.push_back(node);
  }
  std::vector<Sink> sinks;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!shape.chance(40) && i + 1 != nodes.size()) continue;
    const std::string path = "sink" + std::to_string(i);
    sinks.push_back({path, box(), nodes[i].ways});
    Collect& sink =
        shape.chance(20) ? net.add<BlockingCollect>(path, sinks.back().box) : net.add<Collect>(path, sinks.back().box);
    net.push(*nodes[i].element, *nodes[i].out, sink, sink.in, random_bound(bounds));
  }
  return sinks;
}

static void check_order(const Sink& sink) {
  std::map<int64_t, int64_t> last;
  for (const int64_t value : sink.box->values) {
    const int64_t source = value / kOfSource;
    if (sink.ways.at(static_cast<size_t>(source)) > 1) continue;
    CHECK(value >= last[source]);
    last[source] = value;
  }
}

std::vector<std::vector<int64_t>> seen_by(const std::vector<Sink>& sinks) {
  std::vector<std::vector<int64_t>> all;
  for (const Sink& sink : sinks) {
    all.push_back(sink.box->values);
    std::sort(all.back().begin(), all.back().end());
    check_order(sink);
    CHECK(sink.box->flushed == 1);
    CHECK(sink.box->complete);
  }
  return all;
}

}  // namespace blox::testing
