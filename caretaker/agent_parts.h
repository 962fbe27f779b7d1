// What an agent consists of, for the files of agent.h alone.
//
// Owns     sockets, files, and what was heard
// Threads  all by the one that runs the loop, but for what a lock guards
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "caretaker/agent.h"
#include "caretaker/blob_cache.h"
#include "caretaker/load.h"
#include "caretaker/message_store.h"
#include "caretaker/notebook.h"
#include "caretaker/relays.h"
#include "core/net/metrics_server.h"
#include "core/protocol/message.h"
#include "core/queue/post.h"

namespace blox {

struct Agent::Parts {
  /// Somebody waits for lines that have not been printed yet.
  struct Waiting {
    uint64_t id = 0;
    uint64_t inner = 0;  // with `relayed`: the identifier inside
    bool relayed = false;
    protocol::MessagesRequest request;
    Micros until = 0;
  };
  /// A blob on its way from the master.
  struct Fetching {
    std::set<std::string> peers;  // workers that wait for it
    Micros again = 0;
  };

  AgentOptions options;
  const Clock& clock;
  int lock = -1;
  int epoll = -1;
  std::unique_ptr<Wake> wake;
  std::atomic<bool> stopping{false};
  std::unique_ptr<PostServer> workers;
  std::unique_ptr<PostClient> master;
  std::unique_ptr<Nursery> nursery;
  std::optional<Notebook> remembered;
  std::optional<BlobCache> blobs;
  std::optional<MessageStore> messages;
  std::unique_ptr<LoadMeter> meter;
  std::optional<caretaker::Caretaker> decides;
  Relays relays;

  /// What a worker was sent last.
  struct Told {
    std::string frame;
    Micros at = 0;
  };
  /// One whose process has ended by itself: what it said last may still be on its way.
  struct Leaving {
    Departed departed;
    Micros until = 0;
  };

  std::deque<caretaker::Fact> facts;  // to be decided on
  std::vector<Leaving> leaving;
  std::vector<protocol::WorkerLife> gone;                        // whose end is among the facts
  std::map<protocol::WorkerLife, std::string> peers;             // those that have been heard
  std::map<std::string, protocol::WorkerLife> lives;             // by peer
  std::map<protocol::WorkerLife, protocol::WorkerOrder> orders;  // the last to each
  std::map<protocol::WorkerLife, Told> told;
  std::map<protocol::WorkerLife, protocol::WorkerState> states;  // the last of each
  std::map<std::string, Fetching> fetching;                      // by hash
  std::deque<Waiting> waiting;
  std::optional<protocol::NodeReport> last_report;
  std::string master_state;    // what was said last of the connection
  std::string master_refusal;  // and of refusals
  Micros measure_at = 0;
  uint64_t last_id = 0;
  bool connected = false;

  std::mutex next_mutex;  // guards the one below
  std::optional<AgentOptions> next;

  std::mutex page_mutex;  // guards the two below
  protocol::NodeReport page_report;
  bool page_connected = false;
  std::unique_ptr<MetricsServer> metrics;  // last: its thread asks for the page

  Parts(AgentOptions given, const Clock& of) : options(std::move(given)), clock(of) {}
  ~Parts();

  Micros now() const { return clock.steady_ns() / 1'000; }
  void say(std::string_view line) const { options.say(line); }

  Status prepare();
  Status begin();
  Status loop();
  void configure();
  Status decide();
  Status carry_out(caretaker::Actions actions);
  void start_worker(const protocol::WorkerLife& life, const protocol::WorkerOrder& order);
  void tell(const protocol::WorkerLife& life);
  void collect();
  void depart(Departed one);
  bool has(const protocol::WorkerLife& life) const;
  void measure();
  void hear_workers();
  void hear_worker(const std::string& peer, std::string_view frame);
  void introduce(const std::string& peer, const protocol::WorkerReport& report);
  void hear_master();
  void hear_master(std::string_view frame);
  void see_connection();
  void to_master(uint64_t id, protocol::Body body);
  void relay(uint64_t id, Micros deadline, const protocol::Relay& request);
  void asked_for_messages(Waiting question);
  bool answer(const Waiting& question, bool last_chance);
  void answer_waiting();
  void wanted(const std::string& peer, const protocol::BlobRequest& request);
  void fetched(const protocol::Blob& blob);
  void fetch_again();
  void keep_needed_blobs();
  void printed();
  void forget_peer(const protocol::WorkerLife& life);
  Micros due() const;
};

}  // namespace blox
