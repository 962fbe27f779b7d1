// blox top: what the elements of a run, or of a topology in a cluster, do.
#include <algorithm>
#include <limits>

#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/cluster/load.h"
#include "tools/blox/console.h"
#include "tools/blox/control.h"
#include "tools/blox/summary.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Micros kEach = kSecond;

/// The same elements before anything had happened: rates are averages since the start then.
Snapshot beginning(const Snapshot& now) {
  Snapshot zero;
  zero.elements.resize(now.elements.size());
  zero.tasks.resize(now.tasks.size());
  return zero;
}

Result<protocol::TopReply> look(ControlClient& client) {
  BLOX_ASSIGN(protocol::Body answer, client.ask(protocol::TopRequest{}));
  auto* const reply = std::get_if<protocol::TopReply>(&answer);
  if (reply == nullptr) return Status::outside("protocol.kind", "the run answers something else than numbers");
  return std::move(*reply);
}

int live(ControlClient& client) {
  const CtrlC ctrl_c;
  std::optional<Snapshot> before;
  size_t lines = 0;
  while (!CtrlC::pressed()) {
    const Result<protocol::TopReply> now = look(client);
    if (!now) return CtrlC::pressed() ? kDone : report(now.status());
    const TerminalSize size = terminal_size();
    const std::string table =
        now->topology + "   (Ctrl-C ends this, not the run)\n" +
        progress_table(before ? *before : beginning(now->snapshot), now->snapshot, size.columns, size.rows - 1);
    const std::string erase = lines == 0 ? "" : "\x1b[" + std::to_string(lines) + "F\x1b[J";
    if (print_data(erase + table) != 0) return kDone;
    lines = static_cast<size_t>(std::count(table.begin(), table.end(), '\n'));
    before = now->snapshot;
    const Result<Heard> pause = client.hear(std::numeric_limits<uint64_t>::max(), kEach);
    if (!pause) return report(pause.status());
  }
  return kDone;
}

/// All workers of a topology, and what is wrong with those that do not answer.
struct Looks {
  std::string topology;
  std::vector<WorkerLook> workers;
  std::string silent;
};

Result<Looks> look(ClusterClient& client, const std::string& name) {
  constexpr Micros kPatience = 3 * kSecond;
  BLOX_ASSIGN(const protocol::PsReply all, client.ask_for<protocol::PsReply>(protocol::PsRequest{}));
  BLOX_ASSIGN(const protocol::TopologyInfo topology, find_running(all, name));
  std::map<std::string, std::string> nodes;
  for (const protocol::NodeInfo& node : all.nodes) {
    for (const std::string& worker : node.workers) nodes[worker] = node.name;
  }
  std::vector<std::string> workers;
  for (const protocol::WorkerReport& worker : topology.workers) workers.push_back(worker.life.worker);
  Looks looks{topology.name, {}, {}};
  for (auto& [worker, answer] : client.ask_each(workers, protocol::TopRequest{}, kPatience)) {
    auto* const reply = answer ? std::get_if<protocol::TopReply>(&*answer) : nullptr;
    if (reply != nullptr) {
      looks.workers.push_back({worker, nodes[worker], std::move(reply->snapshot)});
    } else if (!answer) {
      looks.silent += worker + " at " + nodes[worker] + ": " + answer.status().to_string() + "\n";
    }
  }
  return looks;
}

int live(ClusterClient& client, const std::string& name) {
  const CtrlC ctrl_c;
  std::vector<WorkerLook> before;
  size_t lines = 0;
  while (!CtrlC::pressed()) {
    Result<Looks> now = look(client, name);
    if (CtrlC::pressed()) break;
    const TerminalSize size = terminal_size();
    // A master that is being started again, or a topology that is: shown, and asked again.
    std::string text =
        now ? now->topology + "   (Ctrl-C ends this, not the topology)\n" : now.status().to_string() + "\n";
    if (now) {
      text +=
          load_table(load_rows(before, now->workers), size.columns, static_cast<size_t>(std::max(5, size.rows - 2)));
      text += now->silent;
      before = std::move(now->workers);
    } else if (lines == 0) {
      return report(now.status());
    }
    const std::string erase = lines == 0 ? "" : "\x1b[" + std::to_string(lines) + "F\x1b[J";
    if (print_data(erase + text) != 0) return kDone;
    lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    client.pause(kEach);
  }
  return kDone;
}

int top_of_cluster(const TopologyWords& words, bool json) {
  int code = kDone;
  std::optional<ClusterClient> client = connect_cluster(words.cluster, code);
  if (!client) return code;
  if (!json && data_is_terminal()) return live(*client, words.topology);
  const Result<Looks> now = look(*client, words.topology);
  if (!now) return report(now.status());
  const std::vector<LoadRow> load = load_rows({}, now->workers);
  if (!now->silent.empty()) print_error(now->silent);
  if (json) {
    print_data(to_json(Datum(Datum::Struct{{"topology", now->topology}, {"elements", load_json(load)}})) + "\n");
  } else {
    print_data(load_table(load, 0, 0));
  }
  return now->silent.empty() ? kDone : kOutside;
}

}  // namespace

int top(Words words) {
  TopologyWords wanted;
  std::string format = "text";
  Options options(
      "top [--control SOCKET | --cluster FILE] [--topology NAME] [--format json]",
      "What each element of a run, or of a topology in a cluster, does: records, rates, how full the fullest\n"
      "queue before it is, the share of time in its own calls and waiting for room. In a cluster the one that\n"
      "holds the others up is marked: of those behind a full queue the one that is busy, or waits with what it\n"
      "holds (Throttle), most of the time. Live on a terminal, until Ctrl-C; in a pipe once, with averages since\n"
      "the start.",
      "blox top --control /tmp/run");
  wanted.add_to(options);
  options.value("format", "text|json", "json: all numbers that there are, once (text)", &format);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (format != "text" && format != "json") {
    print_error("blox: --format takes text or json, not " + format + "\n");
    return kUsage;
  }
  const std::optional<bool> cluster = wanted.in_cluster();
  if (!cluster) return kUsage;
  if (*cluster) return top_of_cluster(wanted, format == "json");
  Result<ControlClient> client = ControlClient::connect(wanted.control.socket);
  if (!client) return report(client.status());
  if (format == "text" && data_is_terminal()) return live(*client);
  const Result<protocol::TopReply> now = look(*client);
  if (!now) return report(now.status());
  if (format == "json") {
    Datum::Struct all{{"topology", now->topology}};
    const Datum numbers = protocol::to_datum(now->snapshot);
    for (const auto& field : *numbers.get_if<Datum::Struct>()) all.push_back(field);
    print_data(to_json(Datum(std::move(all))) + "\n");
  } else {
    print_data(progress_table(beginning(now->snapshot), now->snapshot, 0, std::numeric_limits<int>::max()));
  }
  return kDone;
}

}  // namespace blox::tools
