// What the solver of types says, and where.
#include <fmt/format.h>

#include <algorithm>

#include "core/graph/meet.h"
#include "core/graph/types.h"

namespace blox {
namespace {

// Fields and types, whatever their order; T fits T?.
bool agrees(const Schema& given, const Schema& written) {
  return given.size() == written.size() &&
         std::all_of(given.fields().begin(), given.fields().end(), [&](const Field& field) {
           const std::optional<size_t> at = written.find(field.name);
           return at && fits(field.type, written.at(*at).type);
         });
}

bool is_about_arrival(const Diagnostic& diagnostic) {
  return diagnostic.code == "E0501" || diagnostic.code == "E0502" || diagnostic.code == "E0505";
}

// "; did you mean": then the fault is where the field was named, else it is in what arrives.
bool is_misspelt(const Diagnostic& diagnostic) {
  return diagnostic.span.known() && diagnostic.message.find("; did you mean `") != std::string::npos;
}

}  // namespace

void Solver::report(Diagnostic diagnostic) { reports_.push_back(std::move(diagnostic)); }

void Solver::error(std::string_view code, Span where, std::string message, std::string fix) {
  report({Severity::kError, std::string(code), where, std::move(message), {}, std::move(fix)});
}

// Fills in what the element could not know: where its port is connected, and who writes to it.
void Solver::flush_reports(const Slot& slot) {
  for (Diagnostic& diagnostic : reports_) {
    if (slot.arrives() && is_about_arrival(diagnostic)) {
      if (!is_misspelt(diagnostic)) diagnostic.span = place(slot);
      const std::string writer = work_.name(slots_[source(slot, slot.connections[0])].element);
      for (Note& note : diagnostic.notes) {
        if (note.text.starts_with("arrives: ")) note.text += " from `" + writer + "`";
      }
    }
    if (!diagnostic.span.known()) diagnostic.span = place(slot);
    work_.report(std::move(diagnostic), uses(slot));
  }
  reports_.clear();
}

void Solver::agree_with_annotation(Slot& slot) {
  const Annotation& annotation = annotations_[*slot.annotation];
  if (!slot.schema) {
    slot.schema = annotation.schema;  // an earlier error; what the author wrote is better than nothing
    return;
  }
  if (agrees(*slot.schema, annotation.schema)) return;
  Diagnostic diagnostic{Severity::kError,
                        "E0510",
                        annotation.span,
                        fmt::format("the type of {} is not what stands here", port_text(slot)),
                        {},
                        {}};
  diagnostic.notes.push_back({(slot.arrives() ? "arrives: " : "it gives: ") + slot.schema->to_string(), {}});
  work_.report(std::move(diagnostic), *annotation.uses);
}

void Solver::report_difference(const Slot& slot, size_t first, size_t second, const Schema& a, const Schema& b,
                               const Difference& difference) {
  const GraphConnection& written = work_.graph.connections[slot.connections[second]];
  const size_t element_a = slots_[source(slot, slot.connections[first])].element;
  const size_t element_b = slots_[source(slot, slot.connections[second])].element;
  const bool same_name = work_.name(element_a) == work_.name(element_b);
  const auto name_of = [&](size_t element) {
    return same_name ? work_.graph.elements[element].path : work_.name(element);
  };
  const std::string name_a = name_of(element_a);
  const std::string name_b = name_of(element_b);
  const std::string reader = work_.name(slot.element);
  const bool asked = slot.port->kind() == PortKind::kQuery && !slot.answer;
  const std::string who =
      asked ? fmt::format("the questions to `{}`", reader) : fmt::format("the writers of `{}`", reader);
  Diagnostic diagnostic{Severity::kError, "E0508", slot.answer ? written.from.span : written.to.span, {}, {}, {}};
  switch (difference.kind) {
    case Difference::Kind::kField:
      diagnostic.message = fmt::format("{} differ: `{}` gives the field `{}`, `{}` does not", who,
                                       difference.only_first ? name_a : name_b, difference.field,
                                       difference.only_first ? name_b : name_a);
      diagnostic.fix = asked ? "ask with the same fields"
                             : fmt::format("let both go through `Union(missing = null)` before `{}`", reader);
      break;
    case Difference::Kind::kType:
      diagnostic.message = fmt::format("{} differ: `{}` gives the field `{}` as `{}`, `{}` as `{}`", who, name_a,
                                       difference.field, a.at(*a.find(difference.field)).type.to_string(), name_b,
                                       b.at(*b.find(difference.field)).type.to_string());
      diagnostic.fix = asked ? "ask with the same types"
                             : fmt::format("convert one of them with `Map({} = …)`", quoted_name(difference.field));
      break;
    case Difference::Kind::kMode:
    case Difference::Kind::kNone:
      diagnostic.code = "E0509";
      if (a.is_changelog() && b.is_changelog()) {
        diagnostic.message = fmt::format("the writers of `{}` differ: `{}` and `{}` give two forms of changelog",
                                         reader, name_a, name_b);
      } else {
        diagnostic.message = fmt::format("the writers of `{}` differ: {} gives a changelog, the other new records only",
                                         reader, a.is_changelog() ? "`" + name_a + "`" : "`" + name_b + "`");
      }
      break;
  }
  diagnostic.notes.push_back({"arrives: " + a.to_string() + " from `" + name_a + "`", {}});
  diagnostic.notes.push_back({"arrives: " + b.to_string() + " from `" + name_b + "`", {}});
  report(std::move(diagnostic));
}

std::string Solver::port_text(const Slot& slot) const {
  const std::string port = fmt::format("`{}` of `{}`", slot.port->name(), work_.name(slot.element));
  return slot.answer ? "the answers at " + port : port;
}

Span Solver::place(const Slot& slot) const {
  if (!slot.arrives() || slot.connections.empty()) return work_.graph.elements[slot.element].class_span;
  const GraphConnection& written = work_.graph.connections[slot.connections[0]];
  return slot.answer ? written.from.span : written.to.span;
}

const std::vector<Use>& Solver::uses(const Slot& slot) const {
  if (!slot.arrives() || slot.connections.empty()) return work_.graph.elements[slot.element].uses;
  return work_.graph.connections[slot.connections[0]].uses;
}

}  // namespace blox
