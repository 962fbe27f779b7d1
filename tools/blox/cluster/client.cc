#include "tools/blox/cluster/client.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "tools/blox/classes.h"
#include "tools/blox/cluster/key_folder.h"
#include "tools/blox/console.h"

namespace blox::tools {
namespace {

constexpr Micros kConnecting = 2 * kSecond;
constexpr Micros kBetween = 20 * kMillisecond;  // two looks at whether it is connected

Micros left_of(const Clock& clock, int64_t until) { return std::max<int64_t>(0, until - clock.steady_ns()) / 1'000; }

/// Frames to one worker or caretaker and back, wrapped for the master in between.
class RelayPost final : public PostClient {
 public:
  RelayPost(std::unique_ptr<PostClient> post, std::string to) : post_(std::move(post)), to_(std::move(to)) {}

  std::vector<void*> sockets() const override { return post_->sockets(); }
  Status state() override { return post_->state(); }
  Status send(std::string_view frame) override {
    return post_->send(protocol::encode(
        {++last_id_, ClusterClient::kPatience, protocol::Relay{to_, Datum::Bytes{std::string(frame)}}}));
  }
  Result<bool> receive(std::string& frame, Micros most) override {
    std::string outer;
    BLOX_ASSIGN(const bool got, post_->receive(outer, most));
    if (!got) return false;
    uint64_t id = 0;
    BLOX_ASSIGN(protocol::Message message, protocol::decode(outer, &id));
    if (auto* const relayed = std::get_if<protocol::Relayed>(&message.body)) {
      frame = std::move(relayed->frame.data);
      return true;
    }
    if (const auto* const error = std::get_if<protocol::ErrorReply>(&message.body)) return error->status();
    return false;
  }

 private:
  std::unique_ptr<PostClient> post_;
  const std::string to_;
  uint64_t last_id_ = 0;
};

/// Whose key to use: the one that was asked for, else the first of the cluster's users whose secret can be read here.
Result<std::string> choose_user(const dsl::ClusterConfig& config, std::string user) {
  if (const char* const variable = std::getenv("BLOX_USER"); user.empty() && variable != nullptr) user = variable;
  std::vector<std::string> names;
  for (const auto& one : config.users) {
    names.push_back(one.name);
    const std::string path = config.keys + "/" + user_key(one.name) + ".key";
    if (user.empty() && ::access(path.c_str(), R_OK) == 0) user = one.name;
  }
  if (names.empty()) {
    return Status::outside("keys.user", "the cluster has no users")
        .at(config.path)
        .with_fix("add `users: {NAME: admin}` to it, then `blox keygen --cluster " + config.path +
                  "`, and reload the master (SIGHUP)");
  }
  if (user.empty()) {
    return Status::outside("keys.missing", "no key of a user is here")
        .at(config.keys)
        .with_fix("make keys with `blox keygen --cluster " + config.path + "`, or copy yours and master.pub there");
  }
  if (std::find(names.begin(), names.end(), user) == names.end()) {
    const std::optional<std::string> near = nearest(user, names);
    return Status::user("keys.user", "the cluster has no user `" + user + "`")
        .at(config.path)
        .with_fix(near ? "did you mean `" + *near + "`?" : "");
  }
  return user;
}

}  // namespace

Result<ClusterClient> ClusterClient::connect(const dsl::ClusterConfig& config, const std::string& user) {
  PostConnection connection;
  connection.endpoint = "tcp://" + config.address;
  connection.most_bytes = protocol::kMostClusterFrame;
  if (!config.keys.empty()) {
    BLOX_ASSIGN(const std::string name, choose_user(config, user));
    BLOX_ASSIGN(connection.keys, read_keys(config, user_key(name)));
    BLOX_ASSIGN(connection.server_key, read_public_key(config, kMasterKey));
  }
  const auto open = [connection, path = config.path,
                     address = config.address]() -> Result<std::unique_ptr<PostClient>> {
    BLOX_ASSIGN(std::unique_ptr<PostClient> post, keep_post(connection));
    const SystemClock clock;
    const int64_t until = clock.steady_ns() + kConnecting * 1'000;
    std::string ignored;
    Status state = post->state();
    while (!state.is_ok() && state.error().code == "post.away" && clock.steady_ns() < until && !CtrlC::pressed()) {
      static_cast<void>(post->receive(ignored, kBetween));
      state = post->state();
    }
    if (state.is_ok()) return post;
    if (state.error().code != "post.away") return state.at(address);
    return Status::outside("cluster.away", "no master answers")
        .at(address)
        .with_fix("start it with `blox master --config " + path + "`");
  };
  BLOX_ASSIGN(std::unique_ptr<PostClient> post, open());
  return ClusterClient(std::move(post), open, config.address);
}

Result<uint64_t> ClusterClient::begin(protocol::Body question, Micros deadline) {
  const uint64_t id = ++last_id_;
  BLOX_TRY(post_->send(protocol::encode({id, deadline, std::move(question)})));
  return id;
}

Result<protocol::Body> ClusterClient::ask(protocol::Body question, Micros most) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + most * 1'000;
  BLOX_ASSIGN(const uint64_t id, begin(std::move(question), most));
  std::string frame;
  while (clock.steady_ns() < until) {
    BLOX_ASSIGN(const bool got, post_->receive(frame, std::min(left_of(clock, until), kSecond)));
    if (CtrlC::pressed()) break;
    if (!got) {
      // A master that has ended meanwhile will never answer this question.
      if (const Status state = post_->state(); !state.is_ok()) return state.at(at_);
      continue;
    }
    uint64_t of = 0;
    BLOX_ASSIGN(protocol::Message message, protocol::decode(frame, &of));
    if (message.id != id) continue;
    if (const auto* error = std::get_if<protocol::ErrorReply>(&message.body)) return error->status();
    return std::move(message.body);
  }
  return Status::outside("control.deadline", "the master has not answered in time").at(at_);
}

Result<uint64_t> ClusterClient::begin(const std::string& target, const protocol::Body& question, Micros deadline) {
  return begin(protocol::Relay{target, Datum::Bytes{protocol::encode({1, deadline, question})}}, deadline);
}

std::optional<std::pair<uint64_t, Result<protocol::Body>>> ClusterClient::hear(Micros most) {
  std::string frame;
  const Result<bool> got = post_->receive(frame, most);
  if (!got || !*got || CtrlC::pressed()) return std::nullopt;
  uint64_t id = 0;
  Result<protocol::Message> message = protocol::decode(frame, &id);
  if (message) {
    if (const auto* const relayed = std::get_if<protocol::Relayed>(&message->body)) {
      uint64_t inner = 0;
      message = protocol::decode(relayed->frame.data, &inner);
    }
  }
  if (!message) return std::pair(id, Result<protocol::Body>(message.status()));
  if (const auto* const error = std::get_if<protocol::ErrorReply>(&message->body)) {
    return std::pair(id, Result<protocol::Body>(error->status()));
  }
  return std::pair(id, Result<protocol::Body>(std::move(message->body)));
}

ClusterClient::Answers ClusterClient::ask_each(const std::vector<std::string>& targets, const protocol::Body& question,
                                               Micros most) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + most * 1'000;
  Answers answers;
  std::map<uint64_t, size_t> open;
  for (const std::string& target : targets) {
    const Status late = Status::outside("control.deadline", "has not answered in time").at(target);
    answers.emplace_back(target, late);
    const Result<uint64_t> id = begin(target, question, most);
    if (id) {
      open.emplace(*id, answers.size() - 1);
    } else {
      answers.back().second = id.status();
    }
  }
  while (!open.empty() && clock.steady_ns() < until && !CtrlC::pressed()) {
    auto answer = hear(left_of(clock, until));
    const auto place = answer ? open.find(answer->first) : open.end();
    if (place == open.end()) continue;
    answers[place->second].second = std::move(answer->second);
    open.erase(place);
  }
  return answers;
}

