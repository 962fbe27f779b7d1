// Topologies of test elements, put together in C++ without language and checker.
//
//   Net net;
//   auto& source = net.add<Numbers>("source", 10);
//   auto& sink = net.add<Collect>("sink");
//   net.push(source, source.out, sink, sink.in, net.queue(4));
//   RunResult result = net.run_virtual(7);
//
// Owns     the elements, until it is run
// Threads  one user
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/builder.h"
#include "core/graph/plan.h"
#include "core/run/run.h"

namespace blox::testing {

/// All test elements pass logs of one type.
inline const Schema& numbers() {
  static const Schema schema({{"n", Type(Kind::kInt)}});
  return schema;
}

inline Log number_log(const std::vector<int64_t>& values, Micros born = 0) {
  LogBuilder builder(numbers());
  for (const int64_t value : values) {
    builder.column(0).append_int(value);
    builder.end_row();
  }
  return builder.finish(born);
}

inline std::vector<int64_t> numbers_of(const Log& log) {
  std::vector<int64_t> values;
  for (const Row row : log) values.push_back(row.int_at(0));
  return values;
}

class Net {
 public:
  template <typename E, typename... Args>
  E& add(std::string path, Args&&... args) {
    static constexpr Traits traits = TraitsOf<E>::value();
    static constexpr ElementClass element_class{"Test", __FILE__, "", &traits, nullptr};
    CheckedElement& made = checked_.elements.emplace_back();
    made.path = std::move(path);
    made.element_class = &element_class;
    auto element = std::make_unique<E>(std::forward<Args>(args)...);
    E& result = *element;
    made.element = std::move(element);
    return result;
  }
  /// An element made already, of a class that lives as long as the program.
  Element& adopt(std::string path, const ElementClass& element_class, std::unique_ptr<Element> element) {
    CheckedElement& made = checked_.elements.emplace_back();
    made.path = std::move(path);
    made.element_class = &element_class;
    made.element = std::move(element);
    return *made.element;
  }
  ElementSettings& settings(const Element& element) { return checked_.elements[index(element)].settings; }

  static QueueBound queue(uint64_t logs, uint64_t bytes = uint64_t{1} << 20, Full full = Full::kBlock) {
    QueueBound bound;
    bound.logs = logs;
    bound.bytes = bytes;
    bound.full = full;
    bound.asked = true;
    return bound;
  }
  void push(Element& from, Port& out, Element& to, Port& in, QueueBound bound = {}) {
    connect(PortKind::kPush, from, out, to, in, bound);
  }
  void query(Element& from, Port& ask, Element& to, Port& get, QueueBound bound = {}) {
    connect(PortKind::kQuery, from, ask, to, get, bound);
  }

  /// What the element is by its own words, see definition_of(); 0 unless set.
  void define(const Element& element, uint64_t definition) {
    definitions_[checked_.elements[index(element)].path] = definition;
  }
  void name_all(bool named) {
    for (CheckedElement& one : checked_.elements) one.named = named;
  }
  const Definitions& definitions() const { return definitions_; }
  /// Checked and planned, for an update.
  TopologyVersion version() {
    Plan made = prepare();
    return {std::move(checked_), std::move(made), definitions_};
  }

  /// The part of one worker; `worker_of`: by path; `numbers`: see cut().
  Part part(const std::function<std::string(const std::string& path)>& worker_of, const std::string& me,
            const std::vector<uint64_t>& numbers = {}) {
    (void)prepare();
    std::vector<std::string> workers;
    for (const CheckedElement& one : checked_.elements) workers.push_back(worker_of(one.path));
    const Plan made = plan(checked_, workers);
    return cut(std::move(checked_), made, workers, me, numbers);
  }

  Result<std::unique_ptr<VirtualRun>> start_virtual(VirtualClock& clock, uint64_t seed, RunOptions options = {}) {
    const Plan made = prepare();
    options.definitions = definitions_;
    return VirtualRun::start(std::move(checked_), made, std::move(options), clock, seed);
  }
  RunResult run_virtual(uint64_t seed, RunOptions options = {}) {
    const Plan made = prepare();
    return blox::run_virtual(std::move(checked_), made, std::move(options), *clock_, seed);
  }
  Result<std::unique_ptr<Run>> start(RunOptions options = {}) {
    const Plan made = prepare();
    options.definitions = definitions_;
    return Run::start(std::move(checked_), made, std::move(options));
  }
  RunResult run(RunOptions options = {}) {
    Result<std::unique_ptr<Run>> run = start(std::move(options));
    if (run.is_ok()) return (*run)->wait();
    RunResult failed;
    failed.status = run.status();
    return failed;
  }
  /// Where the elements go after a run that owns them: those that are looked at later keep their data elsewhere.
  VirtualClock& clock() { return *clock_; }

 private:
  size_t index(const Element& element) const {
    for (size_t i = 0; i < checked_.elements.size(); ++i) {
      if (checked_.elements[i].element.get() == &element) return i;
    }
    BLOX_CHECK(false, "an element of another net");
    return 0;
  }
  void connect(PortKind kind, Element& from, Port& out, Element& to, Port& in, QueueBound bound) {
    CheckedConnection& made = checked_.connections.emplace_back();
    made.from = index(from);
    made.from_port = &out;
    made.to = index(to);
    made.to_port = &in;
    made.kind = kind;
    made.queue = bound;
    for (Port* port : {&out, &in}) port->set_connected(true);
  }
  Plan prepare() {
    for (CheckedElement& one : checked_.elements) {
      for (Port* port : one.element->ports()) {
        const bool errors = port == &one.element->errors();
        if (port->schema().size() != 0) continue;
        port->set_schema(errors ? Element::error_schema() : numbers());
        port->set_answer_schema(numbers());
      }
    }
    return plan(checked_);
  }

  Checked checked_;
  Definitions definitions_;
  std::unique_ptr<VirtualClock> clock_ = std::make_unique<VirtualClock>();
};

}  // namespace blox::testing
