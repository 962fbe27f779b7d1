#include "core/run/assembly.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "core/data/builder.h"
#include "core/graph/shards.h"
#include "core/queue/inproc.h"

namespace blox::runtime {
ChannelBound bound_of(const QueueBound& asked) {
  WhenFull full = WhenFull::kBlock;  // `spill` is refused by the checker until there is a store for it
  if (asked.full == Full::kDropNew) full = WhenFull::kDropNew;
  if (asked.full == Full::kDropOld) full = WhenFull::kDropOld;
  return {std::max<uint64_t>(1, asked.logs), std::max<uint64_t>(1, asked.bytes), full};
}

Adapter adapter_between(const Schema& from, const Schema& to) {
  std::optional<Adapter> adapter = Adapter::between(from, to);
  BLOX_CHECK(adapter.has_value(), "a connection between ports whose types do not agree");
  return *std::move(adapter);
}

Log finished_mark(bool marks, const Schema& schema) { return marks ? LogBuilder(schema).finish(0) : Log(); }

Assembly::Assembly(Checked checked, Control& control, std::vector<RemoteEnd> remote, std::optional<Waves> waves)
    : control_(control),
      remote_(std::move(remote)),
      waves_(std::move(waves)),
      definitions_(control.options.definitions),
      checked_(std::move(checked)) {}

Assembly::~Assembly() {
  if (!remote_.empty() && !links_go_on_ && control_.options.net != nullptr) control_.options.net->close();
  for (const auto& cell : cells_) cell->silence();
}

void Assembly::make_cells(const Plan& plan, const std::vector<Cell*>& kept) {
  task_of_.assign(checked_.elements.size(), 0);
  for (size_t i = 0; i < checked_.elements.size(); ++i) {
    cells_.push_back(std::make_unique<Cell>(control_, checked_.elements[i], i));
    if (checked_.elements[i].place.part == ShardPlace::Part::kNone) continue;
    const auto shard = shards_.try_emplace(blox::known_as(checked_, i)).first;
    shard->second.push_back(cells_[i].get());
    cells_[i]->shard = &shard->second;
    cells_[i]->known_as = &shard->first;
  }
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    tasks_.push_back(std::make_unique<Task>(control_, plan.tasks[t].blocking));
    for (const size_t element : plan.tasks[t].elements) {
      task_of_[element] = t;
      cells_[element]->task = tasks_[t].get();
      tasks_[t]->cells.push_back(cells_[element].get());
    }
  }
  for (const auto& cell : cells_) {
    BLOX_CHECK(cell->task != nullptr, "an element that the plan has left out");
    cell->element.attach(cell.get(), cell->checked.path);
    if (cell->index < kept.size() && kept[cell->index] != nullptr) continue;  // its tables stay with it
    for (State* state : cell->element.states()) {
      auto* const keyed = dynamic_cast<KeyedBase*>(state);
      if (keyed == nullptr) continue;
      BLOX_CHECK(control_.options.keyed_store != nullptr, "keyed state without RunOptions::keyed_store");
      keyed->provide(control_.options.keyed_store);
    }
  }
}

// Kahn's algorithm over the push connections, along a chain before the next one begins, so that people can follow it;
// chains in the order of the file. Push cycles are refused by the checker.
void Assembly::order() {
  std::vector<size_t> before(cells_.size(), 0);
  std::vector<std::vector<size_t>> readers(cells_.size());
  for (const CheckedConnection& connection : checked_.connections) {
    if (connection.kind != PortKind::kPush) continue;
    readers[connection.from].push_back(connection.to);
    ++before[connection.to];
  }
  std::vector<size_t> ready;  // the last comes next
  for (size_t i = cells_.size(); i-- > 0;) {
    if (before[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    const size_t next = ready.back();
    ready.pop_back();
    cells_[next]->rank = in_order_.size();
    in_order_.push_back(cells_[next].get());
    for (size_t i = readers[next].size(); i-- > 0;) {
      if (--before[readers[next][i]] == 0) ready.push_back(readers[next][i]);
    }
  }
  BLOX_CHECK(in_order_.size() == cells_.size(), "a cycle of push connections");
}

std::vector<size_t> Assembly::elements_by_wave() {
  if (!waves_.has_value()) waves_ = waves_of(checked_);
  std::vector<size_t> counts(waves_->last + 1, 0);
  for (const auto& cell : cells_) {
    cell->background = waves_->background[cell->index];
    cell->wave = waves_->of[cell->index];
    if (!cell->reported) ++counts[cell->wave];
  }
  return counts;
}

Status Assembly::assemble(const Plan& plan, const std::vector<Cell*>& kept, Assembly* before) {
  make_cells(plan, kept);
  order();
  std::set<std::pair<size_t, size_t>> pairs;
  for (size_t i = 0; i < checked_.connections.size(); ++i) {
    if (plan.connections[i].fused) continue;
    pairs.emplace(plan.connections[i].from_task, plan.connections[i].to_task);
    pairs.emplace(plan.connections[i].to_task, plan.connections[i].from_task);  // answers
  }
  BLOX_ASSIGN(links_, inproc_links(pairs.size() + tasks_.size()));
  std::set<size_t> reached;
  for (const auto& [from, to] : pairs) reached.insert(to);
  for (const size_t task : reached) {
    BLOX_ASSIGN(tasks_[task]->inlet, links_->open(static_cast<uint32_t>(task)));
  }
  ends_.resize(checked_.connections.size());
  for (size_t i = 0; i < checked_.connections.size(); ++i) {
    BLOX_TRY(connect(checked_.connections[i], plan.connections[i]));
  }
  BLOX_CHECK(remote_.empty() || control_.options.net != nullptr, "connections to other workers without a net");
  far_ends_.resize(remote_.size());
  for (size_t i = 0; i < remote_.size(); ++i) {
    const std::optional<Old> old = before == nullptr ? std::nullopt : old_end(*before, remote_[i]);
    far_ends_[i].goes_on = old.has_value();
    if (old.has_value()) far_ends_[i].state = old->far->state;
    connect(remote_[i], far_ends_[i]);
  }
  count_held();
  for (size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] != nullptr) cells_[i]->adopt(*kept[i]);
  }
  std::vector<Runnable*> all;
  for (const auto& task : tasks_) {
    task->connected();
    all.push_back(task.get());
  }
  control_.expect(std::move(all), elements_by_wave());
  return Status::ok();
}

