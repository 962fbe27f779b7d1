// The caretaker of a node as a process: one loop that hears its master, its workers and the system, has `Caretaker`
// decide, and does what that says.
//
//   STATE/lock          one caretaker at a time
//   STATE/remembered/   what Caretaker remembers
//   STATE/blobs/        topologies and placements
//   STATE/messages/     what elements have printed
//   STATE/processes/, STATE/workers/    see nursery.h
//   STATE/caretaker.sock                where its workers find it
//
// It may be killed at any moment: its workers run on, and the next one finds them.
//
// Owns     all of these, its sockets, and a thread for metrics where they are asked for
// Threads  start() and run() by one; stop() and configure() by anybody
// Bounds   those of its parts; kMostWaiting questions for messages wait for lines
// Errors   start(): caretaker.running, those of the system, net.key. run(): what it must remember cannot be written
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "caretaker/decide.h"
#include "caretaker/nursery.h"
#include "core/base/clock.h"
#include "core/queue/keys.h"

namespace blox {

struct AgentOptions {
  caretaker::Options decide;  ///< cores, memory and incarnation are measured
  NurseryOptions nursery;     ///< `state` is also the agent's; `note` is set by it
  std::string master;         ///< "tcp://10.0.0.1:7400"
  CurveKeys keys;
  std::string master_key;  ///< public; empty: without keys
  std::string metrics;     ///< "HOST:PORT"; empty: none
  std::function<void(std::string_view line)> say;
};

class Agent {
 public:
  static constexpr size_t kMostWaiting = 1'000;

  /// `clock` outlives it.
  static Result<std::unique_ptr<Agent>> start(AgentOptions options, const Clock& clock);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Until stop(). Workers run on.
  Status run();
  void stop();
  /// From now on `next` counts, as far as that is possible while it runs; ports, limits and address for workers that
  /// begin. Returns what counts from the next start only, as it is called in cluster.yaml.
  std::vector<std::string> configure(AgentOptions next);
  /// Where the page for Prometheus is; empty: nowhere.
  std::string metrics_address() const;

 private:
  struct Parts;
  explicit Agent(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace blox
