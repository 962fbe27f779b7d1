#include "core/graph/waves.h"

#include <algorithm>
#include <utility>

namespace blox {

// Waves only ever grow here, up to the number of background sources: beyond it two of them wait for each other, and
// are then flushed together.
Waves waves_of(const Checked& checked) {
  const size_t count = checked.elements.size();
  Waves waves{std::vector<bool>(count), std::vector<size_t>(count, 0), 0};
  std::vector<size_t> push_inputs(count, 0);
  std::vector<std::vector<const CheckedConnection*>> leaving(count);
  for (const CheckedConnection& connection : checked.connections) {
    leaving[connection.from].push_back(&connection);
    if (connection.kind == PortKind::kPush) ++push_inputs[connection.to];
  }
  for (size_t i = 0; i < count; ++i) {
    waves.background[i] = checked.elements[i].element_class->traits->background && push_inputs[i] == 0;
    waves.of[i] = waves.background[i] ? 1 : 0;
    waves.last += waves.of[i];
  }
  bool changed = waves.last > 0;
  const auto raise = [&](size_t element, size_t wave) {
    if (waves.of[element] >= std::min(wave, waves.last)) return;
    waves.of[element] = std::min(wave, waves.last);
    changed = true;
  };
  while (std::exchange(changed, false)) {
    for (const CheckedConnection& connection : checked.connections) {
      const size_t from = connection.from, to = connection.to;
      if (waves.of[from] == 0) continue;
      const bool source = push_inputs[from] == 0;  // or what only answers, which is flushed after its askers
      if (connection.kind == PortKind::kPush || push_inputs[to] == 0) {
        raise(to, waves.of[from]);
        if (connection.kind == PortKind::kQuery && source) raise(from, waves.of[to]);
        continue;
      }
      // What is asked has inputs of its own: they end before the question, its outputs after it.
      if (source && waves.of[to] > 0) raise(from, waves.of[to] + 1);
      for (const CheckedConnection* onward : leaving[to]) {
        if (onward->kind == PortKind::kPush || push_inputs[onward->to] == 0) raise(onward->to, waves.of[from]);
      }
    }
  }
  return waves;
}

}  // namespace blox
