#include "core/element/sharder.h"

namespace blox {

const std::vector<std::string>& ShardSetup::fields_at(const Port& port) const {
  if (port.kind() != PortKind::kPush) return by;
  for (size_t i = 0; i < names.size(); ++i) {
    if (inputs[i]->name() == port.name()) return names[i];
  }
  return by;
}

std::unique_ptr<AnswerMerger> Sharder::merger(const Port&) { return nullptr; }

}  // namespace blox
