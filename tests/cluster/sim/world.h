// A whole cluster in one thread: the real master and caretakers, worker stubs, a network, disks, users, and faults, all
// from one seed, in virtual time.
//
// What it checks at each step: no two lives of an element have effects at once; nothing that was accepted is
// forgotten; capacity is kept. What it checks at the end, once faults have stopped: every topology has come to where it
// should be, nothing runs that should not, and what is said to be lost bounds what was.
//
// Owns     all of it
// Threads  one user
// Errors   `problem` says what went wrong first; the same seed does it again
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "caretaker/decide.h"
#include "master/decide.h"
#include "master/records.h"
#include "tests/cluster/sim/chance.h"
#include "tests/cluster/sim/process.h"

namespace blox::sim {

/// What a process that died has left: its ledger, and what peers tell the next life of its worker.
struct Left {
  std::vector<LedgerEntry> ledger;
  std::vector<protocol::Former> former;
};

/// Records.
struct Truth {
  uint64_t lost = 0;
  uint64_t again = 0;
};

struct Machine {
  std::string name;
  std::vector<std::string> labels;
  uint64_t capacity = 0;
  bool powered = true;
  bool forgotten = false;  ///< dead for good
  bool cut_off = false;    ///< from all others
  std::optional<caretaker::Caretaker> caretaker;
  uint64_t life = 0;  ///< of the caretaker, so that what was meant for one before is dropped
  caretaker::Stored disk;
  uint64_t boots = 0;
  std::map<protocol::WorkerLife, Left> left;  ///< on disk
  std::set<protocol::WorkerLife> ended;       ///< … too
  Micros wake = 0;
  std::optional<protocol::NodeReport> said;  ///< its last report
};

/// What a user was told about a topology.
struct Promise {
  uint64_t version = 0;
  bool stopped = false;  ///< a stop was accepted
};

class World {
 public:
  explicit World(uint64_t seed);
  /// Lets faults happen for a while, then waits until all is well. False: `problem`.
  bool run();

  std::string problem;
  std::vector<std::string> trace;  ///< where `tracing`
  bool tracing = false;

 private:
  struct Event {
    Micros at;
    uint64_t order;
    std::function<void()> act;
    bool operator<(const Event& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };

  // world.h: time and network
  void at(Micros when, std::function<void()> act) { events_.push({when, next_event_++, std::move(act)}); }
  void after(Micros delay, std::function<void()> act) { at(now_ + delay, std::move(act)); }
  void send(const Machine* from, const Machine* to, std::function<void()> deliver);
  bool step(Micros until);
  void fail(std::string what);
  void say(const std::string& what);

  // the master
  void start_master();
  void crash_master();
  /// The nodes of the cluster, as its file names them; `but`: the number of one that it leaves out.
  std::vector<ClusterFacts::Node> named_nodes(size_t but = SIZE_MAX) const;
  void tell_master(master::Fact fact);
  void carry_out(master::Actions actions);
  void wake_master();
  void note_record(const std::string& key, const std::string& value);

  // caretakers
  void start_caretaker(size_t node);
  void crash_caretaker(size_t node);
  void tell_caretaker(size_t node, caretaker::Fact fact);
  void carry_out(size_t node, caretaker::Actions actions);
  void wake_caretaker(size_t node);
  void power_off(size_t node);
  void power_on(size_t node);

  // workers
  void spawn(size_t node, const protocol::WorkerLife& life, const protocol::WorkerOrder& order);
  void obey(uint64_t id, const protocol::WorkerOrder& order);
  void advance(Process& process);
  void take_part(Process& process);
  void change(uint64_t id);
  void check_numbers(const std::string& topology, const master::Shape& shape, const std::vector<uint64_t>& numbers,
                     std::map<std::string, std::string>& worker_of);
  void tick(uint64_t id);
  void flow(Process& process);
  void take_records(const protocol::WorkerLife& from, uint64_t to, uint64_t upto, bool ended);
  void die(uint64_t id, int status, int signal);
  Left leave(const protocol::WorkerLife& life, const std::string& element, Truth& truth);
  void report(Process& process);
  void check_effects(const Process& process);
  Process* find(const protocol::WorkerLife& life);

  // users and faults
  void user_acts();
  void reconfigure(Micros lease);
  void fault();
  void submit(const std::string& name);
  void ask(std::variant<master::Submit, protocol::StopRequest, protocol::DrainRequest, protocol::ForgetRequest,
                        protocol::PsRequest>
               request,
           std::function<void(const protocol::Body&)> answered);
  master::Shape random_shape(bool finite, const master::Shape* before);
  protocol::PsReply processes();
  void check_promises();
  void check_order_of_facts();
  std::string unsettled();

  Chance chance_;
  Micros now_ = 1'000 * kSecond;
  uint64_t next_event_ = 0;
  std::priority_queue<Event> events_;
  bool faults_ = true;

  std::optional<master::Master> master_;
  master::Catalogue catalogue_;
  uint64_t master_life_ = 0;
  Micros master_wake_ = 0;
  bool master_down_ = false;
  Micros lease_ = protocol::kNodeLease;  ///< as the file of the cluster says it now

  std::vector<Machine> machines_;
  std::map<uint64_t, Process> processes_;
  uint64_t next_process_ = 1;

  std::map<std::string, master::Shape> bundles_;  ///< by hash
  std::map<std::string, bool> finite_;            ///< by hash
  std::map<std::string, std::string> blobs_;      ///< all that ever were, as nodes may have fetched them
  std::map<std::string, Promise> promises_;
  std::set<std::string> stop_tried_;
  std::map<std::string, master::TopologyRecord> known_;  ///< as the catalogue has them
  std::map<std::string, uint64_t> run_of_;  ///< by bundle: updates go on with a run, after its end begins another
  uint64_t runs_ = 0;
  std::map<std::pair<std::string, uint64_t>, std::string> numbers_;  ///< of connections: what each stands for
  std::set<std::string> drained_;
  std::map<std::pair<uint64_t, std::string>, Truth> truth_;  ///< by run and element
  std::map<uint64_t, std::function<void(const protocol::Body&)>> asked_;
  uint64_t next_ticket_ = 1;
  uint64_t next_bundle_ = 1;
};

}  // namespace blox::sim
