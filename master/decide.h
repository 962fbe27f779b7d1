// What the master decides: facts in, actions out. It has no clock, socket, disk or thread.
//
//   Actions all;
//   Result<Master> master = Master::start(options, catalogue, now, &all);   // carry out `all`
//   carry_out(master->take(report, now));                                   // each report, request …
//   … and at master->due() at the latest: master->take(Passed{}, now)
//
// Owns     all that it knows; what must survive it is in the catalogue, under the keys that it remembers
// Threads  one user
// Order    of one Actions: `remember` and `forget` are one transaction, durable before anything else of it is done
// Errors   of users: answers; of the catalogue: catalogue.record from start(); nothing else fails
// Cost     a report costs its own size and that of the orders that answer it
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/graph/check.h"
#include "core/protocol/cluster.h"
#include "core/protocol/message.h"
#include "master/shape.h"

namespace blox::master {

/// Two readings of one moment: `steady` decides, `wall` is shown to people.
struct Now {
  Micros steady = 0;
  Micros wall = 0;
};

// ---- facts ----

/// A topology that was checked against Master::cluster(). `bundle` is encode_bundle(…), its SHA-256 in hexadecimal
/// beside it.
struct Submit {
  std::string name;
  std::string bundle;
  std::string bundle_hash;
  Shape shape;
  std::string diagnostics;  ///< warnings, rendered
  bool only_plan = false;
};
/// Answered exactly once, under its ticket, in what take() gives for it.
struct Asked {
  uint64_t ticket = 0;
  std::variant<Submit, protocol::StopRequest, protocol::DrainRequest, protocol::ForgetRequest, protocol::PsRequest>
      request;
};
/// The cluster is another from now on. Nodes that it does not name any more, and that have nothing, are forgotten.
struct Configured {
  std::vector<ClusterFacts::Node> nodes;  ///< as Master::Options
  Micros lease = protocol::kNodeLease;
};
struct Passed {};
using Fact = std::variant<protocol::NodeReport, Asked, Configured, Passed>;

// ---- actions ----

struct Actions {
  std::vector<std::pair<std::string, std::string>> remember;         ///< key and value
  std::vector<std::string> forget;                                   ///< keys
  std::vector<std::pair<std::string, protocol::NodeOrders>> orders;  ///< by node; as far as it can be reached
  std::vector<std::pair<uint64_t, protocol::Body>> answers;          ///< by ticket
  std::vector<std::string> notes;                                    ///< lines for the operator
};

/// Key and value of all that was remembered. The values of blobs (keys that begin with kBlobs) may be left out.
using Catalogue = std::map<std::string, std::string, std::less<>>;
/// "blob/" and the hash: what the shell answers BlobRequest from.
inline constexpr std::string_view kBlobs = "blob/";

class Master {
 public:
  struct Options {
    std::string release;
    std::string new_cluster;                ///< identifier for a catalogue that has none yet
    std::vector<ClusterFacts::Node> nodes;  ///< as configured; labels and capacity are those that the node reports
    Micros lease = protocol::kNodeLease;    ///< a node that is silent for so long is lost; above protocol::kHeartbeat
  };
  static Result<Master> start(Options options, const Catalogue& catalogue, Now now, Actions* first);
  Master(Master&&) noexcept;
  Master& operator=(Master&&) noexcept;
  ~Master();

  Actions take(Fact fact, Now now);
  /// When Passed is to be taken next, on the steady clock.
  Micros due() const;

  /// For check(): the nodes, with the room that is left beside `topology`.
  ClusterFacts cluster(std::string_view topology) const;
  /// Where a worker is placed now; empty: there is none of this name.
  std::string node_of(std::string_view worker) const;
  const std::string& cluster_id() const;
  uint64_t term() const;

 private:
  struct State;
  explicit Master(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace blox::master
