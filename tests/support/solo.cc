#include "tests/support/solo.h"

#include <functional>
#include <utility>

namespace blox::testing {

struct Solo::Parts final : public Host, public Receiver {
  const Clock& clock() const override { return system; }
  void message(const Element&, Severe, std::string_view) override {}
  void timer_changed(Element&) override {}
  Waker waker(Element&) override { return Waker(); }
  void rejected(Element&, uint64_t, std::string_view, std::string_view) override {}
  std::string resolve_path(std::string_view path) const override { return std::string(path); }
  bool print(std::string_view) override { return true; }
  bool take(Log log) override {
    rows += log.rows();
    if (on_emit) on_emit(log);
    return true;
  }

  SystemClock system;
  uint64_t rows = 0;
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

Solo::Solo(std::string_view class_name) : parts_(std::make_unique<Parts>()) {
  static const Registry registry = Registry::builtin();
  const ElementClass* const element_class = registry.find(class_name);
  BLOX_CHECK(element_class != nullptr, "a benchmark of a class that does not exist");
  element_ = element_class->make();
  element_->attach(parts_.get(), "solo");
}
Solo::~Solo() = default;

Solo& Solo::arg(std::string_view name, const Literal& value) {
  Diagnostics diagnostics;
  for (ArgBase* arg : element_->args()) {
    if (arg->name() == name) BLOX_CHECK(arg->parse(value, diagnostics), "an argument of a benchmark that does not fit");
  }
  return *this;
}

Solo& Solo::in(std::string_view port, const Schema& schema) {
  element_->find_port(port, Direction::kIn)->set_schema(schema);
  return *this;
}

Solo& Solo::out(std::string_view port, const Schema& schema) {
  Port* const found = element_->find_port(port, Direction::kOut);
  found->set_schema(schema);
  found->set_connected(true);
  static_cast<PushOut*>(found)->connect(parts_.get());
  return *this;
}

Solo& Solo::question(std::string_view port, const Schema& question, const Schema& answer) {
  Port* const found = element_->find_port(port, Direction::kIn);
  found->set_schema(question);
  found->set_answer_schema(answer);
  found->set_connected(true);
  return *this;
}

void Solo::open() {
  const Status status = element_->open();
  BLOX_CHECK(status.is_ok(), "an element of a benchmark that does not open");
}

void Solo::push(std::string_view port, const Log& log) {
  Flow flow = element_->push(static_cast<PushIn&>(*element_->find_port(port, Direction::kIn)), log);
  while (flow == Flow::kMore) flow = element_->resume();
  BLOX_CHECK(flow != Flow::kFailed, "an element of a benchmark that failed");
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
void Solo::on_emit(std::function<void(const Log&)> take) { parts_->on_emit = std::move(take); }

}  // namespace blox::testing
