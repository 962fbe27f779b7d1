// A topology that runs: from Checked and Plan to tasks on threads, until it ends, fails or is stopped.
//
// Owns     elements, tasks, queues and threads; what RunOptions points to must outlive it
// Threads  start(), wait() and the destructor by one; stop(), abort() and snapshot() from any thread at any time
// Errors   the first one ends the run; its place is the element's path
// Order    elements are opened upstream first, closed upstream first once all have finished
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/metrics.h"
#include "core/graph/part.h"
#include "core/graph/update.h"
#include "core/queue/flight.h"
#include "core/run/inspect.h"

namespace blox {

namespace runtime {
class Net;
}

struct RunOptions {
  size_t threads = 0;  ///< 0: as many as there are cores
  /// Makes the tables behind Keyed state; required where an element has any.
  KeyedStoreFactory keyed_store;
  /// Lines for people, from any thread, one at a time. Nothing: to standard error.
  std::function<void(std::string_view element, Severe severity, std::string_view text)> message;
  /// Data that elements print, one at a time: 0, or the errno that says why it could not be written. EPIPE, the reader
  /// is gone, ends the run upstream and is no error. Nothing: to standard output.
  std::function<int(std::string_view text)> print;
  /// The same for who wants to know which element it was; comes before `print`.
  std::function<int(std::string_view element, std::string_view text)> print_of;
  std::string folder;  ///< where relative paths start; empty: the working directory
  Micros query_deadline = 30 * kSecond;
  size_t messages_kept = 3;  ///< of each code of rejection
  /// Called with each element once it is open, before any is started: to load its state, say. A failure ends the start.
  std::function<Status(Element&)> opened;
  /// See Host::file_fault. Nothing: no call is made to fail.
  std::function<int(std::string_view path, FileCall call, uint64_t bytes)> file_fault;
  bool updatable = false;   ///< update() will be called; costs a call a log and hop
  Definitions definitions;  ///< of the topology, for updates
  /// Carries the connections to other workers; required where a part has such. One Net serves one run, which closes it.
  runtime::Net* net = nullptr;
  /// Tells the questions of this life of the worker from those of earlier ones.
  uint32_t life = 0;
  /// Background sources wait until their wave was flushed on all workers: see Run::set_flushed_waves.
  bool waves_outside = false;
  /// Run::flushed_waves() has grown. From any thread.
  std::function<void()> waves_flushed;
  FlightSlots flight;  ///< where queues count what is under way; nothing: nowhere
  /// VirtualRun only: after so many turns of tasks without virtual time passing the run fails as endless. 0: no limit.
  uint64_t turns_at_once = 0;
};

struct RunResult {
  Status status;             ///< ok, or what ended the run
  bool stopped = false;      ///< stop() or abort() came before the end
  bool reader_gone = false;  ///< nobody reads standard output any more: ended upstream, and ok
  Snapshot summary;
  std::vector<std::string> left;  ///< "queue a [out] -> b [in]: 12 logs, 3,400 records" that were not drained
};

/// What a change of a running topology came to.
struct UpdateReport {
  std::vector<std::string> lines;  ///< what runs on, what is made anew, what is new and gone
  std::vector<std::string> lost;   ///< "queue a [out] -> [in] b: 2 logs, 30 records": had nowhere to go
  Status failed;                   ///< ok, or why all is as it was before (or the run has failed)
};

/// What a run may go on as.
struct TopologyVersion {
  Checked checked;
  Plan plan;
  Definitions definitions;
  std::vector<RemoteEnd> remote{};  ///< of a part
  std::optional<Waves> waves{};     ///< of a part, as worked out on the whole
  /// Carries its connections to other workers, where RunOptions::net is null and these are the first.
  runtime::Net* net = nullptr;
};

/// Whether a run gets anywhere.
struct Liveness {
  uint64_t calls = 0;  ///< of elements so far; counted where a task yields
  bool idle = false;   ///< no task has anything to do, but for those that may wait in a call
};

class Run : public Inspect {
 public:
  /// Opens all elements, and the ends of connections to other workers. An element that cannot be opened: its error,
  /// everything closed again.
  static Result<std::unique_ptr<Run>> open(Part part, RunOptions options);
  /// Starts what was opened. Precondition: called once.
  virtual Status go() = 0;
  /// Both, with the whole of a topology.
  static Result<std::unique_ptr<Run>> start(Checked checked, const Plan& plan, RunOptions options);
  /// Until the end. Closes the elements. Precondition: called once.
  virtual RunResult wait() = 0;
  /// Sources stop; what is under way is drained for at most `drain`, then aborted. Safe in any thread, but not in a
  /// signal handler.
  virtual void stop(Micros drain) = 0;
  /// Everything stops after its present call.
  virtual void abort() = 0;
  /// Goes on as another version of the topology, between two calls of its elements: core/run/UPDATE.md. Waits for the
  /// present call of each. `run.ended` where there is nothing to go on with; `update.links` where a connection to
  /// another worker has the number of a different one. Precondition: RunOptions::updatable.
  virtual UpdateReport update(TopologyVersion next, const std::function<TopologyVersion()>& previous) = 0;
  /// How many waves of background sources (README.md), from the first on, are flushed here; and on all workers.
  virtual uint64_t flushed_waves() const = 0;
  virtual void set_flushed_waves(uint64_t everywhere) = 0;
  virtual Liveness liveness() const = 0;
};

/// The same tasks in the calling thread, in virtual time: for tests. The seed decides which of the ready tasks runs
/// next, nothing else does.
class VirtualRun : public Inspect {
 public:
  /// `clock` moves only by what is called here.
  static Result<std::unique_ptr<VirtualRun>> start(Checked checked, const Plan& plan, RunOptions options,
                                                   VirtualClock& clock, uint64_t seed);
  static Result<std::unique_ptr<VirtualRun>> start(Part part, RunOptions options, VirtualClock& clock, uint64_t seed);
  /// Runs until nothing is ready at the present time. True once the topology has ended.
  virtual bool settle() = 0;
  /// Moves the clock by so much, stopping at every alarm on the way.
  virtual bool advance(Micros by) = 0;
  /// Sources stop now, as for Run::stop.
  virtual void stop() = 0;
  virtual UpdateReport update(TopologyVersion next, const std::function<TopologyVersion()>& previous) = 0;
  /// Ends the topology as if this element had failed.
  virtual void fail(std::string_view element, Status status) = 0;
  /// The same once it has taken so many records more (a source: given, after the call that does; one that only
  /// answers: been asked). Precondition: records > 0. False where there is no such element.
  virtual bool fail_after(std::string_view element, uint64_t records, Status status) = 0;
  /// The element is not called until release(): what is for it waits, in its queues and before them. False where there
  /// is no such element.
  virtual bool hold(std::string_view element) = 0;
  virtual bool release(std::string_view element) = 0;
  /// Runs to the end (time jumps from alarm to alarm) and closes the elements. Precondition: called once.
  /// `most` bounds the virtual time: a topology that has not ended by then is stopped.
  virtual RunResult finish(Micros most = 3'600 * kSecond) = 0;
  virtual Element* element(std::string_view path) = 0;
  /// See Run.
  virtual uint64_t flushed_waves() const = 0;
  virtual void set_flushed_waves(uint64_t everywhere) = 0;
  /// When something is due next, in ns of the clock; INT64_MAX: nothing is.
  virtual int64_t next_alarm() const = 0;
};

RunResult run_virtual(Checked checked, const Plan& plan, RunOptions options, VirtualClock& clock, uint64_t seed = 1);

}  // namespace blox
