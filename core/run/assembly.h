// A checked and planned topology put together: tasks, channels and queries, ready for a scheduler.
//
// Owns     the elements, and everything between them; the elements go first, then what they hold on to
// Threads  assemble(), open(), close() by one, while no task runs; snapshot() from any thread at any time
// Errors   sockets that cannot be had; elements that cannot be opened, or closed
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/metrics.h"
#include "core/graph/part.h"
#include "core/graph/update.h"
#include "core/queue/net.h"
#include "core/run/control.h"
#include "core/run/task.h"

namespace blox::runtime {

ChannelBound bound_of(const QueueBound& asked);
/// Precondition: the schemas were found to agree, by the checker.
Adapter adapter_between(const Schema& from, const Schema& to);
/// What says that a log is finished with, where the reader counts that (CheckedConnection::marks).
Log finished_mark(bool marks, const Schema& schema);

class Assembly {
 public:
  /// `remote` and `waves` of a part of a topology; the waves of what is not cut are worked out.
  Assembly(Checked checked, Control& control, std::vector<RemoteEnd> remote = {}, std::optional<Waves> waves = {});
  ~Assembly();

  /// `before`: whose ends of connections to other workers go on here.
  Status assemble(const Plan& plan, const std::vector<Cell*>& kept = {}, Assembly* before = nullptr);
  /// Takes the place of another, none of whose tasks runs any more: what the update keeps goes on here with all that
  /// was under way, the rest of the other is closed, what is new here is opened and gets its state. `captured`: what
  /// elements knew that do not run on, by their path; given where this goes back to what ran before. An error leaves
  /// this one half-made: all but the elements that failed stand here.
  Status take_over(Assembly& before, const Update& update, const Plan& plan,
                   std::map<std::string, std::string>& captured, bool back, UpdateReport& report);
  /// Why this cannot become that while it runs, if so. From any thread.
  Status refuses(const TopologyVersion& next) const;
  /// The same, but back to what ran before where something new cannot be opened; where that fails too, so does the run.
  /// From here on links to other workers are held: Net::release() is for whoever has put the tasks to work again.
  static std::unique_ptr<Assembly> succeed(std::unique_ptr<Assembly> before, TopologyVersion next,
                                           const std::function<TopologyVersion()>& previous, UpdateReport& report);
  const Checked& checked() const { return checked_; }
  /// By element: has come to its end, or to that of its inputs.
  std::vector<bool> over() const;
  std::vector<Runnable*> tasks() const;
  /// Opens the elements, upstream first. At the first that fails those already open are closed again.
  Status open();
  /// Closes what is open, upstream first; the first failure.
  Status close(bool complete);
  /// Rings every task for the first time.
  void go();

  std::vector<Runnable*> blocking_tasks() const;
  Snapshot snapshot() const;
  /// What stands in queues, as lines for people. Once no task runs any more.
  std::vector<std::string> left() const;
  Element* element(std::string_view path);
  Status visit(std::string_view element, Visit visit);
  std::vector<HandlerFacts> handlers() const;
  Cell* cell(std::string_view path);  ///< null where there is none
  Result<std::vector<std::string>> tap(std::string_view port, const std::shared_ptr<Tap>& tap);
  void untap(const std::shared_ptr<Tap>& tap);
  int64_t started_ns() const { return started_ns_; }
  Liveness liveness() const;

 private:
  struct Queue {                          // a push connection between tasks
    const CheckedConnection* connection;  // null: to or from another worker
    std::string from, to;
    size_t reader;  // kElsewhere: on another worker
    std::shared_ptr<ChannelState> state;
    QueuedInput* input;  // null: on another worker, as is an output that is null
    QueuedOutput* output;
  };
  static constexpr size_t kElsewhere = SIZE_MAX;
  struct Ends {  // of a connection; null where it is of another kind
    FusedInput* fused = nullptr;
    QueuedInput* in = nullptr;
    QueuedOutput* out = nullptr;
    QueryAsker* asker = nullptr;
    QuestionInput* answerer = nullptr;
  };
  struct FarEnd {          // this half of a connection to another worker; null where it is of another kind
    bool goes_on = false;  // from the version before
    bool asked = false;    // has the questions of the asker before it
    std::shared_ptr<ChannelState> state;
    QueuedInput* in = nullptr;
    QueuedOutput* out = nullptr;
    QueryAsker* asker = nullptr;
    QuestionInput* answerer = nullptr;
  };
  /// Stands between an out port, which keeps its receivers for ever, and readers that an update may exchange.
  struct Relay final : Receiver {
    std::vector<Receiver*> readers;
    bool take(Log log) override;
    bool room() const override;
    void pass(TimeMark mark) override;
  };
  struct Query {
    std::string from, to;
    size_t reader;
    QueryAsker* asker;
  };

