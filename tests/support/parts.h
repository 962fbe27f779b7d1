// Small elements that show one behaviour each, for the tests of queue and scheduler.
//
// What they collect lies in shared boxes, because a run destroys its elements.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/element/element.h"
#include "tests/support/net.h"

namespace blox::testing {

/// What a sink has seen, in order. Read it when the run is over.
struct Box {
  std::vector<int64_t> values;
  size_t logs = 0;
  int flushed = 0;
  int closed = 0;
  bool complete = false;
};
using BoxPtr = std::shared_ptr<Box>;
inline BoxPtr box() { return std::make_shared<Box>(); }

/// 0 … count - 1, some a log.
class Numbers : public Element {
 public:
  explicit Numbers(int64_t count, int64_t a_log = 1, int64_t first = 0)
      : next_(first), end_(first + count), a_log_(a_log) {}
  Supply produce() override {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < a_log_ && next_ < end_; ++i) values.push_back(next_++);
    out.emit(number_log(values, clock().wall()));
    return next_ < end_ ? Supply::more() : Supply::end();
  }
  PushOut out{this, "out", "", ""};

 private:
  int64_t next_, end_, a_log_;
};

class Pass : public Element {
 public:
  Flow push(PushIn&, Log log) override {
    out.emit(std::move(log));
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};
};

class Collect : public Element {
 public:
  explicit Collect(BoxPtr to) : to_(std::move(to)) {}
  Flow push(PushIn&, Log log) override {
    for (const int64_t value : numbers_of(log)) to_->values.push_back(value);
    ++to_->logs;
    return Flow::kNext;
  }
  Flow flush() override {
    ++to_->flushed;
    return Flow::kNext;
  }
  Status close(bool complete) override {
    ++to_->closed;
    to_->complete = complete;
    return Status::ok();
  }
  PushIn in{this, "in", "", ""};

 private:
  BoxPtr to_;
};

/// The same with a thread of its own.
class BlockingCollect final : public Collect {
 public:
  static constexpr Traits kTraits{.blocking = true};
  using Collect::Collect;
};

/// Holds each log for so long.
class Slow final : public Element {
 public:
  explicit Slow(Micros each) : each_(each) {}
  Flow push(PushIn&, Log log) override {
    held_ = std::move(log);
    timer_.set(clock().steady_ns() + each_ * 1'000);
    return Flow::kWait;
  }
  Flow resume() override {
    if (!held_.exists()) return Flow::kNext;
    out.emit(std::exchange(held_, {}));
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};

 private:
  Micros each_;
  Log held_;
  Timer timer_{this, "timer"};
};

/// Says each record several times, one log a call.
class Repeat final : public Element {
 public:
  explicit Repeat(int times) : times_(times) {}
  Flow push(PushIn&, Log log) override {
    held_ = std::move(log);
    left_ = times_;
    return resume();
  }
  Flow resume() override {
    out.emit(held_);
    return --left_ > 0 ? Flow::kMore : Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};

 private:
  int times_;
  int left_ = 0;
  Log held_;
};

/// Passes the first logs, then is done.
class First final : public Element {
 public:
  explicit First(int logs) : left_(logs) {}
  Flow push(PushIn&, Log log) override {
    BLOX_CHECK(left_ > 0, "called after it was done");
    out.emit(std::move(log));
    return --left_ > 0 ? Flow::kNext : Flow::kDone;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};

 private:
  int left_;
};

/// Counts what comes and gives the sum at the end, in several calls.
class Sum final : public Element {
 public:
  Flow push(PushIn&, Log log) override {
    for (const int64_t value : numbers_of(log)) sum_ += value;
    return Flow::kNext;
  }
  Flow flush() override {
    out.emit(number_log({sum_}));
    return Flow::kMore;
  }
  Flow resume() override {
    out.emit(number_log({-sum_}));
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};

 private:
  int64_t sum_ = 0;
};

class Fails final : public Element {
 public:
  explicit Fails(int after) : left_(after) {}
  Flow push(PushIn&, Log log) override {
    if (left_-- == 0) return fail(Status::user("test.failed", "it was told to"));
    out.emit(std::move(log));
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};

 private:
  int left_;
};

/// Passes numbers on, and throws in one of its calls, as a plug-in may.
class Throws final : public Pass {
 public:
  explicit Throws(std::string where) : where_(std::move(where)) {}
  Status open() override {
    throw_at("open");
    timer_.set(clock().steady_ns() + kMillisecond);
    return Status::ok();
  }
  Flow push(PushIn& port, Log log) override {
    throw_at("push");
    return Pass::push(port, std::move(log));
  }
  Supply produce() override {
    throw_at("produce");
    return Supply::end();
  }
  Flow tick(Timer&) override {
    throw_at("tick");
    return Flow::kNext;
  }
  Flow flush() override {
    throw_at("flush");
    return Flow::kNext;
  }
  Status close(bool) override {
    throw_at("close");
    return Status::ok();
  }

 private:
  void throw_at(std::string_view here) const {
    if (here == where_) throw std::runtime_error("thrown in " + where_);
  }
  const std::string where_;
  Timer timer_{this, "timer"};
  Handler<int64_t> shown_{this, "shown", "throws, where that is asked for", [this] {
                            throw_at("get");
                            return int64_t{0};
                          }};
};

/// Refuses odd numbers.
class Picky final : public Element {
 public:
  Flow push(PushIn& port, Log log) override {
    std::vector<uint32_t> odd, even;
    for (const Row row : log) (row.int_at(0) % 2 != 0 ? odd : even).push_back(row.record());
    reject(port, log, odd, "test.odd", "an odd number");
    out.emit(log.select(even));
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};
};

/// Asks about each log, keeps the log as context, passes on what is answered; errors as -1.
class Asks : public Element {
 public:
  Flow push(PushIn&, Log log) override {
    ask.ask(log, log);
    return Flow::kNext;
  }
  Flow answered(QueryOut&, const Log& question, const Log& context, Answer answer) override {
    BLOX_CHECK(numbers_of(question) == numbers_of(context), "a context that belongs to another question");
    if (answer.log.exists()) out.emit(answer.log);
    if (answer.last && !answer.status.is_ok()) out.emit(number_log({-1}));
    return Flow::kNext;
  }
  PushIn in{this, "in", "", "", kOptional};
  QueryOut ask{this, "ask", "", "", ""};
  PushOut out{this, "out", "", ""};
};

/// Answers with so many times the question, in so many logs.
class Answers : public Element {
 public:
  explicit Answers(int logs = 1, int64_t times = 10) : logs_(logs), times_(times) {}
  Flow push(PushIn&, Log) override { return Flow::kNext; }
  Flow answer(QueryIn&, Log question, Reply reply) override {
    std::vector<int64_t> values = numbers_of(question);
    for (int64_t& value : values) value *= times_;
    for (int i = 0; i < logs_; ++i) reply.send(number_log(values));
    reply.end();
    return Flow::kNext;
  }
  PushIn in{this, "in", "", "", kOptional};
  QueryIn get{this, "get", "", "", ""};

 private:
  int logs_;
  int64_t times_;
};

}  // namespace blox::testing
