#include "core/data/log.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/base/check.h"

namespace blox {
namespace {

// Below this nothing is worth a copy: allocations are rounded, and small logs are gone soon.
constexpr size_t kSmallCharge = 16 * 1024;

size_t share(size_t bytes, uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<size_t>(bytes * part / whole);
}

// The rows of a column in memory of their own, dictionaries only where they pay.
ColumnPtr copy_of(const ColumnPtr& column, std::span<const uint32_t> rows) {
  if (column->encoding == Encoding::kDictionary && column->children[0]->rows > rows.size())
    return take(plain(column), rows);
  return take(column, rows);
}

}  // namespace

Log Log::adopt(Parts* parts) { return Log(parts); }

void Log::drop() {
  // acq_rel: whoever frees must see all reads of the other holders done.
  if (parts_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete parts_;
}

Log Log::make(Schema schema, std::vector<ColumnPtr> columns, uint32_t rows, Micros born, Buffer ops) {
  BLOX_CHECK(columns.size() == schema.size(), "a log needs one column a field");
  BLOX_CHECK(ops.empty() || ops.size() == rows, "a log needs one operation a row");
  auto* const parts = new Parts;
  parts->rows = rows;
  parts->physical_rows = rows;
  parts->born = born;
  parts->bytes = ops.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    BLOX_CHECK(columns[i]->rows == rows, "a log whose columns differ in rows");
    BLOX_DCHECK(columns[i]->type == schema.at(i).type, "a column of another type than its field");
    parts->bytes += columns[i]->bytes();
  }
  parts->schema = std::move(schema);
  parts->columns = std::move(columns);
  parts->ops = std::move(ops);
  return adopt(parts);
}

std::span<const uint32_t> Log::selection() const {
  if (!has_selection()) return {};
  return {parts_->selection.as<uint32_t>(), parts_->rows};
}

size_t Log::charge() const {
  if (parts_ == nullptr) return 0;
  constexpr size_t kPerColumn = sizeof(Column) + 32;
  size_t total = sizeof(Parts) + parts_->columns.size() * kPerColumn;
  // Most logs have few blocks: those need no memory to be counted.
  constexpr size_t kFew = 16;
  using Counted = std::pair<const void*, size_t>;
  std::array<Counted, kFew> few;
  std::vector<Counted> many;
  size_t count = 0;
  const void* last = nullptr;
  const auto add = [&](const Buffer& buffer) {
    if (buffer.identity() == last) return;
    last = buffer.identity();
    const Counted block{buffer.identity(), buffer.capacity()};
    if (count == kFew) many.assign(few.begin(), few.end());
    if (count < kFew) {
      few[count] = block;
    } else {
      many.push_back(block);
    }
    ++count;
  };
  for (const ColumnPtr& column : parts_->columns) column->for_each_buffer(add);
  if (!parts_->ops.empty()) add(parts_->ops);
  if (!parts_->selection.empty()) add(parts_->selection);
  const std::span<Counted> blocks = many.empty() ? std::span(few).first(count) : std::span(many);
  std::sort(blocks.begin(), blocks.end());
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (i == 0 || blocks[i] != blocks[i - 1]) total += blocks[i].second;
  }
  return total;
}

Log Log::with_selection(Buffer selection, uint32_t rows) const {
  auto* const parts = new Parts;
  parts->rows = rows;
  parts->physical_rows = parts_->physical_rows;
  parts->bytes = share(parts_->bytes, rows, parts_->rows);
  parts->born = parts_->born;
  parts->schema = parts_->schema;
  parts->columns = parts_->columns;
  parts->selection = std::move(selection);
  parts->ops = parts_->ops;
  return adopt(parts);
}

Log Log::select(std::span<const uint32_t> records) const {
  if (records.size() == rows()) return *this;  // ascending, so all of them
  if (records.empty()) return slice(0, 0);
  BLOX_CHECK(records.back() < rows(), "a selected record that the log does not have");
  BufferBuilder selection;
  auto* const to = reinterpret_cast<uint32_t*>(selection.extend(records.size() * sizeof(uint32_t)));
  for (size_t i = 0; i < records.size(); ++i) {
    BLOX_DCHECK(i == 0 || records[i - 1] < records[i], "selected records must ascend");
    to[i] = physical(records[i]);
  }
  return with_selection(selection.finish(), static_cast<uint32_t>(records.size()));
}

Log Log::slice(uint32_t from, uint32_t count) const {
  BLOX_CHECK(from <= rows() && count <= rows() - from, "a slice outside its log");
  if (count == rows()) return *this;
  if (has_selection() && count != 0) {
    return with_selection(parts_->selection.slice(from * sizeof(uint32_t), count * sizeof(uint32_t)), count);
  }
  // An empty slice drops the selection: an empty selection buffer would mean all rows.
  const uint32_t start = has_selection() ? 0 : from;
  std::vector<ColumnPtr> columns;
  columns.reserve(parts_->columns.size());
  for (const ColumnPtr& column : parts_->columns) columns.push_back(blox::slice(column, start, count));
  return make(parts_->schema, std::move(columns), count, parts_->born,
              parts_->ops.empty() ? Buffer() : parts_->ops.slice(start, count));
}

