#include "tests/support/element_harness.h"

#include <algorithm>

#include "core/state/hash_store.h"
#include "core/state/snapshot.h"

namespace blox::testing {
namespace {

struct Bell final : Wakeable {
  void wake() override {}
};

class Collector final : public Replier {
 public:
  explicit Collector(std::shared_ptr<ElementHarness::Answers> answers) : answers_(std::move(answers)) {}
  void send(Answer answer) override {
    if (answer.log.rows() > 0) answers_->logs.push_back(std::move(answer.log));
    if (!answer.last) return;
    answers_->ended = true;
    answers_->status = answer.status;
  }
  bool room() const override { return answers_->room; }
  bool wanted() const override { return answers_->wanted; }

 private:
  std::shared_ptr<ElementHarness::Answers> answers_;
};

}  // namespace

/// The checker's part: one element alone, what arrives given by the test.
class ElementHarness::ArrivingTypes final : public Types {
 public:
  ArrivingTypes(Element& element, ElementHarness& harness) : element_(element), harness_(harness) {}

  std::optional<Schema> of(const Port& port) override {
    if (port.direction() == Direction::kIn) {
      for (const auto& [name, schema] : harness_.arriving_) {
        if (name == port.name()) return schema;
      }
      return std::nullopt;
    }
    if (port.kind() == PortKind::kQuery) return harness_.asked_[port.name()].answers;
    return element_.resolve(port, *this);
  }
  std::vector<Schema> writers(const Port& port) override {
    const std::optional<Schema> schema = of(port);
    return schema ? std::vector<Schema>{*schema} : std::vector<Schema>();
  }
  void report(Diagnostic diagnostic) override { harness_.diagnostics_.add(std::move(diagnostic)); }
  void error(std::string_view code, Span where, std::string message, std::string fix) override {
    report({Severity::kError, std::string(code), where, std::move(message), {}, std::move(fix)});
  }

