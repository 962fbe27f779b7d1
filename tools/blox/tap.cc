// blox tap: live records of a connection, here or in a cluster.
#include <algorithm>

#include "core/data/codec.h"
#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/console.h"
#include "tools/blox/control.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr uint32_t kAtOnce = 64;            // samples that may be under way
constexpr Micros kHeartbeat = 2 * kSecond;  // so that the run knows that somebody still looks

struct TapWords {
  TopologyWords run;
  std::vector<std::string> ports;
  std::string limit;
  std::string each = "10";
  std::string rate = "10";
  std::string format = "text";
};

/// Records as lines, at most `limit` in all.
class Lines {
 public:
  Lines(bool wrapped, size_t limit) : wrapped_(wrapped), left_(limit) {}

  /// Whether lines begin with the port: where there are several.
  void name_ports(bool named) { named_ = named; }
  bool full() const { return left_ == 0; }
  Result<std::string> of(const protocol::TapSample& sample) {
    const Buffer frame = Buffer::copy_of(sample.log.data);
    BLOX_ASSIGN(const Log log, decode_log(std::span(&frame, 1)));
    const JsonWriter writer(log.schema());
    BufferBuilder out;
    for (uint32_t record = 0; record < log.rows() && left_ > 0; ++record, --left_) {
      const auto text = [&](std::string_view part) { out.append(part.data(), part.size()); };
      if (wrapped_) {
        text("{\"port\":" + to_json(Datum(sample.port)) + ",\"answer\":" + (sample.answer ? "true" : "false") +
             ",\"record\":");
      } else if (named_) {
        text(sample.port + (sample.answer ? " answer: " : ": "));
      }
      writer.write_record(log, record, &out);
      text(wrapped_ ? "}\n" : "\n");
    }
    return std::string(reinterpret_cast<const char*>(out.data()), out.size());
  }

 private:
  const bool wrapped_;
  bool named_ = false;
  size_t left_;
};

/// How looking at one run went on until there was nothing more to see.
struct Looked {
  int code = kDone;
  bool over = true;      ///< the limit, Ctrl-C, or nobody reads: not to be taken up again
  bool started = false;  ///< it was there at all
  Status failure;        ///< of what was looked at, not of this end
  protocol::TapCounts counts;
  std::string why;
};

Looked watch(ControlClient& client, const protocol::TapRequest& request, Lines& lines) {
  Looked looked;
  const auto failed = [&](const Status& status) {
    looked.over = false;
    looked.failure = status;
    return looked;
  };
  const Result<uint64_t> id = client.begin(request);
  if (!id) return failed(id.status());
  uint32_t credit = request.credit;
  bool stopping = false;
  int heeded = 0;
  const auto stop = [&]() -> Status {
    heeded = CtrlC::presses();
    if (std::exchange(stopping, true)) return Status::ok();
    return client.begin(protocol::TapStop{*id}).status();
  };
  while (true) {
    const Result<Heard> heard = client.hear(*id, kHeartbeat, heeded);
    if (!heard) return failed(heard.status());
    if (heard->interrupted && stopping) return looked;
    if (heard->interrupted) {
      if (const Status status = stop(); !status.is_ok()) return failed(status);
      continue;
    }
    if (!heard->message && stopping) return looked;
    const protocol::Body* const body = heard->message ? &heard->message->body : nullptr;
    if (body == nullptr) {
      // Nothing passes at the moment.
    } else if (const auto* started = std::get_if<protocol::TapStarted>(body)) {
      looked.started = true;
      lines.name_ports(started->ports.size() > 1);
    } else if (const auto* sample = std::get_if<protocol::TapSample>(body); sample != nullptr && looked.started) {
      --credit;
      looked.counts = sample->counts;  // should it die before it says more
      const Result<std::string> text = lines.of(*sample);
      if (!text) return failed(text.status());
      const bool unread = !stopping && print_data(*text) != 0;
      if (unread || lines.full()) {
        if (const Status status = stop(); !status.is_ok()) return failed(status);
      }
    } else if (const auto* ended = std::get_if<protocol::TapEnded>(body)) {
      looked.counts = ended->counts;
      looked.why = ended->why;
      looked.over = stopping;
      return looked;
    }
    if (stopping || (body != nullptr && credit > kAtOnce / 2)) continue;
    if (const Result<uint64_t> more = client.begin(protocol::TapMore{*id, kAtOnce - credit}); !more) {
      return failed(more.status());
    }
    credit = kAtOnce;
  }
}

void say(const protocol::TapCounts& counts, const std::string& why) {
  print_error(format_count(counts.records, "record") + " passed in " + format_count(counts.logs, "log") +
              (counts.missed_logs > 0 ? "; missed: " + format_count(counts.missed_logs, "log") : "") +
              (why.empty() ? "" : "; " + why) + "\n");
}

int tap_run(const std::string& socket, const protocol::TapRequest& request, Lines& lines) {
  const CtrlC ctrl_c;
  Result<ControlClient> client = ControlClient::connect(socket);
  if (!client) return report(client.status());
  const Looked looked = watch(*client, request, lines);
  if (!looked.failure.is_ok()) return report(looked.failure);
  if (looked.started) say(looked.counts, looked.why);
  return kDone;
}

