// Groups: each becomes a compound, for each set of arguments that it is used with.
#include <fmt/format.h>

#include <algorithm>

#include "tools/blox/import/body.h"
#include "tools/blox/import/values.h"

namespace blox::tools {
namespace {

constexpr int kDeepestGroups = 100;

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

// Each group is looked at once for an argument, however often it is used, in circles too.
const ArgUse& Body::use_of(const OldGroup& group, const std::string& arg, int depth) {
  const auto [place, is_new] = all_.arg_uses.try_emplace({&group, old_name(arg)});
  ArgUse& out = place->second;
  if (!is_new || depth > kDeepestGroups) return out;
  for (const OldBlock& block : group.blocks) {
    if (!block.group_args) continue;
    if (const OldGroup* inner = all_.find_group(block.class_name.text)) {
      const ArgUse& inside = use_of(*inner, arg, depth + 1);
      out.forms.insert(inside.forms.begin(), inside.forms.end());
      out.shapes = out.shapes || inside.shapes;
      continue;
    }
    const OldClass* old = find_old_class(block.class_name.text);
    const OldArg* known = old == nullptr ? nullptr : old->find_arg(arg);
    if (known == nullptr) continue;
    out.forms.insert(known->form);
    out.shapes = out.shapes || shapes(known->form) || old->sharing != OldSharing::kNone || decides(*old, arg);
  }
  return out;
}

const Variant* Body::variant_of(const OldGroup& group, size_t index, const std::vector<Given>& givens, Span span) {
  if (std::find(all_.open_groups.begin(), all_.open_groups.end(), index) != all_.open_groups.end()) {
    all_.diagnostics.error("E0148", span, fmt::format("the group `{}` contains itself", group.name.text));
    return nullptr;
  }
  if (all_.open_groups.size() > static_cast<size_t>(kDeepestGroups)) {
    all_.diagnostics.error("E0148", span, fmt::format("groups are nested more than {} deep here", kDeepestGroups));
    return nullptr;
  }
  std::string key = std::to_string(index);
  std::vector<Given> inside;
  std::vector<std::pair<std::string, OldForm>> formals;
  for (const Given& given : givens) {
    const ArgUse& use = use_of(group, given.name, 0);
    if (use.forms.empty()) {
      all_.diagnostics.warning("W0143", given.span,
                               fmt::format("nothing in the group `{}` takes `{}`; it is left out", group.name.text,
                                           given.name));
      continue;
    }
    Given inner = given;
    inner.formal.clear();
    const std::string name = element_name(old_name(given.name));
    if (use.forms.size() == 1 && !use.shapes) {
      inner.formal = name;
      formals.emplace_back(name, *use.forms.begin());
      key += fmt::format(" {}", name);
    } else {
      key += fmt::format(" {}=", name);
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
    head += (i == 0 ? "(" : ", ") + made.formals[i].first;
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
    const auto is_it = [wanted = name](const Given& given) { return element_name(old_name(given.name)) == wanted; };
    const auto given = std::find_if(givens.begin(), givens.end(), is_it);
    std::optional<std::string> value;
    if (!given->formal.empty()) {
      value = "$" + given->formal;
    } else {
      value = all_.parts.value(*given->value, form, given->name);
    }
    good = good && value.has_value();
    if (!value) continue;
    element.call += separator + fmt::format("{} = {}", name, *value);
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
