#include "core/run/cell.h"

#include <algorithm>

#include "core/run/control.h"
#include "core/run/query.h"
#include "core/run/task.h"

namespace blox::runtime {

void OutPort::reader_done() {
  if (++done_readers < readers) return;
  port->set_wanted(false);
  owner->consider_unread();
}

FusedInput::FusedInput(Cell& reader, PushIn& port, OutPort& from, Adapter adapter)
    : reader_(reader),
      element_(reader.element),
      port_(port),
      adapts_(!adapter.idle()),
      from_(from),
      adapter_(std::move(adapter)),
      time_(reader.add_input(port)) {}

void FusedInput::pass(TimeMark mark) { reader_.take_mark(time_, mark); }

void FusedInput::end() { reader_.input_ended(time_); }

bool FusedInput::take(Log log) {
  if (adapts_ || !reader_.plain()) [[unlikely]]
    return take_slowly(std::move(log));
  port_.traffic.add(log.rows(), log.bytes());
  const Flow flow = guarded(element_, [&] { return element_.push(port_, std::move(log)); });
  if (flow == Flow::kNext) [[likely]]
    return true;
  reader_.after(flow);
  return !reader_.done;
}

bool FusedInput::take_slowly(Log log) {
  if (reader_.done) return false;
  if (adapts_) log = adapter_(std::move(log));
  if (reader_.backlog()) {
    reader_.wait({Pending::What::kLog, &port_, std::move(log)});
    return true;
  }
  return reader_.deliver(port_, std::move(log));
}

QueuedOutput::QueuedOutput(Writer to, OutPort& from, Adapter adapter, bool chosen, Log finished, FlightSlot* flight)
    : writer(std::move(to)),
      one_at_a_time(chosen),
      from_(from),
      adapter_(std::move(adapter)),
      finished_(std::move(finished)),
      flight_(flight) {}

// It counts as entered before it does, and as dropped after it was.
bool QueuedOutput::send_counted(Log log) {
  const Counter& drops = writer.state().dropped_records;
  const uint64_t dropped = drops.get(), rows = log.rows();
  count_flight(flight_->entered, rows);
  const bool wanted = writer.send(std::move(log));
  if (drops.get() != dropped) count_flight(flight_->dropped, drops.get() - dropped);
  count_flight(flight_->placed, rows);
  return wanted;
}

void QueuedOutput::surrender(std::vector<Parcel>& parcels) {
  const size_t first = parcels.size();
  writer.surrender(parcels);
  for (size_t i = first; flight_ != nullptr && i < parcels.size(); ++i) {
    if (parcels[i].log.exists()) count_flight(flight_->dropped, parcels[i].log.rows());
  }
}

void QueuedOutput::inherit(Parcel parcel) {
  if (parcel.before.has_value()) writer.mark(*parcel.before);
  if (parcel.log.exists()) (void)send(std::move(parcel.log));
}

void QueuedOutput::pump() {
  writer.pump();
  if (told_done_ || !writer.done()) return;
  told_done_ = true;
  from_.reader_done();
}

Cell::Cell(Control& control, const CheckedElement& of, size_t at)
    : element(*of.element), checked(of), traits(*of.element_class->traits), index(at), control_(control) {}

// ---- calls ----

void Cell::note_backlog() {
  if (backlog() == counted_backlog_) return;
  counted_backlog_ = backlog();
  special_ = static_cast<uint8_t>(counted_backlog_ ? special_ | kBacklog : special_ & ~kBacklog);
  task->backlog_changed(counted_backlog_ ? 1 : -1);
  if (!counted_backlog_ && closing) task->look_at_ends();
}

// The clock is read where an element begins and ends to wait, not for each record. A source holds back nobody, nor does
// an element whose input is over.
void Cell::set_waiting(bool waits) {
  if (waits == waiting) return;
  waiting = waits;
  if (!waits) {
    holding.end(clock().steady_ns());
  } else if (push_inputs > 0 && !flushed) {
    holding.begin(clock().steady_ns());
  }
}

void Cell::after(Flow flow) {
  set_waiting(false);
  switch (flow) {
    case Flow::kNext: more = false; break;
    case Flow::kMore: more = !unread; break;
    case Flow::kWait:
      more = !unread;
      set_waiting(more);
      break;
    case Flow::kDone:
      more = false;
      set_done(false);
      break;
    case Flow::kFailed:
      more = false;
      done = true;  // whoever is in the middle of a call gives it nothing more
      special_ |= kDone;
      control_.fail(of_element(checked.path, element.failure()));
      break;
  }
  note_backlog();
}

const Gates& Cell::gates() {
  if (gates_ != nullptr) return *gates_;
  gates_ = std::make_unique<Gates>();
  std::vector<Cell*> open{this};
  while (!open.empty()) {
    Cell* const cell = open.back();
    open.pop_back();
    for (QueuedOutput* output : cell->queued_outputs) {
      const bool chosen = cell == this && output->one_at_a_time;
      (chosen ? gates_->choice : gates_->writers).push_back(&output->writer);
    }
    if (cell != this) gates_->windows.insert(gates_->windows.end(), cell->askers.begin(), cell->askers.end());
    for (FusedInput* output : cell->fused_outputs) {
      Cell* const reader = &output->reader();
      if (std::find(gates_->fused.begin(), gates_->fused.end(), reader) != gates_->fused.end()) continue;
      gates_->fused.push_back(reader);
      open.push_back(reader);
    }
  }
  for (QueryAsker* asker : askers) {
    (asker->one_at_a_time() ? gates_->asker_choice : gates_->windows).push_back(asker);
    if (!asker->one_at_a_time()) ++gates_->own_windows;
  }
  return *gates_;
}

bool Cell::may_call(bool for_answer) {
  const Gates& all = gates();
  if (task->any_backlog()) {
    for (const Cell* cell : all.fused) {
      if (cell->backlog()) return false;
    }
  }
  for (Writer* writer : all.writers) {
    if (!writer->room_or_wait()) return false;
  }
  if (!all.choice.empty() &&
      std::none_of(all.choice.begin(), all.choice.end(), [](const Writer* writer) { return writer->room(); })) {
    bool any = false;
    for (Writer* writer : all.choice) any |= writer->room_or_wait();
    if (!any) return false;
  }
  if (!for_answer && !all.asker_choice.empty() &&
      std::none_of(all.asker_choice.begin(), all.asker_choice.end(), [](auto* asker) { return asker->room(); })) {
    return false;
  }
  const size_t windows = all.windows.size() - (for_answer ? all.own_windows : 0);
  for (size_t i = 0; i < windows; ++i) {
    if (!all.windows[i]->room()) return false;
  }
  return true;
}

uint64_t Cell::progress() const {
  uint64_t sum = rejected_records.load(std::memory_order_relaxed);
  for (const Port* port : element.ports()) {
    if (port->direction() == Direction::kOut) sum += port->traffic.logs.get();
    if (port->kind() == PortKind::kQuery) sum += port->answers.logs.get();
  }
  return sum;
}

bool Cell::waits_for_something() const {
  return outstanding() > 0 ||
         std::any_of(questions.begin(), questions.end(), [](QuestionInput* input) { return input->replies_open(); });
}

bool Cell::deliver(PushIn& port, Log log) {
  if (fault_ != nullptr) [[unlikely]]
    return deliver_until_fault(port, std::move(log));
  port.traffic.add(log.rows(), log.bytes());
  if (sink_) note_latency(log);
  const Flow flow = call([&] { return element.push(port, std::move(log)); });
  if (flow == Flow::kNext) [[likely]]
    return true;
  after(flow);
  return !done;
}

void Cell::fail_after(uint64_t records, Status status) {
  const uint64_t counted = push_inputs > 0 ? 0 : records_seen();
  fault_ = std::make_unique<Fault>(Fault{counted + records, std::move(status)});
  special_ |= kFaulty;
}

bool Cell::deliver_until_fault(PushIn& port, Log log) {
  std::unique_ptr<Fault> fault = std::move(fault_);  // what is delivered here is delivered as usual
  const auto taken = static_cast<uint32_t>(std::min<uint64_t>(fault->records, log.rows()));
  fault->records -= taken;
  const bool wanted = deliver(port, taken < log.rows() ? log.slice(0, taken) : std::move(log));
  if (fault->records > 0) {
    fault_ = std::move(fault);
    return wanted;
  }
  special_ &= static_cast<uint8_t>(~kFaulty);
  control_.fail(of_element(checked.path, fault->status));
  return false;
}

void Cell::look_at_fault() {
  if (fault_ == nullptr || push_inputs > 0 || records_seen() < fault_->records) return;
  control_.fail(of_element(checked.path, fault_->status));
  fault_.reset();
}

// The time of a sample is the call's own: what it spends in elements behind it is theirs. `traced_inside` collects
// that for the call that is open; it starts at zero for each and is handed up when the call ends.
int64_t Cell::trace_begin() {
  trace_saved_.push_back(task->traced_inside);
  task->traced_inside = 0;
  return clock().steady_ns();
}

void Cell::trace_end(int64_t start) {
  const int64_t whole = clock().steady_ns() - start;
  const int64_t own = std::max<int64_t>(0, whole - task->traced_inside);
  sampled_ns.fetch_add(static_cast<uint64_t>(own) * task->sample_weight, std::memory_order_relaxed);
  task->traced_inside = trace_saved_.back() + whole;
  ++task->traced_calls;
  trace_saved_.pop_back();
}

void Cell::note_latency(const Log& log) {
  // Reading the clock costs more than a hop: once for each time that the task has read its own.
  if (task->now() == latency_at_ || log.rows() == 0) return;
  latency_at_ = task->now();
  latency.add(static_cast<uint64_t>(std::max<Micros>(0, clock().wall() - log.born())));
}

// ---- its life ----

void Cell::connected(const bool* tracing) {
  tracing_ = tracing;
  open_inputs = push_inputs;
  bool gives = false;
  for (const auto& out : out_ports) gives |= out->port->name() != "errors";
  sink_ = push_inputs > 0 && !gives;
  if (sink_) special_ |= kSink;
  watch.task = task;
}

void Cell::asker_ended() {
  --open_askers;
  if (open_askers > 0) return;
  consider_unread();
  task->look_at_ends();
}

void Cell::set_done(bool nobody_reads) {
  if (done) return;
  done = true;
  special_ |= kDone;
  unread = nobody_reads;
  if (unread) {
    more = false;
    set_waiting(false);
    for (QueryAsker* asker : askers) asker->cancel();
  }
  pending.clear();
  note_backlog();
  for (FusedInput* input : fused_inputs) input->from().reader_done();
  for (QueuedInput* input : queued_inputs) input->finish();
  task->close_soon(*this);
}

void Cell::consider_unread() {
  if (done || traits.effects || open_askers > 0) return;
  bool gives = false;
  for (const auto& out : out_ports) {
    if (out->port->name() == "errors") continue;
    gives = true;
    if (out->done_readers < out->readers) return;
  }
  if (gives) set_done(true);
}

bool Cell::timer_set() const {
  return std::any_of(element.timers().begin(), element.timers().end(),
                     [](const Timer* timer) { return timer->due() != Timer::kOff; });
}

bool Cell::inputs_over() const {
  if (done) return true;
  if (push_inputs > 0) return open_inputs == 0;
  if (open_askers > 0) return false;
  return background || control_.stopping() || (supply.kind == Supply::Kind::kEnd && !timer_set());
}

size_t Cell::outstanding() const {
  size_t sum = 0;
  for (const QueryAsker* asker : askers) sum += asker->outstanding();
  return sum;
}

}  // namespace blox::runtime
