#include "core/graph/update.h"

#include <map>
#include <string_view>
#include <tuple>

#include "core/base/hash.h"

namespace blox {
namespace {

using Fate = ElementUpdate::Fate;

void add_words(const Literal& literal, std::string& words) {
  words += literal.to_string();
  words += '\0';
  words += literal.raw;
  words += '\0';
  // What a text refers to by `$name` is part of it.
  if (literal.bindings != nullptr && literal.raw.find('$') != std::string::npos) {
    for (const auto& [name, value] : *literal.bindings) {
      if (literal.raw.find(name) != std::string::npos) words += name + "=" + value.to_string() + '\0';
    }
  }
  for (const Literal& item : literal.items) add_words(item, words);
}

uint64_t definition_of(const GraphElement& element) {
  std::string words = element.class_name + '\0';
  for (const GraphArg& arg : element.args) {
    words += arg.name + '\0';
    add_words(arg.value, words);
  }
  for (const Setting& setting : element.settings) {
    if (setting.name == "queue" || setting.name == "full" || setting.name == "spill" || setting.name == "was") continue;
    words += setting.name + '\0';
    add_words(setting.value, words);
  }
  return hash64(words);
}

bool same_port(const Port& a, const Port& b) {
  return a.name() == b.name() && a.kind() == b.kind() && a.direction() == b.direction() &&
         a.connected() == b.connected() && a.schema() == b.schema() &&
         (a.kind() != PortKind::kQuery || a.answer_schema() == b.answer_schema());
}

/// Why an element cannot run on; empty where it can.
std::string_view difference(const CheckedElement& before, const CheckedElement& after, bool same_words) {
  if (before.element_class != after.element_class) return "another class";
  if (!same_words) return "other arguments or settings";
  const std::vector<Port*>& old_ports = before.element->ports();
  const std::vector<Port*>& new_ports = after.element->ports();
  if (old_ports.size() != new_ports.size()) return "other ports";
  for (size_t i = 0; i < old_ports.size(); ++i) {
    if (!same_port(*old_ports[i], *new_ports[i])) return "other types or ports";
  }
  return {};
}

/// A connection by the names at its ends.
using Ends = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
Ends ends_of(const Checked& of, const CheckedConnection& connection) {
  return {of.elements[connection.from].path, connection.from_port->name(), of.elements[connection.to].path,
          connection.to_port->name()};
}

/// The parts of a shard, `name#1`, are made of the words of the whole.
uint64_t defined(const Worded& version, std::string_view path) {
  auto found = version.definitions.find(path);
  if (found == version.definitions.end()) found = version.definitions.find(path.substr(0, path.rfind('#')));
  return found == version.definitions.end() ? 0 : found->second;
}

std::vector<std::optional<size_t>> match_connections(const Checked& before, const Checked& after) {
  std::multimap<Ends, size_t> old;
  for (size_t i = 0; i < before.connections.size(); ++i) old.emplace(ends_of(before, before.connections[i]), i);
  std::vector<std::optional<size_t>> matched(after.connections.size());
  for (size_t i = 0; i < after.connections.size(); ++i) {
    const auto found = old.find(ends_of(after, after.connections[i]));
    if (found == old.end()) continue;
    matched[i] = found->second;
    old.erase(found);
  }
  return matched;
}

}  // namespace

bool Update::empty() const {
  for (const ElementUpdate& one : elements) {
    if (one.fate != Fate::kKept) return false;
  }
  for (const std::optional<size_t>& one : connections) {
    if (!one.has_value()) return false;
  }
  return true;
}

std::vector<std::string> Update::lines() const {
  std::vector<std::string> all;
  size_t kept = 0;
  for (const ElementUpdate& one : elements) {
    switch (one.fate) {
      case Fate::kKept: ++kept; break;
      case Fate::kChanged:
        all.push_back("changed  " + one.path + ": " + one.why +
                      (one.keeps_state ? "; keeps its state" : "; begins anew"));
        break;
      case Fate::kAdded: all.push_back("added    " + one.path); break;
      case Fate::kRemoved: all.push_back("removed  " + one.path); break;
    }
  }
  all.push_back(std::to_string(kept) + (kept == 1 ? " element runs on" : " elements run on"));
  return all;
}

Definitions definitions_of(const Graph& graph) {
  Definitions all;
  for (const GraphElement& element : graph.elements) all.emplace(element.path, definition_of(element));
  return all;
}

Update compare(const Worded& old_version, const Worded& new_version, const std::vector<bool>& over) {
  const Checked& before = old_version.checked;
  const Checked& after = new_version.checked;
  Update update;
  std::map<std::string_view, size_t> old;
  for (size_t i = 0; i < before.elements.size(); ++i) old.emplace(before.elements[i].path, i);
  update.connections = match_connections(before, after);
  std::vector<bool> newly_fed(after.elements.size(), false);
  for (size_t i = 0; i < after.connections.size(); ++i) {
    if (update.connections[i].has_value()) continue;
    newly_fed[after.connections[i].to] = true;
    newly_fed[after.connections[i].from] = true;
  }
  std::vector<bool> found(before.elements.size(), false);
  for (size_t i = 0; i < after.elements.size(); ++i) {
    const CheckedElement& element = after.elements[i];
    ElementUpdate one;
    one.path = element.path;
    one.after = i;
    auto match = old.find(element.path);
    if (match == old.end() && element.settings.was.has_value()) match = old.find(*element.settings.was);
    if (match == old.end() || found[match->second]) {
      one.fate = Fate::kAdded;
      update.elements.push_back(std::move(one));
      continue;
    }
    const CheckedElement& earlier = before.elements[match->second];
    found[match->second] = true;
    one.before = match->second;
    one.why = difference(earlier, element, defined(old_version, earlier.path) == defined(new_version, element.path));
    if (one.why.empty() && earlier.path != element.path) one.why = "another name";
    const bool is_over = match->second < over.size() && over[match->second];
    if (one.why.empty() && is_over && newly_fed[i]) one.why = "it had come to its end, and has a new connection";
    one.fate = one.why.empty() ? Fate::kKept : Fate::kChanged;
    one.keeps_state = one.fate == Fate::kChanged && earlier.named && element.named && !is_over &&
                      earlier.element_class == element.element_class && !element.element->states().empty();
    update.elements.push_back(std::move(one));
  }
  for (size_t i = 0; i < before.elements.size(); ++i) {
    if (!found[i]) update.elements.push_back({Fate::kRemoved, before.elements[i].path, i, {}, {}, false});
  }
  return update;
}

}  // namespace blox
