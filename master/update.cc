#include "master/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>

#include "core/base/hash.h"

namespace blox::master {
namespace {

using Element = Shape::Element;
using Kind = WorkerFate::Kind;
using Words = std::vector<uint64_t>;

/// What a connection is, and to whom it leads. Not where it stands in the file.
uint64_t word_of(const Parts& parts, const Shape::Connection& connection) {
  return hash64(fmt::format("{:x} {} {} {} {}", connection.definition, parts.worker_of[connection.from],
                            parts.worker_of[connection.to], parts.shape.elements[connection.from].path,
                            parts.shape.elements[connection.to].path));
}

/// What a worker runs: its elements, what is connected inside, and what leads to others.
std::map<uint64_t, Words> words_of(const Parts& parts) {
  const Shape& shape = parts.shape;
  uint64_t last_wave = 0;
  for (const Element& element : shape.elements) last_wave = std::max(last_wave, element.wave);
  std::map<uint64_t, Words> words;
  for (size_t i = 0; i < shape.elements.size(); ++i) {
    const Element& one = shape.elements[i];
    words[parts.worker_of[i]].push_back(
        hash64(fmt::format("{} {:x} {} {}", one.path, one.definition, one.wave, last_wave)));
  }
  for (const Shape::Connection& connection : shape.connections) {
    const std::set<uint64_t> workers{parts.worker_of[connection.from], parts.worker_of[connection.to]};
    for (const uint64_t worker : workers) words[worker].push_back(word_of(parts, connection));
  }
  for (auto& [worker, part] : words) std::sort(part.begin(), part.end());
  return words;
}

struct Placed {
  const Element* element = nullptr;
  uint64_t worker = 0;
};
using ByPath = std::map<std::string_view, Placed>;

ByPath by_path(const Parts* parts) {
  ByPath all;
  if (parts == nullptr) return all;
  for (size_t i = 0; i < parts->shape.elements.size(); ++i) {
    all.emplace(parts->shape.elements[i].path, Placed{&parts->shape.elements[i], parts->worker_of[i]});
  }
  return all;
}

/// Why the process of a worker cannot go on with what has become of this element; empty where it can.
std::string hindrance(const Placed& was, const Placed& is) {
  const Element& one = is.element != nullptr ? *is.element : *was.element;
  const bool same =
      was.element != nullptr && is.element != nullptr && was.element->definition == is.element->definition;
  if (was.element != nullptr && is.element != nullptr && was.worker != is.worker) {
    return fmt::format("{} changes its worker", one.path);
  }
  if (same) return {};
  for (const Element* version : {was.element, is.element}) {
    if (version != nullptr && !version->whole.empty()) return fmt::format("the shard {} changes", version->whole);
    if (version != nullptr && version->plugin) return fmt::format("{} comes from a plug-in", version->path);
  }
  return {};
}

bool keeps_state(const Element& was, const Element& is) {
  return was.named && is.named && is.keeps_state && was.element_class == is.element_class && was.key == is.key;
}

bool shown(const Element& element) { return element.whole.empty() || element.whole == element.path; }

}  // namespace

void number_connections(const Parts* before, Shape& after, const std::vector<uint64_t>& worker_of, uint64_t* next) {
  std::map<uint64_t, std::deque<uint64_t>> known;  // by what they are: two of one kind in their order
  if (before != nullptr) {
    for (const Shape::Connection& one : before->shape.connections) known[word_of(*before, one)].push_back(one.number);
  }
  const Parts parts{after, worker_of};
  for (Shape::Connection& one : after.connections) {
    one.number = 0;
    if (worker_of[one.from] == worker_of[one.to]) continue;
    std::deque<uint64_t>& same = known[word_of(parts, one)];
    one.number = same.empty() ? (*next)++ : same.front();
    if (!same.empty()) same.pop_front();
  }
}

std::map<uint64_t, WorkerNeeds> needs_of(const Parts& parts) {
  struct Sum {
    bool any_stops = false, all_stop = true, limited = false, unlimited = false;
  };
  std::map<uint64_t, WorkerNeeds> all;
  std::map<uint64_t, Sum> sums;
  for (size_t i = 0; i < parts.shape.elements.size(); ++i) {
    const Element& element = parts.shape.elements[i];
    WorkerNeeds& needs =
        all.try_emplace(parts.worker_of[i], WorkerNeeds{.memory_bytes = uint64_t{256} << 20}).first->second;
    Sum& sum = sums[parts.worker_of[i]];
    needs.effects = needs.effects || element.effects;
    sum.any_stops = sum.any_stops || element.orphan_stops;
    if (element.effects) sum.all_stop = sum.all_stop && element.orphan_stops;
    needs.restart = std::min(needs.restart, element.restart);
    sum.limited = sum.limited || element.memory_bytes != 0;
    sum.unlimited = sum.unlimited || (element.keeps_state && element.memory_bytes == 0);
    needs.memory_bytes += element.memory_bytes;
  }
  for (const Shape::Connection& connection : parts.shape.connections) {
    all[parts.worker_of[connection.to]].memory_bytes += connection.queue_bytes;
  }
  for (auto& [worker, needs] : all) {
    const Sum& sum = sums[worker];
    needs.orphan_stops = needs.effects ? sum.all_stop : sum.any_stops;
    if (!sum.limited || sum.unlimited) needs.memory_bytes = 0;
  }
  return all;
}

WorkerFates fates_of(const Parts* before, const Parts& after,
                     const std::function<WorkerPresent(uint64_t worker)>& present) {
  WorkerFates fates;
  std::map<uint64_t, Words> was, is = words_of(after);
  std::map<uint64_t, WorkerNeeds> needed, needs = needs_of(after);
  if (before != nullptr) {
    was = words_of(*before);
    needed = needs_of(*before);
  }
  for (const auto& [worker, words] : is) {
    WorkerFate& fate = fates[worker];
    const auto old = was.find(worker);
    if (old == was.end()) {
      fate.kind = Kind::kBegins;
      continue;
    }
    WorkerPresent stands = present(worker);
    if (!stands.over && old->second == words) continue;
    fate.kind = Kind::kRestart;
    if (stands.over) {
      fate.why = "it had come to its end";
    } else if (!stands.unfit.empty()) {
      fate.why = std::move(stands.unfit);
    } else if (needed[worker].memory_bytes != needs[worker].memory_bytes ||
               needed[worker].orphan_stops != needs[worker].orphan_stops) {
      fate.why = "its limits change";
    } else {
      fate.kind = Kind::kInPlace;
    }
  }
  const ByPath old_elements = by_path(before), new_elements = by_path(&after);
  const auto look = [&](const Placed& one, const Placed& other) {
    for (const Placed& side : {one, other}) {
      const auto fate = fates.find(side.worker);
      if (side.element == nullptr || fate == fates.end() || fate->second.kind != Kind::kInPlace) continue;
      fate->second.why = hindrance(one, other);
      if (!fate->second.why.empty()) fate->second.kind = Kind::kRestart;
    }
  };
  for (const auto& [path, placed] : new_elements) {
    const auto old = old_elements.find(path);
    look(old == old_elements.end() ? Placed{} : old->second, placed);
  }
  for (const auto& [path, placed] : old_elements) {
    if (!new_elements.contains(path)) look(placed, {});
  }
  return fates;
}

std::vector<std::string> changes(const Parts* before, const Parts& after, const WorkerFates& fates,
                                 std::string_view topology) {
  ByPath old = by_path(before);
  const ByPath present = by_path(&after);
  std::vector<std::string> lines;
  size_t kept = 0;
  for (size_t i = 0; i < after.shape.elements.size(); ++i) {
    const Element& element = after.shape.elements[i];
    if (!shown(element)) continue;
    const uint64_t worker = after.worker_of[i];
    const WorkerFate& fate = fates.at(worker);
    auto found = old.find(element.path);
    const bool renamed = found == old.end() && !element.was.empty() && !present.contains(element.was);
    if (renamed) found = old.find(element.was);
    if (found == old.end()) {
      lines.push_back("added    " + element.path);
      continue;
    }
    const Placed was = found->second;
    old.erase(found);
    const bool same = !renamed && was.element->definition == element.definition;
    const std::string with = fmt::format("with {}/{}: {}", topology, worker, fate.why);
    if (same && fate.kind != Kind::kRestart) {
      if (was.worker == worker) ++kept;
      if (was.worker != worker) lines.push_back(fmt::format("restarts {}: it changes its worker", element.path));
    } else if (same) {
      lines.push_back(fmt::format("restarts {}: {}", element.path, with));
    } else {
      const std::string_view what = renamed ? "another name"
                                    : was.element->element_class != element.element_class
                                        ? "another class"
                                        : "other arguments, settings or types";
      const bool in_place = fate.kind == Kind::kInPlace && was.worker == worker;
      const std::string how =
          in_place ? keeps_state(*was.element, element) ? "in place, keeps its state" : "in place, begins anew"
          : fate.kind == Kind::kRestart ? "restarts " + with
                                        : "begins anew on another worker";
      lines.push_back(fmt::format("changed  {}: {}; {}", element.path, what, how));
    }
  }
  for (const auto& [path, placed] : old) {
    if (shown(*placed.element) && !present.contains(path)) lines.push_back(fmt::format("removed  {}", path));
  }
  lines.push_back(fmt::format("{} {} on", kept, kept == 1 ? "element runs" : "elements run"));
  return lines;
}

}  // namespace blox::master
