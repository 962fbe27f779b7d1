// Answers the frames of caretakers and users for one master: frames in, frames out, nothing else. Who carries them is
// master/server.h's affair.
//
// Users may look (readers) or do everything (admins); nodes report, fetch blobs and carry answers, each for itself.
// What is for a worker goes to the caretaker of its node and back without a look, but for whether a reader may ask it.
//
// Owns     the master, its catalogue, and who waits for what
// Threads  one user
// Bounds   kMostRelays relayed questions may wait for answers; the one that was silent longest gives way. kMostChecks
//          submissions may wait to be checked
// Errors   to users: access.role, access.node, relay.unknown, relay.away, blob.unknown, and what the master says.
// broken()
//          once the catalogue cannot be written: nothing is decided then any more
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "core/protocol/message.h"
#include "master/catalogue.h"
#include "master/decide.h"

namespace blox::master {

/// A topology as it was submitted, checked against the cluster as it is.
struct CheckedBundle {
  Shape shape;
  std::string diagnostics;  ///< warnings, rendered
};
struct DeskOptions {
  Master::Options master;
  bool keys = false;                             ///< whoever sends has a name: "node db1", "user ada"
  std::set<std::string, std::less<>> admins;     ///< names of users
  std::function<void(const std::string&)> note;  ///< lines for the operator
};

/// What is measured of the master itself.
struct DeskNumbers {
  uint64_t reports = 0;
  uint64_t requests = 0;
  uint64_t refused = 0;
  uint64_t relayed = 0;
  uint64_t decisions = 0;
  uint64_t decision_ns = 0;
  uint64_t longest_ns = 0;
  uint64_t commits = 0;
};

class Desk {
 public:
  static constexpr size_t kMostRelays = 65'536;
  static constexpr size_t kMostChecks = 64;

  struct Outgoing {
    std::string peer;
    std::string frame;
  };

  /// `clock` outlives it.
  static Result<std::unique_ptr<Desk>> open(DeskOptions options, CatalogueFile catalogue, const Clock& clock);

  void receive(const std::string& peer, const std::string& user, std::string_view frame);
  /// To be called at due(), on the steady clock in µs.
  void pass();
  Micros due() const;
  /// What is to be sent now.
  std::vector<Outgoing> collect() { return std::exchange(outgoing_, {}); }
  /// What was submitted, to be checked somewhere else, which may take its time; then checked().
  struct Unchecked {
    uint64_t id = 0;
    protocol::Bundle bundle;
    ClusterFacts cluster;
  };
  bool has_unchecked() const { return !unchecked_.empty(); }
  /// The oldest; once. Precondition: has_unchecked().
  Unchecked next_unchecked();
  /// An error `submit.refused` has the diagnostics, rendered, as its text.
  void checked(uint64_t id, Result<CheckedBundle> result);
  /// What counts from now on.
  void configure(std::set<std::string, std::less<>> admins, Configured cluster);
  /// A peer that is gone, or does not take what it is sent.
  void forget(const std::string& peer);
  /// Why it cannot go on; ok while it can.
  const Status& broken() const { return broken_; }

  /// For Prometheus.
  std::string metrics();
  const Master& master() const { return *master_; }

 private:
  struct Asker {
    std::string peer;
    uint64_t id = 0;
  };
  struct Waiting {
    uint64_t id = 0;  ///< towards the caretaker
    Asker asker;
    std::string node;
  };
  enum class Role : uint8_t { kStranger, kNode, kReader, kAdmin };

  Desk(DeskOptions options, CatalogueFile catalogue, const Clock& clock)
      : options_(std::move(options)), catalogue_(std::move(catalogue)), clock_(clock) {}

  Now now() const { return {clock_.steady_ns() / 1'000, clock_.wall()}; }
  /// The roles of a sender; without keys everybody has all of them.
  bool may(const std::string& user, Role role) const;
  void take(const Asker& asker, const std::string& user, protocol::Message message);
  void decide(Fact fact);
  void carry_out(Actions actions);
  void ask(const Asker& asker, decltype(Asked::request) request);
  void report(const Asker& asker, const std::string& user, protocol::NodeReport report);
  void submit(const Asker& asker, protocol::SubmitRequest request);
  void blob(const Asker& asker, const protocol::BlobRequest& request);
  void relay(const Asker& asker, const std::string& user, Micros deadline, protocol::Relay request);
  void relayed_back(const Asker& node, protocol::Body body);
  void reply(const Asker& asker, protocol::Body body);
  void refuse(const Asker& asker, const Status& status);

  DeskOptions options_;
  CatalogueFile catalogue_;
  const Clock& clock_;
  std::optional<Master> master_;
  std::map<std::string, std::string> peers_;                                 // of caretakers, by node
  std::map<uint64_t, Asker> tickets_;                                        // answered within the call that opens them
  std::map<uint64_t, std::pair<Asker, protocol::SubmitRequest>> submitted_;  // not checked() yet
  std::deque<uint64_t> unchecked_;                                           // of these, whom nobody has begun with
  std::list<Waiting> relays_;                                                // the one that was silent longest first
  std::unordered_map<uint64_t, std::list<Waiting>::iterator> relay_of_;
  std::optional<protocol::PsReply> seen_;  // of the desk itself: for metrics
  uint64_t last_ticket_ = 0;
  uint64_t last_relay_ = 0;
  DeskNumbers numbers_;
  Status broken_;
  std::vector<Outgoing> outgoing_;
};

}  // namespace blox::master
