// Asks the master of a cluster, and through it caretakers and workers.
//
// Owns     the connection
// Threads  one user; Ctrl-C is noticed between two messages
// Bounds   frames as of core/protocol/cluster.h
// Errors   cluster.away (no master answers, with the command that starts one), post.refused (it does not know the key),
//          control.deadline, and what the other side answers
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/protocol/message.h"
#include "core/queue/post.h"
#include "dsl/cluster_config.h"
#include "tools/blox/cluster/words.h"
#include "tools/blox/control.h"

namespace blox::tools {

class ClusterClient {
 public:
  static constexpr Micros kPatience = 10 * kSecond;

  /// Waits a little for the master to answer. Keys are read from the cluster's folder.
  static Result<ClusterClient> connect(const dsl::ClusterConfig& config, const std::string& user);

  /// A question to the master and its one answer. `most` includes what the master itself takes.
  Result<protocol::Body> ask(protocol::Body question, Micros most = kPatience);
  /// The same, for the one kind of answer that makes sense.
  template <typename T>
  Result<T> ask_for(protocol::Body question, Micros most = kPatience) {
    BLOX_ASSIGN(protocol::Body answer, ask(std::move(question), most));
    if (T* const fitting = std::get_if<T>(&answer)) return std::move(*fitting);
    return Status::outside("protocol.kind", "the master answers something else than was asked").at(at_);
  }

  /// A question whose answer hear() gives, under this number: to the master, or to a worker ("index/3") or caretaker
  /// ("@db1") through it.
  Result<uint64_t> begin(protocol::Body question, Micros deadline);
  Result<uint64_t> begin(const std::string& target, const protocol::Body& question, Micros deadline);
  /// The next answer to anything that was begun, and to which; nothing where none came within that time, or at Ctrl-C.
  std::optional<std::pair<uint64_t, Result<protocol::Body>>> hear(Micros most);
  /// What each of them answered: workers ("index/3") or caretakers ("@db1"). They are asked at once.
  using Answers = std::vector<std::pair<std::string, Result<protocol::Body>>>;
  Answers ask_each(const std::vector<std::string>& targets, const protocol::Body& question, Micros most);

  /// One of them, as if it were connected: for questions with many answers. A connection of its own.
  Result<ControlClient> reach(const std::string& target);

  /// Waits so long without a question; sooner at Ctrl-C.
  void pause(Micros most);
  /// Whether the master can be reached at the moment.
  bool here() { return post_->state().is_ok(); }

 private:
  ClusterClient(std::unique_ptr<PostClient> post, std::function<Result<std::unique_ptr<PostClient>>()> connect,
                std::string at)
      : post_(std::move(post)), connect_(std::move(connect)), at_(std::move(at)) {}
  std::unique_ptr<PostClient> post_;
  std::function<Result<std::unique_ptr<PostClient>>()> connect_;
  std::string at_;
  uint64_t last_id_ = 0;
};

/// Whether it will do nothing any more.
bool is_over(const protocol::TopologyInfo& topology);

/// The topology of that name, or the only one that there is; an error that names those that there are.
Result<protocol::TopologyInfo> find_topology(const protocol::PsReply& all, const std::string& name);

/// The same, of those that can be looked into: an error where it is over.
Result<protocol::TopologyInfo> find_running(const protocol::PsReply& all, const std::string& name);

/// Where the elements of a topology are: worker by path.
Result<std::map<std::string, std::string>> find_elements(ClusterClient& client, const protocol::TopologyInfo& topology);
/// The workers in which the element, or its replicas, are; an error with the nearest name.
Result<std::vector<std::string>> workers_of(const std::map<std::string, std::string>& places,
                                            const std::string& element);

/// For verbs that look into a run: which topology of a cluster, where no --control says otherwise.
struct TopologyWords {
  ControlWords control;
  ClusterWords cluster;
  std::string topology;

  void add_to(Options& options);
  /// Whether a cluster is meant; nothing, with a message, where that is not clear.
  std::optional<bool> in_cluster() const;
};

/// Connects; nothing, with a message and the exit code, where that fails.
std::optional<ClusterClient> connect_cluster(const ClusterWords& words, int& code);

}  // namespace blox::tools
