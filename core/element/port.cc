#include "core/element/port.h"

#include <algorithm>
#include <utility>

#include "core/element/element.h"

namespace blox {

Port::Port(Element* owner, PortKind kind, Direction direction, std::string name, const char* type, const char* answer,
           const char* doc, PortOptions options, bool member_of_family)
    : owner_(owner),
      kind_(kind),
      direction_(direction),
      name_(std::move(name)),
      type_(type),
      answer_(answer),
      doc_(doc),
      options_(options),
      in_family_(member_of_family) {
  // The element makes `errors` before any port of the class is made; it stays last.
  std::vector<Port*>& ports = owner->ports_;
  ports.insert(owner->errors_ == nullptr ? ports.end() : ports.end() - 1, this);
}

bool PushOut::emit(Log log) {
  if (log.rows() == 0) return wanted_;
  traffic.add(log.rows(), log.bytes());
  show(log, false);
  if (receivers_.empty()) return wanted_;
  bool wanted = false;
  for (size_t i = 0; i + 1 < receivers_.size(); ++i) wanted |= receivers_[i]->take(log);
  wanted |= receivers_.back()->take(std::move(log));
  return wanted_ = wanted;
}

bool PushOut::room() const {
  return std::all_of(receivers_.begin(), receivers_.end(), [](const Receiver* receiver) { return receiver->room(); });
}

void PushOut::pass(TimeMark mark) {
  if (schema().time_field().empty()) return;
  for (Receiver* receiver : receivers_) receiver->pass(mark);
}

void QueryOut::ask(Log question, Log context) {
  BLOX_CHECK(asker_ != nullptr, "a question on a port that is not connected: ask connected() first");
  traffic.add(question.rows(), question.bytes());
  show(question, false);
  asker_->ask(std::move(question), std::move(context));
}

FamilyBase::FamilyBase(Element* owner, PortKind kind, Direction direction, const char* type, const char* answer,
                       const char* doc)
    : owner_(owner), kind_(kind), direction_(direction), type_(type), answer_(answer), doc_(doc) {
  owner->families_.push_back(this);
}

Port* FamilyBase::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace blox
