// What a worker process runs: its part of a topology, the links to other workers, and the counters that survive it.
//
// Owns     topologies, links, run, the mapping of the ledger, and a thread that waits for the end of the run
// Threads  one user; elements say lines from theirs, and `wake` is rung from any
// Bounds   what a topology was checked from stays for as long as the process: one for each update()
// Errors   those of checking on this node, of links, of opening elements; a later one is the run's result
// Order    bind(), open(), go(), each once, then update()
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "caretaker/ledger.h"
#include "caretaker/said_lines.h"
#include "caretaker/worker.h"
#include "core/queue/net.h"

namespace blox {

class WorkerPart {
 public:
  WorkerPart(const WorkerOptions& options, const Clock& clock, SaidLines& said, std::function<void()> wake);
  ~WorkerPart();
  WorkerPart(const WorkerPart&) = delete;
  WorkerPart& operator=(const WorkerPart&) = delete;

  /// Checks the topology, cuts out what is its own, and binds the links.
  Status bind(const protocol::Bundle& bundle, const protocol::Placement& placement);
  /// Precondition of this, and of all below but secrets() and note_end(): bound.
  Status open();
  Status go();
  /// Goes on as another version of its part; see Run::update. `run.ended`: there is nothing to go on with. After any
  /// other failure what runs is the version before, or nothing.
  Result<UpdateReport> update(const protocol::Bundle& bundle, const protocol::Placement& placement);
  /// With whom it has connections, and where they are as far as that is known. `outdated`: it is to be another part
  /// soon, and these are the peers of that; whom it has connections with until then stays.
  void meet(const std::vector<protocol::Peer>& peers, bool outdated);
  /// What the run came to, once; nothing before it has ended.
  std::optional<RunResult> take_result();
  /// Whether all that was sent to other workers is acknowledged.
  bool settled();
  /// Notes what the links know of losses, here and elsewhere, and says what was under way in connections that were
  /// removed: true where there is news of earlier lives of this worker.
  /// When that is due again, in ns of the clock.
  bool look_at_links();
  int64_t links_due() const { return net_ == nullptr ? INT64_MAX : links_due_; }
  /// More waves are flushed than when last asked.
  bool waves_grew() { return waves_grew_.exchange(false); }
  void describe(protocol::WorkerReport& report) const;
  /// The process ends by itself.
  void note_end(int exit_code);

  Run* run() { return run_.get(); }  ///< null until it is open
  /// Of all versions that it has run. From any thread.
  Secrets secrets() const;

 private:
  struct Cut {  // what it runs, or may
    Part part;
    WorkerTopology of;  // without its elements
  };
  Result<Cut> cut_out(const protocol::Bundle& bundle, const protocol::Placement& placement) const;
  void keep(WorkerTopology of);
  void know_ends(const std::vector<RemoteEnd>& ends);
  void tell_lost(const runtime::NetCounts& counts);
  FlightSlot* slot(const FlightPlace& place);
  Status bind_links();
  RunOptions run_options();

  const WorkerOptions& options_;
  const Clock& clock_;
  SaidLines& said_;
  const std::function<void()> wake_;
  Part part_;  // until it is open
  protocol::Bundle bundle_;
  protocol::Placement placement_;  // with it: of what runs
  Definitions definitions_;
  std::vector<std::shared_ptr<void>> alive_;
  mutable std::mutex secrets_mutex_;  // guards secrets_
  Secrets secrets_;
  std::unique_ptr<Ledger> ledger_;
  using Place = std::tuple<FlightPlace::Kind, std::string, std::string, std::string, uint32_t>;
  std::map<Place, FlightSlot*> slots_;
  std::map<Place, FlightSlot*> former_slots_;  // while it changes: those that nobody has claimed yet
  std::map<uint32_t, std::pair<std::string, std::string>> writers_;  // by incoming connection: worker, element
  std::map<uint32_t, std::string> connections_;                      // by number, of all versions: what people call it
  std::map<std::pair<uint32_t, bool>, uint64_t> told_lost_;          // records
  std::set<std::string> partners_;                                   // workers with which it has connections
  std::map<std::string, protocol::Peer> known_;                      // as last heard with an endpoint
  bool has_met_ = false;
  std::vector<protocol::Loss> losses_;    // of others, as readers here have noticed
  std::vector<protocol::Former> former_;  // of earlier lives, as peers say
  uint64_t carried_ = 0;
  uint64_t looks_ = 0;
  int64_t links_due_ = 0;
  std::string key_;
  std::unique_ptr<runtime::Net> net_;
  std::unique_ptr<Run> run_;
  std::thread waiter_;
  std::atomic<bool> waves_grew_{false};
  std::mutex result_mutex_;  // guards result_
  std::optional<RunResult> result_;
};

}  // namespace blox
