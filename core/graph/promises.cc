#include "core/graph/promises.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "core/graph/shards.h"
#include "core/graph/work.h"

namespace blox {
namespace {

using Connections = std::vector<CheckedConnection>;

bool is_exactly_once(std::string_view guarantee) { return guarantee.starts_with("exactly once"); }

std::string_view guarantee_of(const CheckedElement& element) { return element.element_class->traits->guarantee; }

bool drops(const CheckedConnection& connection) {
  return connection.queue.full == Full::kDropNew || connection.queue.full == Full::kDropOld;
}

// For each element a cause that lies in it or in front of it, the nearest one first; nothing where there is none.
class Causes {
 public:
  Causes(size_t elements, const Connections& connections) : of_(elements), out_(elements) {
    for (const CheckedConnection& connection : connections) out_[connection.from].push_back(connection.to);
  }
  void put(size_t element, size_t cause) {
    if (of_[element]) return;
    of_[element] = cause;
    open_.push_back(element);
  }
  void spread() {
    for (size_t next = 0; next < open_.size(); ++next) {
      for (const size_t reader : out_[open_[next]]) put(reader, *of_[open_[next]]);
    }
  }
  const std::optional<size_t>& at(size_t element) const { return of_[element]; }

 private:
  std::vector<std::optional<size_t>> of_;
  std::vector<std::vector<size_t>> out_;
  std::vector<size_t> open_;
};

// Causes are connections.
Causes find_drops(size_t elements, const Connections& connections) {
  Causes out(elements, connections);
  for (size_t i = 0; i < connections.size(); ++i) {
    if (drops(connections[i])) out.put(connections[i].to, i);
  }
  out.spread();
  return out;
}

bool is_deterministic(const CheckedElement& element) {
  // What spreads answers nobody from what it is pushed.
  if (element.place.part == ShardPlace::Part::kSpread) return true;
  if (!element.element_class->traits->deterministic) return false;
  bool asks = false, gives = false;
  for (const Port* port : element.element->ports()) {
    if (port->direction() != Direction::kOut || !port->connected()) continue;
    (port->kind() == PortKind::kQuery ? asks : gives) = true;
  }
  return !(asks && gives);
}

// Causes are elements.
Causes find_chance(const std::vector<CheckedElement>& elements, const Connections& connections) {
  Causes out(elements.size(), connections);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!is_deterministic(elements[i])) out.put(i, i);
  }
  out.spread();
  return out;
}

std::string drop_text(const std::string& from, const std::string& to) {
  return fmt::format("logs may be dropped between `{}` and `{}`", from, to);
}

class Bounds {
 public:
  Bounds(const Checked& checked, Promises& out) : checked_(checked), out_(out) {}

  void queues(const Plan& plan) {
    for (size_t i = 0; i < checked_.connections.size(); ++i) {
      const CheckedConnection& connection = checked_.connections[i];
      if (plan.connections[i].fused) continue;
      const std::string& from = checked_.elements[connection.from].path;
      const std::string& to = checked_.elements[connection.to].path;
      if (connection.kind == PortKind::kPush) {
        add(fmt::format("queue {} -> {}", from, to), connection.queue.bytes);
      } else {
        add(fmt::format("questions {} => {}", from, to), connection.queue.bytes);
        add(fmt::format("answers {} => {}", from, to), connection.queue.bytes);
      }
    }
  }

  void calls(const PlannedTask& task) {
    uint64_t bytes = 0;
    for (const size_t element : task.elements) bytes += checked_.elements[element].element_class->traits->emit_max;
    const std::string& first = checked_.elements[task.elements.front()].path;
    const std::string& last = checked_.elements[task.elements.back()].path;
    add(task.elements.size() == 1 ? fmt::format("calls of {}", first)
                                  : fmt::format("calls of {} … {} ({} elements)", first, last, task.elements.size()),
        bytes);
  }

