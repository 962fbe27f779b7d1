#include "core/base/metrics.h"

#include <algorithm>
#include <map>

namespace blox {
namespace {

void add_refused(const std::vector<RejectedMetrics>& more, std::vector<RejectedMetrics>& to) {
  for (const RejectedMetrics& each : more) {
    const auto same = [&](const RejectedMetrics& known) { return known.code == each.code; };
    const auto known = std::find_if(to.begin(), to.end(), same);
    if (known == to.end()) {
      to.push_back(each);
    } else {
      known->records += each.records;
    }
  }
}

void add_replica(const ElementMetrics& replica, ElementMetrics& whole) {
  whole.class_name = replica.class_name;
  whole.records_out += replica.records_out;
  whole.bytes_out += replica.bytes_out;
  whole.questions_asked += replica.questions_asked;
  whole.rejected_records += replica.rejected_records;
  add_refused(replica.rejected, whole.rejected);
  whole.busy_ns += replica.busy_ns;
  whole.holding_ns += replica.holding_ns;
  whole.state_bytes += replica.state_bytes;
  whole.ended = whole.ended && replica.ended;
  // Of several the slowest: quantiles have no sum.
  whole.latency.logs += replica.latency.logs;
  whole.latency.median = std::max(whole.latency.median, replica.latency.median);
  whole.latency.p99 = std::max(whole.latency.p99, replica.latency.p99);
  whole.latency.most = std::max(whole.latency.most, replica.latency.most);
}

}  // namespace

std::vector<ElementMetrics> with_shards(const Snapshot& snapshot) {
  std::map<std::string, ElementMetrics> wholes;
  std::map<std::string, std::vector<const ElementMetrics*>> replicas;
  for (const ElementMetrics& element : snapshot.elements) {
    if (element.shard_role != ShardRole::kSpread) continue;
    ElementMetrics& whole = wholes[element.shard] = element;
    whole.records_out = whole.bytes_out = whole.questions_asked = 0;  // what it gave to its own replicas
  }
  for (const ElementMetrics& element : snapshot.elements) {
    if (element.shard_role == ShardRole::kGather || element.shard_role == ShardRole::kExtra) {
      wholes[element.shard].busy_ns += element.busy_ns;
      if (element.shard_role == ShardRole::kExtra) {
        wholes[element.shard].records_in += element.records_in;
        wholes[element.shard].bytes_in += element.bytes_in;
        wholes[element.shard].questions_got += element.questions_got;
      }
    }
    if (element.shard_role != ShardRole::kReplica) continue;
    add_replica(element, wholes[element.shard]);
    replicas[element.shard].push_back(&element);
  }
  std::vector<const ElementMetrics*> order;
  for (const ElementMetrics& element : snapshot.elements) {
    if (element.shard_role == ShardRole::kNone || element.shard_role == ShardRole::kSpread) order.push_back(&element);
  }
  std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->rank < b->rank; });
  std::vector<ElementMetrics> out;
  for (const ElementMetrics* element : order) {
    if (element->shard_role == ShardRole::kNone) {
      out.push_back(*element);
      continue;
    }
    out.push_back(wholes[element->shard]);
    for (const ElementMetrics* replica : replicas[element->shard]) out.push_back(*replica);
  }
  return out;
}

}  // namespace blox
