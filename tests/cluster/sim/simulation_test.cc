// Users, faults, and what must hold whatever they do.
//
//   BLOX_SIM_SEED=N      one seed, with all that happens in it
//   BLOX_SIM_SEEDS=N     so many seeds (1,000)
//   BLOX_SIM_FROM=N      the first of them
//   BLOX_SIM_SECONDS=N   seeds for so long: `tools/dev soak`
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "core/base/clock.h"
#include "tests/cluster/sim/world.h"

namespace blox::sim {

using protocol::WorkerState;

namespace {

constexpr uint64_t kMostTopologies = 3;

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), otherwise);
  return otherwise;
}

bool has_restart(const master::Shape& shape, protocol::Restart restart) {
  return std::any_of(shape.elements.begin(), shape.elements.end(),
                     [&](const master::Shape::Element& one) { return one.restart == restart; });
}

}  // namespace

// ---- users ----

master::Shape World::random_shape(bool finite, const master::Shape* before) {
  master::Shape shape;
  if (before != nullptr) shape = *before;
  const auto mutate = [&](master::Shape::Element& element) {
    element.definition = chance_.next();
    element.at = chance_.one_in(6)   ? machines_[chance_.below(machines_.size() - 1)].name
                 : chance_.one_in(6) ? "disk=ssd"
                                     : "";
    element.effects = chance_.one_in(3);
    element.orphan_stops = chance_.one_in(4);
    element.isolate = chance_.one_in(6);
    element.restart = finite && chance_.one_in(40) ? protocol::Restart::kNever : protocol::Restart::kOnFailure;
    element.task = chance_.below(4);
  };
  if (before == nullptr || chance_.one_in(3)) {
    const size_t more = before == nullptr ? 2 + chance_.below(4) : 1;
    for (size_t i = 0; i < more; ++i) {
      const size_t index = shape.elements.size();
      mutate(shape.elements.emplace_back());
      shape.elements.back().path = fmt::format("e{}", index);
      if (index == 0 || chance_.one_in(6)) continue;
      const size_t inputs = 1 + chance_.below(std::min<size_t>(2, index));
      for (size_t input = 0; input < inputs; ++input) {
        shape.connections.push_back({chance_.below(index), index, 100, 1 << 20, chance_.next(), 0});
      }
    }
  } else if (chance_.one_in(3)) {
    const size_t index = shape.connections.empty() ? 0 : chance_.below(shape.connections.size());
    if (!shape.connections.empty() && chance_.one_in(2)) {
      shape.connections.erase(shape.connections.begin() + static_cast<ptrdiff_t>(index));
    } else if (shape.elements.size() > 1) {
      const size_t to = 1 + chance_.below(shape.elements.size() - 1);
      shape.connections.push_back({chance_.below(to), to, 100, 1 << 20, chance_.next(), 0});
    }
  } else if (chance_.one_in(2)) {
    shape.elements[chance_.below(shape.elements.size())].definition = chance_.next();  // in place, where it can be
  } else {
    mutate(shape.elements[chance_.below(shape.elements.size())]);
  }
  return shape;
}

void World::ask(std::variant<master::Submit, protocol::StopRequest, protocol::DrainRequest, protocol::ForgetRequest,
                             protocol::PsRequest>
                    request,
                std::function<void(const protocol::Body&)> answered) {
  const uint64_t ticket = next_ticket_++;
  if (faults_ && chance_.one_in(20)) return;
  after(chance_.between(100, 20'000), [this, ticket, request = std::move(request), answered = std::move(answered)] {
    if (!master_) return;
    asked_[ticket] = answered;
    tell_master(master::Asked{ticket, request});
  });
}

void World::submit(const std::string& name) {
  const auto promise = promises_.find(name);
  const std::string hash = fmt::format("b{}", next_bundle_++);
  master::Submit submit;
  submit.name = name;
  submit.bundle = submit.bundle_hash = hash;
  const bool update = promise != promises_.end();
  finite_[hash] = finite_.try_emplace(name, chance_.one_in(2)).first->second;
  submit.shape = random_shape(finite_[hash], update ? &bundles_[name] : nullptr);
  bundles_[hash] = submit.shape;
  say(fmt::format("user submits {} as {}", name, hash));
  ask(std::move(submit), [this, name](const protocol::Body& body) {
    const auto* const reply = std::get_if<protocol::SubmitReply>(&body);
    if (reply == nullptr) {
      return say("  refused: " + std::get<protocol::ErrorReply>(body).text);
    }
    say(fmt::format("  accepted: {} version {}", name, reply->version));
    promises_[name].version = reply->version;
  });
}