Result<ControlClient> ClusterClient::reach(const std::string& target) {
  BLOX_ASSIGN(std::unique_ptr<PostClient> post, connect_());
  return ControlClient::over(std::make_unique<RelayPost>(std::move(post), target), target);
}

void ClusterClient::pause(Micros most) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + most * 1'000;
  std::string ignored;  // late answers to questions that nobody waits for any more
  while (clock.steady_ns() < until && !CtrlC::pressed()) {
    static_cast<void>(post_->receive(ignored, left_of(clock, until)));
  }
}

bool is_over(const protocol::TopologyInfo& topology) {
  return topology.state == "ended" || topology.state == "failed" || topology.state == "stopped";
}

Result<protocol::TopologyInfo> find_topology(const protocol::PsReply& all, const std::string& name) {
  std::vector<std::string> names, running;
  const protocol::TopologyInfo* only = nullptr;
  for (const protocol::TopologyInfo& topology : all.topologies) {
    if (topology.name == name) return topology;
    names.push_back(topology.name);
    if (is_over(topology)) continue;
    running.push_back(topology.name);
    only = &topology;
  }
  if (!name.empty()) {
    const std::optional<std::string> near = nearest(name, names);
    return Status::user("cluster.topology", "there is no topology `" + name + "`")
        .with_fix(near ? "did you mean `" + *near + "`?" : "`blox ps` shows what there is");
  }
  if (running.size() == 1) return *only;
  if (running.empty()) {
    return Status::user("cluster.topology", "nothing runs").with_fix("`blox submit FILE` starts a topology");
  }
  std::string list;
  for (const std::string& one : running) list += (list.empty() ? "" : ", ") + one;
  return Status::user("cluster.topology", "which topology? There are " + list).with_fix("say --topology NAME");
}

