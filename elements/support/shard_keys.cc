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

Schema PortKeys::schema_at(const Port& port) const {
  std::vector<Field> fields = port.schema().fields();
  const std::vector<std::string>& names = setup_.fields_at(port);
  for (size_t i = 0; i < names.size(); ++i) {
    const bool nullable = std::any_of(setup_.inputs.begin(), setup_.inputs.end(), [&](const Port* input) {
      return input->schema().at(*input->schema().find(setup_.fields_at(*input)[i])).type.nullable();
    });
    Field& field = fields[*port.schema().find(names[i])];
    if (nullable) field.type = field.type.with_nullable(true);
  }
  return Schema(std::move(fields), port.schema().key(), port.schema().mode(), port.schema().time_field());
}

PortKeys::At& PortKeys::at(const Port& port) {
  const auto known = readers_.find(&port);
  if (known != readers_.end()) return known->second;
  At& out = readers_[&port];
  out.schema = schema_at(port);
  out.as_it_comes = out.schema == port.schema();
  out.reader = KeyReader(out.schema, setup_.fields_at(port));
  return out;
}

std::span<const uint32_t> PortKeys::groups(const Port& port, const Log& log) {
  At& here = at(port);
  return here.reader.groups(here.as_it_comes ? log : log.as(here.schema));
}

KeyBatch PortKeys::read(const Port& port, const Log& log) {
  At& here = at(port);
  return here.reader.read(here.as_it_comes ? log : log.as(here.schema));
}

bool PortKeys::named_by(const Port& question) const {
  if (setup_.inputs.empty()) return true;
  const auto asked = [&](const std::string& name) { return question.schema().find(name).has_value(); };
  if (!std::all_of(setup_.by.begin(), setup_.by.end(), asked)) return false;
  const Schema pushed = schema_at(*setup_.inputs[0]);
  const Schema named = schema_at(question);
  const std::vector<std::string>& names = setup_.fields_at(*setup_.inputs[0]);
  for (size_t i = 0; i < setup_.by.size(); ++i) {
    if (named.at(*named.find(setup_.by[i])).type != pushed.at(*pushed.find(names[i])).type) return false;
  }
  return true;
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
