// How event time, and the ends of single inputs, come to an element: README.md, "Event time".
#include <algorithm>
#include <utility>

#include "core/run/cell.h"
#include "core/run/task.h"

namespace blox::runtime {

InputTime& Cell::add_input(PushIn& port) {
  InputTime& input = inputs_.emplace_back();
  input.port = &port;
  input.timed = !port.schema().time_field().empty();
  const bool known = std::any_of(inputs_.begin(), inputs_.end() - 1, [&](auto& other) { return other.port == &port; });
  if (!known) ++ports_open_;
  return input;
}

bool Cell::awaits_end(const PushIn& port) const {
  return std::any_of(inputs_.begin(), inputs_.end(), [&](const InputTime& input) {
    return input.port->name() == port.waits_for() && input.open.load(std::memory_order_relaxed);
  });
}

void Cell::wait(Pending what) {
  // Of marks with nothing between them the newest stands for all.
  if (what.what == Pending::What::kMark && !pending.empty() && pending.back().what == what.what &&
      pending.back().from == what.from) {
    pending.back().mark = what.mark;
    return;
  }
  pending.push_back(std::move(what));
  note_backlog();
}

void Cell::take_mark(InputTime& from, TimeMark mark) {
  if (done || !from.timed) return;
  Pending what{Pending::What::kMark, from.port, {}, &from, mark};
  if (backlog()) {
    wait(std::move(what));
  } else {
    take_up(std::move(what));
  }
}

void Cell::input_ended(InputTime& from) {
  if (--open_inputs == 0) {
    from.open.store(false, std::memory_order_relaxed);
    task->close_soon(*this);
  } else if (!done && from.open.load(std::memory_order_relaxed) && (from.timed || ports_open_ > 1)) {
    wait({Pending::What::kEnd, from.port, {}, &from, {}});  // not at once: there may be no room for what it leads to
  }
}

void Cell::take_up(Pending what) {
  switch (what.what) {
    case Pending::What::kLog: deliver(*what.port, std::move(what.log)); return;
    case Pending::What::kMark:
      what.from->idle.store(what.mark.idle, std::memory_order_relaxed);
      if (what.mark.time > what.from->time.load(std::memory_order_relaxed)) {
        what.from->time.store(what.mark.time, std::memory_order_relaxed);
      }
      break;
    case Pending::What::kEnd: {
      what.from->open.store(false, std::memory_order_relaxed);
      const bool port_open = std::any_of(inputs_.begin(), inputs_.end(), [&](const InputTime& input) {
        return input.port == what.port && input.open.load(std::memory_order_relaxed);
      });
      if (port_open) break;
      if (--ports_open_ > 0) after(call([&] { return element.ended(*what.port); }));
      break;
    }
    case Pending::What::kTime: break;
  }
  if (done) return;
  if (more) {  // says ended(): time comes right behind it
    pending.push_front({Pending::What::kTime, nullptr, {}, nullptr, {}});
    note_backlog();
    return;
  }
  tell_time();
}

TimeMark Cell::combined() const {
  TimeMark active{INT64_MAX, false};
  TimeMark idle;
  bool any_active = false;
  bool any_idle = false;
  for (const InputTime& input : inputs_) {
    if (!input.timed || !input.open.load(std::memory_order_relaxed)) continue;
    const Micros time = input.time.load(std::memory_order_relaxed);
    if (input.idle.load(std::memory_order_relaxed)) {
      any_idle = true;
      idle.time = std::max(idle.time, time);
    } else {
      any_active = true;
      active.time = std::min(active.time, time);
    }
  }
  if (any_active) return {std::max(active.time, time_.time), false};
  // Whichever goes idle last, time is the same.
  return any_idle ? TimeMark{std::max(idle.time, time_.time), true} : time_;
}

void Cell::tell_time() {
  const TimeMark mark = combined();
  TimeMark next = time_;
  if (mark != time_) {
    time_ = next = mark;
    if (questions_open_[0] + questions_open_[1] > 0 || behind_old_.has_value()) {
      if (behind_old_.has_value()) {
        behind_new_ = mark;
      } else {
        behind_old_ = mark;
        new_age_ ^= 1;
      }
      return;
    }
  } else {
    // An answer was the last that a mark has waited for, or nothing has changed.
    if (!behind_old_.has_value() || questions_open_[new_age_ ^ 1] > 0) return;
    next = *behind_old_;
    behind_old_ = std::exchange(behind_new_, std::nullopt);
    if (behind_old_.has_value()) new_age_ ^= 1;
    if (behind_old_.has_value() && questions_open_[new_age_ ^ 1] == 0) {
      next = *std::exchange(behind_old_, std::nullopt);
    }
  }
  after(call([&] { return element.watermark(next); }));
}

uint8_t Cell::question_opened() {
  ++questions_open_[new_age_];
  return new_age_;
}

void Cell::question_closed(uint8_t age) {
  if (--questions_open_[age] > 0 || !behind_old_.has_value() || age == new_age_ || done) return;
  wait({Pending::What::kTime, nullptr, {}, nullptr, {}});
}

}  // namespace blox::runtime
