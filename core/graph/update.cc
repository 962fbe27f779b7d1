#include "core/graph/update.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "core/base/hash.h"
#include "core/graph/shards.h"
#include "core/graph/spread.h"

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

/// Why a part cannot run on; empty where it can.
std::string_view difference(const CheckedElement& before, const CheckedElement& after) {
  if (before.element_class != after.element_class) return "another class";
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

/// An element as people know it: alone, or all parts of a shard.
struct Whole {
  size_t front = 0;              // what has its name
  std::vector<size_t> parts;     // of a shard: all, the front too; else the element
  std::vector<size_t> replicas;  // of an element that is no shard: itself
};

/// Where what spreads a shard is on another worker, each of its parts here goes by itself.
std::vector<Whole> wholes_of(const Checked& checked) {
  std::vector<Whole> all;
  std::map<size_t, size_t> known;  // by front
  for (size_t i = 0; i < checked.elements.size(); ++i) {
    const ShardPlace& place = checked.elements[i].place;
    const bool alone = place.part == ShardPlace::Part::kNone || place.shard >= checked.elements.size();
    const size_t front = alone ? i : place.shard;
    const auto [found, is_new] = known.emplace(front, all.size());
    if (is_new) all.push_back({front, {}, {}});
    Whole& whole = all[found->second];
    whole.parts.push_back(i);
    if (alone || place.part == ShardPlace::Part::kReplica) whole.replicas.push_back(i);
  }
  return all;
}

bool is_keyed(const State* state) { return dynamic_cast<const KeyedBase*>(state) != nullptr; }

/// The fields that the key of an element's state is made of, with their types.
std::vector<std::pair<std::string, Type>> key_of(const Element& element) {
  std::vector<std::pair<std::string, Type>> out;
  for (const Port* port : element.ports()) {
    if (port->kind() != PortKind::kPush || port->direction() != Direction::kIn || !port->connected()) continue;
    for (const std::string& name : key_at(element, *port).value_or(std::vector<std::string>())) {
      const std::optional<size_t> at = port->schema().find(name);
      if (at) out.emplace_back(name, port->schema().at(*at).type);
    }
    break;
  }
  return out;
}

class Comparison {
 public:
  Comparison(const Worded& before, const Worded& after, const std::vector<bool>& over, const std::vector<bool>& joined)
      : before_(before), after_(after), over_(over), found_(before.checked.elements.size(), false) {
    update_.elements.resize(after.checked.elements.size());
    update_.connections = match_connections(before.checked, after.checked);
    newly_fed_ = joined;
    newly_fed_.resize(after.checked.elements.size());
    for (size_t i = 0; i < after.checked.connections.size(); ++i) {
      if (update_.connections[i].has_value()) continue;
      newly_fed_[after.checked.connections[i].to] = true;
      newly_fed_[after.checked.connections[i].from] = true;
    }
    for (size_t i = 0; i < before.checked.elements.size(); ++i) {
      old_by_path_.emplace(before.checked.elements[i].path, i);
    }
  }

  Update run() {
    std::vector<Whole> old = wholes_of(before_.checked);
    std::map<std::string_view, const Whole*> old_by_path;
    for (const Whole& whole : old) old_by_path.emplace(old_at(whole.front).path, &whole);
    std::set<const Whole*> taken;
    for (const Whole& whole : wholes_of(after_.checked)) {
      const CheckedElement& first = new_at(whole.replicas.empty() ? whole.front : whole.replicas[0]);
      auto match = old_by_path.find(new_at(whole.front).path);
      if (match == old_by_path.end() && first.settings.was.has_value()) match = old_by_path.find(*first.settings.was);
      if (match == old_by_path.end() || !taken.insert(match->second).second) {
        add(whole);
      } else {
        look_at(*match->second, whole);
      }
    }
    for (const Whole& whole : old) {
      if (taken.contains(&whole)) continue;
      update_.wholes.push_back({Fate::kRemoved, old_at(whole.front).path, whole.front, {}, {}, false});
      if (whole.parts.size() > 1) update_.remade.push_back({whole.front, {}});
    }
    for (size_t i = 0; i < found_.size(); ++i) {
      if (!found_[i]) update_.elements.push_back({Fate::kRemoved, old_at(i).path, i, {}, {}, false});
    }
    return std::move(update_);
  }

 private:
  const CheckedElement& old_at(size_t index) const { return before_.checked.elements[index]; }
  const CheckedElement& new_at(size_t index) const { return after_.checked.elements[index]; }
  bool is_over(size_t old) const { return old < over_.size() && over_[old]; }

  void add(const Whole& whole) {
    for (const size_t part : whole.parts)
      update_.elements[part] = {Fate::kAdded, new_at(part).path, {}, part, {}, false};
    update_.wholes.push_back({Fate::kAdded, new_at(whole.front).path, {}, whole.front, {}, false});
  }

  /// The part of an old whole that has the place of this one.
  std::optional<size_t> old_part(const Whole& old, const Whole& now, size_t part) const {
    const std::string& name = new_at(now.front).path;
    const auto found = old_by_path_.find(old_at(old.front).path + new_at(part).path.substr(name.size()));
    if (found == old_by_path_.end()) return std::nullopt;
    const bool its = std::find(old.parts.begin(), old.parts.end(), found->second) != old.parts.end();
    return its ? std::optional(found->second) : std::nullopt;
  }

  uint64_t words(const Worded& version, const Whole& whole) const {
    const CheckedElement& front = version.checked.elements[whole.front];
    const auto found = version.definitions.find(front.place.whole.empty() ? front.path : front.place.whole);
    return found == version.definitions.end() ? 0 : found->second;
  }

  void look_at(const Whole& old, const Whole& now) {
    ElementUpdate one{Fate::kKept, new_at(now.front).path, old.front, now.front, {}, false};
    const std::string layout = other_layout(old, now);
    one.why = layout;
    if (one.why.empty() && words(before_, old) != words(after_, now)) one.why = "other arguments or settings";
    if (one.why.empty() && old_at(old.front).path != one.path) one.why = "another name";
    bool over = false, over_and_fed = false;
    for (const size_t part : now.parts) {
      const std::optional<size_t> was = old_part(old, now, part);
      over = over || (was && is_over(*was));
      over_and_fed = over_and_fed || (was && is_over(*was) && newly_fed_[part]);
    }
    if (one.why.empty() && over_and_fed) one.why = "it had come to its end, and has a new connection";
    one.fate = one.why.empty() ? Fate::kKept : Fate::kChanged;
    const bool whole = !layout.empty() || over_and_fed || old_at(old.front).path != one.path;
    for (const size_t part : now.parts) look_at_part(old, now, part, one, whole);
    if (one.fate == Fate::kChanged && !over) one.keeps_state = keep_state(old, now, one.why);
    const bool a_shard = old.parts.size() > 1 || now.parts.size() > 1;
    if (one.fate == Fate::kChanged && whole && a_shard) update_.remade.push_back({old.front, now.front});
    update_.wholes.push_back(std::move(one));
  }

  void look_at_part(const Whole& old, const Whole& now, size_t part, const ElementUpdate& of, bool whole) {
    ElementUpdate one{Fate::kAdded, new_at(part).path, old_part(old, now, part), part, {}, false};
    if (one.before) {
      found_[*one.before] = true;
      const bool replica = std::find(now.replicas.begin(), now.replicas.end(), part) != now.replicas.end();
      one.fate = of.fate == Fate::kChanged && (whole || replica) ? Fate::kChanged : Fate::kKept;
      if (one.fate == Fate::kChanged) one.why = of.why;
    }
    update_.elements[part] = std::move(one);
  }

  /// Why no part of it can run on; empty where the parts are the same, but perhaps for what replicas are told.
  std::string other_layout(const Whole& old, const Whole& now) const {
    if (old.replicas.size() != now.replicas.size()) {
      return std::to_string(now.replicas.size()) + (now.replicas.size() == 1 ? " replica" : " replicas") +
             " instead of " + std::to_string(old.replicas.size());
    }
    if (old.parts.size() != now.parts.size()) return "other ports, or another order";
    std::string ports;
    for (const size_t part : now.parts) {
      const std::optional<size_t> was = old_part(old, now, part);
      if (!was) return "other ports, or another order";
      const auto* spread = dynamic_cast<const Spread*>(new_at(part).element.get());
      const auto* spread_before = dynamic_cast<const Spread*>(old_at(*was).element.get());
      if (spread != nullptr && spread_before != nullptr && !spread->spreads_like(*spread_before)) {
        return "its records are spread otherwise";
      }
      if (ports.empty()) ports = difference(old_at(*was), new_at(part));
    }
    return ports;
  }

  /// What becomes of the state of one that is made anew: whether it is kept, whole or divided. `why` gets the reason
  /// where it could have been.
  bool keep_state(const Whole& old, const Whole& now, std::string& why) {
    if (old.replicas.empty() || now.replicas.empty()) return false;  // they are all on other workers
    const CheckedElement& earlier = old_at(old.replicas[0]);
    const CheckedElement& later = new_at(now.replicas[0]);
    const std::vector<State*>& states = later.element->states();
    if (!earlier.named || !later.named || earlier.element_class != later.element_class || states.empty()) return false;
    const bool keyed = std::any_of(states.begin(), states.end(), is_keyed);
    if (keyed && key_of(*earlier.element) != key_of(*later.element)) {
      why += ", and its key is another";
      return false;
    }
    const bool by_key = later.element_class->traits->sharding == Sharding::kByKey;
    if (old.replicas.size() == now.replicas.size() && (!by_key || spread_alike(old, now))) {
      for (size_t i = 0; i < now.replicas.size(); ++i) {
        ElementUpdate& one = update_.elements[now.replicas[i]];
        one.before = old.replicas[i];
        found_[old.replicas[i]] = true;
        one.fate = Fate::kChanged;
        one.keeps_state = true;
      }
      return true;
    }
    if (!by_key) return false;
    if (std::all_of(states.begin(), states.end(), is_keyed)) {
      update_.divided.push_back({old.replicas, now.replicas});
      return true;
    }
    if (update_.impossible.is_ok()) {
      update_.impossible =
          Status::user("update.state", "`" + new_at(now.front).path + "` cannot change while it runs (" + why +
                                           "): what `" + std::string(later.element->class_name()) +
                                           "` remembers does not all go by its key, so it cannot be divided anew")
              .with_fix("give it another name: then it begins anew; or start the topology again");
    }
    return false;
  }

  bool spread_alike(const Whole& old, const Whole& now) const {
    const auto* before = dynamic_cast<const Spread*>(old_at(old.front).element.get());
    const auto* after = dynamic_cast<const Spread*>(new_at(now.front).element.get());
    return before == nullptr || after == nullptr ? before == after : after->spreads_like(*before);
  }

  const Worded& before_;
  const Worded& after_;
  const std::vector<bool>& over_;
  std::vector<bool> found_;      // by old element: it goes on in some form
  std::vector<bool> newly_fed_;  // by new element
  std::map<std::string, size_t, std::less<>> old_by_path_;
  Update update_;
};

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
  for (const ElementUpdate& one : wholes) {
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

uint64_t key_definition(const Element& element) {
  const std::vector<State*>& states = element.states();
  if (std::none_of(states.begin(), states.end(), is_keyed)) return 0;
  std::string words;
  for (const auto& [name, type] : key_of(element)) words += name + ' ' + type.to_string() + '\n';
  return hash64(words);
}

Update compare(const Worded& before, const Worded& after, const std::vector<bool>& over,
               const std::vector<bool>& joined) {
  return Comparison(before, after, over, joined).run();
}

}  // namespace blox
