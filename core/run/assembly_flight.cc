// What is counted where it survives the process, beside the queues: records that elements hold back, and those that
// sources would give again.
#include <algorithm>

#include "core/run/assembly.h"

namespace blox::runtime {
namespace {

/// Counts what a source gives, before anybody has it.
class Given final : public Receiver {
 public:
  explicit Given(FlightSlot& slot) : slot_(slot) {}
  bool take(Log log) override {
    count_flight(slot_.entered, log.rows());
    return false;
  }
  void pass(TimeMark) override {}

 private:
  FlightSlot& slot_;
};

const HandlerBase* handler_of(const Element& element, std::string_view name) {
  for (const HandlerBase* one : element.handlers()) {
    if (one->name() == name) return one;
  }
  return nullptr;
}

bool is_fed(const Element& element) {
  const std::vector<Port*>& ports = element.ports();
  return std::any_of(ports.begin(), ports.end(), [](const Port* one) {
    return one->kind() == PortKind::kPush && one->direction() == Direction::kIn && one->connected();
  });
}

}  // namespace

FlightSlot* Assembly::flight(FlightPlace::Kind kind, size_t element, const std::string& from, const std::string& to,
                             uint32_t number) const {
  if (control_.options.flight == nullptr) return nullptr;
  return control_.options.flight({kind, checked_.elements[element].path, from, to, number});
}

void Assembly::count_held() {
  if (control_.options.flight == nullptr) return;
  for (const auto& cell : cells_) {
    const HandlerBase* const held = handler_of(cell->element, "held");
    if (held == nullptr) continue;
    cell->told_held = {held, flight(FlightPlace::Kind::kHeld, cell->index, {}, {}, 0)};
    if (cell->told_held.slot != nullptr) cell->task->holders.push_back(cell.get());
  }
}

// A source says by `unsaved` how many its next life gives again. Without that it is all of them, where it needs nothing
// from the world outside and has a place where it stands: that is lost.
void Assembly::count_given(Cell& cell, PushOut& port) {
  if (control_.options.flight == nullptr || port.name() == "errors" || is_fed(cell.element)) return;
  const HandlerBase* const unsaved = handler_of(cell.element, "unsaved");
  if (unsaved == nullptr && (!cell.traits.deterministic || cell.element.states().empty())) return;
  FlightSlot* const slot = flight(FlightPlace::Kind::kGiven, cell.index, {}, {}, 0);
  if (slot == nullptr) return;
  if (unsaved != nullptr) cell.told_given = {unsaved, slot};
  attach(port, given_.emplace_back(std::make_unique<Given>(*slot)).get());
}

void ToldCount::note() const {
  if (slot == nullptr) return;
  const Datum value = handler->get();
  const int64_t* const records = value.get_if<int64_t>();
  slot->entered.store(records == nullptr ? 0 : static_cast<uint64_t>(std::max<int64_t>(0, *records)),
                      std::memory_order_release);
}

}  // namespace blox::runtime