bool Assembly::Relay::take(Log log) {
  bool wanted = false;
  for (Receiver* reader : readers) wanted |= reader->take(log);
  return wanted;
}

bool Assembly::Relay::room() const {
  return std::all_of(readers.begin(), readers.end(), [](const Receiver* reader) { return reader->room(); });
}

void Assembly::Relay::pass(TimeMark mark) {
  for (Receiver* reader : readers) reader->pass(mark);
}

void Assembly::attach(PushOut& port, Receiver* reader) {
  if (!control_.options.updatable) return port.connect(reader);
  std::unique_ptr<Relay>& relay = relays_[&port];
  if (relay == nullptr) {
    relay = std::make_unique<Relay>();
    port.connect(relay.get());
  }
  relay->readers.push_back(reader);
}

Result<Outlet*> Assembly::outlet(size_t from, size_t to) {
  Task& task = *tasks_[from];
  for (const auto& [known, outlet] : task.outlets) {
    if (known == to) return outlet.get();
  }
  BLOX_ASSIGN(std::unique_ptr<Outlet> made, links_->connect(static_cast<uint32_t>(to)));
  task.outlets.emplace_back(static_cast<uint32_t>(to), std::move(made));
  return task.outlets.back().second.get();
}

uint32_t Assembly::add_channel(Task& task, Inbound* inbound) {
  task.channels.push_back(inbound);
  return static_cast<uint32_t>(task.channels.size() - 1);
}

OutPort& Assembly::out_port(size_t element, Port& port) {
  Cell& cell = *cells_[element];
  for (const auto& known : cell.out_ports) {
    if (known->port == &port) return *known;
  }
  cell.out_ports.push_back(std::make_unique<OutPort>());
  OutPort& made = *cell.out_ports.back();
  made.owner = &cell;
  made.port = static_cast<PushOut*>(&port);
  count_given(cell, *made.port);
  return made;
}

Status Assembly::connect(const CheckedConnection& connection, const PlannedConnection& planned) {
  if (connection.kind == PortKind::kQuery) return query(connection, planned);
  Cell& reader = *cells_[connection.to];
  OutPort& from = out_port(connection.from, *connection.from_port);
  ++from.readers;
  ++reader.push_inputs;
  Adapter adapter = adapter_between(connection.from_port->schema(), connection.to_port->schema());
  if (!planned.fused) return queue(connection, planned, from, std::move(adapter));
  BLOX_CHECK(planned.from_task == planned.to_task, "a plain call between two tasks");
  Task& task = *tasks_[planned.from_task];
  task.fused.push_back(
      std::make_unique<FusedInput>(reader, static_cast<PushIn&>(*connection.to_port), from, std::move(adapter)));
  FusedInput* const input = task.fused.back().get();
  reader.fused_inputs.push_back(input);
  from.owner->fused_outputs.push_back(input);
  attach(*from.port, input);
  ends_[static_cast<size_t>(&connection - checked_.connections.data())].fused = input;
  return Status::ok();
}

