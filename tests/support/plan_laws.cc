#include "tests/support/plan_laws.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace blox::testing {
namespace {

// Whether the numbered nodes can be put in an order that all arrows follow.
bool acyclic(size_t nodes, const std::vector<std::pair<size_t, size_t>>& arrows) {
  std::vector<std::vector<size_t>> out(nodes);
  std::vector<size_t> waits(nodes);
  for (const auto& [from, to] : arrows) {
    out[from].push_back(to);
    ++waits[to];
  }
  std::vector<size_t> ready;
  for (size_t i = 0; i < nodes; ++i) {
    if (waits[i] == 0) ready.push_back(i);
  }
  size_t seen = 0;
  while (!ready.empty()) {
    const size_t node = ready.back();
    ready.pop_back();
    ++seen;
    for (const size_t next : out[node]) {
      if (--waits[next] == 0) ready.push_back(next);
    }
  }
  return seen == nodes;
}

}  // namespace

std::string broken_law(const Checked& topology, const Plan& plan) {
  constexpr size_t kNowhere = SIZE_MAX;
  std::vector<size_t> task_of(topology.elements.size(), kNowhere);
  std::vector<size_t> place(topology.elements.size());
  size_t lowest_before = 0;
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    const PlannedTask& task = plan.tasks[t];
    if (task.elements.empty()) return "a task has an element";
    const size_t lowest = *std::min_element(task.elements.begin(), task.elements.end());
    if (t > 0 && lowest <= lowest_before) return "tasks stand in the order of their lowest element";
    lowest_before = lowest;
    bool alone = false;
    for (size_t i = 0; i < task.elements.size(); ++i) {
      const CheckedElement& element = topology.elements[task.elements[i]];
      if (task_of[task.elements[i]] != kNowhere) return "an element is in one task";
      task_of[task.elements[i]] = t;
      place[task.elements[i]] = i;
      const bool blocking = element.element_class->traits->blocking;
      alone = alone || blocking || element.settings.isolate || element.settings.sharded;
      if (blocking && !task.blocking) return "a task with a blocking element says so";
    }
    if (alone && task.elements.size() != 1) return "what blocks, is isolated or sharded is alone";
  }
  if (std::find(task_of.begin(), task_of.end(), kNowhere) != task_of.end()) return "every element is in a task";

  if (plan.connections.size() != topology.connections.size()) return "connections stand side by side";
  std::vector<std::pair<size_t, size_t>> waits;
  for (size_t i = 0; i < plan.connections.size(); ++i) {
    const CheckedConnection& connection = topology.connections[i];
    const PlannedConnection& planned = plan.connections[i];
    if (planned.from_task != task_of[connection.from] || planned.to_task != task_of[connection.to]) {
      return "a connection knows its tasks";
    }
    if (!planned.fused) {
      if (planned.from_task == planned.to_task) return "no queue and no query inside a task";
      waits.emplace_back(planned.from_task, planned.to_task);
      continue;
    }
    if (connection.kind != PortKind::kPush || connection.queue.asked) return "only pushes without a queue are fused";
    if (planned.from_task != planned.to_task) return "fused means in one task";
    if (place[connection.from] >= place[connection.to]) return "upstream first";
  }
  return acyclic(plan.tasks.size(), waits) ? "" : "tasks do not wait for each other in a circle";
}

}  // namespace blox::testing