void World::user_acts() {
  const std::string name = fmt::format("t{}", chance_.below(kMostTopologies));
  const auto promise = promises_.find(name);
  const uint64_t what = chance_.below(10);
  if (promise == promises_.end() || what < 4) {
    if (!stop_tried_.contains(name)) submit(name);
  } else if (what < 5) {
    if (!stop_tried_.insert(name).second) return;
    const Micros drain = chance_.one_in(2) ? 0 : chance_.between(1, 5) * kSecond;
    say(fmt::format("user stops {}", name));
    ask(protocol::StopRequest{name, drain}, [this, name](const protocol::Body& body) {
      if (std::holds_alternative<protocol::Accepted>(body)) promises_[name].stopped = true;
    });
  } else if (what < 7) {
    const std::string node = machines_[chance_.below(machines_.size() - 1)].name;
    const bool undo = drained_.contains(node);
    if (!undo && drained_.size() + 2 >= machines_.size()) return;
    say(fmt::format("user drains {}{}", node, undo ? " no more" : ""));
    if (!undo) drained_.insert(node);
    ask(protocol::DrainRequest{node, undo}, [this, node, undo](const protocol::Body& body) {
      if (undo && std::holds_alternative<protocol::Accepted>(body)) drained_.erase(node);
    });
  } else if (what < 8) {
    reconfigure(chance_.between(2, 8) * kSecond);
  } else {
    check_promises();
    check_order_of_facts();
  }
}

void World::reconfigure(Micros lease) {
  lease_ = lease;
  const size_t but = chance_.one_in(3) ? chance_.below(machines_.size()) : SIZE_MAX;
  say(fmt::format("user reconfigures: a lease of {} s, {}", lease_ / kSecond,
                  but == SIZE_MAX ? "all nodes" : "without " + machines_[but].name));
  tell_master(master::Configured{named_nodes(but), lease_});
}

protocol::PsReply World::processes() {
  master::Actions actions = master_->take(master::Asked{0, protocol::PsRequest{}}, {now_, now_});
  return std::get<protocol::PsReply>(actions.answers.front().second);
}

void World::check_promises() {
  if (!master_) return;
  const protocol::PsReply ps = processes();
  for (const auto& each : promises_) {
    const std::string& name = each.first;
    const auto& promise = each.second;
    const auto found = std::find_if(ps.topologies.begin(), ps.topologies.end(),
                                    [&](const protocol::TopologyInfo& one) { return one.name == name; });
    // One that is over is taken off the list by a stop.
    if (found == ps.topologies.end() && stop_tried_.contains(name)) continue;
    if (found == ps.topologies.end() || found->version < promise.version) {
      fail(fmt::format("version {} of {} was accepted and is forgotten", promise.version, name));
    } else if (promise.stopped &&
               (found->state == "running" || found->state == "starting" || found->state == "waiting")) {
      fail(fmt::format("the stop of {} was accepted and is forgotten: it is {}", name, found->state));
    }
  }
}

/// The same facts in another order lead to the same decisions.
void World::check_order_of_facts() {
  std::vector<protocol::NodeReport> reports;
  for (const Machine& machine : machines_) {
    if (machine.said && machine.powered) reports.push_back(*machine.said);
  }
  const auto decide = [&](const std::vector<protocol::NodeReport>& facts) {
    master::Catalogue after = catalogue_;
    std::vector<protocol::NodeOrders> last;
    const auto apply = [&](const master::Actions& actions) {
      for (const auto& [key, value] : actions.remember) after[key] = value;
      for (const std::string& key : actions.forget) after.erase(key);
    };
    master::Actions first;
    Result<master::Master> twin = master::Master::start({"sim", "c1", {}}, catalogue_, {now_, now_}, &first);
    if (!twin.is_ok()) return after;
    apply(first);
    for (const protocol::NodeReport& fact : facts) apply(twin->take(fact, {now_, now_}));
    for (const Micros later : {10 * kMillisecond, 3'100 * kMillisecond, 4'200 * kMillisecond, 5 * kSecond}) {
      apply(twin->take(master::Passed{}, {now_ + later, now_ + later}));
    }
    return after;
  };
  const master::Catalogue once = decide(reports);
  std::reverse(reports.begin(), reports.end());
  if (reports.size() > 2) std::swap(reports[0], reports[chance_.below(reports.size())]);
  if (decide(reports) != once) fail("the order of equal facts decides");
}

// ---- faults ----