  static size_t whole_of(const Checked& checked, size_t element);
  static bool inside_remade(const Checked& before, const Update& update, const CheckedConnection& connection);
  void make_cells(const Plan& plan, const std::vector<Cell*>& kept);
  void attach(PushOut& port, Receiver* reader);
  void take_elements(Assembly& before, const Update& update);
  void take_times(Assembly& before, const Update& update);
  void take_pending(Assembly& before, const Update& update, std::vector<std::string>& lost);
  void take_queues(Assembly& before, const Update& update, std::vector<std::string>& lost);
  void take_parcels(Assembly& before, const Update& update, size_t old_connection, std::vector<std::string>& lost);
  // assembly_shards.cc
  std::optional<size_t> successor(const Assembly& before, const Update& update, size_t element,
                                  std::string_view in_port) const;
  std::map<std::string, std::string> states_for(Assembly& before, const Update& update,
                                                std::map<std::string, std::string>& captured, bool back,
                                                std::vector<std::string>& lost);
  Status divide_state(const StateDivision& division, const Assembly& before,
                      const std::map<std::string, std::string>& captured, std::map<std::string, std::string>& states,
                      std::vector<std::string>& lost);
  using Turns = std::map<size_t, std::vector<size_t>>;  // by what gathers: the replicas whose turns were to come
  std::deque<Log> waiting_at(Cell& cell, const Port& port);
  Turns take_shard_inputs(Assembly& before, const Update& update, std::vector<std::string>& lost);
  void take_shard_outputs(Assembly& before, const Update& update, const Turns& turns, UpdateReport& report);
  bool hand_over(const Assembly& before, const Update& update, const CheckedConnection& old, const Log& log);
  void take_queries(Assembly& before, const Update& update, std::vector<std::string>& lost);
  void take_taps(Assembly& before);
  void repeat_ends();
  bool put(size_t element, std::string_view port, Log log);
  static std::optional<Log> fitting(const Log& log, const Schema& schema);
  Status open_new(Assembly& before, const Update& update, const std::map<std::string, std::string>& states);
  void order();
  std::vector<size_t> elements_by_wave();
  Result<Outlet*> outlet(size_t from, size_t to);
  Status connect(const CheckedConnection& connection, const PlannedConnection& planned);
  Status queue(const CheckedConnection& connection, const PlannedConnection& planned, OutPort& from, Adapter adapter);
  Status query(const CheckedConnection& connection, const PlannedConnection& planned);
  // To other workers: assembly_remote.cc.
  std::optional<size_t> far_end(const RemoteEnd& end) const;
  struct Old {  // an end of the version before
    const Assembly* of;
    const RemoteEnd* remote;
    FarEnd* far;
  };
  std::optional<Old> old_end(Assembly& before, const RemoteEnd& end) const;
  std::vector<Old> removed_ends(Assembly& before) const;
  std::vector<bool> joined(const std::vector<RemoteEnd>& next) const;
  void connect(const RemoteEnd& end, FarEnd& far);
  void give(const RemoteEnd& end, FarEnd& far);
  void take(const RemoteEnd& end, FarEnd& far);
  void ask(const RemoteEnd& end, FarEnd& far);
  void answer(const RemoteEnd& end, FarEnd& far);
  std::vector<std::pair<QueuedInput*, QueuedInput*>> far_inputs(Assembly& before) const;
  void take_far_ends(Assembly& before, std::vector<std::string>& lost);
  void take_far_queries(Assembly& before, std::vector<std::string>& lost);
  void leave_far_ends(Assembly& before, const Update& update, std::vector<std::string>& lost);
  bool hand_far(size_t writer, std::string_view out_port, Parcel& parcel);
  bool hand_on(const Update& update, size_t writer, std::string_view out_port, Parcel& parcel);
  void repeat_far_ends();
  static std::unique_ptr<Outlet> arrivals(Task& task, FlightSlot* flight);
  FlightSlot* flight(FlightPlace::Kind kind, size_t element, const std::string& from, const std::string& to,
                     uint32_t number) const;
  void count_held();
  void count_given(Cell& cell, PushOut& port);
  uint32_t add_channel(Task& task, Inbound* inbound);
  OutPort& out_port(size_t element, Port& port);
  std::string name(const CheckedConnection& connection, bool from) const;
  Result<size_t> find(std::string_view path) const;
  Result<std::vector<std::pair<size_t, Port*>>> tapped_ports(std::string_view text) const;
  TapPoint& tap_point(size_t element, Port& port);
  void visit(size_t element, Visit visit);
  void describe(const Cell& cell, int64_t now, ElementMetrics& metrics) const;

  Control& control_;
  std::vector<RemoteEnd> remote_;
  std::vector<FarEnd> far_ends_;  // side by side with it
  std::set<uint32_t> past_;       // numbers of connections to other workers that were removed
  Assembly* former_ = nullptr;    // while it may go back to that: has the ends that are not here
  bool links_go_on_ = false;      // another has taken them over
  std::optional<Waves> waves_;
  std::unique_ptr<Links> links_;
  std::vector<std::unique_ptr<Outlet>> remote_outlets_;  // to other workers
  std::vector<std::unique_ptr<Receiver>> given_;         // what counts the records of sources
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::unique_ptr<Cell>> cells_;
  std::vector<size_t> task_of_;                       // by element
  std::map<std::string, std::vector<Cell*>> shards_;  // their parts, by name
  std::vector<Cell*> in_order_;                       // upstream first
  std::vector<Queue> queues_;
  std::vector<Query> queries_;
  std::vector<Ends> ends_;  // by connection
  std::map<const Port*, std::unique_ptr<Relay>> relays_;
  Definitions definitions_;
  std::vector<Cell*> open_;
  std::mutex taps_mutex_;                                                 // guards the rest
  std::vector<std::pair<std::string, std::shared_ptr<Tap>>> taps_;        // by the port that was asked for
  std::vector<std::pair<size_t, std::unique_ptr<TapPoint>>> tap_points_;  // by element
  int64_t started_ns_ = 0;
  std::atomic<int64_t> ended_ns_{0};
  Checked checked_;  // last: elements go before what they are connected to
};

}  // namespace blox::runtime
