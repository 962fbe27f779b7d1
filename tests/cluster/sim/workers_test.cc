// Worker stubs: they start, open, send numbered records, lose some when they die, and come to their end.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/cluster/sim/world.h"

namespace blox::sim {

using protocol::Phase;
using protocol::WorkerState;

Process* World::find(const protocol::WorkerLife& life) {
  for (auto& [id, process] : processes_) {
    if (process.alive && process.life == life) return &process;
  }
  return nullptr;
}

void World::spawn(size_t node, const protocol::WorkerLife& life, const protocol::WorkerOrder& order) {
  for (const auto& [id, other] : processes_) {
    if (other.alive && other.node == node && other.life.worker == life.worker) {
      fail(fmt::format("{} begins epoch {} while its epoch {} is alive on the same node", life.worker, life.epoch,
                       other.life.epoch));
    }
  }
  const uint64_t id = next_process_++;
  Process& process = processes_[id];
  process.id = id;
  process.node = node;
  process.life = life;
  process.order = order;
  process.run = run_of_[order.bundle];
  take_part(process);
  say(fmt::format("{}: {} {}.{} starts as {}", machines_[node].name, life.worker, life.epoch, life.incarnation, id));
  after(500, [this, node, life, id] { tell_caretaker(node, caretaker::Started{life, static_cast<int64_t>(id)}); });
  after(chance_.between(5, 40) * kMillisecond, [this, id] {
    Process& one = processes_[id];
    if (!one.alive || one.hung) return;
    one.state = WorkerState::kBound;
    report(one);
    advance(one);
  });
  tick(id);
  obey(id, order);
}

/// What its order makes it.
void World::take_part(Process& process) {
  const protocol::WorkerOrder& order = process.order;
  const protocol::WorkerLife& life = process.life;
  process.part = order.part;
  process.elements.clear();
  process.effects.clear();
  process.upstream.clear();
  process.downstream.clear();
  process.total = 0;
  const auto bundle = bundles_.find(order.bundle);
  const Result<protocol::Placement> placement = protocol::decode_placement(blobs_[order.placement]);
  if (bundle == bundles_.end() || !placement.is_ok()) return fail("an order names blobs that nobody has");
  const master::Shape& shape = bundle->second;
  std::map<std::string, std::string> worker_of;
  for (const protocol::Placement::Part& part : placement->parts) {
    for (const std::string& element : part.elements) worker_of[element] = part.worker;
  }
  check_numbers(order.topology, shape, placement->numbers, worker_of);
  std::set<std::string> fed;
  for (const master::Shape::Connection& connection : shape.connections) {
    const std::string& to = shape.elements[connection.to].path;
    const std::string from_worker = worker_of[shape.elements[connection.from].path], to_worker = worker_of[to];
    fed.insert(to);
    if (from_worker == to_worker) continue;
    if (from_worker == life.worker) process.downstream.insert(to_worker);
    if (to_worker == life.worker) process.upstream.insert(from_worker);
  }
  for (const master::Shape::Element& element : shape.elements) {
    if (worker_of[element.path] != life.worker) continue;
    process.elements.push_back(element.path);
    if (element.effects) process.effects.push_back(order.topology + ":" + element.path);
    if (!fed.contains(element.path)) process.total = 10;
  }
  if (process.elements.empty()) fail(fmt::format("{} has no part in its placement", life.worker));
  process.endless = !finite_[order.bundle] && process.total > 0;
}

/// A number is of one connection between workers, in all versions of a topology.
void World::check_numbers(const std::string& topology, const master::Shape& shape, const std::vector<uint64_t>& numbers,
                          std::map<std::string, std::string>& worker_of) {
  if (numbers.size() != shape.connections.size()) return fail("a placement without the numbers of its connections");
  std::set<uint64_t> here;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const master::Shape::Connection& one = shape.connections[i];
    const std::string &from = shape.elements[one.from].path, &to = shape.elements[one.to].path;
    if (worker_of[from] == worker_of[to]) continue;
    const std::string words = fmt::format("{} {} {} {} {}", from, worker_of[from], to, worker_of[to], one.definition);
    if (numbers[i] == 0 || !here.insert(numbers[i]).second) fail("two connections with one number");
    const auto known = numbers_.try_emplace({topology, numbers[i]}, words).first;
    if (known->second != words) fail(fmt::format("number {} was {} and is {}", numbers[i], known->second, words));
  }
}

/// It goes on as a later part of its worker; or cannot, and ends so that another process begins with that.
void World::change(uint64_t id) {
  Process& process = processes_[id];
  if (!process.alive || process.hung || process.stopping || process.state != WorkerState::kRunning) return;
  if (process.order.part <= process.part) return;
  if (faults_ && chance_.one_in(10)) return die(id, 3, 0);
  take_part(process);
  say(fmt::format("{} {}.{} goes on as part {}", process.life.worker, process.life.epoch, process.life.incarnation,
                  process.part));
  check_effects(process);
  report(process);
}

