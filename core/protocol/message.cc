#include "core/protocol/message.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "core/protocol/cluster_fields.h"
#include "core/protocol/fields.h"

namespace blox {

// In the namespace of the structs, where the codec finds them. Names are part of the protocol.
template <typename F>
void fields(F& f, RejectedMetrics& m) {
  f("code", m.code);
  f("records", m.records);
  f("first_messages", m.first_messages);
}
template <typename F>
void fields(F& f, PortMetrics& m) {
  f("name", m.name);
  f("in", m.in);
  f("query", m.query);
  f("connected", m.connected);
  f("logs", m.logs);
  f("records", m.records);
  f("bytes", m.bytes);
  f("answer_logs", m.answer_logs);
  f("answer_records", m.answer_records);
}
/// Side by side with ShardRole; one of a later release is none.
constexpr std::array<std::string_view, 5> kRoles = {"", "spread", "replica", "gather", "extra"};

template <typename F>
void fields(F& f, ElementMetrics& m) {
  std::string role(kRoles[static_cast<size_t>(m.shard_role)]);
  f("shard_role", role);
  for (size_t i = 0; i < kRoles.size(); ++i) {
    const auto one = static_cast<ShardRole>(i);
    if (role == kRoles[i] && one != m.shard_role) m.shard_role = one;  // nothing is written where it is only read
  }
  f("shard", m.shard);
  f("replicas", m.replicas);
  f("path", m.path);
  f("class", m.class_name);
  f("task", m.task);
  f("rank", m.rank);
  f("ports", m.ports);
  f("records_in", m.records_in);
  f("records_out", m.records_out);
  f("bytes_in", m.bytes_in);
  f("bytes_out", m.bytes_out);
  f("questions_asked", m.questions_asked);
  f("questions_answered", m.questions_got);
  f("rejected_records", m.rejected_records);
  f("rejected", m.rejected);
  f("busy_ns", m.busy_ns);
  f("holding_ns", m.holding_ns);
  f("state_bytes", m.state_bytes);
  f("ended", m.ended);
  f("latency", m.latency);
}
template <typename F>
void fields(F& f, TaskMetrics& m) {
  f("busy_ns", m.busy_ns);
  f("blocked_ns", m.blocked_ns);
  f("calls", m.calls);
}
template <typename F>
void fields(F& f, QueueMetrics& m) {
  f("from", m.from);
  f("to", m.to);
  f("reader", m.reader);
  f("query", m.query);
  f("logs", m.logs);
  f("bytes", m.bytes);
  f("bound_logs", m.bound_logs);
  f("bound_bytes", m.bound_bytes);
  f("dropped_logs", m.dropped_logs);
  f("dropped_records", m.dropped_records);
  f("dropped_why", m.dropped_why);
}
template <typename F>
void fields(F& f, Snapshot& m) {
  f("elapsed_ns", m.elapsed_ns);
  f("elements", m.elements);
  f("tasks", m.tasks);
  f("queues", m.queues);
}

namespace protocol {

template <typename F>
void fields(F& f, GetRequest& m) {
  f("element", m.element);
  f("handler", m.handler);
}
template <typename F>
void fields(F& f, SetRequest& m) {
  f("element", m.element);
  f("handler", m.handler);
  f("value", m.value);
  f("text", m.text);
}
template <typename F>
void fields(F&, TopRequest&) {}
template <typename F>
void fields(F& f, TapRequest& m) {
  f("port", m.port);
  f("records", m.records);
  f("interval_us", m.interval);
  f("credit", m.credit);
}
template <typename F>
void fields(F& f, TapMore& m) {
  f("tap", m.tap);
  f("credit", m.credit);
}
template <typename F>
void fields(F& f, TapStop& m) {
  f("tap", m.tap);
}
template <typename F>
void fields(F& f, ReplicaValue& m) {
  f("number", m.number);
  f("value", m.value);
}
template <typename F>
void fields(F& f, HandlerValue& m) {
  f("element", m.element);
  f("handler", m.handler);
  f("doc", m.doc);
  f("writable", m.writable);
  f("value", m.value);
  f("parts", m.parts);
  f("replicas", m.replicas);
  f("of_shard", m.of_shard);
}
template <typename F>
void fields(F& f, ValuesReply& m) {
  f("values", m.values);
}
template <typename F>
void fields(F& f, TopReply& m) {
  f("topology", m.topology);
  f("snapshot", m.snapshot);
}
template <typename F>
void fields(F& f, TapCounts& m) {
  f("logs", m.logs);
  f("records", m.records);
  f("shown_records", m.shown_records);
  f("missed_logs", m.missed_logs);
}
template <typename F>
void fields(F& f, TapStarted& m) {
  f("ports", m.ports);
}
template <typename F>
void fields(F& f, TapSample& m) {
  f("port", m.port);
  f("answer", m.answer);
  f("log", m.log);
  f("counts", m.counts);
}
template <typename F>
void fields(F& f, TapEnded& m) {
  f("why", m.why);
  f("counts", m.counts);
}
namespace {

/// Side by side with Body.
constexpr std::array<std::string_view, std::variant_size_v<Body>> kKinds = {
    "get",         "set",       "top",       "tap",       "tap_more",    "tap_stop", "values", "snapshot",
    "tap_started", "sample",    "tap_ended", "error",     "blob_wanted", "blob",     "orders", "order",
    "report",      "worker",    "submit",    "submitted", "stop",        "drain",    "forget", "accepted",
    "ps",          "processes", "relay",     "relayed",   "messages",    "lines",    "said"};

Status malformed(std::string_view what) {
  return Status::user("protocol.malformed", fmt::format("a message cannot be read: {}", what));
}

template <size_t kIndex = 0>
bool take_body(std::string_view kind, MessagePackReader* in, Body& body) {
  if constexpr (kIndex < kKinds.size()) {
    if (kind != kKinds[kIndex]) return take_body<kIndex + 1>(kind, in, body);
    return FieldReader(in).structure(body.emplace<kIndex>());
  } else {
    return false;
  }
}

std::string bytes_of(const BufferBuilder& out) { return {reinterpret_cast<const char*>(out.data()), out.size()}; }

}  // namespace

ErrorReply ErrorReply::of(const Status& status) {
  const Status::Error& error = status.error();
  return {error.code, error.text, error.place, error.fix, static_cast<int64_t>(error.fault)};
}

Status ErrorReply::status() const {
  const Fault whose = fault >= 0 && fault <= 2 ? static_cast<Fault>(fault) : Fault::kOutside;
  return Status(Status::Error{whose, code, text, place, fix});
}

bool make_whole(HandlerValue& value) {
  std::map<uint64_t, Datum> all;
  for (const ReplicaValue& part : value.parts) all.emplace(part.number, part.value);
  if (all.size() != value.replicas || (!all.empty() && all.rbegin()->first >= value.replicas)) return false;
  std::vector<Datum> said;
  for (auto& [number, one] : all) said.push_back(std::move(one));
  value.value = value_of_shard(value.of_shard, said);
  value.parts.clear();
  value.replicas = 0;
  return true;
}

std::string encode(const Message& message) {
  BufferBuilder out;
  MessagePackWriter writer(&out);
  writer.array(5);
  writer.integer(kVersion);
  writer.integer(static_cast<int64_t>(message.id));
  writer.integer(message.deadline);
  writer.string(kKinds[message.body.index()]);
  std::visit([&](const auto& body) { FieldWriter(&out).structure(body); }, message.body);
  return bytes_of(out);
}

Result<Message> decode(std::string_view frame, uint64_t* id) {
  MessagePackReader in(frame);
  Message message;
  uint32_t items = 0;
  int64_t version = 0, number = 0;
  if (!in.read_array(&items) || items < 1 || !in.read_int(&version)) return malformed("it has no version");
  if (version != kVersion) {
    return Status::outside("protocol.version",
                           fmt::format("a message of version {} of the protocol; this program speaks "
                                       "version {}",
                                       version, kVersion))
        .with_fix("use the same release of blox on both sides");
  }
  if (items < 5 || !in.read_int(&number)) return malformed("it has no identifier");
  message.id = *id = static_cast<uint64_t>(number);
  std::string_view kind;
  if (!in.read_int(&message.deadline) || message.deadline < 0) return malformed("its deadline is no time");
  if (!in.read_string(&kind)) return malformed("it does not say what it is");
  bool known = false;
  for (const std::string_view one : kKinds) known |= one == kind;
  if (!known) return Status::user("protocol.kind", fmt::format("there is no message `{}`", kind.substr(0, 40)));
  if (!take_body(kind, &in, message.body)) return malformed(fmt::format("the fields of `{}` are wrong", kind));
  for (uint32_t i = 5; i < items; ++i) {
    if (!in.skip()) return malformed("it is cut short");
  }
  if (!in.at_end()) return malformed("something follows its end");
  return message;
}

Datum to_datum(const Snapshot& snapshot) {
  BufferBuilder out;
  FieldWriter(&out).structure(snapshot);
  Result<Datum> datum = decode_any(bytes_of(out));
  BLOX_CHECK(datum.is_ok(), "what was just encoded cannot be read");
  return *std::move(datum);
}

}  // namespace protocol
}  // namespace blox
