// One element as the runtime sees it: its host, its connections, and where it stands in its life.
//
// Owns     its part of the connections; the element belongs to Checked
// Threads  of the task that it is in, but for what is said to be read by anybody
// Order    what arrives while the element has more to say waits in `pending` and comes next, in order
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/metrics.h"
#include "core/base/stretches.h"
#include "core/element/adapt.h"
#include "core/element/element.h"
#include "core/graph/check.h"
#include "core/queue/channel.h"
#include "core/queue/flight.h"
#include "core/run/guard.h"
#include "core/run/histogram.h"
#include "core/run/scheduler.h"

namespace blox::runtime {

class Cell;
class Control;
class QueryAsker;
class QuestionInput;
class QueuedInput;
class Task;

/// A connected push out port and how many of its readers want no more.
struct OutPort {
  Cell* owner = nullptr;
  PushOut* port = nullptr;
  size_t readers = 0;
  size_t done_readers = 0;
  /// One more reader is done.
  void reader_done();
};

/// What a handler of an element says, kept for after its death.
struct ToldCount {
  const HandlerBase* handler = nullptr;
  FlightSlot* slot = nullptr;  ///< null: there is no such handler, or nobody counts
  void note() const;
};

/// One connection into a push in port, as far as time and its end are concerned.
struct InputTime {
  PushIn* port = nullptr;
  bool timed = false;                            ///< marks come here
  std::atomic<Micros> time{TimeMark::kUnknown};  ///< read by anybody; written by the task, like the rest
  std::atomic<bool> idle{false};
  std::atomic<bool> open{true};
};

/// What waits before an element that has more to say.
struct Pending {
  enum class What : uint8_t { kLog, kMark, kEnd, kTime } what = What::kLog;
  PushIn* port = nullptr;
  Log log;
  InputTime* from = nullptr;  ///< kMark, kEnd
  TimeMark mark;
};

/// A push connection inside a task: a plain call.
class FusedInput final : public Receiver {
 public:
  FusedInput(Cell& reader, PushIn& port, OutPort& from, Adapter adapter);
  bool take(Log log) override;
  void pass(TimeMark mark) override;
  Cell& reader() const { return reader_; }
  InputTime& time() const { return time_; }
  OutPort& from() const { return from_; }
  /// The writer has ended.
  void end();

 private:
  bool take_slowly(Log log);

  // What a hop reads stands together: a chain is as fast as the cache lines it touches are few.
  Cell& reader_;
  Element& element_;
  PushIn& port_;
  const bool adapts_;
  OutPort& from_;
  Adapter adapter_;
  InputTime& time_;
};

/// A push connection to another task: the writing end of a channel.
class QueuedOutput final : public Receiver {
 public:
  /// `finished`: what says that a log is finished with, where the reader counts that; else nothing.
  QueuedOutput(Writer to, OutPort& from, Adapter adapter, bool one_at_a_time, Log finished, FlightSlot* flight);
  bool take(Log log) override { return send(adapter_(std::move(log))); }
  bool room() const override { return writer.room(); }
  /// The element has finished with a log that is counted: says so behind what it has given, where the reader counts.
  void tell_finished() {
    if (finished_.exists()) writer.send(finished_);
  }
  void pass(TimeMark mark) override { writer.mark(mark); }
  /// Credit came back, or the reader is done.
  void pump();
  /// What it holds, taken out: the connection is given up.
  void surrender(std::vector<Parcel>& parcels);
  /// Takes what was under way in another connection, which this one takes the place of: as the reader wants it.
  void inherit(Parcel parcel);

  Writer writer;
  const bool one_at_a_time;

 private:
  bool send(Log log) { return flight_ != nullptr ? send_counted(std::move(log)) : writer.send(std::move(log)); }
  bool send_counted(Log log);

  OutPort& from_;
  Adapter adapter_;
  Log finished_;  // without records
  FlightSlot* const flight_;
  bool told_done_ = false;
};

/// What an element may do before its next call, worked out on first use.
struct Gates {
  std::vector<Cell*> fused;               ///< elements that its calls can reach without a queue, without itself
  std::vector<Writer*> writers;           ///< queues that such a call can fill
  std::vector<Writer*> choice;            ///< those of which the element itself fills only one that has room
  std::vector<QueryAsker*> asker_choice;  ///< likewise windows
  std::vector<QueryAsker*> windows;       ///< windows that such a call can fill, its own last
  size_t own_windows = 0;
};

class Cell final : public Host {
  const bool* tracing_ = nullptr;  // of the task
  uint8_t special_ = 0;            // bits of Special: what a push has to mind

