// The shape of the graph: circles that could wait for themselves, and elements that nothing can reach.
//
// A writer waits for its reader (a full queue stops it), an asker for its answerer (the window stops it). A circle of
// such waits can stand still for ever, and never sees the end of its own input, so each is refused: of pushes alone
// (E0601), of queries alone (E0602), of both (E0603: an answerer whose pushes lead back to who asks it). Dropping
// when full prevents the first of the two but not the second, so it makes no difference here.
#include "core/graph/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string_view>

namespace blox {
namespace {

constexpr size_t kNone = SIZE_MAX;

// The connections of some kinds, by the element they leave.
class Edges {
 public:
  Edges(const Work& work, bool pushes, bool queries) : work_(work), out_(work.elements.size()) {
    for (size_t i = 0; i < work.connections.size(); ++i) {
      const CheckedConnection& connection = work.connections[i];
      const bool wanted = connection.kind == PortKind::kPush ? pushes : queries;
      if (wanted && !work.lost(connection)) out_[connection.from].push_back(i);
    }
  }
  const std::vector<size_t>& from(size_t element) const { return out_[element]; }
  size_t target(size_t connection) const { return work_.connections[connection].to; }
  size_t size() const { return out_.size(); }

 private:
  const Work& work_;
  std::vector<std::vector<size_t>> out_;
};

// Tarjan's strongly connected components ("Depth-first search and linear graph algorithms", 1972), without recursion.
class Components {
 public:
  explicit Components(const Edges& edges)
      : edges_(edges), order_(edges.size(), kNone), low_(edges.size()), component_(edges.size(), kNone) {
    for (size_t i = 0; i < edges.size(); ++i) {
      if (order_[i] == kNone) walk(i);
    }
  }
  /// Elements with the same number can all reach each other.
  size_t of(size_t element) const { return component_[element]; }

 private:
  struct Step {
    size_t element;
    size_t edge = 0;
  };

  void enter(size_t element) {
    order_[element] = low_[element] = next_++;
    open_.push_back(element);
    steps_.push_back({element});
  }

  void walk(size_t root) {
    enter(root);
    while (!steps_.empty()) {
      Step& step = steps_.back();
      const size_t element = step.element;
      if (step.edge < edges_.from(element).size()) {
        const size_t target = edges_.target(edges_.from(element)[step.edge++]);
        if (order_[target] == kNone) {
          enter(target);
        } else if (component_[target] == kNone) {
          low_[element] = std::min(low_[element], order_[target]);
        }
        continue;
      }
      steps_.pop_back();
      if (!steps_.empty()) low_[steps_.back().element] = std::min(low_[steps_.back().element], low_[element]);
      if (low_[element] != order_[element]) continue;
      size_t member = kNone;
      do {
        member = open_.back();
        open_.pop_back();
        component_[member] = components_;
      } while (member != element);
      ++components_;
    }
  }

