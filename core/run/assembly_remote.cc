// The ends of connections to other workers: the same parts as between two tasks, with a link between workers in place
// of the other half.
#include <limits>
#include <utility>

#include "core/run/assembly.h"

namespace blox::runtime {
namespace {

/// Rung by nobody who needs it: the link between workers has a thread that looks for itself.
class NobodysBell final : public Bell {
  void ring(uint32_t) override {}
};
NobodysBell nobody;

/// The way of one connection into a task. What goes here is acknowledged afterwards, so it counts as entered before.
class Arrivals final : public Outlet {
 public:
  Arrivals(std::shared_ptr<Outlet> way, FlightSlot* flight) : way_(std::move(way)), flight_(flight) {}
  void send(Message message) override {
    if (flight_ != nullptr && message.log.exists()) count_flight(flight_->entered, message.log.rows());
    way_->send(std::move(message));
  }

 private:
  const std::shared_ptr<Outlet> way_;
  FlightSlot* const flight_;
};

NetEnd far_end(const RemoteEnd& end, NetFlow flow) { return {end.peer, end.number, flow}; }

/// Answers are bounded by bytes alone, as inside a worker.
std::shared_ptr<ChannelState> answers_state(const ChannelBound& window) {
  return std::make_shared<ChannelState>(ChannelBound{std::numeric_limits<uint64_t>::max(), window.bytes});
}

std::shared_ptr<Credit> credit_of(const std::shared_ptr<ChannelState>& state) { return {state, &state->credit}; }

}  // namespace

// All that comes to a task from other workers goes through one outlet, which the thread of the link alone uses.
Result<std::unique_ptr<Outlet>> Assembly::arrivals(size_t task, FlightSlot* counts) {
  std::shared_ptr<Outlet>& way = arrivals_[task];
  if (way == nullptr) {
    BLOX_ASSIGN(std::unique_ptr<Outlet> made, links_->connect(static_cast<uint32_t>(task)));
    way = std::move(made);
  }
  return std::unique_ptr<Outlet>(std::make_unique<Arrivals>(way, counts));
}

Status Assembly::connect(const RemoteEnd& end) {
  if (end.kind == PortKind::kQuery) return end.outgoing ? ask(end) : answer(end);
  if (!end.outgoing) return take(end);
  give(end);
  return Status::ok();
}

void Assembly::give(const RemoteEnd& end) {
  Task& task = *tasks_[task_of_[end.element]];
  OutPort& from = out_port(end.element, *end.port);
  ++from.readers;
  auto state = std::make_shared<ChannelState>(bound_of(end.queue));
  remote_outlets_.push_back(control_.options.net->open_out(far_end(end, NetFlow::kPush), state, &task, kCredit));
  FlightSlot* const counts = flight(FlightPlace::Kind::kOutgoing, end.element, end.from, end.to, end.number);
  task.outputs.push_back(std::make_unique<QueuedOutput>(
      Writer(state, Sender(remote_outlets_.back().get(), 0, &nobody, 0)), from,
      adapter_between(end.port->schema(), end.far), end.one_at_a_time, finished_mark(end.marks, end.far), counts));
  QueuedOutput* const output = task.outputs.back().get();
  from.owner->queued_outputs.push_back(output);
  attach(*from.port, output);
  queues_.push_back({nullptr, end.from, end.to, kElsewhere, std::move(state), nullptr, output});
}

Status Assembly::take(const RemoteEnd& end) {
  const size_t number = task_of_[end.element];
  Task& task = *tasks_[number];
  Cell& reader = *cells_[end.element];
  ++reader.push_inputs;
  auto state = std::make_shared<ChannelState>(bound_of(end.queue));
  FlightSlot* const counts = flight(FlightPlace::Kind::kIncoming, end.element, end.from, end.to, end.number);
  BLOX_ASSIGN(std::unique_ptr<Outlet> inlet, arrivals(number, counts));
  const uint32_t channel = add_channel(task, nullptr);
  Bell* const writer = control_.options.net->open_in(far_end(end, NetFlow::kPush), end.port->schema(), state,
                                                     std::move(inlet), channel, &task, kMail);
  task.inputs.push_back(std::make_unique<QueuedInput>(reader, static_cast<PushIn&>(*end.port),
                                                      Reader(state, writer, kCredit),
                                                      QueuedInput::Ways{end.one_at_a_time, end.counted, true, counts}));
  QueuedInput* const input = task.inputs.back().get();
  task.channels[channel] = input;
  reader.queued_inputs.push_back(input);
  queues_.push_back({nullptr, end.from, end.to, end.element, std::move(state), input, nullptr});
  return Status::ok();
}

Status Assembly::ask(const RemoteEnd& end) {
  const size_t number = task_of_[end.element];
  Task& task = *tasks_[number];
  Cell& asker = *cells_[end.element];
  auto& port = static_cast<QueryOut&>(*end.port);
  const ChannelBound window = bound_of(end.queue);
  Net& net = *control_.options.net;
  // Questions are bounded by the window and need no credit.
  remote_outlets_.push_back(net.open_out(far_end(end, NetFlow::kQuestions), nullptr, &task, kCredit));
  const auto state = answers_state(window);
  BLOX_ASSIGN(std::unique_ptr<Outlet> inlet, arrivals(number, nullptr));
  const uint32_t channel = add_channel(task, nullptr);
  Bell* const answerer = net.open_in(far_end(end, NetFlow::kAnswers), port.answer_schema(), state, std::move(inlet),
                                     channel, &task, kMail);
  task.askers.push_back(std::make_unique<QueryAsker>(
      asker, port, window, credit_of(state), Sender(remote_outlets_.back().get(), 0, &nobody, 0), answerer,
      adapter_between(port.schema(), end.far), end.queue.deadline.value_or(control_.options.query_deadline) * 1'000,
      end.one_at_a_time, control_.options.life));
  QueryAsker* const made = task.askers.back().get();
  task.channels[channel] = made;
  asker.askers.push_back(made);
  port.connect(made);
  queries_.push_back({end.from, end.to, kElsewhere, made});
  return Status::ok();
}

Status Assembly::answer(const RemoteEnd& end) {
  const size_t number = task_of_[end.element];
  Task& task = *tasks_[number];
  Cell& answerer = *cells_[end.element];
  auto& port = static_cast<QueryIn&>(*end.port);
  const ChannelBound window = bound_of(end.queue);
  Net& net = *control_.options.net;
  const auto state = answers_state(window);
  remote_outlets_.push_back(net.open_out(far_end(end, NetFlow::kAnswers), state, &task, kCredit));
  task.questions.push_back(std::make_unique<QuestionInput>(
      answerer, port, credit_of(state), Sender(remote_outlets_.back().get(), 0, &nobody, 0),
      adapter_between(port.answer_schema(), end.far_answer), true));
  QuestionInput* const input = task.questions.back().get();
  answerer.questions.push_back(input);
  ++answerer.open_askers;
  const uint32_t channel = add_channel(task, input);
  BLOX_ASSIGN(std::unique_ptr<Outlet> inlet, arrivals(number, nullptr));
  net.open_in(far_end(end, NetFlow::kQuestions), port.schema(), nullptr, std::move(inlet), channel, &task, kMail);
  return Status::ok();
}

}  // namespace blox::runtime
