// One element alone, called directly: for benchmarks of an element's own work, without a runtime around it.
//
// Owns     the element and what it emits
// Threads  one user
// Errors   any failure of the element ends the program: benchmarks do what works
#pragma once

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

  /// Pushes a log and resumes until the element has said all; what it emits at any port goes to `emitted`.
  void push(std::string_view port, const Log& log);
  /// The logs of an answer.
  std::vector<Log> ask(std::string_view port, const Log& question);
  void close();

  Element& element() { return *element_; }
  uint64_t emitted_rows() const;
  /// Called with each emitted log; without it they are counted and dropped.
  void on_emit(std::function<void(const Log&)> take);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<Element> element_;
};

}  // namespace blox::testing
