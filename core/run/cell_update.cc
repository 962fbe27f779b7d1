// How an element goes on in another assembly: UPDATE.md.
#include <algorithm>

#include "core/run/cell.h"
#include "core/run/task.h"

namespace blox::runtime {

void Cell::adopt(Cell& before) {
  more = before.more;
  held = before.held;
  unread = before.unread;
  flushed = before.flushed;
  set_waiting(before.waiting);
  reported = before.reported;
  supply = before.supply;
  watch.descriptor = before.watch.descriptor;
  watch.ready.store(before.watch.ready.load());
  woken.store(before.woken.load());
  done = before.done;
  if (done) special_ |= kDone;
  ended.store(before.ended.load());
  fault_ = std::move(before.fault_);
  if (fault_ != nullptr) special_ |= kFaulty;
  time_ = before.time_;
  behind_old_ = before.behind_old_;
  behind_new_ = before.behind_new_;
  new_age_ = before.new_age_;
  questions_open_[0] = before.questions_open_[0];
  questions_open_[1] = before.questions_open_[1];
  latency_at_ = before.latency_at_;
  state_bytes.store(before.state_bytes.load());
}

void Cell::count_on(const Cell& before, const ElementMetrics& measured) {
  busy_before_ns = measured.busy_ns;
  holding.count_on(measured.holding_ns);
  latency.inherit(before.latency);
  rejected_records.store(before.rejected_records.load());
  rejections_ = before.rejections();
  if (&before.element == &element) return;
  for (Port* port : element.ports()) {
    const Port* const earlier = before.element.find_port(port->name(), port->direction());
    if (earlier == nullptr) continue;
    for (const auto& [to, from] : {std::pair(&port->traffic, &earlier->traffic), {&port->answers, &earlier->answers}}) {
      to->logs.add(from->logs.get());
      to->records.add(from->records.get());
      to->bytes.add(from->bytes.get());
    }
  }
}

void Cell::adopt_input(InputTime& now, const InputTime& before) {
  now.time.store(before.time.load());
  now.idle.store(before.idle.load());
  now.open.store(before.open.load());
  if (now.open.load()) return;
  // The element was told of the end of its port where all connections into it have ended.
  const bool port_open = std::any_of(inputs_.begin(), inputs_.end(), [&](const InputTime& input) {
    return input.port == now.port && input.open.load();
  });
  if (!port_open) --ports_open_;
}

}  // namespace blox::runtime
