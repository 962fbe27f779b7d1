// The worker processes of a node: started with their files, limits and user, found again, seen when they end.
//
//   STATE/processes/…            one note a process: which life it is
//   STATE/workers/index@3/       `output`, how far it was read, and a ledger for each life until its losses are known
//   STATE/data/index/            where relative paths of the topology's elements begin. It is never removed
//
// Owns     those files; the processes run on when it is gone
// Threads  one user
// Bounds   of `output` no more than kMostOutput bytes are read at a look; what a worker prints beyond that is counted,
// and
//          its space given back: output_file.h
// Errors   start(): those of the system, process.user. A limit that cannot be kept is a note, once
// Order    the note of a process stands until its end has been taken
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "caretaker/cgroup.h"
#include "caretaker/losses.h"
#include "caretaker/notebook.h"
#include "caretaker/process.h"
#include "core/protocol/cluster.h"

namespace blox {

struct NurseryOptions {
  std::string state;                 ///< folder
  std::vector<std::string> command;  ///< what every worker is started as
  std::string user;                  ///< as whom, where we are root; empty: as ourselves
  uint64_t memory_bytes = 0;         ///< limits of each worker beside those of its order; 0: none
  uint64_t cpu_permille = 0;
  std::string cgroups = "/sys/fs/cgroup";
  std::function<void(std::string_view)> note;  ///< lines for the operator
};

/// The end of a life.
struct Departed {
  protocol::WorkerLife life;
  ProcessEnd end;
  protocol::ErrorReply failure;         ///< set where the end alone does not say enough
  std::vector<LedgerEntry> ledger;      ///< of what was under way; of one that has come to its end nothing
  std::vector<std::string> last_words;  ///< lines of its output that had not been read yet
};

class Nursery {
 public:
  static Result<std::unique_ptr<Nursery>> open(NurseryOptions options);
  /// Command and limits of workers that begin from now on.
  void configure(const NurseryOptions& next);
  ~Nursery();

  /// Of those that our predecessor had: alive, and ended meanwhile.
  struct Home {
    std::vector<protocol::WorkerLife> alive;
    std::vector<Departed> departed;
  };
  const Home& found() const { return found_; }

  /// Its number. `socket`: where it finds us.
  Result<int64_t> start(const protocol::WorkerLife& life, const protocol::WorkerOrder& order, const std::string& socket,
                        const std::string& host);
  void kill(const protocol::WorkerLife& life);
  /// Readable when something may have ended.
  int descriptor() const { return epoll_; }
  /// Those that have ended since the last call. `last_state`: what each has said of itself, as far as it has.
  std::vector<Departed> collect(const std::function<protocol::WorkerState(const protocol::WorkerLife&)>& last_state);
  /// After the end of a life was taken to where it survives us.
  void forget(const protocol::WorkerLife& life);

  /// Removes what a worker has left that is never started again.
  void clean(const std::string& worker);

  bool has(const protocol::WorkerLife& life) const { return slots_.contains(life); }
  std::vector<std::pair<protocol::WorkerLife, int64_t>> pids() const;
  /// Lines that workers have printed to their output since the last call.
  std::vector<std::pair<std::string, std::vector<std::string>>> read_outputs();

 private:
  struct Slot {
    std::unique_ptr<Process> process;
    uint64_t read_to = 0;         // of `output`
    uint64_t noted = UINT64_MAX;  // the same, in the file `output-read`
    std::string partial;          // a line that has not ended yet
    bool killed = false;          // by us
  };
  explicit Nursery(NurseryOptions options) : options_(std::move(options)) {}
  Status prepare();
  std::string folder_of(const std::string& worker) const;
  std::string ledger_of(const protocol::WorkerLife& life) const;
  Status watch(const protocol::WorkerLife& life, std::unique_ptr<Process> process);
  Status limit(const protocol::WorkerLife& life, const protocol::WorkerOrder& order, int64_t pid);
  Departed depart(const protocol::WorkerLife& life, ProcessEnd end);
  uint64_t read_so_far(const std::string& worker) const;
  void note_read(const std::string& worker, Slot& slot);
  std::vector<std::string> read_output(const std::string& worker, Slot& slot);
  static void read_lines(int file, Slot& slot, std::vector<std::string>& lines);

  NurseryOptions options_;
  std::map<protocol::WorkerLife, Slot> slots_;
  std::unique_ptr<Notebook> notes_;
  std::unique_ptr<Cgroups> cgroups_;  // from the first limit on
  bool said_no_cgroups_ = false;
  UserName owner_;
  int epoll_ = -1;
  Home found_;
};

}  // namespace blox
