#include "core/queue/turn.h"

#include <algorithm>
#include <vector>

#include "core/base/check.h"

namespace blox::runtime {
namespace {

struct Present {
  bool on = false;
  std::vector<Turn::Part*> parts;
};
thread_local Present present;

}  // namespace

Turn::Turn() {
  BLOX_DCHECK(!present.on, "a turn inside a turn");
  present.on = true;
}

Turn::~Turn() {
  present.on = false;
  if (present.parts.empty()) return;
  for (Part* part : present.parts) part->turn_ended();
  present.parts.clear();
}

bool Turn::take(Part& part) {
  Present& now = present;
  if (!now.on) return false;
  if (std::find(now.parts.begin(), now.parts.end(), &part) == now.parts.end()) now.parts.push_back(&part);
  return true;
}

}  // namespace blox::runtime
