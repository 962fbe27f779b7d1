#include "tools/blox/lsp/hover.h"

#include <algorithm>

#include "core/element/describe.h"
#include "core/graph/settings.h"
#include "dsl/printer.h"
#include "tools/blox/class_text.h"

namespace blox::tools::lsp {
namespace {

std::string block(const std::string& code) { return "```blox\n" + code + "\n```\n"; }

// Comments directly above a declaration are its documentation.
std::string comments(const dsl::Comments* from) {
  std::string out;
  for (size_t i = 0; from != nullptr && i < from->before.size(); ++i) {
    std::string_view text = from->before[i].text;
    if (from->before[i].blank_before) out.clear();
    while (text.starts_with('/') || text.starts_with('*') || text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with('/') || text.ends_with('*') || text.ends_with(' ')) text.remove_suffix(1);
    out += std::string(text) + "\n";
  }
  return out.empty() ? out : "\n" + out;
}

std::string type_of(const Port& port) {
  if (port.schema().size() == 0 && port.kind() == PortKind::kPush) return {};
  std::string out = port.schema().to_string();
  if (port.kind() == PortKind::kQuery) out += " ⇒ " + port.answer_schema().to_string();
  return out;
}

// "[out] {word: string}", one a line, of the connected ports whose types are known.
std::string flows(const Analysis& analysis, const Target& target) {
  const std::vector<size_t> elements = elements_of(analysis, target);
  if (elements.empty() || analysis.checked.elements[elements[0]].element == nullptr) return {};
  std::string out;
  for (const Port* port : analysis.checked.elements[elements[0]].element->ports()) {
    const std::string type = port->connected() ? type_of(*port) : "";
    if (type.empty()) continue;
    out += std::string(port->direction() == Direction::kIn ? "-> " : "") + "[" + port->name() + "]" +
           (port->direction() == Direction::kOut ? " ->" : "") + " " + type + "\n";
  }
  if (out.empty()) return {};
  out.pop_back();
  return "\nwhat flows" + std::string(elements.size() > 1 ? ", where it is used first" : "") + "\n\n" + block(out);
}

std::string of_class(const Analysis& analysis, const Target& target) {
  const ElementClass* const element_class = analysis.registry.find(target.call->class_name.text);
  const std::string page = element_class == nullptr ? "" : markdown(describe(*element_class));
  return page + flows(analysis, target);
}

std::string signature(const dsl::Class& compound) {
  std::string out = "elementclass " + compound.name.text;
  for (size_t i = 0; i < compound.formals.size(); ++i) {
    const dsl::Parameter& formal = compound.formals[i];
    out += (i == 0 ? "(" : ", ") + dsl::print_name(formal.name.text);
    if (formal.type) out += ": " + dsl::print(*formal.type);
    if (formal.value) out += " = " + dsl::print(*formal.value);
  }
  return out + (compound.formals.empty() ? "" : ")");
}

std::string of_symbol(const Analysis& analysis, const Names& names, const Symbol& symbol) {
  switch (symbol.kind) {
    case Symbol::Kind::kElement: {
      std::string out = block(dsl::print_name(symbol.name) + " :: " + dsl::print(*symbol.call, {}));
      out += comments(symbol.comments);
      const size_t compound = names.compound(symbol.scope, symbol.call->class_name.text);
      if (compound != kNone) return out + "\n" + of_symbol(analysis, names, names.symbols()[compound]);
      const std::string page = of_class(analysis, {symbol.call, symbol.name});
      return page.empty() ? out : out + "\n" + page;
    }
    case Symbol::Kind::kCompound: return block(signature(*symbol.compound)) + comments(symbol.comments);
    case Symbol::Kind::kParameter:
    case Symbol::Kind::kFormal: {
      std::string out = symbol.kind == Symbol::Kind::kParameter ? "param " : "";
      out += dsl::print_name(symbol.name);
      if (symbol.parameter->type) out += ": " + dsl::print(*symbol.parameter->type);
      if (symbol.parameter->value) out += " = " + dsl::print(*symbol.parameter->value);
      return block(out) + comments(symbol.comments);
    }
  }
  return {};
}

std::string of_argument(const Analysis& analysis, const Mention& mention) {
  const ElementClass* const element_class = analysis.registry.find(mention.target.call->class_name.text);
  if (element_class == nullptr) return {};
  const ClassDescription about = describe(*element_class);
  for (const ClassDescription::Argument& argument : about.arguments) {
    if (argument.name != mention.name && !(about.named_arguments && &argument == &about.arguments.back())) continue;
    const std::string given = preset(argument);
    return block(argument.name + ": " + argument.type + (given.empty() ? "" : " " + given)) + "\n" + argument.doc +
           "\n";
  }
  return {};
}

std::string of_setting(const Mention& mention) {
  for (const SettingInfo& info : setting_infos()) {
    if (info.name == mention.name) return block(mention.name + " = " + info.values) + "\n" + info.doc + "\n";
  }
  return {};
}

// Of the connections that pass this arrow: one end of it is an element, or it joins two compounds.
std::string of_arrow(const Analysis& analysis, const Mention& mention) {
  const std::vector<size_t> from = elements_of(analysis, mention.from);
  const std::vector<size_t> to = elements_of(analysis, mention.target);
  const auto is_one = [](const std::vector<size_t>& all, size_t index) {
    return std::find(all.begin(), all.end(), index) != all.end();
  };
  for (size_t i = 0; i < analysis.checked.connections.size(); ++i) {
    const CheckedConnection& connection = analysis.checked.connections[i];
    const bool here = analysis.program.graph.connections[i].arrow == mention.span;
    const bool joins = is_one(from, connection.from) && (to.empty() || is_one(to, connection.to));
    const bool enters = from.empty() && is_one(to, connection.to);
    if ((!here && !joins && !enters) || connection.from_port == nullptr) continue;
    std::string type = type_of(*connection.from_port);
    if (type.empty()) continue;
    if (connection.kind == PortKind::kQuery && connection.to_port != nullptr) {
      type = connection.from_port->schema().to_string() + " ⇒ " + connection.to_port->answer_schema().to_string();
    }
    return block(type);
  }
  return {};
}

std::string of_port(const Analysis& analysis, const Names& names, const Mention& mention) {
  for (const size_t index : elements_of(analysis, mention.target)) {
    const auto& element = analysis.checked.elements[index].element;
    if (element == nullptr) continue;
    for (const Port* port : element->ports()) {
      if (port->name() != mention.name || port->direction() != mention.direction) continue;
      const std::string type = type_of(*port);
      return block("[" + port->name() + "] " + (type.empty() ? port->type_text() : type)) + "\n" + port->doc() + "\n";
    }
  }
  // Of a compound: what passes the arrow at this side of it.
  const Mention* arrow = nullptr;
  for (const Mention& other : names.mentions()) {
    if (other.kind != Mention::Kind::kArrow || other.span.file != mention.span.file) continue;
    const bool behind = other.span.offset > mention.span.offset;
    if (!behind && mention.direction == Direction::kIn) arrow = &other;
    if (behind && mention.direction == Direction::kOut && arrow == nullptr) arrow = &other;
  }
  return arrow == nullptr ? std::string() : of_arrow(analysis, *arrow);
}

}  // namespace

std::vector<size_t> elements_of(const Analysis& analysis, const Target& target) {
  std::vector<size_t> out;
  if (target.call == nullptr) return out;
  const std::vector<GraphElement>& all = analysis.program.graph.elements;
  for (size_t i = 0; i < all.size() && i < analysis.checked.elements.size(); ++i) {
    if (all[i].class_span != target.call->class_name.span) continue;
    const std::string_view path = all[i].path;
    if (target.name.empty() || path == target.name || path.ends_with("/" + target.name)) out.push_back(i);
  }
  return out;
}

std::vector<Field> arriving_fields(const Analysis& analysis, size_t element) {
  std::vector<Field> out;
  for (const CheckedConnection& connection : analysis.checked.connections) {
    if (connection.to != element || connection.kind != PortKind::kPush || connection.from_port == nullptr) continue;
    for (const Field& field : connection.from_port->schema().fields()) {
      if (std::none_of(out.begin(), out.end(), [&](const Field& known) { return known.name == field.name; })) {
        out.push_back(field);
      }
    }
  }
  return out;
}

std::optional<std::string> hover(const Analysis& analysis, const Names& names, const Mention& mention) {
  std::string out;
  if (mention.symbol != kNone) {
    out = of_symbol(analysis, names, names.symbols()[mention.symbol]);
  } else if (mention.kind == Mention::Kind::kClass) {
    out = of_class(analysis, mention.target);
  } else if (mention.kind == Mention::Kind::kArgument) {
    out = of_argument(analysis, mention);
  } else if (mention.kind == Mention::Kind::kSetting) {
    out = of_setting(mention);
  } else if (mention.kind == Mention::Kind::kPort) {
    out = of_port(analysis, names, mention);
  } else if (mention.kind == Mention::Kind::kArrow) {
    out = of_arrow(analysis, mention);
  }
  return out.empty() ? std::nullopt : std::optional<std::string>(std::move(out));
}

}  // namespace blox::tools::lsp
