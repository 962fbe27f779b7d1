// Groups: each becomes a compound, for each set of arguments that it is used with.
#include <fmt/format.h>

#include <algorithm>

#include "tools/blox/import/body.h"
#include "tools/blox/import/values.h"

namespace blox::tools {
namespace {

// The value as compact text that is the same for the same values.
void write(const JsonNode& value, std::string& out) {
  if (value.is(JsonNode::Kind::kString)) out += quoted(value.text);
  if (value.keys.empty() && value.items.empty() && !value.is(JsonNode::Kind::kString)) out += value.text;
  for (size_t i = 0; i < value.items.size(); ++i) {
    out += i == 0 ? '[' : ',';
    if (!value.keys.empty()) out += value.keys[i].text + ":";
    write(value.items[i], out);
  }
  if (!value.items.empty()) out += ']';
}

bool decides(const OldClass& old, const std::string& arg) {
  const auto asks = [&](const NewPart& part) {
    const std::string_view when = part.when.starts_with('!') ? part.when.substr(1) : part.when;
    return old_name(when) == old_name(arg);
  };
  return std::any_of(old.line.begin(), old.line.end(), asks) || std::any_of(old.beside.begin(), old.beside.end(), asks);
}

}  // namespace

std::set<OldForm> Body::forms_of(const OldGroup& group, const std::string& arg, bool* shaping, int depth) const {
  std::set<OldForm> out;
  if (depth > static_cast<int>(all_.topology.groups.size())) return out;
  for (const OldBlock& block : group.blocks) {
    if (!block.group_args) continue;
    if (const OldGroup* inner = all_.find_group(block.class_name.text)) {
      out.merge(forms_of(*inner, arg, shaping, depth + 1));
      continue;
    }
    const OldClass* old = find_old_class(block.class_name.text);
    const OldArg* known = old == nullptr ? nullptr : old->find_arg(arg);
    if (known == nullptr) continue;
    out.insert(known->form);
    if (shapes(known->form) || old->sharing != OldSharing::kNone || decides(*old, arg)) *shaping = true;
  }
  return out;
}

const Variant* Body::variant_of(const OldGroup& group, size_t index, const std::vector<Given>& givens, Span span) {
  if (std::find(all_.open_groups.begin(), all_.open_groups.end(), index) != all_.open_groups.end()) {
    all_.diagnostics.error("E0148", span, fmt::format("the group `{}` contains itself", group.name.text));
    return nullptr;
  }
  std::string key = std::to_string(index);
  std::vector<Given> inside;
  std::vector<std::pair<std::string, OldForm>> formals;
  for (const Given& given : givens) {
    bool shaping = false;
    const std::set<OldForm> forms = forms_of(group, given.name, &shaping, 0);
    if (forms.empty()) {
      all_.diagnostics.warning("W0143", given.span,
                               fmt::format("nothing in the group `{}` takes `{}`; it is left out", group.name.text,
                                           given.name));
      continue;
    }
    Given inner = given;
    inner.formal.clear();
    if (forms.size() == 1 && !shaping) {
      inner.formal = element_name(given.name);
      formals.emplace_back(given.name, *forms.begin());
      key += fmt::format(" {}", inner.formal);
    } else {
      key += fmt::format(" {}=", given.name);
      write(*given.value, key);
    }
    inside.push_back(std::move(inner));
  }
  const auto known = all_.variants.find(key);
  if (known != all_.variants.end()) return &known->second;

  all_.open_groups.push_back(index);
  all_.used_groups.insert(index);
  Variant made;
  made.class_name = all_.free_class(class_name(group.name.text));
  made.formals = std::move(formals);
  Body body(all_, group, std::move(inside));
  const std::string text = body.translate();
  made.ports = body.ports();
  all_.open_groups.pop_back();
  std::string head = "elementclass " + made.class_name;
  for (size_t i = 0; i < made.formals.size(); ++i) {
    head += (i == 0 ? "(" : ", ") + element_name(made.formals[i].first);
  }
  all_.class_texts.push_back(head + (made.formals.empty() ? " {\n" : ") {\n") + text + "}\n");
  return &all_.variants.emplace(key, std::move(made)).first->second;
}

bool Body::place_group(const OldBlock& block, const OldGroup& group, const std::vector<Given>& givens,
                       Placed& placed) {
  size_t index = 0;
  all_.find_group(group.name.text, &index);
  const Variant* variant = variant_of(group, index, givens, block.class_name.span);
  if (variant == nullptr) return false;
  NewElement element;
  element.name = placed.name;
  element.call = variant->class_name;
  const char* separator = "(";
  bool good = true;
  for (const auto& [name, form] : variant->formals) {
    const auto is_it = [&, wanted = name](const Given& given) { return given.name == wanted; };
    const auto given = std::find_if(givens.begin(), givens.end(), is_it);
    std::optional<std::string> value;
    if (!given->formal.empty()) {
      value = "$" + given->formal;
    } else {
      value = all_.parts.value(*given->value, form, given->name);
    }
    good = good && value.has_value();
    if (!value) continue;
    element.call += separator + fmt::format("{} = {}", element_name(name), *value);
    separator = ", ";
  }
  if (*separator == ',') element.call += ")";
  placed.made.elements.push_back(std::move(element));
  for (PortHere port : variant->ports) {
    port.element = placed.name;
    placed.made.ports.push_back(std::move(port));
  }
  return good;
}

}  // namespace blox::tools
