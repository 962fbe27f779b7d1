#include "master/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/protocol/record.h"
#include "master/state.h"

namespace blox::master {
namespace {

/// "worker/index/3": the topology's name has no slash.
bool split_worker(std::string_view name, std::string_view* topology, uint64_t* number) {
  const size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return false;
  *topology = name.substr(0, slash);
  const char* const end = name.data() + name.size();
  return std::from_chars(name.data() + slash + 1, end, *number).ptr == end;
}

}  // namespace

Status Master::State::load(const Catalogue& catalogue) {
  if (const auto found = catalogue.find(kClusterKey); found != catalogue.end()) {
    BLOX_TRY(decode(found->first, found->second, &cluster));
  } else {
    cluster.id = options.new_cluster;
    cluster.lease = options.lease;
  }
  ++cluster.term;
  lease_changes();
  for (const ClusterFacts::Node& one : options.nodes) {
    Node& node = know(one.name);
    node.configured = true;
    node.report.labels = one.labels;
    node.report.capacity = static_cast<uint64_t>(one.capacity);
  }
  for (const auto& [key, value] : catalogue) {
    if (key.starts_with("node/")) {
      NodeRecord record;
      BLOX_TRY(decode(key, value, &record));
      know(record.name).draining = record.draining;
    } else if (key.starts_with("topology/")) {
      TopologyRecord record;
      BLOX_TRY(decode(key, value, &record));
      const auto shape = catalogue.find(shape_key(record.name));
      if (shape == catalogue.end()) {
        return Status::outside("catalogue.record", fmt::format("there is no record `{}`", shape_key(record.name)));
      }
      const Result<std::string_view> content = protocol::open_record(shape->first, shape->second);
      if (!content) return Status::outside("catalogue.record", content.status().error().text);
      Topology& topology = topologies[record.name];
      BLOX_ASSIGN(topology.shape, decode_shape(*content));
      topology.since = record.since;
      topology.drain_since = began;
      topology.record = std::move(record);
    }
  }
  for (const auto& [key, value] : catalogue) {
    if (!key.starts_with("worker/")) continue;
    WorkerRecord record;
    BLOX_TRY(decode(key, value, &record));
    const auto found = topologies.find(record.topology);
    if (found == topologies.end()) continue;  // its topology was removed
    for (const uint64_t element : record.elements) {
      if (element >= found->second.shape.elements.size()) {
        return Status::outside("catalogue.record",
                               fmt::format("the record `{}` names an element that is not there", key));
      }
    }
    Worker& worker = found->second.workers[record.number];
    worker.name = fmt::format("{}/{}", record.topology, record.number);
    worker.may_run = true;
    for (const std::string& name : {record.node, record.target}) {
      if (name.empty()) continue;
      know(name).workers.insert(worker.name);
    }
    worker.record = std::move(record);
  }
  for (auto& [name, topology] : topologies) {
    derive(topology);
    decide_soon(topology);
  }
  for (auto& [name, node] : nodes) recount(name);
  return Status::ok();
}

Node& Master::State::know(const std::string& name) {
  Node& node = nodes[name];
  if (!node.name.empty()) return node;
  node.name = name;
  node.heard = now.steady;
  node.held_until = now.steady + cluster.lease;
  return node;
}

void Master::State::configure(Configured next) {
  options.nodes = std::move(next.nodes);
  options.lease = next.lease;
  lease_changes();
  std::set<std::string_view> named;
  for (const ClusterFacts::Node& one : options.nodes) {
    named.insert(one.name);
    Node& node = know(one.name);
    node.configured = true;
    if (node.report.sequence != 0) continue;  // it says itself what it has
    node.report.labels = one.labels;
    node.report.capacity = static_cast<uint64_t>(one.capacity);
  }
  for (auto it = nodes.begin(); it != nodes.end();) {
    Node& node = it->second;
    // What it was last heard to hold may be given to it anew under the lease that counts now.
    node.held_until = std::max(node.held_until, node.heard + options.lease);
    const bool left_out = std::exchange(node.configured, named.contains(it->first)) && !node.configured;
    if (left_out && node.workers.empty()) {
      out->forget.push_back(node_key(it->first));
      it = nodes.erase(it);
    } else {
      ++it;
    }
  }
  for (const auto& [name, topology] : topologies) {
    if (!topology.waiting.empty()) decide_soon(topology);
  }
}

/// A longer lease counts before anybody is given it; a shorter one when those that were given are over.
void Master::State::lease_changes() {
  lease_since = now.steady;
  cluster.lease = std::max(cluster.lease, options.lease);
  out->remember.emplace_back(kClusterKey, encode(cluster));
}

Worker* Master::State::find_worker(std::string_view name, Topology** topology) {
  std::string_view of;
  uint64_t number = 0;
  if (!split_worker(name, &of, &number)) return nullptr;
  const auto found = topologies.find(of);
  if (found == topologies.end()) return nullptr;
  const auto worker = found->second.workers.find(number);
  if (worker == found->second.workers.end()) return nullptr;
  *topology = &found->second;
  return &worker->second;
}

void Master::State::keep(const Topology& topology) {
  out->remember.emplace_back(topology_key(topology.record.name), encode(topology.record));
}
void Master::State::keep(const Worker& worker) {
  out->remember.emplace_back(worker_key(worker.record.topology, worker.record.number), encode(worker.record));
}
void Master::State::drop(const Worker& worker) {
  out->forget.push_back(worker_key(worker.record.topology, worker.record.number));
}

Master::Master(std::unique_ptr<State> state) : state_(std::move(state)) {}
Master::Master(Master&&) noexcept = default;
Master& Master::operator=(Master&&) noexcept = default;
Master::~Master() = default;

Result<Master> Master::start(Options options, const Catalogue& catalogue, Now now, Actions* first) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->began = now.steady;
  state->now = now;
  state->out = first;
  BLOX_TRY(state->load(catalogue));
  state->out = nullptr;
  return Master(std::move(state));
}

