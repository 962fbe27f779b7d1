// Drives one element without a runtime: its whole life in virtual time, its state captured and reloaded at will.
//
//   ElementHarness head("Head", {{"limit", Literal::of(3)}});
//   head.in("in", schema);
//   REQUIRE(head.start().to_string() == "ok");
//   CHECK(head.push("in", log) == Flow::kDone);
//   CHECK(rows_of(head.take("out")) == …);
//
// Owns     the element, its clock, and all that it has said
// Threads  one user
// Errors   start() gives the first diagnostic or what open() said; misuse is a bug that says so
// Order    calls come as the runtime makes them: resume() until kNext before the next input; a timer that is due while
//          the element waits is a resume(), else a tick()
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/element/adapt.h"
#include "core/element/element.h"

namespace blox::testing {

class ElementHarness final : private Host {
 public:
  using Args = std::vector<std::pair<std::string, Literal>>;
  struct Question {
    Log question;
    Log context;
  };
  /// What came back for a question put to the element.
  struct Answers {
    std::vector<Log> logs;
    bool ended = false;
    Status status;
    bool room = true;  ///< what the answerer is told
    bool wanted = true;
  };

  explicit ElementHarness(std::string class_name, Args args = {}, Registry registry = Registry::builtin());
  ElementHarness(const ElementHarness&) = delete;
  ElementHarness& operator=(const ElementHarness&) = delete;
  ~ElementHarness() override;

  // ---- before start() ----
  /// What arrives at an in port (a port of a family comes into being): logs, or questions.
  void in(const std::string& port, Schema schema);
  /// Connects an out port that would not be by itself: optional, or of a family.
  void out(const std::string& port);
  /// The type that the topology writes behind a query out port whose class does not know it.
  void written(const std::string& port, Schema schema) { written_.emplace_back(port, std::move(schema)); }
  /// What is answered at a query out port.
  void answers(const std::string& port, Schema schema);
  /// Parses the arguments, resolves the types, opens.
  Status start();
  const Diagnostics& diagnostics() const { return diagnostics_; }

  // ---- its life; each returns once the element has said all it has to say ----
  Flow push(const std::string& port, const Log& log);
  /// A mark, and the end of one input of several.
  Flow watermark(TimeMark mark);
  Flow ended(const std::string& port);
  Supply produce();
  Flow flush();
  Status close(bool complete = true);
  /// Moves the clock, ringing each timer at its time.
  Flow advance(Micros by);
  std::shared_ptr<Answers> ask(const std::string& port, Log question);
  /// Answers the oldest open question of a query out port.
  Flow answer(const std::string& port, Answer answer);
  /// Called between any two calls of the element.
  void between_calls(std::function<void()> hook) { hook_ = std::move(hook); }

  /// Captures all states and goes on with a new element that loaded them.
  Status reload();

  // ---- what it said ----
  /// The logs given at an out port since the last take, `errors` included.
  std::vector<Log> take(const std::string& port);
  /// Likewise the marks.
  std::vector<TimeMark> take_marks(const std::string& port) { return std::exchange(outs_[port].marks, {}); }
  const std::vector<Question>& questions(const std::string& port) { return asked_[port].questions; }
  const std::map<std::string, uint64_t>& rejected() const { return rejected_; }  ///< records by code
  const std::vector<std::string>& messages() const { return messages_; }
  const std::string& printed() const { return printed_; }
  Element& element() { return *element_; }
  /// The resolved type of a port.
  const Schema& schema(const std::string& port, Direction direction) const;

 private:
  class ArrivingTypes;

  const Clock& clock() const override { return clock_; }
  void message(const Element& element, Severe severity, std::string_view text) override;
  void timer_changed(Element&) override {}
  Waker waker(Element&) override { return Waker(waker_); }
  void rejected(Element& element, uint64_t records, std::string_view code, std::string_view first_message) override;
  std::string resolve_path(std::string_view path) const override { return std::string(path); }
  bool print(std::string_view text) override;

  std::unique_ptr<Element> make();
  Status parse_arguments(Element& element);
  void connect(Element& element);
  Status resolve(Element& element);
  Flow finish(Flow flow);
  bool ring_next(int64_t until, Flow& flow);
  Status first_error() const;

  struct Out final : Receiver {
    std::vector<Log> logs;
    std::vector<TimeMark> marks;
    bool take(Log log) override {
      logs.push_back(std::move(log));
      return true;
    }
    void pass(TimeMark mark) override { marks.push_back(mark); }
  };
  struct Asked final : Asker {
    std::vector<Question> questions;
    Schema answers;
    void ask(Log question, Log context) override { questions.push_back({std::move(question), std::move(context)}); }
    bool room() const override { return true; }
    size_t outstanding() const override { return questions.size(); }
  };

  std::string class_name_;
  Args args_;
  Registry registry_;
  VirtualClock clock_{1'700'000'000 * kSecond};
  Diagnostics diagnostics_;
  std::vector<std::pair<std::string, Schema>> arriving_;
  std::vector<std::pair<std::string, Schema>> written_;
  std::vector<std::string> wanted_outs_;
  std::map<std::string, Out> outs_;
  std::map<std::string, Asked> asked_;
  std::map<std::string, Adapter> adapters_;
  std::map<std::string, uint64_t> rejected_;
  std::vector<std::string> messages_;
  std::string printed_;
  std::function<void()> hook_;
  bool reloaded_ = false;
  std::shared_ptr<Wakeable> waker_;
  std::unique_ptr<Element> element_;
};

}  // namespace blox::testing
