#include "core/run/task.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/run/alarms.h"

namespace blox::runtime {
namespace {

constexpr int64_t kSliceNs = 1'000'000;
constexpr uint64_t kLookEvery = 16;  // calls between two looks at the clock and the bell
constexpr int kInARow = 16;          // logs of one queue before the next has its turn

// How many calls the next sample stands for, after one in which an element took so long on average: reading the clock
// twice an element must stay far below that.
uint32_t gap_after(int64_t ns_an_element) {
  if (ns_an_element < 500) return 64;
  if (ns_an_element < 2'000) return 16;
  return ns_an_element < 8'000 ? 4 : 1;
}

}  // namespace

// ---- QueuedInput ----

void QueuedInput::accept(Message message) {
  reader.accept(std::move(message));
  look_for_end();
}

void QueuedInput::look_for_end() {
  if (told_end_ || in_hand_ || !reader.ended()) return;
  told_end_ = true;
  cell_.input_ended(time_);
}

// Where the element has nothing more to say of the log that it was given last, and waits for no answer: whoever gives
// it one log at a time may give the next, and who puts what comes out in order is told.
bool QueuedInput::finish_log() {
  if (cell_.backlog() || cell_.outstanding() > 0) return false;
  in_hand_ = false;
  if (ways_.counted && !cell_.ended) {
    for (QueuedOutput* output : cell_.queued_outputs) output->tell_finished();
  }
  if (ways_.one_at_a_time) reader.give_back_kept();
  look_for_end();
  return true;
}

// What was taken is finished once nothing of it waits in the task, and what was asked about it is answered. While
// questions follow each other without a gap, those that were open at some moment are waited for.
void QueuedInput::finish_flight() {
  FlightSlot& flight = *ways_.flight;
  const uint64_t taken = flight.taken.load(std::memory_order_relaxed);
  if (flight.finished.load(std::memory_order_relaxed) == taken || cell_.task->any_backlog()) return;
  for (const Cell* holder : cell_.task->holders) holder->told_held.note();
  const uint64_t oldest = cell_.task->oldest_question();
  if (oldest > cell_.task->asked()) {
    flight.finished.store(taken, std::memory_order_release);
  } else if (oldest > fence_asked_) {
    flight.finished.store(fence_taken_, std::memory_order_release);
    fence_taken_ = taken;
    fence_asked_ = cell_.task->asked();
  }
}

Step QueuedInput::step() {
  if (ways_.flight != nullptr) finish_flight();
  if (in_hand_) return finish_log() ? Step::kCalled : Step::kNothing;
  if (reader.empty() || cell_.element.holds(port_)) return Step::kNothing;
  if (awaits_) {
    if (cell_.awaits_end(port_)) return Step::kNothing;
    awaits_ = false;
  }
  if (!cell_.may_call() || cell_.backlog()) return Step::kBlocked;
  if (reader.mark_next()) {
    cell_.take_mark(time_, reader.take_mark());
  } else {
    in_hand_ = ways_.one_at_a_time || ways_.counted;
    if (ways_.flight != nullptr) count_flight(ways_.flight->taken, reader.next_rows());
    Log log = ways_.one_at_a_time ? reader.take_and_keep() : reader.take();
    if (ways_.shown) port_.show(log, false);
    cell_.deliver(port_, std::move(log));
    if (ways_.flight != nullptr) finish_flight();
    if (in_hand_) (void)finish_log();
  }
  look_for_end();
  return Step::kCalled;
}

// ---- the loop ----

void Task::connected() {
  now_ = control_.scheduler.clock().steady_ns();
  cells_left_ = static_cast<size_t>(std::count_if(cells.begin(), cells.end(), [](Cell* cell) { return !cell->ended; }));
  for (auto& input : inputs) turns_.push_back({Turn::Kind::kInput, input.get()});
  for (auto& asker : askers) turns_.push_back({Turn::Kind::kAnswer, asker.get()});
  for (auto& question : questions) turns_.push_back({Turn::Kind::kQuestion, question.get()});
  for (Cell* cell : cells) {
    cell->connected(&tracing);
    if (cell->push_inputs == 0) {
      turns_.push_back({Turn::Kind::kSource, cell});
      close_soon(*cell);
    }
    if (cell->push_inputs == 0 || !cell->element.timers().empty() || !cell->askers.empty())
      with_alarms_.push_back(cell);
    if (!cell->element.states().empty()) with_state_.push_back(cell);
  }
}

Outcome Task::run(uint32_t why) {
  if (ended_) return Outcome::kFinished;
  now_ = control_.scheduler.clock().steady_ns();
  const int64_t start = now_;
  blocked_.end(now_);
  look(why);
  Outcome outcome = Outcome::kAgain;
  uint64_t made = 0;
  bool blocked = false;
  uint64_t looks =
      0;  // at rings without a call of their own: they count, so that a storm of rings cannot hold a thread
  while (made + looks < control_.calls_a_slice && !control_.aborting()) {
    const Step did = step();
    if (did == Step::kCalled) {
      ++made;
      control_.scheduler.share();
      if (made % kLookEvery == 0) {
        now_ = control_.scheduler.clock().steady_ns();
        if (now_ - start > kSliceNs) break;
        look(begin());
      }
      continue;
    }
    const uint32_t news = begin();
    if (news != 0) {
      look(news);
      ++looks;
      continue;
    }
    blocked = did == Step::kBlocked;
    outcome = Outcome::kIdle;
    break;
  }
  calls.add(made);
  check_memory();
  const int64_t end = control_.scheduler.clock().steady_ns();
  busy_ns.fetch_add(static_cast<uint64_t>(end - start), std::memory_order_relaxed);
  if (control_.aborting()) return finished();
  if (cells_left_ == 0 && std::all_of(outputs.begin(), outputs.end(), [](auto& out) { return out->writer.idle(); })) {
    return finished();
  }
  if (outcome == Outcome::kIdle) {
    before_sleep(now_);
    if (blocked) blocked_.begin(end);
  }
  return outcome;
}

Outcome Task::finished() {
  ended_ = true;
  visits.nobody_calls();
  control_.task_finished();
  return Outcome::kFinished;
}

void Task::look(uint32_t why) {
  if (why == 0) return;
  if ((why & kMail) != 0) collect_mail();
  if ((why & kVisit) != 0) visits.admit();
  if ((why & kCredit) != 0) {
    for (auto& output : outputs) output->pump();
  }
  if ((why & kAlarm) != 0) armed_ = Alarms::kNever;
  // Sources look whether they are to stop, background ones whether it is time.
  if ((why & kControl) != 0) closing_dirty_ = true;
  // Whatever has happened may be what a stalled element waits for; asking it once more costs one call.
  if (backlogs_ > 0) {
    for (Cell* cell : cells) cell->stalled = false;
  }
  if ((why & kWoken) != 0) wake();
}

// A source that still produces looks at `woken` itself; other elements get a resume().
void Task::wake() {
  for (Cell* cell : cells) {
    if (cell->push_inputs == 0 && cell->supply.kind != Supply::Kind::kEnd && !cell->backlog()) continue;
    if (!cell->woken.load() || !cell->woken.exchange(false)) continue;
    if (cell->ended || (cell->done && !cell->more)) continue;
    cell->set_waiting(false);
    cell->more = true;
    cell->note_backlog();
  }
}

void Task::receive(Inlet& from) {
  for (;;) {
    Message message;
    if (!from.receive(message)) return;
    Inbound& channel = *channels[message.channel];
    channel.accept(std::move(message));
  }
}

void Task::before_call() { tracing = until_sample_ == 1; }

void Task::after_call() {
  if (tracing) {
    sample_weight = gap_after(std::exchange(traced_inside, 0) / std::max(1, std::exchange(traced_calls, 0)));
    until_sample_ = sample_weight;
  } else {
    --until_sample_;
  }
  if (held_answer_ != nullptr) {
    held_answer_->flush();
    held_answer_ = nullptr;
  }
}

Step Task::step() {
  before_call();
  Step result = Step::kNothing;
  const auto tried = [&](Step did) {
    if (did == Step::kBlocked && result == Step::kNothing) result = did;
    return did == Step::kCalled;
  };
  const auto called = [&] {
    after_call();
    return Step::kCalled;
  };
  if (backlogs_ > 0 && tried(drain())) return called();
  if (now_ >= due_ && tried(ring_alarms())) return called();
  if (closing_dirty_ && tried(close_elements())) return called();
  for (size_t tries = 0; tries < turns_.size(); ++tries) {
    if (turn_ >= turns_.size()) turn_ = 0;
    const Step did = take_turn(turns_[turn_]);
    if (tried(did)) {
      if (++in_a_row_ >= kInARow) {
        in_a_row_ = 0;
        ++turn_;
      }
      return called();
    }
    in_a_row_ = 0;
    ++turn_;
  }
  return result;
}

Step Task::take_turn(const Turn& turn) {
  switch (turn.kind) {
    case Turn::Kind::kInput: return static_cast<QueuedInput*>(turn.what)->step();
    case Turn::Kind::kAnswer: {
      auto* const asker = static_cast<QueryAsker*>(turn.what);
      const Step did = asker->step();
      if (did == Step::kCalled && asker->cell().closing && asker->outstanding() == 0) closing_dirty_ = true;
      return did;
    }
    case Turn::Kind::kQuestion: return static_cast<QuestionInput*>(turn.what)->step();
    case Turn::Kind::kSource: return produce(*static_cast<Cell*>(turn.what));
  }
  return Step::kNothing;
}

uint64_t Task::oldest_question() const {
  uint64_t oldest = asked_ + 1;
  for (const auto& asker : askers) oldest = std::min(oldest, asker->oldest());
  return oldest;
}

// ---- what elements still have to say ----

Step Task::drain() {
  Step result = Step::kNothing;
  for (size_t i = cells.size(); i-- > 0;) {
    Cell& cell = *cells[i];
    if (!cell.backlog() || cell.held || (cell.more && (cell.stalled || cell.waiting))) continue;
    const Step did = resume(cell);
    if (did == Step::kCalled) return did;
    if (did == Step::kBlocked) result = did;
  }
  return result;
}

Step Task::resume(Cell& cell) {
  if (!cell.may_call()) return Step::kBlocked;
  if (cell.more) {
    const uint64_t before = cell.progress();
    const Flow flow = cell.call([&] { return cell.element.resume(); });
    // An element that says `more` without getting anywhere waits for something: asking again at once would spin.
    if (flow == Flow::kMore && cell.progress() == before && cell.waits_for_something()) cell.stalled = true;
    cell.after(flow);
  } else {
    Pending next = std::move(cell.pending.front());
    cell.pending.pop_front();
    if (!cell.done) cell.take_up(std::move(next));
    cell.note_backlog();
  }
  return Step::kCalled;
}

// ---- sources ----

bool Task::supply_ready(Cell& cell) {
  switch (cell.supply.kind) {
    case Supply::Kind::kMore: return true;
    case Supply::Kind::kReadable:
      if (cell.watch.ready.load()) return true;
      break;
    case Supply::Kind::kAt:
      if (now_ >= cell.supply.steady_ns) return true;
      break;
    case Supply::Kind::kWoken: break;
    default: return false;
  }
  return cell.woken.load();
}

Step Task::produce(Cell& cell) {
  if (cell.done || cell.flushed || control_.stopping() || !supply_ready(cell) || cell.backlog()) return Step::kNothing;
  if (!cell.may_call()) return Step::kBlocked;
  const bool woken = cell.woken.exchange(false);  // before the call: a wake-up during it must lead to another
  cell.supply = cell.call([&] { return cell.element.produce(); });
  cell.told_given.note();
  cell.look_at_fault();
  switch (cell.supply.kind) {
    case Supply::Kind::kReadable:
      cell.watch.ready.store(false);
      cell.watch.descriptor = cell.supply.descriptor;
      control_.scheduler.watch(cell.watch);
      break;
    case Supply::Kind::kAt: alarm_at(cell.supply.steady_ns); break;
    case Supply::Kind::kEnd:
      closing_dirty_ = true;
      if (woken) {  // meant for an element that does not produce
        cell.more = true;
        cell.note_backlog();
      }
      break;
    case Supply::Kind::kFailed: cell.after(Flow::kFailed); break;
    default: break;
  }
  return Step::kCalled;
}

// ---- before the task sleeps ----

void Task::before_sleep(int64_t looked) {
  for (auto& input : inputs) input->reader.settle();
  for (auto& asker : askers) asker->settle();
  if (due_ >= armed_) return;
  // What was due when last looked is blocked: an alarm would only spin, the ring that brings room is enough. `due_`
  // stays, so that it is tried then.
  const int64_t next = next_alarm(looked);
  if (next >= armed_) return;
  armed_ = next;
  control_.scheduler.set_alarm(*this, next);
}

void Task::check_memory() {
  for (Cell* cell : with_state_) {
    const uint64_t bytes = cell->element.state_bytes();
    cell->state_bytes.store(bytes, std::memory_order_relaxed);
    const std::optional<int64_t>& most = cell->checked.settings.memory;
    if (!most.has_value()) continue;
    const uint64_t all = cell->bytes_of_all();
    if (all <= static_cast<uint64_t>(*most)) continue;
    control_.fail(Status::user("memory.full", "its state has grown to " + std::to_string(all) +
                                                  " bytes, more than its setting `memory` allows")
                      .at(cell->known_as != nullptr ? *cell->known_as : cell->element.path())
                      .with_fix("raise `memory`, or keep fewer keys"));
    return;
  }
}

}  // namespace blox::runtime