 public:
  Cell(Control& control, const CheckedElement& checked, size_t index);

  // ---- Host ----
  const Clock& clock() const override;
  void message(const Element& element, Severe severity, std::string_view text) override;
  void timer_changed(Element& element) override;
  Waker waker(Element& element) override;
  void rejected(Element& element, uint64_t records, std::string_view code, std::string_view first_message) override;
  std::string resolve_path(std::string_view path) const override;
  int file_fault(std::string_view path, FileCall call, uint64_t bytes) const override;
  bool print(std::string_view text) override;

  // ---- calls ----
  /// Pushes one log. False once the element wants no more.
  bool deliver(PushIn& port, Log log);
  /// Whether a push is nothing but that: not done, no backlog, no sink, no sample.
  bool plain() const { return special_ == 0 && !*tracing_; }
  /// Runs one call of the element, timed where this call is a sample. An exception is a failure of the element.
  template <typename Call>
  auto call(const Call& body) {
    if (!*tracing_) return guarded(element, body);
    const int64_t start = trace_begin();
    auto result = guarded(element, body);
    trace_end(start);
    return result;
  }
  /// Whether it said Flow::kWait, as counted in `holding`.
  void set_waiting(bool waits);
  /// What the element said at the end of push, resume or flush.
  void after(Flow flow);
  /// The same for other calls: kNext there says nothing about what resume() is still to emit.
  void after_or_stay(Flow flow) {
    stalled = false;
    if (flow != Flow::kNext) after(flow);
  }
  bool backlog() const { return more || held || !pending.empty(); }
  /// Whether every queue and window that a call can fill has room, and nobody downstream has more to say. `answered`
  /// calls look past the element's own windows, which they empty.
  bool may_call(bool for_answer = false);
  /// Anything that passed the element's ports outwards so far: to see whether a call has got somewhere.
  uint64_t progress() const;

  // ---- faults that a test asks for ----
  /// Fails once it has taken so many records more, see VirtualRun::fail_after().
  void fail_after(uint64_t records, Status status);
  /// After a call of a source or an answerer: whether it was the last.
  void look_at_fault();

  // ---- event time; README.md, "Event time" ----
  InputTime& add_input(PushIn& port);
  /// A mark has come in by one connection.
  void take_mark(InputTime& from, TimeMark mark);
  /// Whether what comes to this port is to wait: see PortOptions::waits_for.
  bool awaits_end(const PushIn& port) const;
  /// Puts something behind all that waits.
  void wait(Pending what);
  /// Does what a mark, an end or a change of time is about. Precondition: not `more`.
  void take_up(Pending what);
  /// Counts a question under way; what it gives is to be given back to question_closed().
  uint8_t question_opened();
  void question_closed(uint8_t age);
  const std::deque<InputTime>& inputs() const { return inputs_; }

  // ---- its life; README.md, "How a topology ends" ----
  void input_ended(InputTime& from);
  void asker_ended();
  /// Wants no more input. `unread`: because nobody reads what it makes; then it is not flushed either.
  void set_done(bool unread);
  /// Has come to its end: takes nothing, says nothing.
  void end() {
    ended = true;
    done = true;
    special_ |= kDone;
  }
  /// Done where nobody reads any of its outputs.
  void consider_unread();
  bool inputs_over() const;
  size_t outstanding() const;
  /// Whether an answer, or credit for one, is still to come, so that `more` can wait for it.
  bool waits_for_something() const;
  /// `more` or `pending` has changed.
  void note_backlog();

  bool done = false;  ///< takes no more input; set by set_done()

  Element& element;
  const CheckedElement& checked;
  const Traits& traits;
  const size_t index;
  size_t rank = 0;  ///< upstream first
  Task* task = nullptr;
  /// Of a part of a shard: all parts that are in this process, itself too. `memory` and `on_error` hold for all of them
  /// together.
  const std::vector<Cell*>* shard = nullptr;
  /// The name by which people know it: that of the shard.
  const std::string* known_as = nullptr;

