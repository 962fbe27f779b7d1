// A run of elements whose calls never overlap, and the loop that decides which is called next.
//
// Next comes, in this order: what elements still have to say (most downstream first), alarms, ends of streams, and
// then in turns the queues, questions, answers and sources of the task, each only while there is room for what the
// call may emit.
//
// Owns     the inlet, the outlets and the connections that begin or end here
// Threads  run() by one thread at a time; metrics by anybody
// Bounds   a run makes at most Control::calls_a_slice calls, or lasts about a millisecond
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/stretches.h"
#include "core/queue/mailbox.h"
#include "core/run/cell.h"
#include "core/run/control.h"
#include "core/run/query.h"
#include "core/run/visits.h"

namespace blox::runtime {

/// A push connection from another task: the reading end of a channel.
class QueuedInput final : public Inbound {
 public:
  InputTime& time() const { return time_; }
  struct Ways {
    bool one_at_a_time = false;  ///< see CheckedConnection
    bool counted = false;
    bool shown = false;  ///< to those that look at the in port: the out port is elsewhere
    FlightSlot* flight = nullptr;
  };
  QueuedInput(Cell& cell, PushIn& port, Reader from, Ways ways)
      : reader(std::move(from)),
        cell_(cell),
        port_(port),
        time_(cell.add_input(port)),
        ways_(ways),
        awaits_(!port.waits_for().empty()) {}
  void accept(Message message) override;
  Step step();
  Cell& cell() const { return cell_; }
  /// The element wants no more.
  void finish() {
    reader.finish();
    if (ways_.flight != nullptr) ways_.flight->unwanted.store(1, std::memory_order_release);
  }
  /// For an update: goes on with the log that the element had not finished with.
  void inherit_hand(QueuedInput& before) {
    in_hand_ = before.in_hand_;
    reader.inherit_kept(before.reader);
  }

  /// The same for a channel that goes on: with all that waits there.
  void succeed(QueuedInput& before, bool same_element) {
    reader.succeed(before.reader);
    in_hand_ = same_element && before.in_hand_;
    if (!in_hand_) reader.give_back_kept();
  }
  /// Tells the element where nothing comes any more.
  void look_for_end();
  /// What comes by another way than from the writer.
  void count_entered(uint64_t records) {
    if (ways_.flight == nullptr) return;
    count_flight(ways_.flight->entered, records);
    count_flight(ways_.flight->placed, records);
  }

  Reader reader;

 private:
  bool finish_log();
  void finish_flight();

  Cell& cell_;
  PushIn& port_;
  InputTime& time_;
  const Ways ways_;
  uint64_t fence_taken_ = 0;  // all that was asked for these records has a number below
  uint64_t fence_asked_ = 0;
  bool in_hand_ = false;  // a log that the element may not have finished with, where somebody wants to know
  bool awaits_;           // until the port has ended that it waits for
  bool told_end_ = false;
};

class Task final : public Runnable {
 public:
  Task(Control& control, bool blocking) : Runnable(&control.scheduler, blocking), control_(control) {}

  Outcome run(uint32_t why) override;

  /// Takes what is under way to it, while nobody runs it: the task is given up.
  void collect_mail() {
    if (inlet != nullptr) receive(*inlet);
    if (arrivals != nullptr) receive(*arrivals);
  }

  // ---- for the elements of this task ----
  int64_t now() const { return now_; }
  /// An alarm was set; later ones are found when this one has passed.
  void alarm_at(int64_t steady_ns) { due_ = std::min(due_, steady_ns); }
  void answer_held(QuestionInput& input) { held_answer_ = &input; }
  /// Numbers the questions of this task, from 1.
  uint64_t next_question() { return ++asked_; }
  uint64_t asked() const { return asked_; }
  /// The number of the oldest question that has no answer yet; asked() + 1 where there is none.
  uint64_t oldest_question() const;
  /// The element's inputs are over: look after its end.
  void close_soon(Cell& cell);
  void look_at_ends() { closing_dirty_ = true; }
  void backlog_changed(int by) { backlogs_ += by; }
  bool any_backlog() const { return backlogs_ > 0; }

  Visits visits;  ///< from any thread

  // ---- filled before the start ----
  std::vector<Cell*> cells;                                           ///< upstream first
  std::vector<Cell*> holders;                                         ///< those of which is counted what they hold back
  std::unique_ptr<Inlet> inlet;                                       ///< from tasks of this worker; null: from none
  std::shared_ptr<Mailbox> arrivals;                                  ///< from other workers
  std::vector<std::pair<uint32_t, std::unique_ptr<Outlet>>> outlets;  ///< by receiving task
  std::vector<Inbound*> channels;                                     ///< by channel number
  std::vector<std::unique_ptr<FusedInput>> fused;
  std::vector<std::unique_ptr<QueuedOutput>> outputs;
  std::vector<std::unique_ptr<QueuedInput>> inputs;
  std::vector<std::unique_ptr<QueryAsker>> askers;
  std::vector<std::unique_ptr<QuestionInput>> questions;
  bool tracing = false;        ///< the present call is a sample
  int64_t traced_inside = 0;   ///< ns spent in elements called by the one that is being traced
  int traced_calls = 0;        ///< of elements, in the present sample
  uint32_t sample_weight = 1;  ///< calls that the present sample stands for
  /// Works out who has turns. Once, after all connections stand.
  void connected();

  // ---- read by anybody ----
  std::atomic<uint64_t> busy_ns{0};
  Counter calls;
  /// Time for which it had work but no room, the present wait included.
  uint64_t blocked_ns(int64_t now) const { return blocked_.until(now); }

 private:
  struct Turn {
    enum class Kind : uint8_t { kInput, kQuestion, kAnswer, kSource } kind;
    void* what;
  };
  void look(uint32_t why);
  void receive(Inlet& from);
  void wake();
  Step step();
  Step take_turn(const Turn& turn);
  Step drain();
  Step resume(Cell& cell);
  Step ring_alarms();
  Step tick(Cell& cell);
  Step close_elements();
  Step close(Cell& cell);
  void finish(Cell& cell);
  Step produce(Cell& cell);
  bool supply_ready(Cell& cell);
  bool may_tick(const Cell& cell) const;
  int64_t next_alarm(int64_t after) const;
  void before_call();
  void after_call();
  void before_sleep(int64_t looked);
  void check_memory();
  Outcome finished();

  Control& control_;
  std::vector<Turn> turns_;
  size_t turn_ = 0;
  int in_a_row_ = 0;
  std::vector<Cell*> with_alarms_;
  std::vector<Cell*> with_state_;
  std::vector<Cell*> closing_;
  size_t cells_left_ = 0;
  int backlogs_ = 0;
  bool closing_dirty_ = false;
  QuestionInput* held_answer_ = nullptr;
  uint64_t asked_ = 0;
  int64_t now_ = 0;
  int64_t due_ = INT64_MIN;    // no alarm is due before
  int64_t armed_ = INT64_MAX;  // what the scheduler was told
  Stretches blocked_;
  uint32_t until_sample_ = 1;
  bool ended_ = false;
};

}  // namespace blox::runtime
