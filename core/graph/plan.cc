#include "core/graph/plan.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

namespace blox {
namespace {

bool stands_alone(const CheckedElement& element) {
  return element.element_class->traits->blocking || element.settings.isolate || element.settings.sharded;
}

// What comes to a port that waits for the end of another has to wait somewhere.
bool waits(const CheckedConnection& connection) {
  return connection.kind == PortKind::kPush && !static_cast<const PushIn&>(*connection.to_port).waits_for().empty();
}

class Planner {
 public:
  Planner(const Checked& checked, const std::vector<std::string>& worker_of)
      : checked_(checked), group_(checked.elements.size()), out_(checked.elements.size()), stage_(group_.size(), 0) {
    std::iota(group_.begin(), group_.end(), size_t{0});
    fusable_.reserve(checked.connections.size());
    for (size_t i = 0; i < checked.connections.size(); ++i) {
      const CheckedConnection& connection = checked.connections[i];
      out_[connection.from].push_back(i);
      fusable_.push_back(connection.kind == PortKind::kPush && !connection.queue.asked && !waits(connection) &&
                         (worker_of.empty() || worker_of[connection.from] == worker_of[connection.to]) &&
                         !stands_alone(checked.elements[connection.from]) &&
                         !stands_alone(checked.elements[connection.to]));
    }
  }

  Plan make() {
    sort();
    limit_depth();
    fuse([](size_t) { return true; });
    const std::vector<bool> waits = waiting_in_circles();
    if (std::find(waits.begin(), waits.end(), true) != waits.end()) split(waits);
    return result();
  }

 private:
  // Upstream first, of several the lowest: so the plan does not depend on the order of connections.
  void sort() {
    std::vector<size_t> waits(out_.size());
    for (const CheckedConnection& connection : checked_.connections) ++waits[connection.to];
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t i = 0; i < waits.size(); ++i) {
      if (waits[i] == 0) ready.push(i);
    }
    order_.reserve(out_.size());
    while (!ready.empty()) {
      const size_t element = ready.top();
      ready.pop();
      order_.push_back(element);
      for (const size_t edge : out_[element]) {
        if (--waits[target(edge)] == 0) ready.push(target(edge));
      }
    }
    BLOX_CHECK(order_.size() == out_.size(), "a plan of a graph with circles");
  }

  // A fused push is a call inside a call: what is deeper than a stack should be begins another task.
  void limit_depth() {
    constexpr size_t kDeepest = 256;
    std::vector<size_t> depth(out_.size(), 1);
    for (const size_t element : order_) {
      for (const size_t edge : out_[element]) {
        if (!fusable_[edge]) continue;
        if (depth[element] == kDeepest) {
          fusable_[edge] = false;
        } else {
          depth[target(edge)] = std::max(depth[target(edge)], depth[element] + 1);
        }
      }
    }
  }

  size_t target(size_t edge) const { return checked_.connections[edge].to; }

  // ---- groups: a forest, each element points towards the one that stands for its group ----

  size_t find(size_t element) {
    while (group_[element] != element) {
      group_[element] = group_[group_[element]];
      element = group_[element];
    }
    return element;
  }

  template <typename Allowed>
  void fuse(Allowed allowed) {
    for (size_t edge = 0; edge < fusable_.size(); ++edge) {
      if (!fusable_[edge] || !allowed(edge)) continue;
      const size_t a = find(checked_.connections[edge].from), b = find(target(edge));
      group_[std::max(a, b)] = std::min(a, b);
    }
  }

  // The groups that wait for each other, or that have a queue inside: those that are left when groups which wait for
  // nobody, or for whom nobody waits, are taken away one after the other.
  std::vector<bool> waiting_in_circles() {
    std::vector<bool> gone(out_.size());
    for (const bool forwards : {true, false}) {
      std::vector<std::vector<size_t>> next(out_.size());
      std::vector<size_t> waits(out_.size());
      for (size_t edge = 0; edge < fusable_.size(); ++edge) {
        size_t from = find(checked_.connections[edge].from), to = find(target(edge));
        if (fusable_[edge] || gone[from] || gone[to]) continue;
        if (!forwards) std::swap(from, to);
        next[from].push_back(to);
        ++waits[to];
      }
      std::vector<size_t> ready;
      for (size_t i = 0; i < waits.size(); ++i) {
        if (waits[i] == 0) ready.push_back(i);
      }
      while (!ready.empty()) {
        const size_t group = ready.back();
        ready.pop_back();
        gone[group] = true;
        for (const size_t reader : next[group]) {
          if (--waits[reader] == 0) ready.push_back(reader);
        }
      }
    }
    std::vector<bool> waits(out_.size());
    for (size_t i = 0; i < out_.size(); ++i) waits[i] = !gone[find(i)];
    return waits;
  }

  // Gives each of these elements the number of queues that lie in front of it, and fuses what has the same number.
  // Every queue among them then leads to a higher number, and so does every connection that is no longer fused.
  void split(const std::vector<bool>& waits) {
    const auto among = [&](size_t edge) { return waits[checked_.connections[edge].from] && waits[target(edge)]; };
    const auto step = [&](size_t edge) { return fusable_[edge] ? size_t{0} : size_t{1}; };
    std::vector<bool> joins_its_writer(out_.size());
    for (const size_t element : order_) {
      for (const size_t edge : out_[element]) {
        if (among(edge)) stage_[target(edge)] = std::max(stage_[target(edge)], stage_[element] + step(edge));
      }
    }
    for (size_t edge = 0; edge < fusable_.size(); ++edge) {
      const bool fused =
          among(edge) && fusable_[edge] && stage_[checked_.connections[edge].from] == stage_[target(edge)];
      if (fused) joins_its_writer[target(edge)] = true;
    }
    for (auto element = order_.rbegin(); element != order_.rend(); ++element) {
      if (joins_its_writer[*element]) continue;
      size_t latest = SIZE_MAX;
      for (const size_t edge : out_[*element]) {
        if (among(edge)) latest = std::min(latest, stage_[target(edge)] - step(edge));
      }
      if (latest != SIZE_MAX) stage_[*element] = latest;
    }
    for (size_t i = 0; i < group_.size(); ++i) {
      if (waits[i]) group_[i] = i;
    }
    fuse([&](size_t edge) { return among(edge) && stage_[checked_.connections[edge].from] == stage_[target(edge)]; });
  }

  Plan result() {
    Plan plan;
    std::vector<size_t> task_of(out_.size());
    for (size_t i = 0; i < out_.size(); ++i) {
      if (find(i) != i) continue;  // the lowest element stands for its group
      task_of[i] = plan.tasks.size();
      plan.tasks.push_back({{}, checked_.elements[i].element_class->traits->blocking});
    }
    for (const size_t element : order_) plan.tasks[task_of[find(element)]].elements.push_back(element);
    plan.connections.reserve(fusable_.size());
    for (size_t edge = 0; edge < fusable_.size(); ++edge) {
      const size_t from = task_of[find(checked_.connections[edge].from)], to = task_of[find(target(edge))];
      plan.connections.push_back({from == to, from, to});
    }
    return plan;
  }

  const Checked& checked_;
  std::vector<size_t> group_;
  std::vector<std::vector<size_t>> out_;  // connections by the element they leave
  std::vector<size_t> stage_;
  std::vector<bool> fusable_;
  std::vector<size_t> order_;
};

}  // namespace

Plan plan(const Checked& checked, const std::vector<std::string>& worker_of) {
  return Planner(checked, worker_of).make();
}

}  // namespace blox
