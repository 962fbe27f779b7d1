// What a caretaker knows, for the files of decide.h alone.
//
// Owns     all it holds
// Threads  one user
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "caretaker/decide.h"

namespace blox::caretaker {

/// At least so long between two reports, unless a heartbeat is due.
inline constexpr Micros kReportPause = 5 * kMillisecond;
inline constexpr Micros kFirstPause = 100 * kMillisecond;
inline constexpr Micros kLongestPause = 30 * kSecond;
/// A process that ran so long was well: the next death is a first one again.
inline constexpr Micros kQuietMinute = 60 * kSecond;

/// What is known of a life that is over, while its peers may know more of it.
struct LastLife {
  protocol::WorkerLife life;
  std::vector<LedgerEntry> ledger;
  std::vector<protocol::Former> former;
};

/// What is on disk of a worker.
struct ChildRecord {
  protocol::WorkerLife life;
  std::string topology;
  uint64_t version = 0;
  std::string placement;
  uint64_t part = 0;
  uint64_t end = 0;  ///< 6 or 7, as WorkerState
  uint64_t restarts = 0;
  protocol::ErrorReply failure;
  std::vector<protocol::ElementLoad> loads;  ///< with `end`
  std::vector<protocol::Loss> losses;        ///< of earlier lives in this epoch
  std::vector<protocol::Loss> noticed;       ///< what those have noticed of the losses of others
  LastLife last;                             ///< part of `losses`
};

/// One worker of this node; at most one process at a time.
struct Child {
  enum class Ending : uint8_t { kNo, kOrdered, kHung, kOrphan };

  ChildRecord record;
  std::optional<protocol::WorkerOrder> order;  ///< the last that named it, with whatever epoch
  bool ordered = false;                        ///< named by the last orders
  bool alive = false;                          ///< has a process
  int64_t pid = 0;
  Ending ending = Ending::kNo;
  Micros kill_at = 0;                            ///< while ending
  std::optional<protocol::WorkerReport> report;  ///< of this life
  Micros started = 0;
  Micros heard = 0;       ///< its last report
  Micros progressed = 0;  ///< since when `progress` stands still
  Micros stepped = 0;     ///< since when neither its phase nor its state has changed
  Micros pause = 0;       ///< before the start after the next death
  Micros start_at = 0;
  bool stopped = false;    ///< ended because nobody ordered it
  bool away = false;       ///< died while there was no caretaker
  bool waits = false;      ///< for its next start
  uint64_t said_gone = 0;  ///< sequence of the first report that said so
  uint64_t memory_bytes = 0;
  uint64_t cpu_permille = 0;

  bool over() const { return record.end != 0; }
};

struct Caretaker::State {
  Options options;
  std::string cluster;
  uint64_t incarnation = 1;
  uint64_t term = 0;
  uint64_t revision = 0;
  uint64_t sequence = 0;
  bool obeys = false;               ///< orders were taken in this life
  std::map<uint64_t, Micros> sent;  ///< by sequence: when that report was sent
  Micros lease_until = 0;
  Load load;
  std::map<std::string, Child, std::less<>> children;
  Micros now = 0;
  Actions* out = nullptr;
  Micros reported = 0;
  bool changed = true;  ///< something that the master does not know yet

  void hear(protocol::NodeOrders orders);
  void hear(const protocol::WorkerReport& report);
  void hear(const Started& fact);
  void hear(const Exited& fact);
  void hear(const Lost& fact);
  void hear_former(Child& child, const std::vector<protocol::Former>& former);
  void weigh(ChildRecord& record);
  void hear(const Load& fact);
  void hear(Configured fact);
  void hear(const Passed&) {}
  void look_after(Child& child);
  void begin(Child& child);
  void end(Child& child, Child::Ending why);
  void died(Child& child, const Exited& fact);
  void tell(const Child& child);
  void keep(const Child& child);
  bool lease_holds(const Child& child) const;
  bool wanted(const Child& child) const;
  void report();
  Micros due() const;
};

/// Each life of who notices counts from nothing.
void add_noticed(std::vector<protocol::Loss>& noticed, const std::vector<protocol::Loss>& more);
protocol::WorkerReport report_of(const Child& child);

std::string encode(const ChildRecord& record);
Status decode(std::string_view key, std::string_view bytes, ChildRecord* record);

}  // namespace blox::caretaker