void World::obey(uint64_t id, const protocol::WorkerOrder& order) {
  Process& process = processes_[id];
  if (!process.alive) return;
  process.order = order;
  if (process.state == WorkerState::kStarting && order.part > process.part) take_part(process);
  if (order.run_until != 0) {
    at(std::max(order.run_until, now_), [this, id] {
      const Process& one = processes_[id];
      if (one.alive && one.order.run_until != 0 && one.order.run_until <= now_) die(id, 3, 0);
    });
  }
  if (process.hung) return;
  if (order.phase == Phase::kStop && !process.stopping) {
    process.stopping = true;
    after(chance_.between(0, 3 * kSecond), [this, id] { die(id, 0, 0); });
  }
  advance(process);
}

void World::advance(Process& process) {
  if (!process.alive || process.hung || process.stopping) return;
  if (process.state == WorkerState::kBound && process.order.phase >= Phase::kOpen) {
    process.state = WorkerState::kOpen;
    check_effects(process);
    report(process);
  }
  if (process.state == WorkerState::kOpen && process.order.phase >= Phase::kRun) {
    process.state = WorkerState::kRunning;
    report(process);
  }
  if (process.state == WorkerState::kRunning && process.order.part > process.part) {
    after(chance_.between(1, 200) * kMillisecond, [this, id = process.id] { change(id); });
  }
  if (process.state == WorkerState::kRunning && process.order.phase == Phase::kDrain) {
    process.state = WorkerState::kDraining;
    report(process);
  }
}

void World::check_effects(const Process& process) {
  if (!process.has_effects()) return;
  for (const auto& [id, other] : processes_) {
    if (id == process.id || !other.has_effects()) continue;
    for (const std::string& element : process.effects) {
      if (std::find(other.effects.begin(), other.effects.end(), element) == other.effects.end()) continue;
      fail(fmt::format("{} has effects twice: {} {}.{} on {} and {} {}.{} on {}", element, process.life.worker,
                       process.life.epoch, process.life.incarnation, machines_[process.node].name, other.life.worker,
                       other.life.epoch, other.life.incarnation, machines_[other.node].name));
    }
  }
}

void World::report(Process& process) {
  protocol::WorkerReport said = process.report();
  // Its peers have met it, most of the time.
  const std::map<protocol::WorkerLife, Left>& left = machines_[process.node].left;
  const auto before = left.find({process.life.worker, process.life.epoch, process.life.incarnation - 1});
  if (before != left.end() && process.state >= WorkerState::kRunning && !chance_.one_in(4)) {
    said.former = before->second.former;
  }
  after(chance_.between(50, 500), [this, node = process.node, said] { tell_caretaker(node, said); });
}

void World::tick(uint64_t id) {
  Process& process = processes_[id];
  if (!process.alive) return;
  if (!process.hung) {
    flow(process);
    if (!process.alive) return;
  }
  report(process);  // a hung worker reports still: what looks after it is a thread of its own
  after(kSecond, [this, id] { tick(id); });
}

void World::flow(Process& process) {
  if (process.stopping || (process.state != WorkerState::kRunning && process.state != WorkerState::kDraining)) return;
  ++process.progress;
  if (process.total > 0 && !process.source_is_over()) process.produced += 5;
  uint64_t got = 0;
  for (const auto& [worker, input] : process.inputs) got += input.got;
  if (process.total == 0) process.produced = got;
  // Elements of one worker may feed another and be fed by it: what it gives does not wait for what it gets.
  const bool done = process.total == 0 ? process.progress > 2 : process.source_is_over();
  Machine& mine = machines_[process.node];
  for (const std::string& worker : process.downstream) {
    const protocol::Peer* const peer = process.peer(worker);
    if (peer == nullptr || peer->endpoint.empty()) continue;
    Process::Output& output = process.outputs[worker];
    if (output.life != peer->life) output = {peer->life, 0, false};
    if (output.ended) continue;
    uint64_t to = 0;
    for (const auto& [other, candidate] : processes_) {
      if (candidate.alive && candidate.endpoint() == peer->endpoint) to = other;
    }
    if (to == 0) continue;
    send(&mine, &machines_[processes_[to].node],
         [this, from = process.life, to, upto = process.produced, done] { take_records(from, to, upto, done); });
  }
  if (!done || !process.fed() || !process.delivered()) return;
  process.state = WorkerState::kEnded;
  report(process);
  after(20 * kMillisecond, [this, id = process.id] { die(id, 0, 0); });
}

