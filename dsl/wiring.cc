#include "dsl/wiring.h"

#include <algorithm>
#include <utility>

namespace blox::dsl {
namespace {

struct Path {
  GraphConnection connection;
  size_t order = 0;
};

}  // namespace

size_t Wiring::add_junction() {
  leaving_.emplace_back();
  return leaving_.size() - 1;
}

void Wiring::add(Wire wire) {
  if (wire.from.is_junction) leaving_[wire.from.junction].push_back(wires_.size());
  wires_.push_back(std::move(wire));
}

bool Wiring::connect(Graph& graph) const {
  std::vector<Path> paths;
  paths.reserve(wires_.size());
  std::vector<size_t> hops;  // wires of the path being followed

  const auto finish = [&] {
    const Wire& first = wires_[hops.front()];
    const Wire& last = wires_[hops.back()];
    const auto depth = [&](size_t hop) { return wires_[hop].uses.size(); };
    const auto shallower = [&](size_t a, size_t b) { return depth(a) < depth(b); };
    const size_t outermost = *std::min_element(hops.begin(), hops.end(), shallower);
    const size_t innermost = *std::max_element(hops.begin(), hops.end(), shallower);
    Path& path = paths.emplace_back();
    path.order = outermost;
    GraphConnection& out = path.connection;
    out.from = first.from.end;
    out.to = last.to.end;
    out.kind = first.kind;
    out.arrow = wires_[outermost].arrow;
    out.uses = wires_[innermost].uses;
    // The outer setting of a name counts: it knows more of the use.
    std::vector<size_t> by_depth = hops;
    std::stable_sort(by_depth.begin(), by_depth.end(), [&](size_t a, size_t b) { return depth(a) > depth(b); });
    for (const size_t hop : by_depth) {
      const Wire& wire = wires_[hop];
      out.settings.insert(out.settings.end(), wire.settings.begin(), wire.settings.end());
      const auto annotate = [](GraphEnd& end, const WireEnd& written) {
        if (end.annotated || !written.is_junction || !written.end.annotated) return;
        end.annotated = true;
        end.type = written.end.type;
      };
      annotate(out.from, wire.from);
      annotate(out.to, wire.to);
    }
  };

  // Depth first, with a stack of our own: pass-through compounds may stand in a row of any length.
  std::vector<bool> passed(leaving_.size());
  std::vector<size_t> next;  // beside hops: which wire that leaves its end comes next
  size_t steps = 0;
  const auto enter = [&](size_t wire) {
    const WireEnd& to = wires_[wire].to;
    if (to.is_junction && passed[to.junction]) return;  // junctions in a circle lead nowhere
    if (to.is_junction) passed[to.junction] = true;
    hops.push_back(wire);
    next.push_back(0);
    ++steps;
  };
  for (size_t i = 0; i < wires_.size(); ++i) {
    if (wires_[i].from.is_junction) continue;
    enter(i);
    while (!hops.empty()) {
      if (steps > kMaxSteps) return false;
      const WireEnd& to = wires_[hops.back()].to;
      if (!to.is_junction) finish();
      if (to.is_junction && next.back() < leaving_[to.junction].size()) {
        enter(leaving_[to.junction][next.back()++]);
        continue;
      }
      if (to.is_junction) passed[to.junction] = false;
      hops.pop_back();
      next.pop_back();
    }
  }

  std::stable_sort(paths.begin(), paths.end(), [](const Path& a, const Path& b) { return a.order < b.order; });
  graph.connections.reserve(graph.connections.size() + paths.size());
  for (Path& path : paths) graph.connections.push_back(std::move(path.connection));
  return true;
}

}  // namespace blox::dsl