  void state(const CheckedElement& element) {
    bool grows = false;
    for (const State* state : element.element->states()) grows = grows || state->grows();
    if (!grows) return;
    const ShardPlace& place = element.place;
    if (place.part == ShardPlace::Part::kReplica && element.settings.memory) {  // it holds for all together
      if (place.number > 0) return;
      const std::string& shard = checked_.elements[place.shard].path;
      return add("state of " + shard, static_cast<uint64_t>(*element.settings.memory));
    }
    const std::optional<int64_t>& memory = element.settings.memory;
    out_.bounds.push_back({"state of " + element.path, static_cast<uint64_t>(memory.value_or(0)), memory.has_value()});
    out_.total_bytes += static_cast<uint64_t>(memory.value_or(0));
    out_.total_known = out_.total_known && memory.has_value();
  }

 private:
  void add(std::string what, uint64_t bytes) {
    out_.bounds.push_back({std::move(what), bytes, true});
    out_.total_bytes += bytes;
  }

  const Checked& checked_;
  Promises& out_;
};

}  // namespace

Promises promises(const Checked& checked, const Plan& plan) {
  Promises out;
  const Causes dropped = find_drops(checked.elements.size(), checked.connections);
  for (size_t i = 0; i < checked.elements.size(); ++i) {
    const CheckedElement& element = checked.elements[i];
    if (element.place.number > 0) continue;  // one replica stands for all
    const std::string& path = known_as(checked, i);
    if (!is_deterministic(element)) out.not_deterministic.push_back(path);
    const std::string_view guarantee = guarantee_of(element);
    if (guarantee.empty()) continue;
    const std::optional<size_t>& cause = dropped.at(i);
    if (cause) {
      const CheckedConnection& dropping = checked.connections[*cause];
      out.sinks.push_back(
          {path, "at most once", drop_text(checked.elements[dropping.from].path, checked.elements[dropping.to].path)});
    } else {
      out.sinks.push_back({path, std::string(guarantee), {}});
    }
  }
  Bounds bounds(checked, out);
  bounds.queues(plan);
  for (const PlannedTask& task : plan.tasks) bounds.calls(task);
  for (const CheckedElement& element : checked.elements) bounds.state(element);
  return out;
}

void check_promises(Work& work) {
  if (!work.graph.require_exactly_once) return;
  const Note required{"required here", work.graph.require_span};
  const Causes dropped = find_drops(work.elements.size(), work.connections);
  const Causes chance = find_chance(work.elements, work.connections);
  std::vector<bool> reported(work.elements.size());  // what is not deterministic, once for all sinks behind it
  for (size_t i = 0; i < work.elements.size(); ++i) {
    const CheckedElement& element = work.elements[i];
    const std::string_view guarantee = guarantee_of(element);
    if (guarantee.empty()) continue;
    const std::vector<Use>& uses = work.graph.elements[i].uses;
    if (!is_exactly_once(guarantee)) {
      work.report({Severity::kError,
                   "E0801",
                   element.span,
                   fmt::format("`{}` promises {}, not exactly once", work.name(i), guarantee),
                   {required},
                   {}},
                  uses);
    }
    if (const std::optional<size_t>& cause = dropped.at(i)) {
      const CheckedConnection& connection = work.connections[*cause];
      work.report({Severity::kError,
                   "E0803",
                   connection.span,
                   fmt::format("{}, so `{}` cannot be exactly once",
                               drop_text(work.name(connection.from), work.name(connection.to)), work.name(i)),
                   {required},
                   "use `full = block`"},
                  work.graph.connections[*cause].uses);
    }
    const std::optional<size_t>& cause = chance.at(i);
    if (!cause || reported[*cause]) continue;
    reported[*cause] = true;
    work.report(
        {Severity::kError,
         "E0802",
         work.elements[*cause].span,
         fmt::format("`{}` is not deterministic, so `{}` cannot be exactly once", work.name(*cause), work.name(i)),
         {required},
         {}},
        work.graph.elements[*cause].uses);
  }
}

}  // namespace blox
