#include "master/groups.h"

namespace blox::master {

Hold own_hold(const Shape::Element& element, const std::string& node) {
  if (!element.at.empty() && element.at == node) return Hold::kNode;
  if (!element.effects) return Hold::kNothing;
  return element.orphan_stops ? Hold::kLease : Hold::kNode;
}

std::vector<Hold> holds(const Shape& shape, const std::vector<std::string>& node_of) {
  const size_t count = shape.elements.size();
  std::vector<Hold> own(count);
  for (size_t i = 0; i < count; ++i) own[i] = own_hold(shape.elements[i], node_of[i]);
  std::vector<std::vector<uint64_t>> feeds(count), fed_by(count);  // on its node
  std::vector<size_t> free_inputs(count, 0);                       // from elsewhere, or not held
  for (const Shape::Connection& one : shape.connections) {
    ++free_inputs[one.to];
    if (node_of[one.from] != node_of[one.to]) continue;
    feeds[one.from].push_back(one.to);
    fed_by[one.to].push_back(one.from);
  }
  std::vector<Hold> hold = own;
  // What waits longest first: it holds whatever both would.
  for (const Hold level : {Hold::kNode, Hold::kLease}) {
    std::vector<uint64_t> ahead;
    for (size_t i = 0; i < count; ++i) {
      if (own[i] == level) ahead.push_back(i);
    }
    const auto held = [&](uint64_t element) {
      if (hold[element] != Hold::kNothing) return;
      hold[element] = level;
      ahead.push_back(element);
    };
    while (!ahead.empty()) {
      const uint64_t next = ahead.back();
      ahead.pop_back();
      for (const uint64_t before : fed_by[next]) held(before);
      for (const uint64_t behind : feeds[next]) {
        if (--free_inputs[behind] == 0) held(behind);
      }
    }
  }
  return hold;
}

}  // namespace blox::master