Log Log::project(Schema schema, std::span<const size_t> fields) const {
  std::vector<ColumnPtr> columns;
  columns.reserve(fields.size());
  for (const size_t field : fields) {
    BLOX_CHECK(field < parts_->columns.size(), "a projected field that the log does not have");
    columns.push_back(parts_->columns[field]);
  }
  return with_columns(std::move(schema), std::move(columns));
}

Log Log::with_columns(Schema schema, std::vector<ColumnPtr> columns) const {
  Log out = make(std::move(schema), std::move(columns), parts_->physical_rows, parts_->born, parts_->ops);
  if (has_selection()) {
    out.parts_->rows = parts_->rows;
    out.parts_->selection = parts_->selection;
    out.parts_->bytes = share(out.parts_->bytes, parts_->rows, parts_->physical_rows);
  }
  return out;
}

Log Log::as(const Schema& schema) const {
  if (schema == parts_->schema) return *this;
  BLOX_CHECK(schema.size() == parts_->columns.size(), "a schema with other fields");
  std::vector<ColumnPtr> columns;
  columns.reserve(schema.size());
  for (size_t i = 0; i < schema.size(); ++i) columns.push_back(retyped(parts_->columns[i], schema.at(i).type));
  return with_columns(schema, std::move(columns));
}

Log Log::with_born(Micros born) const {
  Log out = with_selection(parts_->selection, parts_->rows);
  out.parts_->born = born;
  return out;
}

Log Log::gathered(std::span<const uint32_t> physical_rows, bool compacting) const {
  std::vector<ColumnPtr> columns;
  columns.reserve(parts_->columns.size());
  for (const ColumnPtr& column : parts_->columns) {
    columns.push_back(compacting ? copy_of(column, physical_rows) : take(column, physical_rows));
  }
  BufferBuilder ops;
  if (!parts_->ops.empty()) {
    uint8_t* const to = ops.extend(physical_rows.size());
    for (size_t i = 0; i < physical_rows.size(); ++i) to[i] = parts_->ops.data()[physical_rows[i]];
  }
  return make(parts_->schema, std::move(columns), static_cast<uint32_t>(physical_rows.size()), parts_->born,
              ops.finish());
}

Log Log::dense() const { return has_selection() ? gathered(selection(), false) : *this; }

Log Log::compact() const {
  const size_t charged = charge();
  if (charged < kSmallCharge || bytes() * 4 >= charged) return *this;
  if (has_selection()) return gathered(selection(), true);
  std::vector<uint32_t> all(rows());
  std::iota(all.begin(), all.end(), 0u);
  return gathered(all, true);
}

Log concatenate(std::span<const Log> logs) {
  BLOX_CHECK(!logs.empty(), "nothing to concatenate");
  if (logs.size() == 1) return logs[0];
  std::vector<Log> dense;
  dense.reserve(logs.size());
  uint64_t rows = 0;
  bool has_ops = false;
  Micros born = logs[0].born();
  for (const Log& log : logs) {
    BLOX_CHECK(log.schema() == logs[0].schema(), "logs of different schemas cannot be concatenated");
    dense.push_back(log.dense());
    rows += log.rows();
    has_ops = has_ops || log.has_ops();
    born = std::min(born, log.born());
  }
  BLOX_CHECK(rows <= INT32_MAX, "a log of more than 2^31 - 1 rows");
  std::vector<ColumnPtr> columns;
  for (size_t field = 0; field < logs[0].schema().size(); ++field) {
    std::vector<ColumnPtr> parts;
    parts.reserve(dense.size());
    for (const Log& log : dense) parts.push_back(log.columns()[field]);
    columns.push_back(concatenate(parts));
  }
  BufferBuilder ops;
  for (const Log& log : dense) {
    if (!has_ops || log.rows() == 0) continue;
    if (log.has_ops()) {
      ops.append(log.ops().data(), log.rows());
    } else {
      std::memset(ops.extend(log.rows()), static_cast<int>(Op::kInsert), log.rows());
    }
  }
  return Log::make(logs[0].schema(), std::move(columns), static_cast<uint32_t>(rows), born, ops.finish());
}

bool equal(const Log& a, const Log& b) {
  if (a.rows() != b.rows() || !(a.schema() == b.schema())) return false;
  for (uint32_t record = 0; record < a.rows(); ++record) {
    if (a.op(record) != b.op(record)) return false;
  }
  const Log x = a.dense();
  const Log y = b.dense();
  for (size_t field = 0; field < a.schema().size(); ++field) {
    if (!equal(x.column(field), y.column(field))) return false;
  }
  return true;
}

}  // namespace blox
