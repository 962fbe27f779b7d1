// The fields of the structs of cluster.h, by the names that they have in frames.
//
// For message.cc, cluster.cc and those who keep records of these structs. Names are part of the protocol; times are in
// µs and say so.
#pragma once

#include "core/protocol/cluster.h"
#include "core/protocol/fields.h"

namespace blox {

// In the namespace of the struct, where the codec finds it.
template <typename F>
void fields(F& f, LatencyMetrics& m) {
  f("logs", m.logs);
  f("median_us", m.median);
  f("p99_us", m.p99);
  f("most_us", m.most);
  f("sum_us", m.sum);
  f("at_most", m.at_most);
}

}  // namespace blox

namespace blox::protocol {

template <typename F>
void fields(F& f, ErrorReply& m) {
  f("code", m.code);
  f("text", m.text);
  f("place", m.place);
  f("fix", m.fix);
  f("fault", m.fault);
}
template <typename F>
void fields(F& f, WorkerLife& m) {
  f("worker", m.worker);
  f("epoch", m.epoch);
  f("incarnation", m.incarnation);
}
template <typename F>
void fields(F& f, Peer& m) {
  f("life", m.life);
  f("endpoint", m.endpoint);
  f("key", m.key);
}
template <typename F>
void fields(F& f, Bundle::File& m) {
  f("path", m.path);
  f("text", m.text);
}
template <typename F>
void fields(F& f, Bundle::Variable& m) {
  f("name", m.name);
  f("value", m.value);
}
template <typename F>
void fields(F& f, Bundle& m) {
  f("main", m.main);
  f("files", m.files);
  f("sets", m.sets);
  f("environment", m.environment);
  f("plugins", m.plugins);
}
template <typename F>
void fields(F& f, Placement::Part& m) {
  f("worker", m.worker);
  f("elements", m.elements);
}
template <typename F>
void fields(F& f, Placement& m) {
  f("parts", m.parts);
  f("numbers", m.numbers);
}
template <typename F>
void fields(F& f, BlobRequest& m) {
  f("hash", m.hash);
}
template <typename F>
void fields(F& f, Blob& m) {
  f("hash", m.hash);
  f("bytes", m.bytes);
}
template <typename F>
void fields(F& f, WorkerOrder& m) {
  f("worker", m.worker);
  f("epoch", m.epoch);
  f("topology", m.topology);
  f("version", m.version);
  f("bundle", m.bundle);
  f("placement", m.placement);
  f("part", m.part);
  f("phase", m.phase);
  f("drain_us", m.drain);
  f("peers", m.peers);
  f("flushed_waves", m.flushed_waves);
  f("restart", m.restart);
  f("orphan_stops", m.orphan_stops);
  f("memory_bytes", m.memory_bytes);
  f("cpu_permille", m.cpu_permille);
  f("run_until_us", m.run_until);
}
template <typename F>
void fields(F& f, NodeOrders& m) {
  f("cluster", m.cluster);
  f("term", m.term);
  f("revision", m.revision);
  f("lease_us", m.lease);
  f("heard_incarnation", m.heard_incarnation);
  f("heard_sequence", m.heard_sequence);
  f("workers", m.workers);
}
template <typename F>
void fields(F& f, Loss& m) {
  f("element", m.element);
  f("life", m.life);
  f("least", m.least);
  f("most", m.most);
  f("again_least", m.again_least);
  f("again_most", m.again_most);
}
template <typename F>
void fields(F& f, Former& m) {
  f("number", m.number);
  f("life", m.life);
  f("records", m.records);
}
template <typename F>
void fields(F& f, ElementLoad& m) {
  f("path", m.path);
  f("records_in", m.records_in);
  f("records_out", m.records_out);
  f("bytes_in", m.bytes_in);
  f("bytes_out", m.bytes_out);
  f("busy_ns", m.busy_ns);
  f("blocked_ns", m.blocked_ns);
  f("rejected", m.rejected);
  f("queued_bytes", m.queued_bytes);
  f("queue_bound", m.queue_bound);
  f("holding_ns", m.holding_ns);
  f("idle_ns", m.idle_ns);
  f("latency", m.latency);
}
template <typename F>
void fields(F& f, WorkerReport& m) {
  f("life", m.life);
  f("topology", m.topology);
  f("version", m.version);
  f("placement", m.placement);
  f("part", m.part);
  f("state", m.state);
  f("pid", m.pid);
  f("endpoint", m.endpoint);
  f("key", m.key);
  f("flushed_waves", m.flushed_waves);
  f("restarts", m.restarts);
  f("failure", m.failure);
  f("memory_bytes", m.memory_bytes);
  f("cpu_permille", m.cpu_permille);
  f("progress", m.progress);
  f("idle", m.idle);
  f("elements", m.elements);
  f("losses", m.losses);
  f("former", m.former);
}
template <typename F>
void fields(F& f, NodeReport& m) {
  f("node", m.node);
  f("incarnation", m.incarnation);
  f("sequence", m.sequence);
  f("release", m.release);
  f("cluster", m.cluster);
  f("term", m.term);
  f("revision", m.revision);
  f("host", m.host);
  f("labels", m.labels);
  f("capacity", m.capacity);
  f("cores", m.cores);
  f("memory_bytes", m.memory_bytes);
  f("memory_used", m.memory_used);
  f("cpu_permille", m.cpu_permille);
  f("network_bytes", m.network_bytes);
  f("workers", m.workers);
}
template <typename F>
void fields(F& f, SubmitRequest& m) {
  f("name", m.name);
  f("bundle", m.bundle);
  f("only_plan", m.only_plan);
}
template <typename F>
void fields(F& f, SubmitReply& m) {
  f("version", m.version);
  f("changes", m.changes);
  f("plan", m.plan);
  f("diagnostics", m.diagnostics);
}
template <typename F>
void fields(F& f, StopRequest& m) {
  f("name", m.name);
  f("drain_us", m.drain);
}
template <typename F>
void fields(F& f, DrainRequest& m) {
  f("node", m.node);
  f("undo", m.undo);
}
template <typename F>
void fields(F& f, ForgetRequest& m) {
  f("node", m.node);
}
template <typename F>
void fields(F&, Accepted&) {}
template <typename F>
void fields(F& f, PsRequest& m) {
  f("topology", m.topology);
  f("elements", m.elements);
}
template <typename F>
void fields(F& f, TopologyInfo& m) {
  f("name", m.name);
  f("version", m.version);
  f("state", m.state);
  f("why", m.why);
  f("elements", m.elements);
  f("restarts", m.restarts);
  f("since_us", m.since);
  f("losses", m.losses);
  f("workers", m.workers);
}
template <typename F>
void fields(F& f, NodeInfo& m) {
  f("name", m.name);
  f("state", m.state);
  f("heard_us", m.heard);
  f("report", m.report);
  f("workers", m.workers);
}
template <typename F>
void fields(F& f, PsReply& m) {
  f("cluster", m.cluster);
  f("release", m.release);
  f("term", m.term);
  f("topologies", m.topologies);
  f("nodes", m.nodes);
}
template <typename F>
void fields(F& f, Relay& m) {
  f("to", m.to);
  f("frame", m.frame);
  f("asker", m.asker);
}
template <typename F>
void fields(F& f, Relayed& m) {
  f("from", m.from);
  f("frame", m.frame);
}
template <typename F>
void fields(F& f, MessagesRequest& m) {
  f("topology", m.topology);
  f("element", m.element);
  f("after", m.after);
  f("wait_us", m.wait);
}
template <typename F>
void fields(F& f, MessageLine& m) {
  f("number", m.number);
  f("time_us", m.time);
  f("worker", m.worker);
  f("element", m.element);
  f("kind", m.kind);
  f("text", m.text);
}
template <typename F>
void fields(F& f, MessagesReply& m) {
  f("lines", m.lines);
  f("missed", m.missed);
}
template <typename F>
void fields(F& f, Said& m) {
  f("worker", m.worker);
  f("lines", m.lines);
}

}  // namespace blox::protocol
