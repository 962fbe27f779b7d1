#include "tools/blox/import/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "tools/blox/import/old_form.h"
#include "tools/blox/import/values.h"

namespace blox::tools {
namespace {

const Given* find_given(const std::vector<Given>& givens, std::string_view name) {
  for (const Given& given : givens) {
    if (old_name(given.name) == old_name(name)) return &given;
  }
  return nullptr;
}

// `argument`, `!argument`, `:port`, or nothing.
bool holds(std::string_view when, const OldClass& old, const std::vector<Given>& givens,
           const std::set<std::string>& used) {
  if (when.empty()) return true;
  const bool wanted = when[0] != '!';
  const std::string_view name = wanted ? when : when.substr(1);
  if (name.starts_with('@')) return (used.count(std::string(name)) != 0) == wanted;
  if (name.starts_with(':')) {
    const auto is_it = [&](const std::string& port) { return is_port(name.substr(1), port); };
    return std::any_of(used.begin(), used.end(), is_it) == wanted;
  }
  const Given* given = find_given(givens, name);
  if (given != nullptr) return is_something(*given->value) == wanted;
  const OldArg* arg = old.find_arg(name);
  const bool by_default = arg != nullptr && !arg->fallback.empty() && arg->fallback != "false";
  return by_default == wanted;
}

}  // namespace

bool is_port(std::string_view pattern, std::string_view name) {
  const std::string wanted = old_name(name);
  if (old_name(pattern) == wanted) return true;
  if (!pattern.ends_with('#')) return false;
  const std::string stem = old_name(pattern.substr(0, pattern.size() - 1));
  return wanted.size() > stem.size() && wanted.starts_with(stem) &&
         std::all_of(wanted.begin() + static_cast<std::ptrdiff_t>(stem.size()), wanted.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::vector<Given> givens_of(const JsonNode* object) {
  std::vector<Given> out;
  if (object == nullptr) return out;
  for (size_t i = 0; i < object->keys.size(); ++i) {
    out.push_back({object->keys[i].text, object->keys[i].span, &object->items[i], ""});
  }
  return out;
}

std::optional<PortHere> Made::find(std::string_view port) const {
  for (const PortHere& here : ports) {
    if (!is_port(here.old, port)) continue;
    PortHere out = here;
    if (out.port == "*") out.port = element_name(port);
    return out;
  }
  return std::nullopt;
}

bool PartsMaker::check_args(const OldClass& old, const std::vector<Given>& givens, Span class_span) {
  for (const Given& given : givens) {
    const OldArg* arg = old.find_arg(given.name);
    if (arg == nullptr) {
      std::vector<std::string> names;
      for (const OldArg& known : old.args) names.emplace_back(known.name);
      const std::optional<std::string> near = nearest(given.name, names);
      diagnostics_.add({Severity::kWarning,
                        "W0143",
                        given.span,
                        fmt::format("`{}` had no argument `{}`; it is left out", old.name, given.name),
                        {},
                        near ? "did you mean `" + *near + "`?" : ""});
    } else if (arg->form == OldForm::kNothing && !arg->note.empty()) {
      diagnostics_.add({Severity::kWarning,
                        "W0149",
                        given.span,
                        fmt::format("`{}` has no counterpart; it is left out", given.name),
                        {{std::string(arg->note), {}}},
                        ""});
    }
  }
  bool good = true;
  for (const OldArg& arg : old.args) {
    if (!arg.required || find_given(givens, arg.name) != nullptr) continue;
    diagnostics_.error("E0147", class_span, fmt::format("`{}` needs its argument `{}`", old.name, arg.name));
    good = false;
  }
  return good;
}

std::optional<std::string> PartsMaker::value(const JsonNode& value, OldForm form, std::string_view arg) {
  return new_value(value, form, arg, diagnostics_);
}

std::optional<Made> PartsMaker::make(const OldClass& old, const std::string& name, const std::vector<Given>& givens,
                                     Span class_span, const std::set<std::string>& used) {
  bool good = check_args(old, givens, class_span);
  std::map<std::string, std::string, std::less<>> values{{"id", name}};
  for (const OldArg& arg : old.args) {
    if (!arg.fallback.empty()) values[std::string(arg.called())] = arg.fallback;
    const Given* given = find_given(givens, arg.name);
    if (given == nullptr || arg.form == OldForm::kNothing || arg.form == OldForm::kReserved) continue;
    if (!given->formal.empty()) {
      values[std::string(arg.called())] = "$" + given->formal;
      continue;
    }
    if (given->value->is(JsonNode::Kind::kNull)) continue;
    std::optional<std::string> value = this->value(*given->value, arg.form, given->name);
    if (!value) {
      good = false;
    } else if (arg.form == OldForm::kSeconds && !is_something(*given->value)) {
      if (arg.fallback.empty()) values.erase(std::string(arg.called()));
    } else {
      values[std::string(arg.called())] = std::move(*value);
    }
  }
  if (!good) return std::nullopt;

  const auto lookup = [&](std::string_view wanted) -> std::optional<std::string> {
    const auto found = values.find(wanted);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
  Made out;
  std::map<std::string, std::string, std::less<>> names;
  const auto add = [&](const NewPart& part) {
    const std::string full = part.suffix.empty() ? name : fmt::format("{}_{}", name, part.suffix);
    names[std::string(part.suffix)] = full;
    NewElement element;
    element.name = full;
    element.call = expand_call(part.call, lookup);
    element.settings = part.settings.empty() ? "" : expand(part.settings, lookup).value_or("");
    element.helper = !part.suffix.empty();
    if (part.suffix.empty() && !old.remark.empty()) element.remarks.emplace_back(old.remark);
    out.elements.push_back(std::move(element));
  };
  const NewPart* before = nullptr;
  const auto full_name = [&](const NewPart& part) { return names[std::string(part.suffix)]; };
  PortHere head, tail;
  for (const NewPart& part : old.line) {
    if (!holds(part.when, old, givens, used)) continue;
    add(part);
    if (before == nullptr) {
      head.element = full_name(part);
      head.port = part.in;
    } else {
      out.connections.push_back({full_name(*before), std::string(before->out), full_name(part), std::string(part.in),
                                 false, ""});
    }
    tail.element = full_name(part);
    tail.port = part.out;
    before = &part;
  }
  for (const NewPart& part : old.beside) {
    if (holds(part.when, old, givens, used)) add(part);
  }
  const auto at = [&](std::string_view suffix) -> std::optional<PortHere> {
    if (suffix == kHead || suffix == kTail) {
      const PortHere& end = suffix == kHead ? head : tail;
      return end.element.empty() ? std::nullopt : std::optional(end);
    }
    const auto named = names.find(suffix);
    if (named == names.end()) return std::nullopt;
    PortHere found;
    found.element = named->second;
    return found;
  };
  for (const NewWire& wire : old.wires) {
    const std::optional<PortHere> from = at(wire.from), to = at(wire.to);
    if (!from || !to) continue;
    NewConnection connection{from->element, std::string(wire.from_port), "", std::string(wire.to_port), wire.query,
                             std::string(wire.settings)};
    connection.to = to->element;
    if (connection.to_port.empty()) connection.to_port = to->port;
    out.connections.push_back(std::move(connection));
  }
  for (const OldPort& port : old.ports) {
    std::optional<PortHere> here = port.relay.empty() ? at(port.part) : std::nullopt;
    if (!port.note.empty()) here = PortHere{};
    if (!here) continue;
    out.ports.push_back({std::string(port.name), port.direction, port.kind, here->element,
                         port.port.empty() ? here->port : std::string(port.port), std::string(port.settings),
                         std::string(port.note), port.needless, std::string(port.question)});
  }
  return out;
}

}  // namespace blox::tools
