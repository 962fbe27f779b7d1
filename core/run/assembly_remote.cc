// The ends of connections to other workers: the same parts as between two tasks, with a link between workers in place
// of the other half.
#include <fmt/format.h>

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
  Arrivals(std::shared_ptr<Mailbox> mailbox, FlightSlot* flight) : mailbox_(std::move(mailbox)), flight_(flight) {}
  void send(Message message) override {
    if (flight_ != nullptr && message.log.exists()) count_flight(flight_->entered, message.log.rows());
    mailbox_->put(std::move(message));
  }

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  FlightSlot* const flight_;
};

NetEnd net_end(const RemoteEnd& end, NetFlow flow, FlightSlot* flight = nullptr) {
  return {end.peer, end.number, flow, flight};
}

/// Answers are bounded by bytes alone, as inside a worker.
std::shared_ptr<ChannelState> answers_state(const ChannelBound& window) {
  return std::make_shared<ChannelState>(ChannelBound{std::numeric_limits<uint64_t>::max(), window.bytes});
}

std::shared_ptr<Credit> credit_of(const std::shared_ptr<ChannelState>& state) { return {state, &state->credit}; }

}  // namespace

std::unique_ptr<Outlet> Assembly::arrivals(Task& task, FlightSlot* counts) {
  if (task.arrivals == nullptr) task.arrivals = std::make_shared<Mailbox>();
  return std::make_unique<Arrivals>(task.arrivals, counts);
}

std::optional<size_t> Assembly::far_end(const RemoteEnd& end) const {
  for (size_t i = 0; i < remote_.size(); ++i) {
    if (remote_[i].number == end.number && remote_[i].outgoing == end.outgoing) return i;
  }
  return std::nullopt;
}

// The channel of an end that goes on keeps its state: the link counts credit by it.
void Assembly::connect(const RemoteEnd& end, FarEnd& far) {
  if (end.kind == PortKind::kQuery) return end.outgoing ? ask(end, far) : answer(end, far);
  return end.outgoing ? give(end, far) : take(end, far);
}

void Assembly::give(const RemoteEnd& end, FarEnd& far) {
  Task& task = *tasks_[task_of_[end.element]];
  OutPort& from = out_port(end.element, *end.port);
  ++from.readers;
  if (far.state == nullptr) far.state = std::make_shared<ChannelState>(bound_of(end.queue));
  const std::shared_ptr<ChannelState>& state = far.state;
  FlightSlot* const counts = flight(FlightPlace::Kind::kOutgoing, end.element, end.from, end.to, end.number);
  remote_outlets_.push_back(
      control_.options.net->open_out(net_end(end, NetFlow::kPush, counts), state, &task, kCredit));
  task.outputs.push_back(std::make_unique<QueuedOutput>(
      Writer(state, Sender(remote_outlets_.back().get(), 0, &nobody, 0)), from,
      adapter_between(end.port->schema(), end.far), end.one_at_a_time, finished_mark(end.marks, end.far), counts));
  QueuedOutput* const output = task.outputs.back().get();
  from.owner->queued_outputs.push_back(output);
  attach(*from.port, output);
  queues_.push_back({nullptr, end.from, end.to, kElsewhere, state, nullptr, output});
  far.out = output;
}

void Assembly::take(const RemoteEnd& end, FarEnd& far) {
  Task& task = *tasks_[task_of_[end.element]];
  Cell& reader = *cells_[end.element];
  ++reader.push_inputs;
  if (far.state == nullptr) far.state = std::make_shared<ChannelState>(bound_of(end.queue));
  const std::shared_ptr<ChannelState>& state = far.state;
  FlightSlot* const counts = flight(FlightPlace::Kind::kIncoming, end.element, end.from, end.to, end.number);
  const uint32_t channel = add_channel(task, nullptr);
  Bell* const writer = control_.options.net->open_in(net_end(end, NetFlow::kPush, counts), end.port->schema(), state,
                                                     arrivals(task, counts), channel, &task, kMail);
  task.inputs.push_back(std::make_unique<QueuedInput>(reader, static_cast<PushIn&>(*end.port),
                                                      Reader(state, writer, kCredit),
                                                      QueuedInput::Ways{end.one_at_a_time, end.counted, true, counts}));
  QueuedInput* const input = task.inputs.back().get();
  task.channels[channel] = input;
  reader.queued_inputs.push_back(input);
  queues_.push_back({nullptr, end.from, end.to, end.element, state, input, nullptr});
  far.in = input;
}

void Assembly::ask(const RemoteEnd& end, FarEnd& far) {
  Task& task = *tasks_[task_of_[end.element]];
  Cell& asker = *cells_[end.element];
  auto& port = static_cast<QueryOut&>(*end.port);
  const ChannelBound window = bound_of(end.queue);
  Net& net = *control_.options.net;
  // Questions are bounded by the window and need no credit.
  remote_outlets_.push_back(net.open_out(net_end(end, NetFlow::kQuestions), nullptr, &task, kCredit));
  if (far.state == nullptr) far.state = answers_state(window);
  const std::shared_ptr<ChannelState>& state = far.state;
  const uint32_t channel = add_channel(task, nullptr);
  Bell* const answerer = net.open_in(net_end(end, NetFlow::kAnswers), port.answer_schema(), state,
                                     arrivals(task, nullptr), channel, &task, kMail);
  task.askers.push_back(std::make_unique<QueryAsker>(
      asker, port, window, credit_of(state), Sender(remote_outlets_.back().get(), 0, &nobody, 0), answerer,
      adapter_between(port.schema(), end.far), end.queue.deadline.value_or(control_.options.query_deadline) * 1'000,
      end.one_at_a_time, control_.options.life));
  QueryAsker* const made = task.askers.back().get();
  task.channels[channel] = made;
  asker.askers.push_back(made);
  port.connect(made);
  queries_.push_back({end.from, end.to, kElsewhere, made});
  far.asker = made;
}

void Assembly::answer(const RemoteEnd& end, FarEnd& far) {
  Task& task = *tasks_[task_of_[end.element]];
  Cell& answerer = *cells_[end.element];
  auto& port = static_cast<QueryIn&>(*end.port);
  const ChannelBound window = bound_of(end.queue);
  Net& net = *control_.options.net;
  if (far.state == nullptr) far.state = answers_state(window);
  const std::shared_ptr<ChannelState>& state = far.state;
  remote_outlets_.push_back(net.open_out(net_end(end, NetFlow::kAnswers), state, &task, kCredit));
  task.questions.push_back(std::make_unique<QuestionInput>(
      answerer, port, credit_of(state), Sender(remote_outlets_.back().get(), 0, &nobody, 0),
      adapter_between(port.answer_schema(), end.far_answer), true));
  QuestionInput* const input = task.questions.back().get();
  answerer.questions.push_back(input);
  ++answerer.open_askers;
  const uint32_t channel = add_channel(task, input);
  net.open_in(net_end(end, NetFlow::kQuestions), port.schema(), nullptr, arrivals(task, nullptr), channel, &task,
              kMail);
  far.answerer = input;
}

// ---- an update: UPDATE.md ----

}  // namespace blox::runtime