Actions Master::take(Fact fact, Now now) {
  State& state = *state_;
  Actions out;
  state.out = &out;
  state.now = now;
  if (auto* report = std::get_if<protocol::NodeReport>(&fact)) {
    state.hear(std::move(*report));
  } else if (const auto* asked = std::get_if<Asked>(&fact)) {
    protocol::Body body = std::visit(
        [&](const auto& request) -> protocol::Body {
          if constexpr (std::is_same_v<std::decay_t<decltype(request)>, protocol::PsRequest>) {
            return state.processes(request);
          } else {
            return state.answer(request);
          }
        },
        asked->request);
    out.answers.emplace_back(asked->ticket, std::move(body));
  } else if (auto* configured = std::get_if<Configured>(&fact)) {
    state.configure(std::move(*configured));
  } else {
    state.watch_nodes();
    if (state.settle_at && *state.settle_at <= now.steady) state.settle();
    for (const std::string& name : state.tell) {
      const auto node = state.nodes.find(name);
      if (node != state.nodes.end()) state.send_orders(node->second);
    }
    state.tell.clear();
  }
  // Of a key the last word alone; what is forgotten is not remembered before it.
  std::set<std::string_view> said(out.forget.begin(), out.forget.end());
  std::vector<std::pair<std::string, std::string>> remember;
  for (size_t i = out.remember.size(); i-- > 0;) {
    if (said.insert(out.remember[i].first).second) remember.push_back(out.remember[i]);
  }
  std::reverse(remember.begin(), remember.end());
  out.remember = std::move(remember);
  state.out = nullptr;
  return out;
}

Micros Master::due() const {
  const State& state = *state_;
  Micros at = state.now.steady + state.options.lease;
  if (state.cluster.lease > state.options.lease) at = std::min(at, state.lease_since + state.cluster.lease);
  if (state.settle_at) at = std::min(at, *state.settle_at);
  if (!state.tell.empty()) at = std::min(at, state.now.steady + kSettle);
  for (const auto& [name, node] : state.nodes) {
    if (!node.lost) at = std::min(at, node.heard + state.options.lease);
    const Micros orphans = node.held_until + kOrphanMargin;
    if (node.lost && orphans > state.now.steady) at = std::min(at, orphans);
    if (node.draining) at = std::min(at, state.now.steady + kSecond);
  }
  for (const auto& [name, topology] : state.topologies) {
    if (topology.active() && topology.record.goal == Goal::kDrain) {
      at = std::min(at, topology.drain_since + topology.record.drain);
    }
  }
  return std::max(at, state.now.steady);
}

ClusterFacts Master::cluster(std::string_view topology) const {
  ClusterFacts facts;
  for (const PlaceNode& node : state_->place_nodes(topology)) {
    const bool full = node.capacity != 0 && node.used >= node.capacity;
    if (full) continue;  // a capacity of 0 would be none
    facts.nodes.push_back(
        {node.name, node.labels, node.capacity == 0 ? 0 : static_cast<int64_t>(node.capacity - node.used)});
  }
  return facts;
}

std::string Master::node_of(std::string_view worker) const {
  Topology* topology = nullptr;
  const Worker* const found = state_->find_worker(worker, &topology);
  return found == nullptr || found->over() ? std::string() : found->record.node;
}

const std::string& Master::cluster_id() const { return state_->cluster.id; }
uint64_t Master::term() const { return state_->cluster.term; }

}  // namespace blox::master
