#include "core/element/describe.h"

#include <algorithm>
#include <array>

#include "core/element/port_type.h"

namespace blox {
namespace {

constexpr std::array kSections = {"Owns", "Threads", "Bounds", "Errors", "Order", "Cost", "Example"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The section that a line begins: "Owns     one counter" begins "Owns".
std::string_view section_of(std::string_view line) {
  const std::string_view text = trimmed(line);
  for (const std::string_view name : kSections) {
    if (text.starts_with(name) && text.substr(name.size()).starts_with(' ')) return name;
  }
  return {};
}

size_t indentation(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

void read_doc(std::string_view doc, ClassDescription& out) {
  std::string prose;
  size_t section_indent = 0;
  std::string* at = &prose;
  for (const std::string_view line : lines_of(doc)) {
    if (const std::string_view name = section_of(line); !name.empty()) {
      section_indent = indentation(line);
      out.sections.emplace_back(name, trimmed(trimmed(line).substr(name.size())));
      at = &out.sections.back().second;
      continue;
    }
    // What continues a section is indented deeper than its name; anything else is prose again.
    if (at != &prose && !trimmed(line).empty() && indentation(line) <= section_indent) at = &prose;
    *at += at->empty() ? "" : "\n";
    *at += trimmed(line);
  }
  for (auto& [name, text] : out.sections) text = trimmed(text);
  const std::string_view all = trimmed(prose);
  size_t end = all.find(". ");
  end = std::min({end, all.find(".\n"), all.find("\n\n"), all.size()});
  if (end < all.size() && all[end] == '.') ++end;
  out.summary = all.substr(0, end);
  std::replace(out.summary.begin(), out.summary.end(), '\n', ' ');
  out.text = trimmed(all.substr(end));
}

void read_ports(const Element& element, ClassDescription& out) {
  for (const Port* port : element.ports()) {
    if (port == element.find_port("errors", Direction::kOut)) continue;
    const bool main = element.main_port(port->kind(), port->direction()) == port;
    out.ports.push_back({port->name(), port->kind(), port->direction(), port->type_text(), port->answer_text(),
                         port->doc(), port->optional(), false, main});
  }
  for (const FamilyBase* family : element.families()) {
    out.ports.push_back({"", family->kind(), family->direction(), family->type_text(), family->answer_text(),
                         family->doc(), true, true, false});
  }
}

std::vector<std::string> settings_of(const Traits& traits, bool stateful) {
  std::vector<std::string> out = {"queue",   "full",   "spill",    "at",    "isolate",
                                  "restart", "orphan", "on_error", "was"};
  if (stateful) out.push_back("memory");
  if (traits.sharding != Sharding::kOne) {
    for (const char* setting : {"shards", "by", "sharder", "values", "order"}) out.emplace_back(setting);
  }
  std::sort(out.begin(), out.end());
  return out;
}

const char* word(PortKind kind) { return kind == PortKind::kPush ? "push" : "query"; }
const char* word(Direction direction) { return direction == Direction::kIn ? "in" : "out"; }
const char* word(Sharding sharding) {
  return sharding == Sharding::kOne ? "one" : sharding == Sharding::kAny ? "any" : "by_key";
}

}  // namespace

const std::string* ClassDescription::section(std::string_view wanted) const {
  for (const auto& [title, body] : sections) {
    if (title == wanted) return &body;
  }
  return nullptr;
}

ClassDescription describe(const ElementClass& element_class) {
  ClassDescription out;
  out.name = element_class.name;
  out.file = element_class.file;
  out.traits = *element_class.traits;
  read_doc(element_class.doc, out);
  const std::unique_ptr<Element> element = element_class.make();
  read_ports(*element, out);
  for (const ArgBase* arg : element->args()) {
    out.arguments.push_back({arg->name(), arg->type_name(), arg->default_text(), arg->doc(), arg->required()});
  }
  if (const NamedArgs* named = element->named_args()) {
    out.named_arguments = true;
    out.arguments.push_back({named->name(), named->type_name(), "", named->doc(), false});
  }
  for (const State* state : element->states()) out.states.push_back({state->name(), state->version().number});
  for (const HandlerBase* handler : element->handlers()) {
    out.handlers.push_back({handler->name(), handler->doc(), handler->writable()});
  }
  out.settings = settings_of(out.traits, !out.states.empty());
  return out;
}

Datum to_datum(const ClassDescription& description) {
  Datum::List sections, ports, arguments, states, handlers, settings;
  for (const auto& [title, body] : description.sections)
    sections.push_back(Datum::Struct{{"title", title}, {"text", body}});
  for (const ClassDescription::Port& port : description.ports) {
    ports.push_back(Datum::Struct{{"name", port.name},
                                  {"kind", word(port.kind)},
                                  {"direction", word(port.direction)},
                                  {"type", port.type},
                                  {"answer", port.answer},
                                  {"doc", port.doc},
                                  {"optional", port.optional},
                                  {"family", port.family},
                                  {"main", port.main}});
  }
  for (const ClassDescription::Argument& argument : description.arguments) {
    arguments.push_back(Datum::Struct{{"name", argument.name},
                                      {"type", argument.type},
                                      {"required", argument.required},
                                      {"default", argument.default_text},
                                      {"doc", argument.doc}});
  }
  for (const ClassDescription::State& state : description.states) {
    states.push_back(Datum::Struct{{"name", state.name}, {"version", int64_t{state.version}}});
  }
  for (const ClassDescription::Handler& handler : description.handlers) {
    handlers.push_back(Datum::Struct{{"name", handler.name}, {"doc", handler.doc}, {"writable", handler.writable}});
  }
  for (const std::string& setting : description.settings) settings.emplace_back(setting);
  const Traits& traits = description.traits;
  return Datum::Struct{{"name", description.name},          {"file", description.file},
                       {"summary", description.summary},    {"text", description.text},
                       {"sections", std::move(sections)},   {"ports", std::move(ports)},
                       {"arguments", std::move(arguments)}, {"named_arguments", description.named_arguments},
                       {"states", std::move(states)},       {"handlers", std::move(handlers)},
                       {"blocking", traits.blocking},       {"background", traits.background},
                       {"effects", traits.effects},         {"deterministic", traits.deterministic},
                       {"sharding", word(traits.sharding)}, {"emit_max", static_cast<int64_t>(traits.emit_max)},
                       {"guarantee", traits.guarantee},     {"settings", std::move(settings)}};
}

std::optional<std::string> class_that_adds(const Registry& registry, std::string_view field,
                                           const std::optional<Type>& type, std::string_view not_this) {
  for (const ElementClass* element_class : registry.classes()) {
    if (element_class->name == not_this) continue;
    const std::unique_ptr<Element> element = element_class->make();
    if (element->main_port(PortKind::kPush, Direction::kIn) == nullptr) continue;
    const Port* out = element->main_port(PortKind::kPush, Direction::kOut);
    if (out == nullptr) continue;
    const Result<PortFormula> formula = PortFormula::parse(out->type_text());
    if (!formula.is_ok()) continue;
    for (const PortFormula::Term& term : formula->terms) {
      if (term.op != '+' && term.op != '!') continue;
      for (const Field& added : term.fields) {
        if (added.name == field && (!type || fits(added.type, *type))) return element_class->name;
      }
    }
  }
  return std::nullopt;
}

}  // namespace blox
