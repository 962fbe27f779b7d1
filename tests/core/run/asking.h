// A topology in two workers, where one asks and the other answers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/graph/part.h"
#include "tests/support/net.h"
#include "tests/support/parts.h"

namespace blox::testing {

/// Answers a while later.
class LateAnswers final : public Element {
 public:
  Flow answer(QueryIn&, Log question, Reply reply) override {
    waiting_.push_back({std::move(question), std::move(reply)});
    if (waiting_.size() == 1) timer_.set(clock().steady_ns() + 1'000'000);
    return Flow::kNext;
  }
  Flow tick(Timer&) override {
    for (auto& [question, reply] : waiting_) {
      reply.send(question);
      reply.end();
    }
    waiting_.clear();
    return Flow::kNext;
  }
  QueryIn get{this, "get", "", "", ""};

 private:
  std::vector<std::pair<Log, Reply>> waiting_;
  Timer timer_{this, "timer"};
};

/// What worker `me` has of a topology in two: source, asker and sink on "one", what answers them, late, on "two".
inline Part asking(const std::string& me, const BoxPtr& into) {
  testing::Net net;
  auto& source = net.add<Numbers>("source", 40);
  auto& asks = net.add<Asks>("asks");
  auto& late = net.add<LateAnswers>("late");
  auto& sink = net.add<Collect>("sink", into);
  net.push(source, source.out, asks, asks.in, testing::Net::queue(3));
  net.query(asks, asks.ask, late, late.get, testing::Net::queue(4));
  net.push(asks, asks.out, sink, sink.in, testing::Net::queue(3));
  return net.part([](const std::string& path) { return path == "late" ? "two" : "one"; }, me);
}

}  // namespace blox::testing