void World::fault() {
  const size_t node = chance_.below(machines_.size());
  Machine& machine = machines_[node];
  switch (chance_.below(10)) {
    case 0: return crash_master();
    case 1:
    case 2: return crash_caretaker(node);
    case 3:
      say(machine.name + ": cut off");
      machine.cut_off = true;
      // What it was given before counts for what it does, whatever is said meanwhile.
      if (chance_.one_in(2)) after(chance_.between(0, 2 * kSecond), [this] { reconfigure(2 * kSecond); });
      return after(chance_.between(100, 8'000) * kMillisecond, [this, node] {
        if (machines_[node].cut_off) say(machines_[node].name + ": reachable again");
        machines_[node].cut_off = false;
      });
    case 4: {
      if (!machine.powered) return;
      power_off(node);
      if (node + 1 == machines_.size() && chance_.one_in(3)) {
        say(machine.name + ": for good");
        machine.forgotten = true;
        return;
      }
      return after(chance_.between(0, 6 * kSecond), [this, node] { power_on(node); });
    }
    default: break;
  }
  std::vector<uint64_t> alive;
  for (const auto& [id, process] : processes_) {
    if (process.alive) alive.push_back(id);
  }
  if (alive.empty()) return;
  const uint64_t id = alive[chance_.below(alive.size())];
  if (chance_.one_in(4)) {
    say(fmt::format("process {} hangs", id));
    processes_[id].hung = true;
  } else {
    die(id, 0, 9);
  }
}

// ---- the end ----

/// Empty where all is as it should be.
std::string World::unsettled() {
  if (!master_) return "there is no master";
  const protocol::PsReply ps = processes();
  std::set<protocol::WorkerLife> wanted;
  for (const protocol::TopologyInfo& topology : ps.topologies) {
    const bool over = topology.state == "ended" || topology.state == "stopped" || topology.state == "failed";
    const master::Shape& shape = bundles_[topology.name];
    if (topology.state == "failed" && !has_restart(shape, protocol::Restart::kNever)) {
      return fmt::format("{} has failed: {}", topology.name, topology.why);
    }
    if (topology.state == "stopped" && !stop_tried_.contains(topology.name)) {
      return fmt::format("{} was stopped by nobody", topology.name);
    }
    if (over) continue;
    if (topology.state != "running") {
      std::string all;
      for (const protocol::WorkerReport& worker : topology.workers) {
        all += fmt::format(" {} {}.{}: {}", worker.life.worker, worker.life.epoch, worker.life.incarnation,
                           static_cast<int>(worker.state));
      }
      return fmt::format("{} is {}: {};{}", topology.name, topology.state, topology.why, all);
    }
    if (finite_[topology.name]) {
      std::string all;
      for (const protocol::WorkerReport& worker : topology.workers) {
        const Process* const one = find(worker.life);
        all += fmt::format(" {}: {}", worker.life.worker, static_cast<int>(worker.state));
        if (one != nullptr) all += fmt::format(" fed {} delivered {}", one->fed(), one->delivered());
      }
      return fmt::format("{} has not ended:{}", topology.name, all);
    }
    for (const protocol::WorkerReport& worker : topology.workers) {
      if (worker.state == WorkerState::kEnded) continue;
      const Process* const process = find(worker.life);
      if (worker.state != WorkerState::kRunning || process == nullptr || process->state != WorkerState::kRunning ||
          process->hung) {
        return fmt::format("{} {}.{} does not run: it is in state {}", worker.life.worker, worker.life.epoch,
                           worker.life.incarnation, static_cast<int>(worker.state));
      }
      wanted.insert(worker.life);
      for (const protocol::Peer& peer : process->order.peers) {
        const Process* const other = find(peer.life);
        if (other == nullptr || other->endpoint() != peer.endpoint) {
          return fmt::format("{} does not know where {} is", worker.life.worker, peer.life.worker);
        }
      }
    }
  }
  for (const auto& [id, process] : processes_) {
    if (process.alive && !wanted.contains(process.life)) {
      return fmt::format("process {}, {} {}, runs and should not", id, process.life.worker, process.life.epoch);
    }
  }
  for (const protocol::NodeInfo& node : ps.nodes) {
    const bool small =
        std::any_of(machines_.begin(), machines_.end(), [](const Machine& one) { return one.capacity != 0; });
    if (node.state != "draining" || small) continue;
    for (const std::string& worker : node.workers) {
      const protocol::WorkerLife* life = nullptr;
      for (const protocol::WorkerLife& one : wanted) {
        if (one.worker == worker) life = &one;
      }
      if (life == nullptr) continue;
      const Process* const process = find(*life);
      const master::Shape& shape = bundles_[process->order.bundle];
      const bool bound =
          std::any_of(shape.elements.begin(), shape.elements.end(), [&](const master::Shape::Element& one) {
            return !one.at.empty() &&
                   std::find(process->elements.begin(), process->elements.end(), one.path) != process->elements.end();
          });
      if (!bound) return fmt::format("{} is still on {}, which is drained", worker, node.name);
    }
  }
  for (const auto& [which, truth] : truth_) {
    const uint64_t run = which.first;
    const std::string& element = which.second;
    const auto topology =
        std::find_if(ps.topologies.begin(), ps.topologies.end(),
                     [&](const protocol::TopologyInfo& info) { return run_of_[known_[info.name].bundle] == run; });
    if (topology == ps.topologies.end()) continue;
    protocol::Loss all;
    std::string each;
    for (const protocol::Loss& loss : topology->losses) {
      if (loss.element != element) continue;
      each += fmt::format(" {}.{}.{}: {}..{} {}..{}", loss.life.worker, loss.life.epoch, loss.life.incarnation,
                          loss.least, loss.most, loss.again_least, loss.again_most);
      all.least += loss.least;
      all.most = std::max(all.most, all.most + loss.most);
      all.again_least += loss.again_least;
      all.again_most = std::max(all.again_most, all.again_most + loss.again_most);
    }
    if (truth.lost < all.least || truth.lost > all.most || truth.again < all.again_least ||
        truth.again > all.again_most) {
      return fmt::format(
          "{} of {} has lost {} and done {} again, and is said to have lost {} to {}, and {} to {} again:{}", element,
          topology->name, truth.lost, truth.again, all.least, all.most, all.again_least, all.again_most, each);
    }
  }
  return {};
}

