#include "elements/support/shard_keys.h"

#include <algorithm>

namespace blox {
namespace {

bool cuts_an_update(const Log& log, std::span<const size_t> owners, uint32_t record) {
  return log.op(record) == Op::kUpdateBefore && record + 1 < log.rows() && log.op(record + 1) == Op::kUpdateAfter &&
         owners[record] != owners[record + 1];
}

// Operations on one key go to one replica; a record that moves to another leaves one and enters the other.
Log without_cut_updates(const Log& log, std::span<const size_t> owners) {
  uint32_t first = 0;
  while (first < log.rows() && !cuts_an_update(log, owners, first)) ++first;
  if (first == log.rows()) return log;
  BufferBuilder ops;
  uint8_t* const to = ops.extend(log.physical_rows());
  std::copy_n(log.ops().data(), log.physical_rows(), to);
  for (uint32_t i = first; i < log.rows(); ++i) {
    if (!cuts_an_update(log, owners, i)) continue;
    to[log.physical(i)] = static_cast<uint8_t>(Op::kDelete);
    to[log.physical(i + 1)] = static_cast<uint8_t>(Op::kInsert);
  }
  const Log all = Log::make(log.schema(), log.columns(), log.physical_rows(), log.born(), ops.finish());
  if (!log.has_selection()) return all;
  return all.select(log.selection());
}

}  // namespace

KeyReader& PortKeys::at(const Port& port) {
  const auto known = readers_.find(&port);
  if (known != readers_.end()) return known->second;
  return readers_.emplace(&port, KeyReader(port.schema(), by_)).first->second;
}

bool PortKeys::named_by(const Port& question) const {
  if (wanted_ == nullptr) return true;
  return std::all_of(by_.begin(), by_.end(), [&](const std::string& name) {
    const std::optional<size_t> asked = question.schema().find(name);
    const std::optional<size_t> pushed = wanted_->schema().find(name);
    return asked && pushed && question.schema().at(*asked).type == wanted_->schema().at(*pushed).type;
  });
}

void OwnerSplit::split(const Log& log, std::span<const size_t> owners, size_t replicas, std::vector<ShardPart>& parts) {
  records_.resize(replicas + 1);  // the last are nobody's
  counts_.assign(replicas + 1, 0);
  for (const size_t owner : owners) ++counts_[std::min(owner, replicas)];
  for (size_t i = 0; i <= replicas; ++i) records_[i].resize(counts_[i]);
  std::fill(counts_.begin(), counts_.end(), 0);
  for (uint32_t i = 0; i < log.rows(); ++i) {
    const size_t owner = std::min(owners[i], replicas);
    records_[owner][counts_[owner]++] = i;
  }
  const Log whole = log.has_ops() ? without_cut_updates(log, owners) : log;
  for (size_t i = 0; i <= replicas; ++i) {
    if (records_[i].empty()) continue;
    parts.push_back({i == replicas ? ShardPart::kNobody : i, whole.select(records_[i])});
  }
}

}  // namespace blox