 private:
  Element& element_;
  ElementHarness& harness_;
};

ElementHarness::ElementHarness(std::string class_name, Args args, Registry registry)
    : class_name_(std::move(class_name)),
      args_(std::move(args)),
      registry_(std::move(registry)),
      waker_(std::make_shared<Bell>()) {}

ElementHarness::~ElementHarness() {
  if (element_ != nullptr) (void)element_->close(false);
}

void ElementHarness::in(const std::string& port, Schema schema) { arriving_.emplace_back(port, std::move(schema)); }
void ElementHarness::out(const std::string& port) { wanted_outs_.push_back(port); }
void ElementHarness::answers(const std::string& port, Schema schema) { asked_[port].answers = std::move(schema); }

Status ElementHarness::first_error() const {
  for (const Diagnostic& diagnostic : diagnostics_.all()) {
    if (diagnostic.severity == Severity::kError) return Status::user(diagnostic.code, diagnostic.message);
  }
  return Status::ok();
}

Status ElementHarness::start() {
  std::unique_ptr<Element> element = make();
  if (element == nullptr) return Status::user("E0201", "unknown element class `" + class_name_ + "`");
  BLOX_TRY(parse_arguments(*element));
  connect(*element);
  element->check(diagnostics_);
  BLOX_TRY(first_error());
  BLOX_TRY(resolve(*element));
  provide_stores(*element, hash_stores());
  BLOX_TRY(element->open());
  element_ = std::move(element);
  return Status::ok();
}

std::unique_ptr<Element> ElementHarness::make() {
  const ElementClass* found = registry_.find(class_name_);
  if (found == nullptr) return nullptr;
  std::unique_ptr<Element> element = found->make();
  element->attach(this, class_name_);
  return element;
}

Status ElementHarness::parse_arguments(Element& element) {
  for (const auto& [name, value] : args_) {
    const auto arg = std::find_if(element.args().begin(), element.args().end(),
                                  [&name = name](const ArgBase* candidate) { return candidate->name() == name; });
    if (arg != element.args().end()) {
      (*arg)->parse(value, diagnostics_);
    } else if (element.named_args() != nullptr) {
      element.named_args()->add({name, value.span, value});
    } else {
      diagnostics_.error("E0204", value.span, "unknown argument `" + name + "`");
    }
  }
  for (const ArgBase* arg : element.args()) {
    if (arg->required() && !arg->given())
      diagnostics_.error("E0401", {}, std::string("`") + arg->name() + "` is missing");
  }
  return first_error();
}

void ElementHarness::connect(Element& element) {
  const auto open = [&element](const std::string& name, Direction direction) {
    if (Port* port = element.find_port(name, direction)) return port;
    for (FamilyBase* family : element.families()) {
      if (family->direction() == direction) return &family->port(name);
    }
    BLOX_CHECK(false, "the test names a port that the class does not have");
    return static_cast<Port*>(nullptr);
  };
  for (const auto& [name, schema] : arriving_) open(name, Direction::kIn)->set_connected(true);
  for (const std::string& name : wanted_outs_) open(name, Direction::kOut)->set_connected(true);
  for (const auto& [name, asked] : asked_) open(name, Direction::kOut)->set_connected(true);
  for (Port* port : element.ports()) {
    if (port->direction() == Direction::kIn) continue;
    if (!port->optional() || port == &element.errors()) port->set_connected(true);
    if (!port->connected()) continue;
    if (port->kind() == PortKind::kPush) static_cast<PushOut*>(port)->connect(&outs_[port->name()]);
    if (port->kind() == PortKind::kQuery) static_cast<QueryOut*>(port)->connect(&asked_[port->name()]);
  }
}

Status ElementHarness::resolve(Element& element) {
  ArrivingTypes types(element, *this);
  for (const auto& [name, schema] : written_) element.find_port(name, Direction::kOut)->set_schema(schema);
  for (const Direction direction : {Direction::kIn, Direction::kOut}) {
    for (Port* port : element.ports()) {
      if (port->direction() != direction || !port->connected()) continue;
      const std::optional<Schema> schema = element.resolve(*port, types);
      if (!schema) continue;
      port->set_schema(*schema);
      if (direction == Direction::kOut) continue;
      const std::optional<Schema> arriving = types.of(*port);
      const std::optional<Adapter> adapter = Adapter::between(*arriving, *schema);
      BLOX_CHECK(adapter.has_value(), "what arrives does not fit the port that let it pass");
      adapters_[port->name()] = *adapter;
    }
  }
  for (Port* port : element.ports()) {
    if (port->kind() != PortKind::kQuery || !port->connected()) continue;
    if (std::optional<Schema> schema = element.resolve_answer(*port, types))
      port->set_answer_schema(*std::move(schema));
  }
  return first_error();
}

const Schema& ElementHarness::schema(const std::string& port, Direction direction) const {
  return element_->find_port(port, direction)->schema();
}

// What the runtime does after a call: resume() while there is more, waiting for timers where the element wants it.
Flow ElementHarness::finish(Flow flow) {
  while (true) {
    if (hook_) hook_();
    if (flow == Flow::kMore) {
      flow = element_->resume();
    } else if (flow == Flow::kWait) {
      int64_t due = Timer::kOff;
      for (const Timer* timer : element_->timers()) due = std::min(due, timer->due());
      // One that was reloaded while it waited is asked at once; it sets its timer anew.
      BLOX_CHECK(due != Timer::kOff || reloaded_, "an element waits for a timer that it has not set");
      if (!std::exchange(reloaded_, false) && due > clock_.steady_ns()) clock_.set((due + 999) / 1'000);
      for (Timer* timer : element_->timers()) {
        if (timer->due() <= clock_.steady_ns()) timer->cancel();
      }
      flow = element_->resume();
    } else {
      return flow;
    }
  }
}

Flow ElementHarness::push(const std::string& port, const Log& log) {
  Log adapted = adapters_[port](log);
  reloaded_ = false;
  auto* const in = static_cast<PushIn*>(element_->find_port(port, Direction::kIn));
  return finish(element_->push(*in, std::move(adapted)));
}

Flow ElementHarness::watermark(TimeMark mark) {
  reloaded_ = false;
  return finish(element_->watermark(mark));
}

Flow ElementHarness::ended(const std::string& port) {
  reloaded_ = false;
  return finish(element_->ended(*static_cast<PushIn*>(element_->find_port(port, Direction::kIn))));
}

Supply ElementHarness::produce() {
  const Supply supply = element_->produce();
  if (hook_) hook_();
  return supply;
}

Flow ElementHarness::flush() {
  reloaded_ = false;
  return finish(element_->flush());
}

Status ElementHarness::close(bool complete) {
  const std::unique_ptr<Element> element = std::move(element_);
  return element->close(complete);
}

bool ElementHarness::ring_next(int64_t until, Flow& flow) {
  Timer* next = nullptr;
  for (Timer* timer : element_->timers()) {
    if (timer->due() <= until && (next == nullptr || timer->due() < next->due())) next = timer;
  }
  if (next == nullptr) return false;
  if (next->due() > clock_.steady_ns()) clock_.set((next->due() + 999) / 1'000);
  next->cancel();
  flow = finish(element_->tick(*next));
  return true;
}

Flow ElementHarness::advance(Micros by) {
  const Micros end = clock_.wall() + by;
  Flow flow = Flow::kNext;
  while (ring_next(end * 1'000, flow)) {
    if (flow == Flow::kDone || flow == Flow::kFailed) break;
  }
  if (clock_.wall() < end) clock_.set(end);
  return flow;
}

std::shared_ptr<ElementHarness::Answers> ElementHarness::ask(const std::string& port, Log question) {
  auto answers = std::make_shared<Answers>();
  auto* const in = static_cast<QueryIn*>(element_->find_port(port, Direction::kIn));
  finish(element_->answer(*in, adapters_[port](std::move(question)), Reply(std::make_shared<Collector>(answers))));
  return answers;
}

Flow ElementHarness::answer(const std::string& port, Answer answer) {
  std::vector<Question>& open = asked_[port].questions;
  BLOX_CHECK(!open.empty(), "no question is open");
  const Question question = open.front();
  if (answer.last) open.erase(open.begin());
  auto* const out = static_cast<QueryOut*>(element_->find_port(port, Direction::kOut));
  return finish(element_->answered(*out, question.question, question.context, std::move(answer)));
}

Status ElementHarness::reload() {
  const std::string snapshot = capture(*element_);
  BLOX_TRY(element_->close(false));
  element_.reset();
  for (auto& [name, asked] : asked_) asked.questions.clear();
  BLOX_TRY(start());
  BLOX_TRY(load(*element_, snapshot));
  reloaded_ = true;
  return Status::ok();
}

std::vector<Log> ElementHarness::take(const std::string& port) { return std::exchange(outs_[port].logs, {}); }

void ElementHarness::message(const Element&, Severe, std::string_view text) { messages_.emplace_back(text); }

void ElementHarness::rejected(Element&, uint64_t records, std::string_view code, std::string_view) {
  rejected_[std::string(code)] += records;
}

bool ElementHarness::print(std::string_view text) {
  printed_ += text;
  return true;
}

}  // namespace blox::testing