Status Assembly::queue(const CheckedConnection& connection, const PlannedConnection& planned, OutPort& from,
                       Adapter adapter) {
  Task& writing = *tasks_[planned.from_task];
  Task& reading = *tasks_[planned.to_task];
  Cell& reader = *cells_[connection.to];
  auto state = std::make_shared<ChannelState>(bound_of(connection.queue));
  BLOX_ASSIGN(Outlet* const way, outlet(planned.from_task, planned.to_task));
  std::string from_name = name(connection, true), to_name = name(connection, false);
  FlightSlot* const counts = flight(FlightPlace::Kind::kInside, connection.to, from_name, to_name, 0);

  reading.inputs.push_back(
      std::make_unique<QueuedInput>(reader, static_cast<PushIn&>(*connection.to_port), Reader(state, &writing, kCredit),
                                    QueuedInput::Ways{connection.one_at_a_time, connection.counted, false, counts}));
  QueuedInput* const input = reading.inputs.back().get();
  reader.queued_inputs.push_back(input);
  const uint32_t channel = add_channel(reading, input);

  writing.outputs.push_back(std::make_unique<QueuedOutput>(
      Writer(state, Sender(way, channel, &reading, kMail)), from, std::move(adapter), connection.one_at_a_time,
      finished_mark(connection.marks, connection.to_port->schema()), counts));
  QueuedOutput* const output = writing.outputs.back().get();
  from.owner->queued_outputs.push_back(output);
  attach(*from.port, output);
  queues_.push_back(
      {&connection, std::move(from_name), std::move(to_name), connection.to, std::move(state), input, output});
  Ends& ends = ends_[static_cast<size_t>(&connection - checked_.connections.data())];
  ends.in = input;
  ends.out = output;
  return Status::ok();
}

Status Assembly::query(const CheckedConnection& connection, const PlannedConnection& planned) {
  Task& asking = *tasks_[planned.from_task];
  Task& answering = *tasks_[planned.to_task];
  Cell& asker = *cells_[connection.from];
  Cell& answerer = *cells_[connection.to];
  auto& ask_port = static_cast<QueryOut&>(*connection.from_port);
  auto& answer_port = static_cast<QueryIn&>(*connection.to_port);
  BLOX_ASSIGN(Outlet* const there, outlet(planned.from_task, planned.to_task));
  BLOX_ASSIGN(Outlet* const back, outlet(planned.to_task, planned.from_task));
  const ChannelBound window = bound_of(connection.queue);
  // Answers are bounded by bytes alone: how many logs make one answer is the answerer's affair.
  auto credit = std::make_shared<Credit>(std::numeric_limits<uint64_t>::max(), window.bytes);

  const uint32_t answers = add_channel(asking, nullptr);
  answering.questions.push_back(
      std::make_unique<QuestionInput>(answerer, answer_port, credit, Sender(back, answers, &asking, kMail),
                                      adapter_between(answer_port.answer_schema(), ask_port.answer_schema())));
  QuestionInput* const input = answering.questions.back().get();
  answerer.questions.push_back(input);
  ++answerer.open_askers;
  const uint32_t questions = add_channel(answering, input);

  asking.askers.push_back(std::make_unique<QueryAsker>(
      asker, ask_port, window, credit, Sender(there, questions, &answering, kMail), &answering,
      adapter_between(ask_port.schema(), answer_port.schema()),
      connection.queue.deadline.value_or(control_.options.query_deadline) * 1'000, connection.one_at_a_time));
  QueryAsker* const made = asking.askers.back().get();
  asking.channels[answers] = made;
  asker.askers.push_back(made);
  ask_port.connect(made);
  queries_.push_back({name(connection, true), name(connection, false), connection.to, made});
  Ends& ends = ends_[static_cast<size_t>(&connection - checked_.connections.data())];
  ends.asker = made;
  ends.answerer = input;
  return Status::ok();
}

Status Assembly::open() {
  started_ns_ = control_.scheduler.clock().steady_ns();
  for (Cell* cell : in_order_) {
    const Status status = guarded(cell->element, [cell] { return cell->element.open(); });
    if (!status.is_ok()) {
      (void)close(false);  // the reason why it failed is the one to show
      return of_element(cell->checked.path, status);
    }
    open_.push_back(cell);
    const Status loaded = control_.options.opened == nullptr ? Status::ok() : control_.options.opened(cell->element);
    if (!loaded.is_ok()) {
      (void)close(false);
      return of_element(cell->checked.path, loaded);
    }
  }
  return Status::ok();
}

Status Assembly::close(bool complete) {
  for (const auto& task : tasks_) task->visits.close();
  Status first;
  for (Cell* cell : open_) {
    const bool whole = complete && first.is_ok();
    const Status status = guarded(cell->element, [&] { return cell->element.close(whole); });
    cell->told_held.note();
    if (!status.is_ok() && first.is_ok()) first = of_element(cell->checked.path, status);
  }
  open_.clear();
  ended_ns_.store(control_.scheduler.clock().steady_ns());
  return first;
}

void Assembly::go() {
  for (const auto& task : tasks_) task->ring(kControl);
}

Liveness Assembly::liveness() const {
  Liveness now{0, true};
  for (const auto& task : tasks_) {
    now.calls += task->calls.get();
    now.idle = now.idle && (task->blocking() || !task->busy());
  }
  return now;
}

std::vector<Runnable*> Assembly::blocking_tasks() const {
  std::vector<Runnable*> blocking;
  for (const auto& task : tasks_) {
    if (task->blocking()) blocking.push_back(task.get());
  }
  return blocking;
}

Element* Assembly::element(std::string_view path) {
  Cell* const found = cell(path);
  return found == nullptr ? nullptr : &found->element;
}

Cell* Assembly::cell(std::string_view path) {
  for (const auto& cell : cells_) {
    if (cell->checked.path == path) return cell.get();
  }
  return nullptr;
}

}  // namespace blox::runtime