void World::take_records(const protocol::WorkerLife& from, uint64_t to, uint64_t upto, bool ended) {
  Process& reader = processes_[to];
  if (!reader.alive || reader.hung || reader.stopping) return;
  if (reader.state != WorkerState::kRunning && reader.state != WorkerState::kDraining) return;
  if (!reader.upstream.contains(from.worker)) return;  // not connected yet, or no longer
  Process::Input& input = reader.inputs[from.worker];
  if (from < input.life) return;  // the fence
  if (from != input.life) input = {from, 0, false};
  input.got = std::max(input.got, upto);
  input.ended = input.ended || ended;
  Process* const writer = find(from);
  if (writer == nullptr) return;
  send(&machines_[reader.node], &machines_[writer->node],
       [this, id = writer->id, life = reader.life, got = input.got, all = input.ended] {
         Process& one = processes_[id];
         if (!one.alive) return;
         const auto output = one.outputs.find(life.worker);
         if (output == one.outputs.end() || output->second.life != life) return;
         output->second.acknowledged = std::max(output->second.acknowledged, got);
         output->second.ended = output->second.ended || all;
       });
}

// One queue from another worker and one to another. What the ledger says of each is as far from what was as it can be
// at a death in the middle of a call.
Left World::leave(const protocol::WorkerLife& life, const std::string& element, Truth& truth) {
  const auto below = [this](uint64_t most) { return chance_.below(most + 1); };
  LedgerEntry in, out;
  in.element = out.element = element;
  in.kind = FlightPlace::Kind::kIncoming;
  in.number = 1;
  in.before = below(1) * 100;
  const uint64_t acknowledged = in.before + below(30);
  in.taken = in.before + below(35);
  in.entered = std::max(in.taken, acknowledged) + below(5);
  in.finished = in.taken - std::min(in.taken, below(3));
  in.acknowledged = acknowledged - std::min(acknowledged, below(5));
  const uint64_t done = in.finished + below(in.taken - in.finished);
  out.kind = FlightPlace::Kind::kOutgoing;
  out.number = 2;
  out.before = below(1) * 100;
  out.placed = out.before + below(30);
  out.entered = out.placed + below(3);
  const uint64_t given = out.placed + below(out.entered - out.placed);
  const uint64_t came = out.before + below(given - out.before);
  out.acknowledged = came - std::min(came, below(5));
  // What is done again gives some of what is missing once more, and then it has not come twice.
  const bool repeats = done > acknowledged;
  const uint64_t made_good = repeats ? below(given - came) : 0;
  const uint64_t lost = (acknowledged > done ? acknowledged - done : 0) + given - came - made_good;
  uint64_t again = repeats ? done - acknowledged : 0;
  if (given > came) again = below(again);
  truth.lost += lost;
  truth.again += again;
  say(fmt::format("{}.{}.{} loses {} of {}, and {} come again", life.worker, life.epoch, life.incarnation, lost,
                  element, again));
  return {{in, out}, {{1, life, acknowledged - in.before}, {2, life, came - out.before}}};
}

void World::die(uint64_t id, int status, int signal) {
  Process& process = processes_[id];
  if (!process.alive) return;
  const bool ran = process.state == WorkerState::kRunning || process.state == WorkerState::kDraining;
  Machine& machine = machines_[process.node];
  if (ran && !process.elements.empty()) {
    const std::string& element = process.elements[chance_.below(process.elements.size())];
    machine.left[process.life] = leave(process.life, element, truth_[{process.run, element}]);
  }
  process.alive = false;
  if (process.state == WorkerState::kEnded) machine.ended.insert(process.life);
  say(fmt::format("{}: {} {}.{} is gone, status {}, signal {}", machine.name, process.life.worker, process.life.epoch,
                  process.life.incarnation, status, signal));
  after(200, [this, node = process.node, life = process.life, status, signal] {
    Machine& one = machines_[node];
    if (!one.caretaker) return;
    if (const auto left = one.left.find(life); left != one.left.end()) {
      tell_caretaker(node, caretaker::Lost{life, left->second.ledger});
    }
    caretaker::Exited fact;
    fact.life = life;
    fact.status = status;
    fact.signal = signal;
    tell_caretaker(node, fact);
  });
}

TEST_CASE("a stub has come to its end when all that comes has come and all that goes was taken") {
  Process process;
  process.upstream = {"t/1"};
  process.downstream = {"t/3"};
  process.order.peers = {{{"t/1", 1, 1}, "", ""}, {{"t/3", 1, 1}, "", ""}};
  CHECK(!process.fed());
  CHECK(!process.delivered());
  process.inputs["t/1"] = {{"t/1", 1, 1}, 5, true};
  process.order.peers.pop_back();
  CHECK(process.fed());
  CHECK(process.delivered());
}

}  // namespace blox::sim
