#include "tests/support/solo.h"

#include <functional>
#include <utility>

namespace blox::testing {

struct Solo::Parts final : public Host, public Receiver {
  const Clock& clock() const override { return system; }
  void message(const Element&, Severe, std::string_view) override {}
  void timer_changed(Element&) override {}
  Waker waker(Element&) override { return Waker(); }
  void rejected(Element&, uint64_t, std::string_view code, std::string_view first_message) override {
    refused += std::string(code) + " " + std::string(first_message) + "\n";
  }
  std::string resolve_path(std::string_view path) const override { return std::string(path); }
  bool print(std::string_view) override { return true; }
  bool take(Log log) override {
    rows += log.rows();
    if (on_emit) on_emit(log);
    return true;
  }
  void pass(TimeMark) override {}

  SystemClock system;
  uint64_t rows = 0;
  std::string refused;
  std::function<void(const Log&)> on_emit;
};

namespace {

class Keep final : public Replier {
 public:
  explicit Keep(std::vector<Log>* logs) : logs_(logs) {}
  void send(Answer answer) override {
    BLOX_CHECK(answer.status.is_ok(), "a question of a benchmark failed");
    if (answer.log.exists()) logs_->push_back(std::move(answer.log));
  }
  bool room() const override { return true; }
  bool wanted() const override { return true; }

 private:
  std::vector<Log>* logs_;
};

}  // namespace

Solo::Solo(std::string_view class_name) : class_name_(class_name), parts_(std::make_unique<Parts>()) { make(); }
Solo::~Solo() = default;

void Solo::make() {
  static const Registry registry = Registry::builtin();
  const ElementClass* const element_class = registry.find(class_name_);
  BLOX_CHECK(element_class != nullptr, "a class that does not exist");
  element_ = element_class->make();
  element_->attach(parts_.get(), "solo");
  for (const auto& setting : settings_) setting();
}

Solo& Solo::arg(std::string_view name, const Literal& value) {
  settings_.push_back([this, name = std::string(name), value] {
    Diagnostics diagnostics;
    for (ArgBase* arg : element_->args()) {
      if (arg->name() == name) BLOX_CHECK(arg->parse(value, diagnostics), "an argument that does not fit");
    }
  });
  settings_.back()();
  return *this;
}

Solo& Solo::in(std::string_view port, const Schema& schema) {
  settings_.push_back([this, port = std::string(port), schema] {
    Port* const found = element_->find_port(port, Direction::kIn);
    found->set_schema(schema);
    found->set_connected(true);
  });
  settings_.back()();
  return *this;
}

Solo& Solo::out(std::string_view port, const Schema& schema) {
  settings_.push_back([this, port = std::string(port), schema] {
    Port* const found = element_->find_port(port, Direction::kOut);
    found->set_schema(schema);
    found->set_connected(true);
    static_cast<PushOut*>(found)->connect(parts_.get());
  });
  settings_.back()();
  return *this;
}

Solo& Solo::question(std::string_view port, const Schema& question, const Schema& answer) {
  settings_.push_back([this, port = std::string(port), question, answer] {
    Port* const found = element_->find_port(port, Direction::kIn);
    found->set_schema(question);
    found->set_answer_schema(answer);
    found->set_connected(true);
  });
  settings_.back()();
  return *this;
}

namespace {

struct Captured final : public StateSink {
  void entry(const StateEntry& entry) override { entries.emplace_back(entry.key, entry.value); }
  std::vector<std::pair<std::string, std::string>> entries;
};

}  // namespace

void Solo::reload() {
  std::vector<Captured> captured(element_->states().size());
  for (size_t i = 0; i < captured.size(); ++i) element_->states()[i]->capture(captured[i]);
  element_.reset();
  make();
  open();
  for (size_t i = 0; i < captured.size(); ++i) {
    State& state = *element_->states()[i];
    state.clear();
    for (const auto& [key, value] : captured[i].entries) {
      BLOX_CHECK(state.load({key, value}).is_ok(), "a state that does not load what it captured");
    }
  }
}

void Solo::open() {
  const Status status = element_->open();
  BLOX_CHECK(status.is_ok(), "an element of a benchmark that does not open");
}

void Solo::finish(Flow flow) {
  between();
  for (; flow == Flow::kMore; between()) flow = element_->resume();
  BLOX_CHECK(flow != Flow::kFailed, "an element that failed");
}

void Solo::push(std::string_view port, const Log& log) {
  finish(element_->push(static_cast<PushIn&>(*element_->find_port(port, Direction::kIn)), log));
}

void Solo::flush() { finish(element_->flush()); }

void Solo::produce_all() {
  while (element_->produce().kind == Supply::Kind::kMore) between();
}

std::vector<Log> Solo::ask(std::string_view port, const Log& question) {
  std::vector<Log> logs;
  Flow flow = element_->answer(static_cast<QueryIn&>(*element_->find_port(port, Direction::kIn)), question,
                               Reply(std::make_shared<Keep>(&logs)));
  while (flow == Flow::kMore) flow = element_->resume();
  return logs;
}

void Solo::close() { BLOX_CHECK(element_->close(true).is_ok(), "an element of a benchmark that does not close"); }

uint64_t Solo::emitted_rows() const { return parts_->rows; }
const std::string& Solo::refused() const { return parts_->refused; }
void Solo::on_emit(std::function<void(const Log&)> take) { parts_->on_emit = std::move(take); }

}  // namespace blox::testing