  const Edges& edges_;
  std::vector<size_t> order_;
  std::vector<size_t> low_;
  std::vector<size_t> component_;
  std::vector<size_t> open_;
  std::vector<Step> steps_;
  size_t next_ = 0;
  size_t components_ = 0;
};

// A shortest way from an element back to itself, as connections; empty where there is none.
std::vector<size_t> shortest_cycle(const Edges& edges, const Components& components, size_t start) {
  std::vector<size_t> by(edges.size(), kNone);  // the connection by which an element was reached first
  std::vector<size_t> from(edges.size(), kNone);
  std::deque<size_t> open{start};
  while (!open.empty()) {
    const size_t element = open.front();
    open.pop_front();
    for (const size_t edge : edges.from(element)) {
      const size_t target = edges.target(edge);
      if (components.of(target) != components.of(start) || by[target] != kNone) continue;
      by[target] = edge;
      from[target] = element;
      if (target != start) {
        open.push_back(target);
        continue;
      }
      std::vector<size_t> cycle{edge};
      for (size_t at = element; at != start; at = from[at]) cycle.push_back(by[at]);
      std::reverse(cycle.begin(), cycle.end());
      return cycle;
    }
  }
  return {};
}

// "`a` -> `b` => `a`", without the middle of a long one.
std::string cycle_text(const Work& work, const std::vector<size_t>& cycle) {
  constexpr size_t kShownAtEachEnd = 6;
  std::string out = "`" + work.name(work.connections[cycle[0]].from) + "`";
  for (size_t i = 0; i < cycle.size(); ++i) {
    if (cycle.size() > 2 * kShownAtEachEnd && i == kShownAtEachEnd) {
      const size_t left_out = cycle.size() - 2 * kShownAtEachEnd;
      out += fmt::format(" … {} more …", left_out);
      i += left_out;
    }
    const CheckedConnection& connection = work.connections[cycle[i]];
    out += connection.kind == PortKind::kPush ? " -> `" : " => `";
    out += work.name(connection.to) + "`";
  }
  return out;
}

void report_cycle(Work& work, const std::vector<size_t>& cycle, bool pushes, bool queries) {
  const size_t closing = *std::max_element(cycle.begin(), cycle.end());
  const std::string name = work.name(work.connections[closing].to);
  Diagnostic diagnostic;
  diagnostic.span = work.graph.connections[closing].arrow;
  if (!queries) {
    diagnostic.code = "E0601";
    diagnostic.message = fmt::format(
        "what `{}` gives comes back to it: a circle of pushes needs `spill`, which is not "
        "available yet",
        name);
  } else if (!pushes) {
    diagnostic.code = "E0602";
    diagnostic.message = fmt::format("`{}` asks itself in the end: a circle of queries waits for its own answer", name);
  } else {
    diagnostic.code = "E0603";
    diagnostic.message =
        fmt::format("`{}` waits for itself: pushes and queries that make a circle can stand still", name);
  }
  diagnostic.notes.push_back({"the circle: " + cycle_text(work, cycle), {}});
  diagnostic.fix = "take one of these connections out";
  work.report(std::move(diagnostic), work.graph.connections[closing].uses);
}

// Each group of elements that can reach each other is reported once, by a shortest circle through its first element.
void check_cycles(Work& work, bool pushes, bool queries) {
  const Edges edges(work, pushes, queries);
  const Components components(edges);
  std::vector<size_t> first(edges.size(), kNone);  // of each component, the first element that is in a cycle
  for (size_t i = 0; i < edges.size(); ++i) {
    for (const size_t edge : edges.from(i)) {
      const size_t target = edges.target(edge);
      if (components.of(target) != components.of(i)) continue;
      size_t& start = first[components.of(i)];
      if (start == kNone && !work.nodes[i].in_cycle) {
        start = i;
        report_cycle(work, shortest_cycle(edges, components, i), pushes, queries);
      }
    }
  }
  for (size_t i = 0; i < edges.size(); ++i) {
    if (first[components.of(i)] != kNone) work.nodes[i].in_cycle = true;
  }
}

// An element runs by itself where nothing can come in, or where what could is not connected and something goes out.
void check_reachable(Work& work) {
  const Edges edges(work, true, true);
  std::vector<bool> fed(work.elements.size()), feeds(work.elements.size()), reached(work.elements.size());
  for (const CheckedConnection& connection : work.connections) {
    fed[connection.to] = true;
    feeds[connection.from] = true;
  }
  std::vector<size_t> open;
  for (size_t i = 0; i < work.elements.size(); ++i) {
    if (work.nodes[i].lost || work.nodes[i].in_lost) reached[i] = true;
    if (!fed[i] && !reached[i]) {
      const Element& element = *work.elements[i].element;
      const auto is_in = [](const auto* port) { return port->direction() == Direction::kIn; };
      const bool takes = std::any_of(element.ports().begin(), element.ports().end(), is_in) ||
                         std::any_of(element.families().begin(), element.families().end(), is_in);
      reached[i] = !takes || feeds[i];
    }
    if (reached[i]) open.push_back(i);
  }
  while (!open.empty()) {
    const size_t element = open.back();
    open.pop_back();
    for (const size_t edge : edges.from(element)) {
      const size_t target = edges.target(edge);
      if (!reached[target]) open.push_back(target);
      reached[target] = true;
    }
  }
  for (size_t i = 0; i < work.elements.size(); ++i) {
    if (reached[i] || fed[i]) continue;  // what is fed and not reached is behind an error
    const GraphElement& written = work.graph.elements[i];
    // A port that must be connected has been reported.
    const auto& ports = work.elements[i].element->ports();
    if (std::any_of(ports.begin(), ports.end(),
                    [](const Port* port) { return !port->optional() && !port->connected(); })) {
      continue;
    }
    work.report({Severity::kWarning,
                 "W0604",
                 written.class_span,
                 fmt::format("nothing reaches `{}`: it will do nothing", work.name(i)),
                 {},
                 "connect it or take it out"},
                written.uses);
  }
}

// Two readers of one standard input would each get some of its lines.
void check_sole(Work& work) {
  std::map<std::string_view, size_t> first;
  for (size_t i = 0; i < work.elements.size(); ++i) {
    if (work.nodes[i].lost || !work.elements[i].element_class->traits->sole) continue;
    const GraphElement& written = work.graph.elements[i];
    const auto [at, is_first] = first.try_emplace(written.class_name, i);
    if (is_first) continue;
    work.report({Severity::kError,
                 "E0608",
                 written.class_span,
                 fmt::format("a topology has at most one `{}`, and this is another", written.class_name),
                 {{"the first is here", work.graph.elements[at->second].class_span}},
                 "connect what reads it to the first: each reader gets every log"},
                written.uses);
  }
}

}  // namespace

void check_shape(Work& work) {
  check_sole(work);
  check_cycles(work, true, false);
  check_cycles(work, false, true);
  check_cycles(work, true, true);
  if (!work.graph.incomplete) check_reachable(work);
}

}  // namespace blox
