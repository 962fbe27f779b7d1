// blox messages: what the elements of a cluster print and report.
#include <algorithm>
#include <map>
#include <set>

#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Micros kLook = 2 * kSecond;   // at which nodes there are
constexpr Micros kWait = 10 * kSecond;  // of a caretaker, for a line

struct Line {
  std::string node;
  protocol::MessageLine said;
};

/// What each caretaker has that was not shown yet.
class Reader {
 public:
  Reader(ClusterClient& client, std::string topology, std::string element)
      : client_(client), topology_(std::move(topology)), element_(std::move(element)) {}

  /// What there is now, in the order of time, as far as the clocks of the nodes agree. `there`: an error where there is
  /// neither a line nor the topology.
  Result<std::vector<Line>> all(bool there) {
    BLOX_ASSIGN(const protocol::PsReply all, client_.ask_for<protocol::PsReply>(protocol::PsRequest{}));
    see(all);
    for (const protocol::NodeInfo& node : all.nodes) {
      if (node.state == "unreachable") silent_[node.name] = "is unreachable";
    }
    std::vector<std::string> targets;
    for (const std::string& node : nodes_) targets.push_back("@" + node);
    std::vector<Line> lines;
    const protocol::MessagesRequest request{topology_, element_, 0, 0};
    for (auto& [target, answer] : client_.ask_each(targets, request, ClusterClient::kPatience)) {
      if (!answer) silent_[target.substr(1)] = "does not answer";
      take(target.substr(1), answer, lines);
    }
    if (there && lines.empty() && !topology_.empty()) BLOX_TRY(find_topology(all, topology_).status());
    std::stable_sort(lines.begin(), lines.end(),
                     [](const Line& a, const Line& b) { return a.said.time < b.said.time; });
    return lines;
  }

  /// What comes next: each caretaker answers once it has a line. It may be nothing yet.
  std::vector<Line> next() {
    std::vector<Line> lines;
    const int64_t now = clock_.steady_ns();
    std::erase_if(asked_, [&](const auto& one) { return one.second.until <= now; });
    bool away = false;
    if (now >= look_at_) {
      const Result<uint64_t> id = client_.begin(protocol::PsRequest{}, kLook);
      away = !id;
      look_at_ = now + kLook * 1'000;
      if (id) looking_ = *id;
    }
    for (const std::string& node : nodes_) {
      const bool waits =
          std::any_of(asked_.begin(), asked_.end(), [&](const auto& one) { return one.second.node == node; });
      if (waits || away) continue;
      constexpr Micros kMost = kWait + ClusterClient::kPatience;
      const auto id =
          client_.begin("@" + node, protocol::MessagesRequest{topology_, element_, shown_[node], kWait}, kMost);
      away = !id;
      if (id) asked_.emplace(*id, Asked{node, now + kMost * 1'000});
    }
    if (away || !client_.here()) {  // the master, with all that was asked through it
      asked_.clear();
      look_at_ = 0;
      client_.pause(kAway);
      return lines;
    }
    auto answer = client_.hear((look_at_ - now) / 1'000);
    if (!answer) return lines;
    if (answer->first == looking_) {
      if (const auto* const all = answer->second ? std::get_if<protocol::PsReply>(&*answer->second) : nullptr)
        see(*all);
    } else if (const auto one = asked_.extract(answer->first); !one.empty()) {
      // A caretaker that cannot be reached is asked again once it is seen to be there.
      if (!answer->second) nodes_.erase(one.mapped().node);
      take(one.mapped().node, answer->second, lines);
    }
    return lines;
  }
  std::map<std::string, uint64_t> take_missed() { return std::exchange(missed_, {}); }
  /// The nodes whose lines all() has not got, and why.
  const std::map<std::string, std::string>& silent() const { return silent_; }

 private:
  struct Asked {
    std::string node;
    int64_t until = 0;
  };
  static constexpr Micros kAway = 300 * kMillisecond;

  void see(const protocol::PsReply& all) {
    nodes_.clear();
    for (const protocol::NodeInfo& node : all.nodes) {
      if (node.state != "unreachable" && node.state != "unknown") nodes_.insert(node.name);
    }
  }
  void take(const std::string& node, Result<protocol::Body>& answer, std::vector<Line>& lines) {
    auto* const reply = answer ? std::get_if<protocol::MessagesReply>(&*answer) : nullptr;
    if (reply == nullptr) return;
    if (reply->missed > 0) missed_[node] += reply->missed;
    for (protocol::MessageLine& line : reply->lines) {
      shown_[node] = std::max(shown_[node], line.number);
      lines.push_back({node, std::move(line)});
    }
  }

  const SystemClock clock_;
  ClusterClient& client_;
  const std::string topology_;
  const std::string element_;
  std::set<std::string> nodes_;  // that can be asked
  std::map<uint64_t, Asked> asked_;
  uint64_t looking_ = 0;  // the number of the last question for nodes
  int64_t look_at_ = 0;
  std::map<std::string, uint64_t> shown_;
  std::map<std::string, uint64_t> missed_;
  std::map<std::string, std::string> silent_;
};

std::string text_of(const Line& line, bool json) {
  const protocol::MessageLine& said = line.said;
  if (json) {
    return to_json(Datum(Datum::Struct{{"time", Datum(Datum::Time{said.time})},
                                       {"node", line.node},
                                       {"worker", said.worker},
                                       {"element", said.element},
                                       {"kind", said.kind},
                                       {"text", said.text}})) +
           "\n";
  }
  const std::string kind = said.kind == "print" || said.kind == "note" ? "" : said.kind + ": ";
  return line.node + " " + (said.element.empty() ? said.worker : said.element) + ": " + kind + said.text +
         (said.text.ends_with('\n') ? "" : "\n");
}

}  // namespace

int messages(Words words) {
  ClusterWords cluster;
  std::string topology, element;
  std::string format = "text";
  bool follow = false;
  Options options(
      "messages [--cluster FILE] [-f] [--topology NAME] [--element PATH] [--format json]",
      "What the elements of a cluster print and report, with node and element. Caretakers keep the last few\n"
      "thousand lines of each worker; what is no longer there is counted.",
      "blox messages -f --topology index");
  cluster.add_to(options);
  options.flag("follow,f", "go on until Ctrl-C", &follow);
  options.value("topology,t", "NAME", "of this topology only", &topology);
  options.value("element", "PATH", "of this element only", &element);
  options.value("format", "text|json", "json: a document a line (text)", &format);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (format != "text" && format != "json") {
    print_error("blox: --format takes text or json, not " + format + "\n");
    return kUsage;
  }
  int code = kDone;
  std::optional<ClusterClient> client = connect_cluster(cluster, code);
  if (!client) return code;
  const CtrlC ctrl_c;
  Reader reader(*client, topology, element);
  Result<std::vector<Line>> lines = reader.all(!follow);
  if (!lines && !CtrlC::pressed()) return report(lines.status());
  for (const auto& [node, why] : reader.silent()) print_error(node + " " + why + ": its lines are not shown\n");
  while (!CtrlC::pressed()) {
    std::string text;
    for (const Line& line : *lines) text += text_of(line, format == "json");
    for (const auto& [node, missed] : reader.take_missed()) {
      print_error(node + " has no longer " + format_count(missed) + " earlier lines\n");
    }
    if (!text.empty() && print_data(text) != 0) break;
    if (!follow) break;
    lines = reader.next();
  }
  return follow || reader.silent().empty() ? kDone : kOutside;
}

}  // namespace blox::tools
