// Ports that take nothing before another port of the element has ended, as the probe side of a hash join does, and what
// feeds both so that it would wait for itself.
//
// Two things may be asked of an element while port `in` waits for the end of `build`. Those that `build` depends on
// must *end*: its writers, theirs, and whoever asks one of them. What must end must also *go on*, and so must all that
// it waits for: the readers of its queues, those it asks, and where such a reader waits for the end of a port of its
// own, the writers of that. If in this way the writers of `in` must go on they cannot, once the queue is full.
#include <fmt/format.h>

#include <deque>

#include "core/graph/work.h"

namespace blox {
namespace {

constexpr size_t kNone = SIZE_MAX;

class Waiting {
 public:
  explicit Waiting(Work& work) : work_(work), from_(work.elements.size()), to_(work.elements.size()) {
    for (size_t i = 0; i < work.connections.size(); ++i) {
      const CheckedConnection& connection = work.connections[i];
      if (work.lost(connection)) continue;
      from_[connection.from].push_back(i);
      to_[connection.to].push_back(i);
    }
  }

  void check() {
    for (size_t element = 0; element < to_.size(); ++element) {
      for (const size_t connection : to_[element]) {
        if (awaited(connection).empty()) continue;
        search(element, awaited(connection));
        break;
      }
    }
  }

 private:
  struct Step {
    size_t element;
    bool must_end;
    size_t by = kNone;  ///< the step before
  };

  /// The port whose end the reader of a connection waits for; empty for most.
  std::string_view awaited(size_t connection) const {
    const CheckedConnection& through = work_.connections[connection];
    if (through.kind != PortKind::kPush) return {};
    const std::string_view port = static_cast<const PushIn&>(*through.to_port).waits_for();
    for (const size_t other : to_[through.to]) {
      if (!port.empty() && work_.connections[other].to_port->name() == port) return port;
    }
    return {};
  }

  void add(size_t element, bool must_end, size_t by) {
    const uint8_t bit = must_end ? 2 : 1;
    if ((seen_[element] & bit) != 0) return;
    seen_[element] |= bit;
    steps_.push_back({element, must_end, by});
  }

  void writers_must_end(size_t element, std::string_view port, size_t by) {
    for (const size_t connection : to_[element]) {
      if (work_.connections[connection].to_port->name() == port) add(work_.connections[connection].from, true, by);
    }
  }

  void search(size_t waiting, std::string_view port) {
    steps_.clear();
    seen_.assign(to_.size(), 0);
    writers_must_end(waiting, port, kNone);
    for (size_t i = 0; i < steps_.size(); ++i) {
      const Step step = steps_[i];
      if (step.must_end) {
        for (const size_t connection : to_[step.element]) add(work_.connections[connection].from, true, i);
        add(step.element, false, i);
        continue;
      }
      for (const size_t connection : from_[step.element]) {
        const CheckedConnection& through = work_.connections[connection];
        if (through.kind == PortKind::kPush && through.queue.full != Full::kBlock) continue;
        const std::string_view held_for = awaited(connection);
        if (through.to == waiting && !held_for.empty()) {
          report(i, connection);
          return;
        }
        add(through.to, false, i);
        if (!held_for.empty()) writers_must_end(through.to, held_for, i);
      }
    }
  }

  void report(size_t last, size_t connection) {
    const CheckedConnection& through = work_.connections[connection];
    std::string way = fmt::format("`{}` [{}]", work_.name(through.to), through.to_port->name());
    std::string culprit;
    size_t shown = kNone;
    for (size_t i = last; i != kNone && culprit.empty(); i = steps_[i].by) {
      if (steps_[i].element != shown) way = fmt::format("`{}` -> {}", work_.name(steps_[i].element), way);
      shown = steps_[i].element;
      if (steps_[i].must_end) culprit = work_.name(steps_[i].element);
    }
    Diagnostic diagnostic;
    diagnostic.code = "E0605";
    diagnostic.span = work_.graph.connections[connection].arrow;
    diagnostic.message = fmt::format(
        "`{}` takes nothing at `{}` before `{}` has ended, and `{}` leads to both: it would wait for itself",
        work_.name(through.to), through.to_port->name(), awaited(connection), culprit);
    diagnostic.notes.push_back({"the way to the port that waits: " + way, {}});
    diagnostic.fix =
        "read the source twice, once for each port; one queue between would need `spill`, which is not "
        "available yet";
    work_.report(std::move(diagnostic), work_.graph.connections[connection].uses);
  }

  Work& work_;
  std::vector<std::vector<size_t>> from_;  // connections by the element they leave
  std::vector<std::vector<size_t>> to_;
  std::vector<uint8_t> seen_;
  std::deque<Step> steps_;
};

}  // namespace

void check_waiting(Work& work) { Waiting(work).check(); }

}  // namespace blox
