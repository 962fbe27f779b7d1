// How the elements of a task come to their end, and what time brings: README.md, "How a topology ends".
#include <algorithm>

#include "core/run/alarms.h"
#include "core/run/task.h"

namespace blox::runtime {

// ---- alarms ----

bool Task::may_tick(const Cell& cell) const {
  return !cell.ended && (!cell.flushed || cell.more) && !(cell.push_inputs == 0 && control_.stopping());
}

int64_t Task::next_alarm(int64_t after) const {
  int64_t next = Alarms::kNever;
  const auto at = [&](int64_t time) {
    if (time > after) next = std::min(next, time);
  };
  for (const Cell* cell : with_alarms_) {
    if (may_tick(*cell)) {
      for (const Timer* timer : cell->element.timers()) at(timer->due());
      if (cell->supply.kind == Supply::Kind::kAt && !cell->done) at(cell->supply.steady_ns);
    }
    for (const QueryAsker* asker : cell->askers) at(asker->due());
  }
  return next;
}

Step Task::ring_alarms() {
  Step result = Step::kNothing;
  for (Cell* cell : with_alarms_) {
    for (QueryAsker* asker : cell->askers) asker->expire(now_);
    if (!may_tick(*cell)) continue;
    const Step did = tick(*cell);
    if (did == Step::kCalled) return did;
    if (did == Step::kBlocked) result = did;
  }
  // One that is due and has no room is tried again whenever the task runs.
  if (result == Step::kNothing) due_ = next_alarm(now_);
  return result;
}

Step Task::tick(Cell& cell) {
  for (Timer* timer : cell.element.timers()) {
    if (timer->due() > now_) continue;
    if (cell.held || !cell.may_call()) return Step::kBlocked;
    timer->cancel();
    if (cell.waiting) {
      cell.set_waiting(false);
      return resume(cell);
    }
    cell.after_or_stay(cell.call([&] { return cell.element.tick(*timer); }));
    if (cell.push_inputs == 0) closing_dirty_ = true;
    return Step::kCalled;
  }
  return Step::kNothing;
}

// ---- ends ----

void Task::close_soon(Cell& cell) {
  closing_dirty_ = true;
  if (cell.closing || cell.ended) return;
  cell.closing = true;
  closing_.push_back(&cell);
}

Step Task::close_elements() {
  closing_dirty_ = false;
  Step result = Step::kNothing;
  for (size_t i = 0; i < closing_.size(); ++i) {
    Cell& cell = *closing_[i];
    const Step did = close(cell);
    if (cell.ended) {
      closing_.erase(closing_.begin() + static_cast<ptrdiff_t>(i));
      --i;
    }
    if (did == Step::kCalled) {
      closing_dirty_ = true;
      return did;
    }
    if (did == Step::kBlocked) {
      closing_dirty_ = true;  // room comes without further notice
      result = did;
    }
  }
  return result;
}

Step Task::close(Cell& cell) {
  if (!cell.flushed) {
    if (!cell.inputs_over() || cell.backlog() || cell.outstanding() > 0) return Step::kNothing;
    if (cell.background && !cell.done && !control_.flushed_before(cell.wave)) return Step::kNothing;
    if (!cell.unread && !cell.may_call()) return Step::kBlocked;
    cell.flushed = true;
    if (!cell.unread) {
      cell.after(cell.call([&] { return cell.element.flush(); }));
      return Step::kCalled;
    }
  }
  if (cell.backlog() || cell.outstanding() > 0) return Step::kNothing;
  if (!cell.reported) {
    cell.reported = true;
    control_.element_flushed(cell.wave);
  }
  if (cell.done) {
    for (QuestionInput* input : cell.questions) input->abandon();
  }
  if (cell.open_askers > 0) return Step::kNothing;
  finish(cell);
  return Step::kCalled;
}

void Task::finish(Cell& cell) {
  cell.end();
  cell.enforce_errors(true);
  for (FusedInput* output : cell.fused_outputs) output->end();
  for (QueuedOutput* output : cell.queued_outputs) output->writer.end();
  for (QueryAsker* asker : cell.askers) asker->end();
  for (QueuedInput* input : cell.queued_inputs) input->reader.finish();
  --cells_left_;
}

}  // namespace blox::runtime