Result<protocol::TopologyInfo> find_running(const protocol::PsReply& all, const std::string& name) {
  BLOX_ASSIGN(protocol::TopologyInfo found, find_topology(all, name));
  if (!is_over(found)) return found;
  const std::string how = found.state == "stopped" ? "was stopped" : "has " + found.state;
  return Status::user("cluster.topology", "`" + found.name + "` " + how + ": nothing of it runs any more")
      .with_fix("`blox messages -t " + found.name + "` has what it said");
}

Result<std::map<std::string, std::string>> find_elements(ClusterClient& client,
                                                         const protocol::TopologyInfo& topology) {
  std::set<std::string> placements;
  for (const protocol::WorkerReport& worker : topology.workers) {
    if (!worker.placement.empty()) placements.insert(worker.placement);
  }
  std::map<std::string, std::string> places;
  for (const std::string& hash : placements) {
    const Result<protocol::Blob> blob = client.ask_for<protocol::Blob>(protocol::BlobRequest{hash});
    // A worker whose part stays has not yet heard of the next version: its elements are in the placement of that, too.
    if (!blob && placements.size() > 1 && blob.status().error().code == "blob.unknown") continue;
    if (!blob) return blob.status();
    BLOX_ASSIGN(const protocol::Placement placement, protocol::decode_placement(blob->bytes.data));
    for (const protocol::Placement::Part& part : placement.parts) {
      for (const std::string& element : part.elements) places.insert_or_assign(element, part.worker);
    }
  }
  return places;
}

Result<std::vector<std::string>> workers_of(const std::map<std::string, std::string>& places,
                                            const std::string& element) {
  std::set<std::string> found;
  std::vector<std::string> names;
  for (const auto& [path, worker] : places) {
    names.push_back(path);
    if (path == element || path.starts_with(element + "#")) found.insert(worker);
  }
  if (!found.empty()) return std::vector<std::string>(found.begin(), found.end());
  const std::optional<std::string> near = nearest(element, names);
  return Status::user("control.element", "there is no element `" + element + "`")
      .with_fix(near ? "did you mean `" + *near + "`?" : "");
}

void TopologyWords::add_to(Options& options) {
  control.add_to(options);
  cluster.add_to(options);
  options.value("topology,t", "NAME", "in a cluster: which one, where several run", &topology);
}

std::optional<bool> TopologyWords::in_cluster() const {
  if (!control.socket.empty() && (!cluster.file.empty() || !topology.empty())) {
    print_error("blox: --control is for a run on this machine, --cluster and --topology are for a cluster: give one\n");
    return std::nullopt;
  }
  if (!control.socket.empty()) return false;
  if (!cluster.path().empty()) return true;
  print_error(
      "blox: which run? Give --control SOCKET, as `blox run --control SOCKET …` was started with, or --cluster FILE\n");
  return std::nullopt;
}

std::optional<ClusterClient> connect_cluster(const ClusterWords& words, int& code) {
  const std::optional<dsl::ClusterConfig> config = words.config(code);
  if (!config) return std::nullopt;
  Result<ClusterClient> client = ClusterClient::connect(*config, words.user);
  if (client) return std::move(*client);
  code = report(client.status());
  return std::nullopt;
}

}  // namespace blox::tools
