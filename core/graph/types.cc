#include "core/graph/types.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/element/adapt.h"
#include "core/graph/meet.h"

namespace blox {

Solver::Solver(Work& work) : work_(work) {
  make_slots();
  read_annotations();
}

// ---- what there is to solve ----

void Solver::make_slots() {
  size_t ports = 0;
  for (const CheckedElement& element : work_.elements) {
    if (element.element != nullptr) ports += element.element->ports().size();
  }
  by_port_.reserve(ports);
  slots_.reserve(ports + ports / 2);
  for (size_t i = 0; i < work_.elements.size(); ++i) {
    if (work_.elements[i].element == nullptr) continue;
    for (Port* port : work_.elements[i].element->ports()) {
      by_port_.emplace(port, static_cast<Index>(slots_.size()));
      slots_.push_back({port, static_cast<Index>(i), false});
      if (port->kind() == PortKind::kQuery) slots_.push_back({port, static_cast<Index>(i), true});
    }
  }
  for (size_t i = 0; i < work_.connections.size(); ++i) {
    const CheckedConnection& connection = work_.connections[i];
    if (work_.lost(connection)) continue;
    slots_[by_port_.at(connection.to_port)].connections.push_back(static_cast<Index>(i));
    if (connection.kind == PortKind::kQuery) {
      slots_[by_port_.at(connection.from_port) + 1].connections.push_back(static_cast<Index>(i));
    }
  }
}

void Solver::read_annotations() {
  for (size_t i = 0; i < work_.connections.size(); ++i) {
    const GraphConnection& written = work_.graph.connections[i];
    read_annotation(written.from, work_.connections[i].from_port, written.uses);
    read_annotation(written.to, work_.connections[i].to_port, written.uses);
  }
}

void Solver::read_annotation(const GraphEnd& end, const Port* port, const std::vector<Use>& uses) {
  if (!end.annotated) return;
  Diagnostics found;
  ArgContext context(found, port == nullptr ? end.port : port->name());
  const std::optional<Type> type = ArgTraits<Type>::parse(end.type, context);
  work_.pass_on(found, uses);
  if (!type) return;
  if (type->kind() != Kind::kStruct || type->nullable()) {
    work_.error("E0511", end.type.span,
                fmt::format("a port passes records, and `{}` is no record type", type->to_string()),
                "as in `[out: {word: string, count: int}]`", uses);
    return;
  }
  if (port == nullptr) return;
  const Index index = by_port_.at(port);
  annotations_.push_back({Schema::from(*type), end.type.span, &uses});
  slots_[index].annotation = static_cast<Index>(annotations_.size() - 1);
}

// Elements in the direction of the data (Kahn, "Topological sorting of large networks", 1962); those in circles last.
std::vector<size_t> Solver::order() const {
  std::vector<uint32_t> waits(work_.elements.size());
  std::vector<std::vector<Index>> readers(work_.elements.size());
  for (const CheckedConnection& connection : work_.connections) {
    if (work_.lost(connection)) continue;
    readers[connection.from].push_back(static_cast<Index>(connection.to));
    ++waits[connection.to];
  }
  std::vector<size_t> out;
  out.reserve(waits.size());
  for (size_t i = 0; i < waits.size(); ++i) {
    if (waits[i] == 0) out.push_back(i);
  }
  for (size_t next = 0; next < out.size(); ++next) {
    for (const Index reader : readers[out[next]]) {
      if (--waits[reader] == 0) out.push_back(reader);
    }
  }
  for (size_t i = 0; i < waits.size(); ++i) {
    if (waits[i] != 0) out.push_back(i);
  }
  return out;
}

void Solver::run() {
  for (const size_t element : order()) {
    if (work_.elements[element].element == nullptr) continue;
    const std::vector<Port*>& ports = work_.elements[element].element->ports();
    for (const bool arriving : {true, false}) {
      for (const Port* port : ports) {
        const Index index = by_port_.at(port);
        for (Index slot = index; slot <= index + (port->kind() == PortKind::kQuery ? 1 : 0); ++slot) {
          if (slots_[slot].arrives() == arriving) solve(slot);
        }
      }
    }
  }
  settle();
}

// ---- solving ----

void Solver::solve(Index root) {
  stack_.push_back(root);
  while (!stack_.empty()) {
    const Index index = stack_.back();
    if (slots_[index].state == Slot::State::kDone) {
      stack_.pop_back();
      continue;
    }
    slots_[index].state = Slot::State::kOpen;
    current_ = index;
    arrived_known_ = false;
    pending_.clear();
    reports_.clear();
    std::optional<Schema> schema = compute(index);
    current_.reset();
    Slot& slot = slots_[index];
    if (slot.state == Slot::State::kNew) continue;  // a circle was opened further down: it comes again
    if (!pending_.empty()) {
      stack_.insert(stack_.end(), pending_.begin(), pending_.end());
      continue;
    }
    slot.schema = std::move(schema);
    slot.state = Slot::State::kDone;
    stack_.pop_back();
    flush_reports(slot);
    if (slot.annotation) agree_with_annotation(slot);
  }
}

std::optional<Schema> Solver::compute(Index index) {
  const Slot& slot = slots_[index];
  Element& element = *work_.elements[slot.element].element;
  if (slot.port == &element.errors()) return Element::error_schema();
  if (work_.nodes[slot.element].args_lost) return std::nullopt;
  if (slot.arrives() && slot.connections.empty()) return std::nullopt;
  return slot.answer ? element.resolve_answer(*slot.port, *this) : element.resolve(*slot.port, *this);
}

std::optional<Schema> Solver::of(const Port& port) {
  const std::optional<Index> slot = slot_of(port);
  if (!slot) return std::nullopt;
  return slot == current_ && slots_[*slot].arrives() ? arriving() : demand(*slot);
}

std::vector<Schema> Solver::writers(const Port& port) {
  std::vector<Schema> out;
  const std::optional<Index> index = slot_of(port);
  if (!index || !slots_[*index].arrives()) return out;
  for (const Index connection : slots_[*index].connections) {
    std::optional<Schema> schema = demand(source(slots_[*index], connection));
    if (schema) out.push_back(*std::move(schema));
  }
  return out;
}

std::optional<Schema> Solver::demand(Index index) {
  Slot& slot = slots_[index];
  if (slot.assumed) return annotations_[*slot.annotation].schema;
  if (slot.state == Slot::State::kDone) return slot.schema;
  if (slot.state == Slot::State::kOpen) return open_circle(index);
  pending_.push_back(index);
  return std::nullopt;
}

// The slot under way needs one that waits for it. An annotation anywhere on the way round stands for what it cannot
// know; without one the type is lost.
std::optional<Schema> Solver::open_circle(Index index) {
  // The last one: further down it may wait for its turn a second time.
  const auto begin = std::find(stack_.rbegin(), stack_.rend(), index).base() - 1;
  const auto annotated = std::find_if(begin, stack_.end(), [&](Index member) {
    return slots_[member].state == Slot::State::kOpen && slots_[member].annotation.has_value();
  });
  if (annotated != stack_.end()) {
    slots_[*annotated].assumed = true;
    if (*annotated == index) return annotations_[*slots_[index].annotation].schema;
    // All that waits on the way is asked again; this time it meets the annotation.
    for (auto member = begin; member != stack_.end(); ++member) slots_[*member].state = Slot::State::kNew;
    stack_.erase(begin + 1, stack_.end());
    return std::nullopt;
  }
  Slot& slot = slots_[index];
  bool refused = false;  // the circle itself is an error already
  std::string way;
  for (auto member = begin; member != stack_.end(); ++member) {
    if (slots_[*member].state != Slot::State::kOpen) continue;
    refused = refused || work_.nodes[slots_[*member].element].in_cycle;
    way += port_text(slots_[*member]) + " <- ";
  }
  slot.state = Slot::State::kDone;
  if (!refused) {
    Diagnostic diagnostic{Severity::kError,
                          "E0515",
                          place(slot),
                          fmt::format("the type of {} depends on itself", port_text(slot)),
                          {},
                          {}};
    diagnostic.notes.push_back({"the circle: " + way + port_text(slot), {}});
    diagnostic.fix = fmt::format("write it down, as in `[{}: {{word: string}}]`", slot.port->name());
    work_.report(std::move(diagnostic), uses(slot));
  }
  return std::nullopt;
}

// What the writers of the slot under way have in common.
std::optional<Schema> Solver::arriving() {
  if (arrived_known_) return arrived_;
  const Slot& slot = slots_[*current_];
  const size_t waiting = pending_.size();
  std::vector<std::pair<size_t, Schema>> given;  // the connection in slot.connections, and what it brings
  for (size_t i = 0; i < slot.connections.size(); ++i) {
    std::optional<Schema> schema = demand(source(slot, slot.connections[i]));
    if (slot.state == Slot::State::kNew) return std::nullopt;
    if (schema) given.emplace_back(i, *std::move(schema));
  }
  if (pending_.size() != waiting) return std::nullopt;
  arrived_known_ = true;
  arrived_.reset();
  if (given.empty()) return std::nullopt;
  Schema met = given[0].second;
  for (size_t i = 1; i < given.size(); ++i) {
    Difference difference;
    std::optional<Schema> next = meet(met, given[i].second, difference);
    if (!next) {
      report_difference(slot, given[0].first, given[i].first, met, given[i].second, difference);
      return std::nullopt;
    }
    met = *std::move(next);
  }
  arrived_ = std::move(met);
  return arrived_;
}

Solver::Index Solver::source(const Slot& slot, Index connection) const {
  const CheckedConnection& through = work_.connections[connection];
  return slot.answer ? by_port_.at(through.to_port) + 1 : by_port_.at(through.from_port);
}

// What `Types::of` means by a port: what arrives there where anything does, else what the element gives.
std::optional<Solver::Index> Solver::slot_of(const Port& port) const {
  const auto found = by_port_.find(&port);
  if (found == by_port_.end()) return std::nullopt;
  const bool answers = port.kind() == PortKind::kQuery && port.direction() == Direction::kOut;
  return found->second + (answers ? 1 : 0);
}

// ---- the result ----

void Solver::settle() {
  for (const Slot& slot : slots_) {
    if (!slot.schema) continue;
    const bool readers_saw_annotation = slot.assumed && slot.arrives();
    const Schema& schema = readers_saw_annotation ? annotations_[*slot.annotation].schema : *slot.schema;
    if (slot.answer) {
      slot.port->set_answer_schema(schema);
    } else {
      slot.port->set_schema(schema);
    }
  }
  for (size_t i = 0; i < work_.connections.size(); ++i) check_fit(work_.connections[i], work_.graph.connections[i]);
  const Graph& graph = work_.graph;
  if (!work_.diagnostics.has_errors() && !graph.incomplete && !graph.names_lost) report_unknown();
}

// A class may take less than what its text says; what it takes must still be made of what it is given.
void Solver::check_fit(const CheckedConnection& connection, const GraphConnection& written) {
  if (work_.lost(connection)) return;
  const auto compare = [&](const Slot& giver, const Slot& taker, const Schema& given, const Schema& taken) {
    if (!giver.schema || !taker.schema || Adapter::between(given, taken)) return;
    Diagnostic diagnostic{Severity::kError,
                          "E0513",
                          taker.answer ? written.from.span : written.to.span,
                          fmt::format("what {} gives does not fit what {} takes", port_text(giver), port_text(taker)),
                          {},
                          {}};
    diagnostic.notes.push_back({"it gives: " + given.to_string(), {}});
    diagnostic.notes.push_back({"it takes: " + taken.to_string(), {}});
    work_.report(std::move(diagnostic), written.uses);
  };
  const Index from = by_port_.at(connection.from_port), to = by_port_.at(connection.to_port);
  const Port& asker = *connection.from_port;
  const Port& reader = *connection.to_port;
  compare(slots_[from], slots_[to], asker.schema(), reader.schema());
  if (connection.kind == PortKind::kPush) return;
  compare(slots_[to + 1], slots_[from + 1], reader.answer_schema(), asker.answer_schema());
}

// Nothing is wrong, and yet a type is not known: a class gives none where an input is not connected. The first one
// in the direction of the data stands for what follows from it.
void Solver::report_unknown() {
  for (const CheckedConnection& connection : work_.connections) {
    for (const Index offset : {0, 1}) {
      if (offset == 1 && connection.kind == PortKind::kPush) continue;
      const Port* const giver = offset == 0 ? connection.from_port : connection.to_port;
      const Slot& slot = slots_[by_port_.at(giver) + offset];
      if (slot.schema) continue;
      std::vector<std::string> missing;
      for (const Port* port : work_.elements[slot.element].element->ports()) {
        if (port->direction() == Direction::kIn && !port->connected()) missing.push_back(port->name());
      }
      std::string fix;
      if (!missing.empty()) {
        fix = fmt::format("connect {} of `{}`", list_names(missing), work_.name(slot.element));
      } else if (giver->kind() == PortKind::kQuery && !slot.answer) {
        fix = fmt::format("write what is asked behind the port, as in `[{}: {{word: string}}]`", giver->name());
      }
      work_.error("E0514", connection.span, fmt::format("the type of {} cannot be known", port_text(slot)),
                  std::move(fix), {});
      return;
    }
  }
}

void check_types(Work& work) { Solver(work).run(); }

}  // namespace blox