/// "counts" of "counts [out]" and of "[in] counts".
std::string element_of(std::string port) {
  const size_t open = port.find('['), close = port.find(']');
  if (open != std::string::npos && close != std::string::npos && close > open) port.erase(open, close - open + 1);
  const size_t first = port.find_first_not_of(' ');
  return first == std::string::npos ? "" : port.substr(first, port.find_last_not_of(' ') - first + 1);
}

/// Where to look now; an error that says why nowhere.
Result<std::vector<std::string>> targets(ClusterClient& client, const std::string& name, const std::string& port) {
  using Places = std::map<std::string, std::string>;
  BLOX_ASSIGN(const protocol::PsReply all, client.ask_for<protocol::PsReply>(protocol::PsRequest{}));
  BLOX_ASSIGN(const protocol::TopologyInfo topology, find_running(all, name));
  BLOX_ASSIGN(const Places places, find_elements(client, topology));
  return workers_of(places, element_of(port));
}

// An element that is started again, elsewhere perhaps, is looked at again: until it has ended for good.
int tap_cluster(ClusterClient& client, const std::string& name, const protocol::TapRequest& request, Lines& lines) {
  constexpr Micros kBetween = 200 * kMillisecond;
  const CtrlC ctrl_c;
  protocol::TapCounts sum;
  bool seen = false;
  std::string why;
  while (true) {
    Result<std::vector<std::string>> workers = targets(client, name, request.port);
    if (!workers && !seen) return report(workers.status());
    if (!workers && workers.status().error().fault == Fault::kUser) {
      why = "the topology has ended";
      break;
    }
    bool over = false;
    Status failure = workers ? Status::ok() : workers.status();
    for (const std::string& worker : workers ? *workers : std::vector<std::string>()) {
      Result<ControlClient> reached = client.reach(worker);
      if (!reached) {
        failure = reached.status();
        continue;
      }
      const Looked looked = watch(*reached, request, lines);
      sum.records += looked.counts.records;
      sum.logs += looked.counts.logs;
      sum.missed_logs += looked.counts.missed_logs;
      failure = looked.failure;
      seen = seen || looked.started;
      over = looked.over;
      if (looked.over || looked.started) break;  // else a replica elsewhere may have the port
    }
    if (over || CtrlC::pressed()) break;
    if (!seen && !failure.is_ok()) return report(failure);
    client.pause(kBetween);
  }
  if (seen) say(sum, why);
  return kDone;
}

}  // namespace

int tap(Words words) {
  TapWords wanted;
  Options options(
      "tap [--control SOCKET | --cluster FILE] PORT [--limit N] [--each N] [--rate N] [--format json]",
      "Shows records that pass a port of a run, as JSON lines, without slowing it: samples of some logs. What\n"
      "is missed is counted. PORT is as in a topology: 'counts [out]', '[in] store', or an element for its main\n"
      "port; `errors` of any element can be looked at, too. Until Ctrl-C, the limit, or the end of the run; in a\n"
      "cluster it follows an element that is started again. A shard shows by its name what goes in; what comes\n"
      "out of it is at one replica, 'counts#3', or at its readers, '[in] store'.",
      "blox tap --control /tmp/run 'reader [errors]' --limit 20");
  wanted.run.add_to(options);
  options.value("limit", "N", "end after so many records", &wanted.limit);
  options.value("each", "N", "records shown of one log at most; 0: all (10)", &wanted.each);
  options.value("rate", "N", "logs shown in a second at most; 0: all that can be kept up with (10)", &wanted.rate);
  options.value("format", "text|json", "json: each record with the port that it passed (text)", &wanted.format);
  options.positional("name", &wanted.ports);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const auto refuse = [](const std::string& why) {
    print_error("blox: " + why + "\n");
    return kUsage;
  };
  constexpr size_t kMost = 1'000'000'000;
  const std::optional<size_t> limit = wanted.limit.empty() ? SIZE_MAX : parse_number(wanted.limit, 1, kMost);
  const std::optional<size_t> each = parse_number(wanted.each, 0, kMost);
  const std::optional<size_t> rate = parse_number(wanted.rate, 0, 1'000'000);
  if (!limit) return refuse("--limit takes a number from 1 on");
  if (!each) return refuse("--each takes a number");
  if (!rate) return refuse("--rate takes a number");
  if (wanted.format != "text" && wanted.format != "json") {
    return refuse("--format takes text or json, not " + wanted.format);
  }
  if (wanted.ports.size() != 1) return refuse("give one port, such as 'counts [out]'");
  const std::optional<bool> cluster = wanted.run.in_cluster();
  if (!cluster) return kUsage;
  const Micros interval = *rate == 0 ? 0 : kSecond / static_cast<Micros>(*rate);
  const protocol::TapRequest request{wanted.ports[0], static_cast<uint32_t>(*each), interval, kAtOnce};
  Lines lines(wanted.format == "json", *limit);
  if (!*cluster) return tap_run(wanted.run.control.socket, request, lines);
  int code = kDone;
  std::optional<ClusterClient> client = connect_cluster(wanted.run.cluster, code);
  return client ? tap_cluster(*client, wanted.run.topology, request, lines) : code;
}

}  // namespace blox::tools
