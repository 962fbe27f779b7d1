#include "tests/support/cut_run.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace blox::testing {

void CutRun::begin(Worker& worker, Part part, RunOptions options) {
  worker.net = hub_.net(worker.name);
  options.net = worker.net.get();
  options.life = worker.life;
  options.waves_outside = true;
  Result<std::unique_ptr<VirtualRun>> run =
      VirtualRun::start(std::move(part), std::move(options), *worker.clock, random_.next());
  REQUIRE_MESSAGE(run.is_ok(), run.status().to_string());
  worker.run = *std::move(run);
}

void CutRun::add(const std::string& worker, Part part, RunOptions options) {
  Worker& made = workers_.emplace_back();
  made.name = worker;
  made.clock = std::make_unique<VirtualClock>();
  begin(made, std::move(part), std::move(options));
}

void CutRun::restart(const std::string& name, Part part, RunOptions options) {
  const auto worker = std::find_if(workers_.begin(), workers_.end(), [&](auto& one) { return one.name == name; });
  REQUIRE(worker != workers_.end());
  worker->run.reset();
  worker->net.reset();
  ++worker->life;
  begin(*worker, std::move(part), std::move(options));
}

void CutRun::lose(const std::string& name) {
  const auto worker = std::find_if(workers_.begin(), workers_.end(), [&](auto& one) { return one.name == name; });
  REQUIRE(worker != workers_.end());
  worker->run.reset();
  worker->net.reset();
  workers_.erase(worker);
  hub_.gone(name);
}

TopologyVersion version_of(Part part, Definitions definitions) {
  return {std::move(part.checked), std::move(part.plan), std::move(definitions), std::move(part.remote),
          std::move(part.waves)};
}

UpdateReport CutRun::update(const std::string& worker, Part part, Definitions definitions,
                            const std::function<TopologyVersion()>& previous) {
  return run(worker).update(version_of(std::move(part), std::move(definitions)), previous);
}

VirtualRun& CutRun::run(const std::string& worker) {
  const auto found = std::find_if(workers_.begin(), workers_.end(), [&](auto& one) { return one.name == worker; });
  REQUIRE(found != workers_.end());
  return *found->run;
}

bool CutRun::step() {
  for (Worker& worker : workers_) (void)worker.run->settle();
  bool moved = false;
  for (uint32_t i = 1 + random_.below(20); i > 0; --i) moved = hub_.step() || moved;
  return moved;
}

bool CutRun::settle() {
  uint64_t flushed = 0;
  while (true) {
    while (step()) {
    }
    bool ended = true;
    uint64_t least = UINT64_MAX;
    for (Worker& worker : workers_) {
      ended = worker.run->settle() && ended;
      least = std::min(least, worker.run->flushed_waves());
    }
    if (ended || flushed == least) return ended;
    flushed = least;
    for (Worker& worker : workers_) worker.run->set_flushed_waves(flushed);
  }
}

bool CutRun::finish() {
  while (!settle()) {
    int64_t next = INT64_MAX;
    for (const Worker& worker : workers_) next = std::min(next, worker.run->next_alarm());
    if (next == INT64_MAX) return false;
    const Micros by = std::max<Micros>(1, (next - workers_[0].clock->steady_ns() + 999) / 1'000);
    for (Worker& worker : workers_) (void)worker.run->advance(by);
  }
  return true;
}

std::vector<RunResult> CutRun::results() {
  std::vector<RunResult> all;
  for (Worker& worker : workers_) all.push_back(worker.run->finish());
  return all;
}

}  // namespace blox::testing
