// What users ask for. What is answered with yes is remembered before.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/base/digest.h"
#include "core/base/hash.h"
#include "core/protocol/fields.h"
#include "core/protocol/record.h"
#include "master/groups.h"
#include "master/state.h"

namespace blox::master {

using protocol::Accepted;
using protocol::Body;
using protocol::ErrorReply;

namespace {

Body refuse(std::string_view code, std::string text, std::string_view fix) {
  return ErrorReply::of(Status::user(std::string(code), std::move(text)).with_fix(fix));
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 100 || name[0] == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

/// Which worker has which element: an element stays with its worker where that stays on its node; what is new joins
/// the first worker there that waits for the same when its node is lost, or a new one.
std::vector<uint64_t> group(const Shape& shape, const std::vector<std::string>& node_of, const Topology& topology,
                            const std::map<std::string_view, uint64_t>& was, uint64_t* next) {
  std::vector<uint64_t> worker_of(shape.elements.size(), 0);
  std::map<std::string_view, const Shape::Element*> before;
  for (const Shape::Element& element : topology.shape.elements) before.emplace(element.path, &element);
  std::set<uint64_t> isolated;  // workers of an `isolate` element
  for (const auto& [number, worker] : topology.workers) {
    for (const uint64_t element : worker.record.elements) {
      if (topology.shape.elements[element].isolate) isolated.insert(number);
    }
  }
  std::map<uint64_t, size_t> sizes;
  for (const auto& [path, number] : was) ++sizes[number];
  std::map<uint64_t, std::pair<std::string_view, Hold>> shared;  // those that stay, by number
  for (size_t i = 0; i < shape.elements.size(); ++i) {
    const Shape::Element& element = shape.elements[i];
    const auto found = was.find(element.path);
    if (found == was.end() || topology.workers.at(found->second).record.target != node_of[i]) continue;
    if (element.isolate && sizes[found->second] > 1) continue;
    if (!element.isolate && isolated.contains(found->second)) continue;
    const Hold own = own_hold(element, node_of[i]);
    // It would hold the others from now on.
    if (sizes[found->second] > 1 && own > own_hold(*before.at(element.path), node_of[i])) continue;
    worker_of[i] = found->second;
    if (element.isolate) continue;
    Hold& all = shared.try_emplace(found->second, node_of[i], own).first->second.second;
    all = std::max(all, own);
  }
  std::map<std::pair<std::string_view, Hold>, uint64_t> first;
  for (const auto& [number, kind] : shared) first.try_emplace(kind, number);
  const std::vector<Hold> hold = holds(shape, node_of);
  for (size_t i = 0; i < shape.elements.size(); ++i) {
    if (worker_of[i] != 0) continue;
    if (shape.elements[i].isolate) {
      worker_of[i] = (*next)++;
    } else {
      const auto [one, fresh] = first.try_emplace({node_of[i], hold[i]}, 0);
      if (fresh) one->second = (*next)++;
      worker_of[i] = one->second;
    }
  }
  return worker_of;
}

}  // namespace

std::vector<PlaceNode> Master::State::place_nodes(std::string_view beside) const {
  std::vector<PlaceNode> all;
  for (const auto& [name, node] : nodes) {
    PlaceNode one;
    one.name = name;
    one.labels = node.report.labels;
    one.capacity = node.report.capacity;
    one.cores = std::max<uint64_t>(1, node.report.cores);
    const uint64_t cpu = node.report.cpu_permille / one.cores;
    const uint64_t memory =
        node.report.memory_bytes == 0 ? 0 : node.report.memory_used / (node.report.memory_bytes / 1'000 + 1);
    one.load_permille = std::max(cpu, memory);
    one.up = node.up;
    one.open = !node.draining && !node.stranger;
    one.used = node.used;
    for (const std::string& worker_name : node.workers) {
      Topology* topology = nullptr;
      const Worker* const worker = const_cast<State*>(this)->find_worker(worker_name, &topology);
      if (worker == nullptr || worker->over() || !topology->active() || topology->record.name != beside) continue;
      const uint64_t coming = worker->record.target == name ? worker->record.elements.size() : 0;
      one.used -= std::max(coming, worker->record.node == name ? worker->record.life_elements.size() : 0);
    }
    all.push_back(std::move(one));
  }
  return all;
}

/// How a worker stands, of which a part is to be on `target` from now on.
WorkerPresent Master::State::standing(const Topology& topology, uint64_t number, std::string_view target) const {
  const Worker& worker = topology.workers.at(number);
  WorkerPresent stands;
  stands.over = worker.over();
  const auto node = nodes.find(worker.record.node);
  const bool says_part = worker.report && worker.report->part != 0;
  if (worker.record.node != target) {
    stands.unfit = fmt::format("it moves to {}", target);
  } else if (node == nodes.end() || !node->second.up || leaving(topology, worker) || !worker.report ||
             worker.report->state != protocol::WorkerState::kRunning) {
    stands.unfit = "it does not run at the moment";
  } else if (!says_part) {
    stands.unfit = "it was started by an earlier release";
  } else if (!worker.runs_its_part()) {
    stands.unfit = "it is still at the version before";
  } else if (topology.flushed_waves > 0) {
    stands.unfit = "the topology is about to end";
  }
  return stands;
}

Body Master::State::answer(const Submit& submit) {
  if (!is_name(submit.name)) {
    return refuse("submit.name", fmt::format("`{}` is no name of a topology", submit.name.substr(0, 100)),
                  "use up to 100 letters, digits, `_`, `-` and `.`");
  }
  if (submit.shape.elements.empty()) return refuse("submit.empty", "the topology has no elements", "");
  if (std::max(submit.shape.elements.size(), submit.shape.connections.size()) > protocol::kMostItems) {
    return refuse("submit.size",
                  fmt::format("a topology has at most {} elements and connections", protocol::kMostItems),
                  "submit it in parts");
  }
  const auto present = topologies.find(submit.name);
  Topology* const old = present == topologies.end() ? nullptr : &present->second;
  const bool update = old != nullptr && old->active();
  if (update && old->record.goal != Goal::kRun) {
    return refuse("topology.stopping", fmt::format("`{}` is being stopped", submit.name),
                  "submit it again when it has stopped: blox ps");
  }
  protocol::SubmitReply reply;
  reply.diagnostics = submit.diagnostics;
  reply.version = old == nullptr ? 1 : old->record.version + 1;

  // Where everything is, and where it goes.
  const std::vector<PlaceNode> places = place_nodes(submit.name);
  std::map<std::string_view, uint32_t> place_of;
  for (uint32_t i = 0; i < places.size(); ++i) place_of.emplace(places[i].name, i);
  std::map<std::string_view, uint64_t> was;  // by path: its worker
  if (update) {
    for (const auto& [number, worker] : old->workers) {
      for (const uint64_t element : worker.record.elements) was.emplace(old->shape.elements[element].path, number);
    }
  }
  std::vector<uint32_t> current(submit.shape.elements.size(), kNowhere);
  for (size_t i = 0; i < current.size(); ++i) {
    const auto found = was.find(submit.shape.elements[i].path);
    if (found == was.end()) continue;
    const auto place = place_of.find(old->workers.at(found->second).record.target);
    if (place != place_of.end()) current[i] = place->second;
  }
  const Layout layout = place(submit.shape, places, current);
  if (!layout.problems.empty()) {
    ErrorReply error = ErrorReply::of(layout.problems.front());
    for (size_t i = 1; i < layout.problems.size(); ++i) error.text += "\n" + layout.problems[i].to_string();
    return error;
  }
  reply.plan = explain(submit.shape, places, layout, current);
  std::vector<std::string> node_of;
  for (const uint32_t place : layout.node_of) node_of.push_back(places[place].name);
  uint64_t next_worker = old == nullptr ? 1 : old->record.next_worker;
  const Topology none;
  const Topology& earlier = update ? *old : none;
  const std::vector<uint64_t> worker_of = group(submit.shape, node_of, earlier, was, &next_worker);
  std::map<uint64_t, std::string_view> target_of;
  for (size_t i = 0; i < worker_of.size(); ++i) target_of[worker_of[i]] = node_of[i];
  std::vector<uint64_t> former;
  for (const Shape::Element& element : earlier.shape.elements) former.push_back(was[element.path]);
  const Parts before{earlier.shape, former}, parts{submit.shape, worker_of};
  const WorkerFates fates = fates_of(update ? &before : nullptr, parts,
                                     [&](uint64_t worker) { return standing(*old, worker, target_of[worker]); });
  reply.changes = changes(update ? &before : nullptr, parts, fates, submit.name);
  if (update && old->record.bundle == submit.bundle_hash) reply.version = old->record.version;  // the same, once more
  if (submit.only_plan || (update && reply.version == old->record.version)) return reply;

  Shape shape = submit.shape;
  uint64_t next_connection = old == nullptr ? 1 : old->record.next_connection;
  number_connections(update ? &before : nullptr, shape, worker_of, &next_connection);
  if (old != nullptr && !update) remove(*old);
  Topology& topology = topologies[submit.name];
  TopologyRecord& record = topology.record;
  const std::string bundle_before = record.bundle, placement_before = record.placement;
  record.name = submit.name;
  record.next_worker = next_worker;
  record.next_connection = next_connection;
  record.version = reply.version;
  record.bundle = submit.bundle_hash;
  record.goal = Goal::kRun;
  record.outcome = Outcome::kNone;
  record.why.clear();
  record.drain = 0;
  record.since = topology.since = now.wall;
  if (!update) record.losses.clear();
  topology.phase = protocol::Phase::kBind;
  for (auto& [number, worker] : topology.workers) worker.record.elements.clear();
  topology.shape = std::move(shape);
  protocol::Placement placement;
  for (const Shape::Connection& one : topology.shape.connections) placement.numbers.push_back(one.number);
  for (size_t i = 0; i < worker_of.size(); ++i) {
    Worker& worker = topology.workers[worker_of[i]];
    worker.record.topology = record.name;
    worker.record.number = worker_of[i];
    worker.name = fmt::format("{}/{}", record.name, worker_of[i]);
    worker.record.elements.push_back(i);
    if (worker.record.target != node_of[i]) set_place(worker, worker.record.node, node_of[i]);
  }
  for (auto& [number, worker] : topology.workers) {
    if (!worker.part()) {
      set_place(worker, worker.record.node, "");
    } else {
      const WorkerFate::Kind fate = fates.at(number).kind;
      if (fate != WorkerFate::Kind::kSame) {
        worker.record.version = record.version;
        const bool ends = fate == WorkerFate::Kind::kRestart && !worker.record.node.empty() && !worker.over();
        worker.record.renew = worker.record.renew || ends;
        if (worker.over()) {  // it begins again with the new version
          worker.record.end = 0;
          worker.record.loads.clear();
          worker.record.failure = {};
          worker.report.reset();
          set_place(worker, "", worker.record.target);
        }
      }
      protocol::Placement::Part part{worker.name, {}};
      for (const uint64_t element : worker.record.elements)
        part.elements.push_back(topology.shape.elements[element].path);
      placement.parts.push_back(std::move(part));
    }
  }
  for (auto it = topology.workers.begin(); it != topology.workers.end();) {  // those that had not begun yet
    const bool never = !it->second.part() && it->second.record.node.empty();
    if (never) drop(it->second);
    it = never ? topology.workers.erase(it) : std::next(it);
  }
  const std::string placement_bytes = protocol::encode_placement(placement);
  record.placement = sha256_hex(placement_bytes);

  out->remember.emplace_back(std::string(kBlobs) + record.bundle, submit.bundle);
  out->remember.emplace_back(std::string(kBlobs) + record.placement, placement_bytes);
  out->remember.emplace_back(shape_key(record.name), protocol::seal_record(encode_shape(topology.shape)));
  derive(topology);
  for (auto& [number, worker] : topology.workers) {
    const auto fate = fates.find(number);
    if (fate != fates.end() && fate->second.kind == WorkerFate::Kind::kInPlace) {
      worker.record.life_effects = worker.record.life_effects || worker.effects;
      name_elements(topology, worker);
    }
    recount(worker.record.node);
    recount(worker.record.target);
    keep(worker);
  }
  keep(topology);
  forget_blob(bundle_before);
  forget_blob(placement_before);
  touch_all(topology);
  settle_topology(topology);
  return reply;
}

void Master::State::forget_blob(const std::string& hash) {
  if (hash.empty()) return;
  for (const auto& [name, topology] : topologies) {
    if (topology.record.bundle == hash || topology.record.placement == hash) return;
  }
  out->forget.push_back(std::string(kBlobs) + hash);
}

/// Takes the workers of one that is over off the books; their numbers are not used again.
void Master::State::remove(Topology& topology) {
  for (auto& [number, worker] : topology.workers) {
    set_place(worker, "", "");
    drop(worker);
  }
  topology.workers.clear();
}

Body Master::State::answer(const protocol::StopRequest& request) {
  const auto found = topologies.find(request.name);
  if (found == topologies.end()) {
    return refuse("topology.unknown", fmt::format("there is no topology `{}`", request.name), "blox ps lists them");
  }
  Topology& topology = found->second;
  if (!topology.active()) {  // over already: now nobody needs to know of it any more
    const std::string bundle = topology.record.bundle, placement = topology.record.placement;
    remove(topology);
    out->forget.push_back(topology_key(request.name));
    out->forget.push_back(shape_key(request.name));
    topologies.erase(found);
    forget_blob(bundle);
    forget_blob(placement);
    return Accepted{};
  }
  if (topology.record.goal == Goal::kStop) return Accepted{};
  topology.record.goal = request.drain > 0 ? Goal::kDrain : Goal::kStop;
  topology.record.drain = request.drain;
  topology.drain_since = now.steady;
  keep(topology);
  touch_all(topology);
  decide_soon(topology);
  return Accepted{};
}

Body Master::State::answer(const protocol::DrainRequest& request) {
  const auto found = nodes.find(request.node);
  if (found == nodes.end()) {
    return refuse("node.unknown", fmt::format("there is no node `{}`", request.node), "blox ps lists them");
  }
  Node& node = found->second;
  node.draining = !request.undo;
  node.moving.clear();
  if (node.draining) {
    out->remember.emplace_back(node_key(node.name), encode(NodeRecord{node.name, true}));
  } else {
    out->forget.push_back(node_key(node.name));
    for (const auto& [name, topology] : topologies) decide_soon(topology);
  }
  decide_soon({});
  return Accepted{};
}

Body Master::State::answer(const protocol::ForgetRequest& request) {
  const auto found = nodes.find(request.node);
  if (found == nodes.end()) {
    return refuse("node.unknown", fmt::format("there is no node `{}`", request.node), "blox ps lists them");
  }
  if (found->second.up) {
    return refuse(
        "node.up", fmt::format("node `{}` is up: what runs there would run twice", request.node),
        fmt::format("blox drain {} moves its elements; stop its caretaker and its workers before you forget it",
                    request.node));
  }
  const std::set<std::string> workers = found->second.workers;
  const bool configured = found->second.configured;
  nodes.erase(found);
  out->forget.push_back(node_key(request.node));
  if (configured) {  // it may come back, with nothing
    Node& node = nodes[request.node];
    node.name = request.node;
    node.configured = true;
    node.lost = true;
    node.heard = now.steady - options.lease;
    for (const ClusterFacts::Node& one : options.nodes) {
      if (one.name != request.node) continue;
      node.report.labels = one.labels;
      node.report.capacity = static_cast<uint64_t>(one.capacity);
    }
  }
  for (const std::string& name : workers) {
    Topology* topology = nullptr;
    Worker* const worker = find_worker(name, &topology);
    if (worker == nullptr || worker->over()) continue;
    if (worker->record.node == request.node) {
      touch(*topology, *worker);
      end_life(*topology, *worker);
      lose_all(*topology, *worker);
      set_place(*worker, "", worker->record.target);
    }
    if (worker->part()) {
      keep(*worker);
    } else {
      drop(*worker);
      set_place(*worker, "", "");
      topology->workers.erase(worker->record.number);
    }
    decide_soon(*topology);
  }
  return Accepted{};
}

}  // namespace blox::master
