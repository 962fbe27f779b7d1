// One element alone, called directly: for benchmarks of its own work, and for tests that capture and reload it.
//
// Owns     the element
// Threads  one user
// Errors   any failure of the element ends the program: what is done here works
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/element.h"

namespace blox::testing {

class Solo {
 public:
  explicit Solo(std::string_view class_name);
  ~Solo();
  Solo(const Solo&) = delete;
  Solo& operator=(const Solo&) = delete;

  Solo& arg(std::string_view name, const Literal& value);
  /// What arrives at an in port, is given at an out port, or is asked and answered at a query in port.
  Solo& in(std::string_view port, const Schema& schema);
  Solo& out(std::string_view port, const Schema& schema);
  Solo& question(std::string_view port, const Schema& question, const Schema& answer);
  void open();

  /// Captures the state, makes the element anew, and loads it: what happens to an element whose worker was killed.
  void reload();
  /// Called between any two calls of the element; it may reload().
  void between_calls(std::function<void()> act) { between_ = std::move(act); }

  /// Calls produce() until the source has ended. Precondition: it never waits.
  void produce_all();
  /// Pushes a log and resumes until the element has said all; what it emits at any port goes to `emitted`.
  void push(std::string_view port, const Log& log);
  /// All inputs have ended.
  void flush();
  /// The logs of an answer.
  std::vector<Log> ask(std::string_view port, const Log& question);
  void close();

  Element& element() { return *element_; }
  uint64_t emitted_rows() const;
  /// What was refused so far: "code message" a line, the first message of each refusal.
  const std::string& refused() const;
  /// Called with each emitted log; without it they are counted and dropped.
  void on_emit(std::function<void(const Log&)> take);

 private:
  struct Parts;
  void make();
  void between() const {
    if (between_) between_();
  }
  void finish(Flow flow);

  std::string class_name_;
  std::unique_ptr<Parts> parts_;
  std::vector<std::function<void()>> settings_;  // what was said of arguments and ports, to be said again
  std::function<void()> between_;
  std::unique_ptr<Element> element_;
};

}  // namespace blox::testing