bool World::run() {
  start_master();
  for (size_t i = 0; i < machines_.size(); ++i) {
    after(chance_.between(0, 500) * kMillisecond, [this, i] { start_caretaker(i); });
  }
  const Micros begin = now_, calm = begin + chance_.between(12, 25) * kSecond;
  for (Micros when = begin + kSecond; when < calm; when += chance_.between(200, 2'500) * kMillisecond) {
    at(when, [this] { user_acts(); });
  }
  const int64_t gap = chance_.between(500, 4'000);  // some runs are rough, some are mild
  for (Micros when = begin + 2 * kSecond; when < calm; when += chance_.between(100, 2 * gap) * kMillisecond) {
    at(when, [this] { fault(); });
  }
  while (step(calm)) {
  }
  now_ = std::max(now_, calm);
  say("faults stop");
  faults_ = false;
  for (size_t i = 0; i < machines_.size(); ++i) {
    machines_[i].cut_off = false;
    power_on(i);
    if (machines_[i].powered && !machines_[i].caretaker) start_caretaker(i);
  }
  if (!master_) start_master();
  tell_master(master::Configured{named_nodes(), lease_});
  std::string why = "nothing has happened";
  Micros next = now_ + 5 * kSecond;  // what was delayed arrives
  for (int i = 0; i < 120 && !why.empty() && problem.empty(); ++i, next += kSecond) {
    for (const Machine& machine : machines_) {
      if (machine.forgotten && i % 5 == 0) ask(protocol::ForgetRequest{machine.name}, [](const protocol::Body&) {});
    }
    while (step(next)) {
    }
    now_ = std::max(now_, next);
    why = unsettled();
  }
  check_promises();
  if (problem.empty() && !why.empty()) fail("faults have stopped, and still: " + why);
  return problem.empty();
}

TEST_CASE("a cluster keeps its promises whatever fails, seed by seed") {
  if (const uint64_t seed = number_from("BLOX_SIM_SEED", 0); seed != 0) {
    World world(seed);
    world.tracing = true;
    const bool good = world.run();
    for (const std::string& line : world.trace) MESSAGE(line);
    CHECK_MESSAGE(good, world.problem);
    return;
  }
  const uint64_t seconds = number_from("BLOX_SIM_SECONDS", 0);
  const SystemClock clock;
  const Micros begin = clock.wall();
  const uint64_t first = number_from("BLOX_SIM_FROM", seconds == 0 ? 1 : static_cast<uint64_t>(begin));
  const uint64_t last = seconds == 0 ? first + number_from("BLOX_SIM_SEEDS", 1'000) : UINT64_MAX;
  uint64_t seed = first;
  for (; seed < last; ++seed) {
    if (seconds != 0 && clock.wall() > begin + static_cast<Micros>(seconds) * kSecond) break;
    World world(seed);
    if (world.run()) continue;
    FAIL_CHECK("seed " << seed << ": " << world.problem << "\n  again, with all that happens: BLOX_SIM_SEED=" << seed
                       << " build/tests/test_cluster_sim");
    return;
  }
  if (seconds != 0) MESSAGE((seed - first) << " seeds from " << first << " held");
}

}  // namespace blox::sim
