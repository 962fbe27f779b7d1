// Time, network, disks, and the shells around master and caretakers as the simulation has them.
#include "tests/cluster/sim/world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace blox::sim {

namespace {
constexpr size_t kMostNodes = 5;
}  // namespace

World::World(uint64_t seed) : chance_(seed) {
  const size_t count = 3 + chance_.below(kMostNodes - 2);
  for (size_t i = 0; i < count; ++i) {
    Machine& machine = machines_.emplace_back();
    machine.name = fmt::format("n{}", i);
    machine.labels = {i % 2 == 0 ? "disk=ssd" : "disk=slow", fmt::format("rack={}", i / 2)};
    machine.capacity = chance_.one_in(2) ? 0 : 24;
  }
}

void World::say(const std::string& what) {
  if (tracing) trace.push_back(fmt::format("{:10.4f} {}", static_cast<double>(now_ - 1'000 * kSecond) / kSecond, what));
}

void World::fail(std::string what) {
  say("PROBLEM " + what);
  if (problem.empty()) problem = std::move(what);
}

bool World::step(Micros until) {
  if (events_.empty() || events_.top().at > until || !problem.empty()) return false;
  const std::function<void()> act = std::move(const_cast<Event&>(events_.top()).act);
  now_ = events_.top().at;
  events_.pop();
  act();
  return true;
}

/// Null is the master, or a user. What is sent may be lost, come twice, late, or out of order.
void World::send(const Machine* from, const Machine* to, std::function<void()> deliver) {
  const auto unreachable = [](const Machine* one) { return one != nullptr && (one->cut_off || !one->powered); };
  if (from != to && (unreachable(from) || unreachable(to))) return;
  Micros delay = chance_.between(100, 2'000);
  if (faults_) {
    if (chance_.one_in(40)) return;
    if (chance_.one_in(40)) after(chance_.between(100, kSecond), deliver);
    if (chance_.one_in(30)) delay = chance_.between(1, 3 * kSecond);
  }
  // What is under way when the line is cut is lost; what was delayed behind the cut arrives.
  after(delay, [from, to, unreachable, act = std::move(deliver)] {
    if (from != to && (unreachable(from) || unreachable(to))) return;
    act();
  });
}

// ---- the master ----

std::vector<ClusterFacts::Node> World::named_nodes(size_t but) const {
  std::vector<ClusterFacts::Node> nodes;
  for (size_t i = 0; i < machines_.size(); ++i) {
    const Machine& machine = machines_[i];
    if (machine.forgotten || i == but) continue;
    nodes.push_back({machine.name, machine.labels, static_cast<int64_t>(machine.capacity)});
  }
  return nodes;
}

void World::start_master() {
  master::Master::Options options;
  options.release = "sim";
  options.new_cluster = "c1";
  options.nodes = named_nodes();
  options.lease = lease_;
  ++master_life_;
  say("master starts");
  master::Actions first;
  Result<master::Master> made = master::Master::start(options, catalogue_, {now_, now_}, &first);
  if (!made.is_ok()) return fail("the master does not start: " + made.status().to_string());
  master_.emplace(*std::move(made));
  master_down_ = false;
  master_wake_ = 0;
  carry_out(std::move(first));
  if (master_) check_promises();
}

void World::crash_master() {
  say("master dies");
  master_.reset();
  ++master_life_;
  asked_.clear();
  if (master_down_) return;
  master_down_ = true;
  after(faults_ ? chance_.between(0, 5 * kSecond) : 0, [this] {
    if (!master_) start_master();
  });
}

void World::tell_master(master::Fact fact) {
  if (!master_) return;
  carry_out(master_->take(std::move(fact), {now_, now_}));
  wake_master();
}

void World::carry_out(master::Actions actions) {
  // A disk may lose its last transaction, or keep it while the process dies before it does anything else.
  const bool dies = faults_ && chance_.one_in(1'500);
  if (dies && chance_.one_in(2)) return crash_master();
  for (auto& [key, value] : actions.remember) {
    if (key.starts_with(master::kBlobs)) blobs_[key.substr(master::kBlobs.size())] = value;
    if (key.starts_with("topology/")) note_record(key, value);
    catalogue_[key] = std::move(value);
  }
  for (const std::string& key : actions.forget) catalogue_.erase(key);
  for (const std::string& note : actions.notes) say("  master: " + note);
  if (dies && chance_.one_in(2)) return crash_master();
  for (auto& [name, orders] : actions.orders) {
    if (dies && chance_.one_in(2)) continue;
    for (size_t i = 0; i < machines_.size(); ++i) {
      if (machines_[i].name != name) continue;
      send(nullptr, &machines_[i], [this, i, one = std::move(orders)] { tell_caretaker(i, one); });
      break;
    }
  }
  for (const auto& [ticket, body] : actions.answers) {
    const auto found = asked_.find(ticket);
    if (found == asked_.end()) continue;
    const std::function<void(const protocol::Body&)> answered = std::move(found->second);
    asked_.erase(found);
    answered(body);
  }
  if (dies) crash_master();
}

void World::note_record(const std::string& key, const std::string& value) {
  master::TopologyRecord record;
  if (!master::decode(key, value, &record).is_ok()) return fail("a record cannot be read");
  const auto before = known_.find(record.name);
  if (before == known_.end() || before->second.bundle != record.bundle) {
    const bool update = before != known_.end() && before->second.outcome == master::Outcome::kNone;
    run_of_[record.bundle] = update ? run_of_[before->second.bundle] : ++runs_;
    bundles_[record.name] = bundles_[record.bundle];
  }
  known_[record.name] = std::move(record);
}

void World::wake_master() {
  if (!master_) return;
  const Micros due = std::max(master_->due(), now_ + 1);
  if (master_wake_ > now_ && master_wake_ <= due) return;
  master_wake_ = due;
  at(due, [this, life = master_life_, due] {
    if (life != master_life_ || !master_ || master_wake_ != due) return;
    master_wake_ = 0;
    tell_master(master::Passed{});
  });
}

// ---- caretakers ----

void World::start_caretaker(size_t node) {
  Machine& machine = machines_[node];
  if (!machine.powered || machine.caretaker) return;
  caretaker::Options options;
  options.node = machine.name;
  options.release = "sim";
  options.host = machine.name;
  options.labels = machine.labels;
  options.capacity = machine.capacity;
  options.cores = 4;
  options.hang = 4 * kSecond;
  options.begin = 5 * kSecond;
  options.incarnation = static_cast<uint64_t>(now_ / 1'000);
  std::vector<caretaker::Found> found;
  for (const auto& [id, process] : processes_) {
    if (process.alive && process.node == node) found.push_back({process.life, static_cast<int64_t>(id)});
  }
  ++machine.life;
  machine.wake = 0;
  say(machine.name + ": caretaker starts");
  caretaker::Actions first;
  machine.caretaker.emplace(caretaker::Caretaker::start(options, machine.disk, found, now_, &first));
  carry_out(node, std::move(first));
  // What the ledger says of those that have died meanwhile.
  for (const auto& [life, left] : machine.left) {
    if (find(life) == nullptr) tell_caretaker(node, caretaker::Lost{life, left.ledger});
  }
  for (const protocol::WorkerLife& life : machine.ended) {
    caretaker::Exited fact;
    fact.life = life;
    tell_caretaker(node, fact);
  }
  tell_caretaker(node, caretaker::Passed{});
}

void World::crash_caretaker(size_t node) {
  Machine& machine = machines_[node];
  if (!machine.caretaker) return;
  say(machine.name + ": caretaker dies");
  machine.caretaker.reset();
  ++machine.life;
  after(faults_ ? chance_.between(0, 4 * kSecond) : 0, [this, node] { start_caretaker(node); });
}

void World::tell_caretaker(size_t node, caretaker::Fact fact) {
  Machine& machine = machines_[node];
  if (!machine.caretaker) return;
  carry_out(node, machine.caretaker->take(std::move(fact), now_));
  wake_caretaker(node);
}

void World::carry_out(size_t node, caretaker::Actions actions) {
  Machine& machine = machines_[node];
  const bool dies = faults_ && chance_.one_in(1'500);
  if (dies && chance_.one_in(2)) return crash_caretaker(node);
  for (auto& [key, value] : actions.remember) machine.disk[key] = std::move(value);
  for (const std::string& key : actions.forget) machine.disk.erase(key);
  for (const std::string& note : actions.notes) say("  " + machine.name + ": " + note);
  if (dies && chance_.one_in(2)) return crash_caretaker(node);
  for (const auto& [life, order] : actions.start) spawn(node, life, order);
  for (const auto& [life, order] : actions.tell) {
    Process* const process = find(life);
    if (process == nullptr) continue;
    after(chance_.between(50, 500), [this, id = process->id, one = order] { obey(id, one); });
  }
  for (const protocol::WorkerLife& life : actions.kill) {
    Process* const process = find(life);
    if (process != nullptr) die(process->id, 0, 9);
  }
  if (dies) return crash_caretaker(node);
  if (actions.report) {
    machine.said = actions.report;
    send(&machine, nullptr, [this, one = *std::move(actions.report)] { tell_master(one); });
  }
}

void World::wake_caretaker(size_t node) {
  Machine& machine = machines_[node];
  if (!machine.caretaker) return;
  const Micros due = std::max(machine.caretaker->due(), now_ + 1);
  if (machine.wake > now_ && machine.wake <= due) return;
  machine.wake = due;
  at(due, [this, node, life = machine.life, due] {
    Machine& one = machines_[node];
    if (life != one.life || !one.caretaker || one.wake != due) return;
    one.wake = 0;
    tell_caretaker(node, caretaker::Passed{});
  });
}

void World::power_off(size_t node) {
  Machine& machine = machines_[node];
  say(machine.name + ": power is lost");
  machine.powered = false;
  machine.caretaker.reset();
  ++machine.life;
  for (auto& [id, process] : processes_) {
    if (process.alive && process.node == node) die(id, 0, 9);
  }
}

void World::power_on(size_t node) {
  Machine& machine = machines_[node];
  if (machine.powered || machine.forgotten) return;
  machine.powered = true;
  if (faults_ && chance_.one_in(6)) {
    say(machine.name + ": its disk is empty");
    machine.disk.clear();
    machine.left.clear();
    machine.ended.clear();
  }
  start_caretaker(node);
}

TEST_CASE("the same seed gives the same run") {
  const auto run = [] {
    World world(7);
    world.tracing = true;
    CHECK_MESSAGE(world.run(), world.problem);
    return world.trace;
  };
  const std::vector<std::string> once = run();
  CHECK(once == run());
  CHECK(once.size() > 10);
}

}  // namespace blox::sim
