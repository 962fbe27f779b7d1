// Queries inside a worker beside a raw ZeroMQ inproc ping-pong of pointers between two threads.
#include <thread>
#include <zmq.hpp>

#include "tests/support/compare.h"
#include "tests/support/parts.h"

using namespace blox;

namespace {

constexpr int64_t kQuestions = 200'000;

/// Keeps so many questions under way.
class KeepsAsking final : public Element {
 public:
  explicit KeepsAsking(int64_t window) : window_(window), log_(testing::number_log({1})) {}
  Supply produce() override {
    for (int64_t i = 0; i < window_; ++i) next();
    return Supply::end();
  }
  Flow answered(QueryOut&, const Log&, const Log&, Answer answer) override {
    BLOX_CHECK(answer.status.is_ok(), "a question that failed");
    if (answer.last) next();
    return Flow::kNext;
  }
  QueryOut ask{this, "ask", "", "", ""};

 private:
  void next() {
    if (asked_++ < kQuestions) ask.ask(log_);
  }
  int64_t window_;
  int64_t asked_ = 0;
  Log log_;
};

class Echoes final : public Element {
 public:
  Flow answer(QueryIn&, Log question, Reply reply) override {
    reply.send(std::move(question));
    reply.end();
    return Flow::kNext;
  }
  QueryIn get{this, "get", "", "", ""};
};

using Measure = double (*)(const std::function<void()>&);

std::optional<double> ours(Measure measure, int64_t window) {
  testing::Net net;
  auto& asks = net.add<KeepsAsking>("asks", window);
  auto& echoes = net.add<Echoes>("echoes");
  net.query(asks, asks.ask, echoes, echoes.get, testing::Net::queue(64));
  RunOptions options;
  options.threads = 2;
  bool ok = false;
  const double seconds = measure([&] { ok = net.run(options).status.is_ok(); });
  return ok ? std::optional(seconds) : std::nullopt;
}

std::optional<double> raw(Measure measure, int64_t window) {
  return measure([&] {
    zmq::context_t context(0);
    zmq::socket_t here(context, ZMQ_PAIR);
    here.bind("inproc://raw");
    std::thread other([&] {
      zmq::socket_t there(context, ZMQ_PAIR);
      there.connect("inproc://raw");
      for (int64_t i = 0; i < kQuestions; ++i) {
        int64_t* question = nullptr;
        zmq_recv(there.handle(), &question, sizeof question, 0);
        zmq_send(there.handle(), &question, sizeof question, 0);
      }
    });
    int64_t asked = 0;
    const auto next = [&] {
      if (asked >= kQuestions) return;
      auto* const question = new int64_t(asked++);
      zmq_send(here.handle(), &question, sizeof question, 0);
    };
    for (int64_t i = 0; i < window; ++i) next();
    for (int64_t i = 0; i < kQuestions; ++i) {
      int64_t* answer = nullptr;
      zmq_recv(here.handle(), &answer, sizeof answer, 0);
      delete answer;
      next();
    }
    other.join();
  });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const auto compare = [&](const char* how, Measure measure) {
    bench.compare({std::string("query, one at a time") + how, "raw inproc ping-pong", bench::Bar::at_most(1.3),
                   [=] { return ours(measure, 1); }, [=] { return raw(measure, 1); }, static_cast<double>(kQuestions),
                   "queries"});
    bench.compare({std::string("query, 64 in flight") + how, "raw inproc, 64 in flight", bench::Bar::at_least(0.5),
                   [=] { return ours(measure, 64); }, [=] { return raw(measure, 64); }, static_cast<double>(kQuestions),
                   "queries"});
  };
  compare("", bench::wall_seconds);
  compare(" (CPU)", bench::cpu_seconds);
  return 0;
}
