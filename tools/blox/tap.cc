// blox tap: live records of a connection.
#include <algorithm>

#include "core/data/codec.h"
#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/control.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr uint32_t kAtOnce = 64;            // samples that may be under way
constexpr Micros kHeartbeat = 2 * kSecond;  // so that the run knows that somebody still looks

struct TapWords {
  ControlWords control;
  std::vector<std::string> ports;
  std::string limit;
  std::string each = "10";
  std::string rate = "10";
  std::string format = "text";
};

/// Records as lines, at most `limit` in all.
class Lines {
 public:
  Lines(bool wrapped, bool named, size_t limit) : wrapped_(wrapped), named_(named), left_(limit) {}

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
  const bool named_;
  size_t left_;
};

int watch(ControlClient& client, const protocol::TapRequest& request, bool wrapped, size_t limit) {
  const CtrlC ctrl_c;
  const Result<uint64_t> id = client.begin(request);
  if (!id) return report(id.status());
  std::optional<Lines> lines;
  uint32_t credit = request.credit;
  bool stopping = false;
  const auto stop = [&]() -> Status {
    if (std::exchange(stopping, true)) return Status::ok();
    return client.begin(protocol::TapStop{*id}).status();
  };
  while (true) {
    const Result<Heard> heard = client.hear(*id, kHeartbeat);
    if (!heard) return report(heard.status());
    if (heard->interrupted && stopping) return kDone;
    if (heard->interrupted) {
      if (const Status status = stop(); !status.is_ok()) return report(status);
      continue;
    }
    if (!heard->message && stopping) return kDone;
    const protocol::Body* const body = heard->message ? &heard->message->body : nullptr;
    if (body == nullptr) {
      // Nothing passes at the moment.
    } else if (const auto* started = std::get_if<protocol::TapStarted>(body)) {
      lines.emplace(wrapped, started->ports.size() > 1, limit);
    } else if (const auto* sample = std::get_if<protocol::TapSample>(body); sample != nullptr && lines) {
      --credit;
      const Result<std::string> text = lines->of(*sample);
      if (!text) return report(text.status());
      if (!stopping && print_data(*text) != 0) return kDone;
      if (lines->full()) {
        if (const Status status = stop(); !status.is_ok()) return report(status);
      }
    } else if (const auto* ended = std::get_if<protocol::TapEnded>(body)) {
      const protocol::TapCounts& counts = ended->counts;
      print_error(format_count(counts.records) + " records passed in " + format_count(counts.logs) + " logs" +
                  (counts.missed_logs > 0 ? "; " + format_count(counts.missed_logs) + " logs were missed" : "") +
                  (ended->why.empty() ? "" : "; " + ended->why) + "\n");
      return kDone;
    }
    if (stopping || (body != nullptr && credit > kAtOnce / 2)) continue;
    if (const Result<uint64_t> more = client.begin(protocol::TapMore{*id, kAtOnce - credit}); !more) {
      return report(more.status());
    }
    credit = kAtOnce;
  }
}

}  // namespace

int tap(Words words) {
  TapWords wanted;
  Options options(
      "tap --control SOCKET PORT [--limit N] [--each N] [--rate N] [--format json]",
      "Shows records that pass a port of a run, as JSON lines, without slowing it: samples of some logs. What\n"
      "is missed is counted. PORT is as in a topology: 'counts [out]', '[in] store', or an element for its main\n"
      "port; `errors` of any element can be looked at, too. Until Ctrl-C, the limit, or the end of the run.",
      "blox tap --control /tmp/run 'reader [errors]' --limit 20");
  wanted.control.add_to(options);
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
  if (!wanted.control.given()) return kUsage;
  Result<ControlClient> client = ControlClient::connect(wanted.control.socket);
  if (!client) return report(client.status());
  const Micros interval = *rate == 0 ? 0 : kSecond / static_cast<Micros>(*rate);
  return watch(*client, {wanted.ports[0], static_cast<uint32_t>(*each), interval, kAtOnce}, wanted.format == "json",
               *limit);
}

}  // namespace blox::tools
