#include "master/records.h"

#include <fmt/format.h>

#include "core/protocol/cluster_fields.h"
#include "core/protocol/record.h"

namespace blox::master {

// Names are part of the catalogue's format.
template <typename F>
void fields(F& f, ClusterRecord& m) {
  f("id", m.id);
  f("term", m.term);
  f("lease_us", m.lease);
}
template <typename F>
void fields(F& f, NodeRecord& m) {
  f("name", m.name);
  f("draining", m.draining);
}
template <typename F>
void fields(F& f, TopologyRecord& m) {
  f("name", m.name);
  f("version", m.version);
  f("begun", m.begun);
  f("bundle", m.bundle);
  f("placement", m.placement);
  f("next_worker", m.next_worker);
  f("next_connection", m.next_connection);
  f("goal", m.goal);
  f("drain_us", m.drain);
  f("outcome", m.outcome);
  f("why", m.why);
  f("since_us", m.since);
  f("losses", m.losses);
}
template <typename F>
void fields(F& f, WorkerRecord& m) {
  f("topology", m.topology);
  f("number", m.number);
  f("elements", m.elements);
  f("version", m.version);
  f("begun", m.begun);
  f("node", m.node);
  f("target", m.target);
  f("epoch", m.epoch);
  f("renew", m.renew);
  f("life_effects", m.life_effects);
  f("life_orphan_stops", m.life_orphan_stops);
  f("life_elements", m.life_elements);
  f("end", m.end);
  f("failure", m.failure);
  f("loads", m.loads);
  f("restarts", m.restarts);
}

namespace {

template <typename T>
std::string sealed(const T& record) {
  BufferBuilder out;
  protocol::FieldWriter(&out).structure(record);
  return protocol::seal_record({reinterpret_cast<const char*>(out.data()), out.size()});
}

template <typename T>
Status opened(std::string_view key, std::string_view bytes, T* record) {
  const Result<std::string_view> content = protocol::open_record(key, bytes);
  if (!content) {
    const Status::Error& error = content.status().error();
    return Status::outside("catalogue.record", error.text)
        .with_fix(error.fix.empty()
                      ? "restore the catalogue from a copy, or begin with an empty one: nodes end what it "
                        "does not name"
                      : error.fix);
  }
  MessagePackReader in(*content);
  if (protocol::FieldReader(&in).structure(*record) && in.at_end()) return Status::ok();
  return Status::outside("catalogue.record", fmt::format("the record `{}` cannot be read", key))
      .with_fix("start the release of blox that has written it");
}

}  // namespace

std::string node_key(std::string_view name) { return fmt::format("node/{}", name); }
std::string topology_key(std::string_view name) { return fmt::format("topology/{}", name); }
std::string shape_key(std::string_view name) { return fmt::format("shape/{}", name); }
std::string worker_key(std::string_view topology, uint64_t number) {
  return fmt::format("worker/{}/{}", topology, number);
}

std::string encode(const ClusterRecord& record) { return sealed(record); }
std::string encode(const NodeRecord& record) { return sealed(record); }
std::string encode(const TopologyRecord& record) { return sealed(record); }
std::string encode(const WorkerRecord& record) { return sealed(record); }
Status decode(std::string_view key, std::string_view bytes, ClusterRecord* record) {
  return opened(key, bytes, record);
}
Status decode(std::string_view key, std::string_view bytes, NodeRecord* record) { return opened(key, bytes, record); }
Status decode(std::string_view key, std::string_view bytes, TopologyRecord* record) {
  return opened(key, bytes, record);
}
Status decode(std::string_view key, std::string_view bytes, WorkerRecord* record) { return opened(key, bytes, record); }

}  // namespace blox::master
