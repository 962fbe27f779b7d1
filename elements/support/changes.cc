#include "elements/support/changes.h"

namespace blox {
namespace {

struct Kept {
  std::vector<uint32_t> records;
  std::vector<Op> ops;

  void add(uint32_t record, Op op) {
    records.push_back(record);
    ops.push_back(op);
  }
};

Kept keep_upserts(const Log& log, std::span<const uint8_t> kept) {
  Kept out;
  for (uint32_t i = 0; i < log.rows(); ++i) {
    const Op op = log.op(i);
    out.add(i, op != Op::kDelete && !kept[i] ? Op::kDelete : op);
  }
  return out;
}

Kept keep_full(const Log& log, std::span<const uint8_t> kept) {
  Kept out;
  for (uint32_t i = 0; i < log.rows(); ++i) {
    const Op op = log.op(i);
    const bool pair = op == Op::kUpdateBefore && i + 1 < log.rows() && log.op(i + 1) == Op::kUpdateAfter;
    if (!pair) {
      if (kept[i]) out.add(i, op);
      continue;
    }
    const bool before = kept[i] != 0, after = kept[i + 1] != 0;
    if (before) out.add(i, after ? Op::kUpdateBefore : Op::kDelete);
    if (after) out.add(i + 1, before ? Op::kUpdateAfter : Op::kInsert);
    ++i;
  }
  return out;
}

}  // namespace

Log keep_changes(const Log& log, std::span<const uint8_t> kept) {
  const Kept out = log.schema().mode() == Mode::kUpsert ? keep_upserts(log, kept) : keep_full(log, kept);
  BufferBuilder ops;
  uint8_t* const bytes = ops.extend(log.physical_rows());
  for (uint32_t i = 0; i < log.physical_rows(); ++i) bytes[i] = static_cast<uint8_t>(Op::kInsert);
  for (size_t i = 0; i < out.records.size(); ++i) {
    bytes[log.physical(out.records[i])] = static_cast<uint8_t>(out.ops[i]);
  }
  std::vector<uint32_t> rows;
  rows.reserve(out.records.size());
  for (const uint32_t record : out.records) rows.push_back(log.physical(record));
  return Log::make(log.schema(), log.columns(), log.physical_rows(), log.born(), ops.finish()).select(rows);
}

}  // namespace blox
