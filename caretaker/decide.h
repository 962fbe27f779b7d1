// What a caretaker decides for its node: facts in, actions out. It has no clock, socket, disk, process or thread.
//
//   Caretaker caretaker = Caretaker::start(options, stored, found, now, &first);   // carry out `first`
//   carry_out(caretaker.take(orders, now));                                        // each fact
//   … and at caretaker.due() at the latest: caretaker.take(Passed{}, now)
//
// A worker that has died is started again: at once, then after pauses that double from 0.1 s to 30 s, until it has run
// for a minute. One whose `progress` stands still while it is not idle is killed, and started again. With
// `orphan_stops` a worker ends, and is not started, once the lease of its node has run out.
//
// Owns     all that it knows; what must survive it is on disk, under the keys that it remembers
// Threads  one user
// Order    of one Actions: `remember` and `forget` are durable before anything else of it is done
// Errors   orders of another cluster, or of an older term, are refused with a note; nothing else fails
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "caretaker/losses.h"
#include "core/base/clock.h"
#include "core/protocol/cluster.h"

namespace blox::caretaker {

struct Options {
  std::string node;
  std::string release;
  std::string host;
  std::vector<std::string> labels;
  uint64_t capacity = 0;
  uint64_t cores = 1;
  uint64_t memory_bytes = 0;
  uint64_t incarnation = 1;     ///< at least; the shell gives the wall time in s, so that a wiped disk does no harm
  Micros hang = 30 * kSecond;   ///< without progress, though not idle
  Micros begin = 60 * kSecond;  ///< from its start to its first report, and from an order to its next phase
  Micros grace = 2 * kSecond;   ///< from being told to stop to being killed
};

// ---- facts (beside protocol::NodeOrders and protocol::WorkerReport) ----

/// A process that was found alive at the start of the caretaker.
struct Found {
  protocol::WorkerLife life;
  int64_t pid = 0;
};
/// A process has begun to run: its pid.
struct Started {
  protocol::WorkerLife life;
  int64_t pid = 0;
};
/// A process is gone, or could not be started (`failure` says why). What was lost with it is said before, by Lost. At
/// the start both may be said of those that have died meanwhile, as far as their ledger tells: one that had come to its
/// end does not begin again then.
struct Exited {
  protocol::WorkerLife life;
  /// As it exited; ignored where `signal` is set. 0: it came to its end; 1: it has failed as it would again, so it is
  /// started again only with `restart = always`; all else: it has died.
  int status = 0;
  int signal = 0;
  protocol::ErrorReply failure;
};
/// What a life that is over has left in its ledger.
struct Lost {
  protocol::WorkerLife life;
  std::vector<LedgerEntry> ledger;
};
/// Measured now and then.
struct Load {
  uint64_t memory_used = 0;
  uint64_t cpu_permille = 0;
  uint64_t network_bytes = 0;
  struct Worker {
    std::string worker;
    uint64_t memory_bytes = 0;
    uint64_t cpu_permille = 0;
  };
  std::vector<Worker> workers;
};
/// The node is described otherwise from now on. Workers that run stay reachable where they are.
struct Configured {
  std::string host;
  std::vector<std::string> labels;
  uint64_t capacity = 0;
};
struct Passed {};
using Fact =
    std::variant<protocol::NodeOrders, protocol::WorkerReport, Started, Exited, Lost, Load, Configured, Passed>;

// ---- actions ----

struct Actions {
  std::vector<std::pair<std::string, std::string>> remember;
  std::vector<std::string> forget;
  std::vector<std::pair<protocol::WorkerLife, protocol::WorkerOrder>> start;  ///< answered by Started, and Exited once
  std::vector<std::pair<protocol::WorkerLife, protocol::WorkerOrder>> tell;   ///< an order to a process that is there
  std::vector<protocol::WorkerLife> kill;                                     ///< SIGKILL; answered by Exited
  std::optional<protocol::NodeReport> report;                                 ///< to the master
  std::vector<std::string> notes;                                             ///< lines for the operator
  /// Lines for whoever looks at a worker, by its name: what its process cannot say, and its end does not.
  std::vector<std::pair<std::string, std::string>> lines;
};

using Stored = std::map<std::string, std::string, std::less<>>;

class Caretaker {
 public:
  /// `stored` is what was remembered; a record that cannot be read is passed over with a note. `now`: steady clock.
  static Caretaker start(Options options, const Stored& stored, const std::vector<Found>& found, Micros now,
                         Actions* first);
  Caretaker(Caretaker&&) noexcept;
  Caretaker& operator=(Caretaker&&) noexcept;
  ~Caretaker();

  Actions take(Fact fact, Micros now);
  /// When Passed is to be taken next.
  Micros due() const;

 private:
  struct State;
  explicit Caretaker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace blox::caretaker
