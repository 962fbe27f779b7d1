#include "caretaker/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "caretaker/decide_state.h"
#include "core/protocol/cluster_fields.h"
#include "core/protocol/record.h"

namespace blox {

// Names are part of the format on disk.
template <typename F>
void fields(F& f, LedgerEntry& m) {
  f("kind", m.kind);
  f("number", m.number);
  f("element", m.element);
  f("entered", m.entered);
  f("dropped", m.dropped);
  f("placed", m.placed);
  f("acknowledged", m.acknowledged);
  f("before", m.before);
  f("unwanted", m.unwanted);
  f("taken", m.taken);
  f("finished", m.finished);
}

}  // namespace blox

namespace blox::caretaker {

using protocol::Phase;
using protocol::Restart;
using protocol::WorkerState;

template <typename F>
void fields(F& f, LastLife& m) {
  f("life", m.life);
  f("ledger", m.ledger);
  f("former", m.former);
}
template <typename F>
void fields(F& f, ChildRecord& m) {
  f("life", m.life);
  f("topology", m.topology);
  f("version", m.version);
  f("placement", m.placement);
  f("part", m.part);
  f("end", m.end);
  f("restarts", m.restarts);
  f("failure", m.failure);
  f("loads", m.loads);
  f("losses", m.losses);
  f("noticed", m.noticed);
  f("last", m.last);
}

struct NodeRecord {
  std::string cluster;
  uint64_t incarnation = 0;
};
template <typename F>
void fields(F& f, NodeRecord& m) {
  f("cluster", m.cluster);
  f("incarnation", m.incarnation);
}

namespace {

constexpr std::string_view kNodeKey = "node";
constexpr std::string_view kWorkers = "worker/";

template <typename T>
std::string sealed(const T& record) {
  BufferBuilder out;
  protocol::FieldWriter(&out).structure(record);
  return protocol::seal_record({reinterpret_cast<const char*>(out.data()), out.size()});
}

template <typename T>
Status opened(std::string_view key, std::string_view bytes, T* record) {
  BLOX_ASSIGN(const std::string_view content, protocol::open_record(key, bytes));
  MessagePackReader in(content);
  if (protocol::FieldReader(&in).structure(*record) && in.at_end()) return Status::ok();
  return Status::outside("record.torn", fmt::format("the record `{}` cannot be read", key));
}

/// Could it have gone further? Without its peers it cannot.
bool is_behind(const Child& child) {
  if (!child.report || !child.order) return false;
  const WorkerState state = child.report->state;
  if (state < WorkerState::kBound) return true;
  const bool behind = (child.order->phase >= Phase::kOpen && state < WorkerState::kOpen) ||
                      (child.order->phase >= Phase::kRun && state < WorkerState::kRunning);
  return behind && std::none_of(child.order->peers.begin(), child.order->peers.end(),
                                [](const protocol::Peer& one) { return one.endpoint.empty(); });
}

std::string how(const Exited& fact) {
  if (!fact.failure.code.empty()) return fact.failure.text;
  if (fact.signal != 0) return fmt::format("it was ended by signal {}", fact.signal);
  return fmt::format("it ended with status {}", fact.status);
}

}  // namespace

std::string encode(const ChildRecord& record) { return sealed(record); }
Status decode(std::string_view key, std::string_view bytes, ChildRecord* record) { return opened(key, bytes, record); }

void Caretaker::State::hear(protocol::NodeOrders orders) {
  if (!cluster.empty() && orders.cluster != cluster) {
    out->notes.push_back(
        fmt::format("orders of cluster {} are refused: this node belongs to {}", orders.cluster, cluster));
    return;
  }
  if (orders.term < term) {
    out->notes.push_back(fmt::format(
        "orders of an older master are refused: its term is {}, that of the present one {}", orders.term, term));
    return;
  }
  // Sent before this caretaker began: the world has changed since.
  if (orders.heard_incarnation != incarnation) return;
  if (orders.term == term && orders.revision <= revision) return;
  if (cluster.empty()) {
    cluster = orders.cluster;
    out->remember.emplace_back(kNodeKey, sealed(NodeRecord{cluster, incarnation}));
  }
  changed = changed || !obeys || orders.term != term;
  obeys = true;
  term = orders.term;
  revision = orders.revision;
  if (const auto when = sent.find(orders.heard_sequence); when != sent.end()) {
    lease_until = std::max(lease_until, when->second + orders.lease);
    sent.erase(sent.begin(), when);
  }
  for (auto& [name, child] : children) child.ordered = false;
  for (protocol::WorkerOrder& order : orders.workers) {
    Child& child = children[order.worker];
    child.ordered = true;
    if (!child.order || child.order->phase != order.phase) child.stepped = now;
    child.order = std::move(order);
  }
  for (auto it = children.begin(); it != children.end();) {
    Child& child = it->second;
    const bool never_begun = child.record.life.worker.empty();
    const bool known = child.said_gone != 0 && child.said_gone <= orders.heard_sequence;
    if (!child.ordered && !child.alive && (known || never_begun)) {
      if (!never_begun) out->forget.push_back(std::string(kWorkers) + it->first);
      it = children.erase(it);
      continue;
    }
    if (child.alive && wanted(child)) tell(child);
    ++it;
  }
}

void Caretaker::State::hear(const protocol::WorkerReport& said) {
  const auto found = children.find(said.life.worker);
  if (found == children.end()) return;
  Child& child = found->second;
  if (!child.alive || said.life != child.record.life) return;  // of a process that is gone
  const bool first = !child.report;
  const bool moved = first || said.state != child.report->state || said.endpoint != child.report->endpoint ||
                     said.key != child.report->key || said.flushed_waves != child.report->flushed_waves ||
                     said.part != child.report->part;
  if (first || said.progress != child.report->progress || said.idle) child.progressed = now;
  if (moved) child.stepped = now;
  changed = changed || moved;
  if (said.part > child.record.part) {  // it has changed in place
    child.record.version = said.version;
    child.record.placement = said.placement;
    child.record.part = said.part;
    keep(child);
  }
  child.heard = now;
  hear_former(child, said.former);
  child.report = said;
  if (first && wanted(child)) tell(child);
}

void Caretaker::State::hear(const Started& fact) {
  const auto found = children.find(fact.life.worker);
  if (found == children.end() || found->second.record.life != fact.life || !found->second.alive) return;
  found->second.pid = fact.pid;
  changed = true;
}

void Caretaker::State::hear(Configured fact) {
  options.host = std::move(fact.host);
  options.labels = std::move(fact.labels);
  options.capacity = fact.capacity;
  changed = true;
}

void Caretaker::State::hear(const Exited& fact) {
  const auto found = children.find(fact.life.worker);
  if (found == children.end() || found->second.record.life != fact.life) return;
  if (found->second.alive || found->second.away) died(found->second, fact);
}

void Caretaker::State::hear(const Load& fact) {
  load = fact;
  for (const Load::Worker& worker : fact.workers) {
    const auto found = children.find(worker.worker);
    if (found == children.end()) continue;
    found->second.memory_bytes = worker.memory_bytes;
    found->second.cpu_permille = worker.cpu_permille;
  }
}

bool Caretaker::State::wanted(const Child& child) const {
  return child.ordered && child.order->epoch == child.record.life.epoch;
}

bool Caretaker::State::lease_holds(const Child& child) const {
  return !child.order || !child.order->orphan_stops || now < lease_until;
}

void Caretaker::State::died(Child& child, const Exited& fact) {
  const Child::Ending why = child.ending;
  const bool told_ended = child.report && child.report->state == WorkerState::kEnded;
  const bool told_failed = child.report && child.report->state == WorkerState::kFailed;
  const Restart restart = child.order ? child.order->restart : Restart::kOnFailure;
  child.alive = child.away = false;
  child.pid = 0;
  child.ending = Child::Ending::kNo;
  changed = true;
  ChildRecord& record = child.record;
  if (child.report) add_noticed(record.noticed, child.report->losses);
  const bool ended =
      fact.signal == 0 && fact.status == 0 && fact.failure.code.empty() && (told_ended || why == Child::Ending::kNo);
  record.failure = {};
  if (!ended) {
    const bool told_why = child.report && !child.report->failure.code.empty() && fact.signal == 0;
    record.failure = told_failed || told_why ? child.report->failure : fact.failure;
    if (why == Child::Ending::kHung) {
      record.failure = protocol::ErrorReply::of(
          Status::outside("worker.hung", fmt::format("{} made no progress and was ended", record.life.worker)));
    } else if (why == Child::Ending::kOrphan) {
      record.failure =
          protocol::ErrorReply::of(Status::outside("worker.orphan", "the master was not heard for a lease"));
    } else if (record.failure.code.empty()) {
      record.failure = protocol::ErrorReply::of(
          Status::outside("worker.died", fmt::format("{} has died: {}", record.life.worker, how(fact))));
    }
  }
  std::string line = why == Child::Ending::kHung || why == Child::Ending::kOrphan ? record.failure.text : "";
  const bool drains = child.order && child.order->phase == Phase::kDrain;  // to begin again would be to begin the drain
  const bool by_order = why == Child::Ending::kOrdered && !(ended && told_ended);
  const bool verdict = !ended && why == Child::Ending::kNo && (told_failed || (fact.signal == 0 && fact.status == 1));
  if (by_order) {
    child.stopped = true;
  } else if (ended && (drains || restart != Restart::kAlways)) {
    record.end = static_cast<uint64_t>(WorkerState::kEnded);
  } else if (!ended && why != Child::Ending::kOrphan &&
             (restart == Restart::kNever || (verdict && restart != Restart::kAlways))) {
    record.end = static_cast<uint64_t>(WorkerState::kFailed);
  } else if (why != Child::Ending::kOrphan) {
    ++record.restarts;
    if (now - child.started >= kQuietMinute) child.pause = 0;
    child.start_at = now + child.pause;
    child.pause = child.pause == 0 ? kFirstPause : std::min(kLongestPause, 2 * child.pause);
    const std::string again =
        "it is started again" +
        (child.start_at == now ? "" : fmt::format(" in {} ms", (child.start_at - now) / kMillisecond));
    out->notes.push_back(fmt::format("{}; {}", ended ? record.life.worker + " has ended" : record.failure.text, again));
    line += (line.empty() ? "" : "; ") + again;
  }
  if (!line.empty()) out->lines.emplace_back(record.life.worker, std::move(line));
  if (child.over() && child.report) record.loads = child.report->elements;
  keep(child);
}

void Caretaker::State::end(Child& child, Child::Ending why) {
  if (child.ending == Child::Ending::kNo) {
    child.kill_at = why == Child::Ending::kOrdered ? now + options.grace : now;
    child.ending = why;
    if (why == Child::Ending::kOrdered) {
      protocol::WorkerOrder order = child.order.value_or(protocol::WorkerOrder{});
      order.worker = child.record.life.worker;
      order.epoch = child.record.life.epoch;
      order.phase = Phase::kStop;
      if (order.orphan_stops) order.run_until = lease_until;  // should nobody be left to kill it
      out->tell.emplace_back(child.record.life, std::move(order));
    }
  }
  if (now < child.kill_at) return;
  out->kill.push_back(child.record.life);
  child.kill_at = now + kSecond;  // a process in the kernel's hands may take its time
}

void Caretaker::State::begin(Child& child) {
  ChildRecord& record = child.record;
  const protocol::WorkerOrder& order = *child.order;
  if (record.life.epoch != order.epoch) {  // another life altogether
    record = {};
    record.life = {order.worker, order.epoch, 0};
    child.pause = 0;
    child.start_at = now;
  }
  record.topology = order.topology;
  record.version = order.version;
  record.placement = order.placement;
  record.part = order.part;
  ++record.life.incarnation;
  child.alive = true;
  child.stopped = child.away = false;
  child.said_gone = 0;
  child.pid = 0;
  child.report.reset();
  child.started = child.heard = child.progressed = child.stepped = now;
  keep(child);
  protocol::WorkerOrder first = order;
  if (order.orphan_stops) first.run_until = lease_until;
  out->start.emplace_back(record.life, std::move(first));
  changed = true;
}

void Caretaker::State::tell(const Child& child) {
  protocol::WorkerOrder order = *child.order;
  if (order.orphan_stops) order.run_until = lease_until;
  out->tell.emplace_back(child.record.life, std::move(order));
}

void Caretaker::State::look_after(Child& child) {
  if (child.alive) {
    if (child.ending != Child::Ending::kNo) return end(child, child.ending);
    if (obeys && !wanted(child)) return end(child, Child::Ending::kOrdered);
    if (obeys && !lease_holds(child)) return end(child, Child::Ending::kOrphan);
    const bool silent = now - child.heard >= (child.report ? options.hang : options.begin);
    const bool works = child.report && !child.report->idle &&
                       (child.report->state == WorkerState::kRunning || child.report->state == WorkerState::kDraining);
    const bool stuck = is_behind(child) && now - child.stepped >= options.begin;
    if (silent || stuck || (works && now - child.progressed >= options.hang)) end(child, Child::Ending::kHung);
    return;
  }
  if (!child.ordered) return;
  const bool another = child.order->epoch != child.record.life.epoch;
  if (!another && (child.over() || child.stopped || now < child.start_at)) {
    if (child.stopped && wanted(child)) child.stopped = false;  // the master wants it after all
    if (child.over() || now < child.start_at) return;
  }
  if (child.order->phase == Phase::kStop || !lease_holds(child)) return;
  begin(child);
}

void Caretaker::State::keep(const Child& child) {
  out->remember.emplace_back(std::string(kWorkers) + child.record.life.worker, encode(child.record));
}

Caretaker::Caretaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Caretaker::Caretaker(Caretaker&&) noexcept = default;
Caretaker& Caretaker::operator=(Caretaker&&) noexcept = default;
Caretaker::~Caretaker() = default;

Caretaker Caretaker::start(Options options, const Stored& stored, const std::vector<Found>& found, Micros now,
                           Actions* first) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->now = now;
  NodeRecord node;
  for (const auto& [key, bytes] : stored) {
    Status read;
    if (key == kNodeKey) {
      read = opened(key, bytes, &node);
    } else if (key.starts_with(kWorkers)) {
      ChildRecord record;
      read = decode(key, bytes, &record);
      if (read.is_ok()) state->children[record.life.worker].record = std::move(record);
    }
    if (!read.is_ok()) first->notes.push_back(read.to_string());
  }
  state->cluster = node.cluster;
  state->incarnation = std::max(node.incarnation + 1, state->options.incarnation);
  first->remember.emplace_back(kNodeKey, sealed(NodeRecord{state->cluster, state->incarnation}));
  for (const Found& one : found) {
    Child& child = state->children[one.life.worker];
    if (child.alive && child.record.life > one.life) {  // cannot be: at most one is ever alive. The later one counts
      first->kill.push_back(one.life);
      continue;
    }
    if (child.record.life != one.life) child.record = {};
    child.record.life = one.life;
    child.alive = true;
    child.pid = one.pid;
    child.started = child.heard = child.progressed = child.stepped = now;
  }
  for (auto& [name, child] : state->children) {
    if (child.alive || child.over()) continue;
    child.record.failure = protocol::ErrorReply::of(
        Status::outside("worker.died", fmt::format("{} has died while nobody looked after it", name)));
    child.away = true;
  }
  return Caretaker(std::move(state));
}

Actions Caretaker::take(Fact fact, Micros now) {
  State& state = *state_;
  Actions out;
  state.out = &out;
  state.now = now;
  std::visit([&](auto& one) { state.hear(std::move(one)); }, fact);
  for (auto& [name, child] : state.children) state.look_after(child);
  state.report();
  state.out = nullptr;
  return out;
}

Micros Caretaker::due() const { return state_->due(); }

}  // namespace blox::caretaker
