// blox stop, blox drain, blox forget: what ends on a cluster, or leaves a node.
#include <algorithm>

#include "dsl/quantity.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/cluster/text.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Micros kLook = 100 * kMillisecond;
constexpr Micros kEnding = 10 * kSecond;  // beyond the time to drain

std::optional<Micros> parse_time(const std::string& text) {
  Diagnostics ignored;
  const auto read = dsl::read_quantity(text, {}, ignored);
  if (!read || read->kind != dsl::Quantity::Kind::kDuration || read->integer < 0) return std::nullopt;
  return read->integer;
}

/// Waits until `over` says so of what the cluster runs; false where it took too long.
template <typename Over>
Result<bool> wait_until(ClusterClient& client, Micros most, const Over& over) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + most * 1'000;
  while (true) {
    BLOX_ASSIGN(const protocol::PsReply all, client.ask_for<protocol::PsReply>(protocol::PsRequest{}));
    if (over(all)) return true;
    if (CtrlC::pressed() || clock.steady_ns() >= until) return false;
    client.pause(kLook);
  }
}

int end_topology(ClusterClient& client, const std::string& name, Micros drain) {
  const Result<protocol::Accepted> said = client.ask_for<protocol::Accepted>(protocol::StopRequest{name, drain});
  if (!said) return report(said.status());
  std::string state;
  std::vector<std::string> losses;
  const Result<bool> over = wait_until(client, drain + kEnding, [&](const protocol::PsReply& all) {
    for (const protocol::TopologyInfo& one : all.topologies) {
      if (one.name != name) continue;
      state = one.state;
      losses = loss_lines(one);
      return is_over(one);
    }
    return true;
  });
  if (!over) return report(over.status());
  for (const std::string& line : losses) print_error(line + "\n");
  if (*over) return kDone;
  print_error("blox: " + name + " is " + state + " still; `blox ps -v` says where\n");
  return kOutside;
}

std::optional<std::string> only_name(const std::vector<std::string>& names, const std::string& what) {
  if (names.size() == 1) return names[0];
  print_error("blox: give one " + what + "\n");
  return std::nullopt;
}

}  // namespace

int stop(Words words) {
  ClusterWords cluster;
  std::vector<std::string> names;
  std::string drain = "30s";
  Options options(
      "stop NAME [--cluster FILE] [--drain TIME]",
      "Ends a topology on a cluster: its sources stop, what is under way is finished for so long, then all\n"
      "of it ends. Returns when it has. One that is over already is taken off the list of `blox ps`.",
      "blox stop index --drain 10s");
  cluster.add_to(options);
  options.value("drain", "TIME", "how long what is under way may take; 0s: ends at once (30s)", &drain);
  options.positional("name", &names);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<Micros> time = parse_time(drain);
  if (!time) {
    print_error("blox: --drain takes a time such as 30s, 500ms or 2min\n");
    return kUsage;
  }
  const std::optional<std::string> name = only_name(names, "topology: `blox ps` shows what there is");
  if (!name) return kUsage;
  int code = kDone;
  std::optional<ClusterClient> client = connect_cluster(cluster, code);
  if (!client) return code;
  const CtrlC ctrl_c;
  return end_topology(*client, *name, *time);
}

int drain(Words words) {
  ClusterWords cluster;
  std::vector<std::string> names;
  bool undo = false;
  bool no_wait = false;
  Options options(
      "drain NODE [--cluster FILE] [--undo]",
      "Moves everything away from a node, and puts nothing there from now on: before it is switched off or\n"
      "upgraded. Elements with a place of their own on it (`at`), or for which no other node has room, run on\n"
      "there. Returns when the node has nothing to do any more, or after a minute.",
      "blox drain db1");
  cluster.add_to(options);
  options.flag("undo", "let it be used again", &undo);
  options.flag("no-wait", "return as soon as the master knows", &no_wait);
  options.positional("name", &names);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<std::string> name = only_name(names, "node: `blox ps` shows them");
  if (!name) return kUsage;
  int code = kDone;
  std::optional<ClusterClient> client = connect_cluster(cluster, code);
  if (!client) return code;
  const Result<protocol::Accepted> said = client->ask_for<protocol::Accepted>(protocol::DrainRequest{*name, undo});
  if (!said) return report(said.status());
  if (undo || no_wait) return kDone;
  const CtrlC ctrl_c;
  constexpr Micros kMoving = 60 * kSecond;
  std::string left;
  const Result<bool> empty = wait_until(*client, kMoving, [&](const protocol::PsReply& all) {
    left.clear();
    for (const protocol::NodeInfo& node : all.nodes) {
      if (node.name != *name) continue;
      for (const std::string& worker : node.workers) left += " " + worker;
    }
    return left.empty();
  });
  if (!empty) return report(empty.status());
  if (*empty) return kDone;
  print_error("blox: " + *name + " still has" + left +
              ": what is bound to it by `at`, or has no room elsewhere, runs on there\n");
  return kOutside;
}

int forget(Words words) {
  ClusterWords cluster;
  std::vector<std::string> names;
  Options options(
      "forget NODE [--cluster FILE]",
      "Gives an unreachable node up for good: its elements start elsewhere, without waiting for it. What it\n"
      "did since it was heard last may be done twice. If it comes back, it starts with nothing.",
      "blox forget db1");
  cluster.add_to(options);
  options.positional("name", &names);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<std::string> name = only_name(names, "node: `blox ps` shows them");
  if (!name) return kUsage;
  int code = kDone;
  std::optional<ClusterClient> client = connect_cluster(cluster, code);
  if (!client) return code;
  const Result<protocol::Accepted> said = client->ask_for<protocol::Accepted>(protocol::ForgetRequest{*name});
  return said ? kDone : report(said.status());
}

}  // namespace blox::tools