  // Connections; filled before the start.
  std::vector<std::unique_ptr<OutPort>> out_ports;  // `errors` too
  std::vector<FusedInput*> fused_inputs;
  std::vector<QueuedInput*> queued_inputs;
  std::vector<FusedInput*> fused_outputs;
  std::vector<QueuedOutput*> queued_outputs;
  std::vector<QueryAsker*> askers;
  std::vector<QuestionInput*> questions;
  size_t push_inputs = 0;
  size_t open_inputs = 0;
  size_t open_askers = 0;
  ToldCount told_held;      ///< records that would be lost with it
  ToldCount told_given;     ///< a source's, that its next life gives again
  bool background = false;  ///< a source that does not keep the topology alive
  size_t wave = 0;          ///< README.md, "Background sources": of those flushed together; 0 waits for none of them

  // Where it stands.
  bool more = false;     ///< said Flow::kMore or Flow::kWait
  bool waiting = false;  ///< said Flow::kWait: `more`, once an alarm of it is due or its waker was rung; set_waiting()
  bool stalled = false;  ///< said `more` without getting anywhere: waits for an answer, or for credit for one
  bool held = false;     ///< by VirtualRun::hold(): is not called
  bool unread = false;
  bool closing = false;  ///< stands in its task's list of elements that come to their end
  bool flushed = false;
  bool reported = false;  ///< to Control, as flushed
  Supply supply = Supply::more();
  Watch watch;
  std::deque<Pending> pending;

  // Read by anybody.
  std::atomic<bool> woken{false};
  std::atomic<bool> ended{false};
  std::atomic<uint64_t> sampled_ns{0};
  Stretches holding;  ///< waiting, with something that was pushed to it
  std::atomic<uint64_t> state_bytes{0};
  std::atomic<uint64_t> rejected_records{0};
  Histogram latency;
  struct Rejected {
    uint64_t records = 0;
    std::vector<std::string> messages;
  };
  std::map<std::string, Rejected, std::less<>> rejections() const;
  /// Bytes of state, as last measured; of a replica: of all.
  uint64_t bytes_of_all() const;
  /// Checks `on_error` against what has come in; at the end without the threshold of 1,000 records.
  void enforce_errors(bool at_end);
  /// Works out what can be worked out once all connections stand.
  void connected(const bool* tracing);
  /// After this, wakers do nothing.
  void silence();

  // ---- an update, see UPDATE.md; all while no task runs ----
  /// Goes on where another has stood with the same element, but for its connections.
  void adopt(Cell& before);
  /// Counts on from where one of this name has stood, with another element.
  void count_on(const Cell& before, const ElementMetrics& measured);
  /// What is known of time at a connection that both have.
  void adopt_input(InputTime& now, const InputTime& before);
  /// Makes the wakers of the element ring here.
  void take_bell(Cell& before);
  uint64_t busy_before_ns = 0;  ///< in its calls before the last update

 private:
  class Bell;
  const Gates& gates();
  bool timer_set() const;
  void note_latency(const Log& log);
  TimeMark combined() const;
  void tell_time();
  bool deliver_until_fault(PushIn& port, Log log);
  int64_t trace_begin();
  void trace_end(int64_t start);
  uint64_t records_seen() const;
  std::vector<const Cell*> all_parts() const;

  enum Special : uint8_t { kDone = 1, kBacklog = 2, kSink = 4, kFaulty = 8 };

  Control& control_;
  std::deque<InputTime> inputs_;
  size_t ports_open_ = 0;  // connected push in ports
  TimeMark time_;          // of all inputs together, as last worked out
  // A mark does not overtake answers: it waits for the questions that were open when it came, the `old` ones. Of those
  // that come meanwhile the newest stands for all.
  std::optional<TimeMark> behind_old_;
  std::optional<TimeMark> behind_new_;
  uint8_t new_age_ = 0;
  size_t questions_open_[2] = {0, 0};
  bool sink_ = false;
  bool counted_backlog_ = false;
  int64_t latency_at_ = INT64_MIN;    // by the task's clock, when it was last measured
  std::vector<int64_t> trace_saved_;  // of the traced calls of this element that are open
  std::unique_ptr<Gates> gates_;
  struct Fault {
    uint64_t records;  // to go; for those without push inputs: of records_seen()
    Status status;
  };
  std::unique_ptr<Fault> fault_;
  std::shared_ptr<Bell> bell_;
  mutable std::mutex mutex_;  // guards rejections_
  std::map<std::string, Rejected, std::less<>> rejections_;
};

}  // namespace blox::runtime
