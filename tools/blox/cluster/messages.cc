// blox messages: what the elements of a cluster print and report.
#include <algorithm>
#include <map>

#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Micros kLook = 300 * kMillisecond;

struct Line {
  std::string node;
  protocol::MessageLine said;
};

/// What each caretaker has that was not shown yet.
class Reader {
 public:
  Reader(ClusterClient& client, std::string topology, std::string element)
      : client_(client), topology_(std::move(topology)), element_(std::move(element)) {}

  /// In the order of time, as far as the clocks of the nodes agree.
  Result<std::vector<Line>> more() {
    BLOX_ASSIGN(const protocol::PsReply all, client_.ask_for<protocol::PsReply>(protocol::PsRequest{}));
    std::vector<Line> lines;
    for (const protocol::NodeInfo& node : all.nodes) {
      if (node.state == "unreachable" || node.state == "unknown") continue;
      const protocol::MessagesRequest request{topology_, element_, shown_[node.name], 0};
      for (auto& [target, answer] : client_.ask_each({"@" + node.name}, request, ClusterClient::kPatience)) {
        auto* const reply = answer ? std::get_if<protocol::MessagesReply>(&*answer) : nullptr;
        if (reply == nullptr) continue;  // it may answer next time
        if (reply->missed > 0) missed_[node.name] += reply->missed;
        for (protocol::MessageLine& line : reply->lines) {
          shown_[node.name] = std::max(shown_[node.name], line.number);
          lines.push_back({node.name, std::move(line)});
        }
      }
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const Line& a, const Line& b) { return a.said.time < b.said.time; });
    return lines;
  }
  std::map<std::string, uint64_t> take_missed() { return std::exchange(missed_, {}); }

 private:
  ClusterClient& client_;
  const std::string topology_;
  const std::string element_;
  std::map<std::string, uint64_t> shown_;
  std::map<std::string, uint64_t> missed_;
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
  Options options("messages [--cluster FILE] [-f] [--topology NAME] [--element PATH] [--format json]",
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
  bool first = true;
  while (!CtrlC::pressed()) {
    const Result<std::vector<Line>> lines = reader.more();
    if (CtrlC::pressed()) break;
    if (!lines && (first || !follow)) return report(lines.status());
    std::string text;
    if (lines) {
      for (const Line& line : *lines) text += text_of(line, format == "json");
    }
    for (const auto& [node, missed] : reader.take_missed()) {
      print_error(node + " has no longer " + format_count(missed) + " earlier lines\n");
    }
    if (!text.empty() && print_data(text) != 0) break;
    if (!follow) break;
    first = false;
    client->pause(kLook);
  }
  return kDone;
}

}  // namespace blox::tools
