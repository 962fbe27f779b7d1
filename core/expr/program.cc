#include "core/expr/program.h"

#include <algorithm>
#include <numeric>

#include "core/base/check.h"
#include "core/expr/body.h"
#include "core/expr/output.h"

namespace blox::expr {

const std::vector<Output>& Program::outputs() const { return body_->outputs; }
const std::vector<size_t>& Program::fields() const { return body_->fields; }
const std::vector<size_t>& Program::not_null_when_true() const { return body_->not_null; }
const std::optional<Datum>& Program::constant() const { return body_->constant; }
bool Program::deterministic() const { return body_->deterministic; }

std::optional<size_t> Program::plain_field(size_t output) const {
  const Node& node = *body_->nodes[output];
  return node.form == Form::kField ? std::optional(node.index) : std::nullopt;
}

namespace {

// Rows a batch: fewer where they are long, so that what a batch allocates stays small.
uint32_t batch_rows(const Log& log) {
  constexpr size_t kBatchBytes = size_t{4} << 20;
  const size_t row = log.rows() == 0 ? 0 : log.bytes() / log.rows() + 1;
  return static_cast<uint32_t>(std::clamp<size_t>(kBatchBytes / (row + 1), 1, kBatch));
}

void clear(Evaluation& out) {
  out.columns.clear();
  out.selected.clear();
  out.errors.clear();
  out.rows = 0;
}

void sort_errors(std::vector<RowError>& errors) {
  const auto earlier = [](const RowError& a, const RowError& b) { return a.record < b.record; };
  if (!std::is_sorted(errors.begin(), errors.end(), earlier)) std::sort(errors.begin(), errors.end(), earlier);
}

// Runs body(frame, batch) for the records of a log, batch by batch.
template <typename Run>
void for_batches(const Log& log, Frame& frame, const Run& run) {
  const uint32_t most = batch_rows(log);
  const std::span<const uint32_t> selection = log.selection();
  for (uint32_t first = 0; first < log.rows(); first += most) {
    const uint32_t size = std::min(most, log.rows() - first);
    frame.begin(&log, first, size, selection.empty() ? nullptr : selection.data() + first);
    run(Batch{size, nullptr});
  }
}

// What all records have in common: constants, and functions of constant columns.
bool same_for_all(const Node& node, const Log& log) {
  if (node.form == Form::kField) return log.column(node.index).encoding == Encoding::kConstant;
  return std::all_of(node.args.begin(), node.args.end(), [&](const NodePtr& arg) { return same_for_all(*arg, log); });
}

ColumnPtr one_row_constant(ColumnPtr column, uint32_t rows) {
  auto out = std::make_shared<Column>(*column);
  out->encoding = Encoding::kConstant;
  out->rows = rows;
  return out;
}

// A field as it is, for the records that did not fail.
ColumnPtr pass(const Log& log, size_t field, const Evaluation& out) {
  const ColumnPtr& column = log.columns()[field];
  if (out.errors.empty() && !log.has_selection()) return column;
  if (out.errors.empty()) return take(column, log.selection());
  std::vector<uint32_t> rows = out.succeeded(log.rows());
  for (uint32_t& row : rows) row = log.physical(row);
  return take(column, rows);
}

// Strings that would make a column too large: their rows fail.
void refuse_excess(Frame& frame, const Batch& batch, Vec& vec, size_t have) {
  const std::string_view* const views = frame.views(vec, vec.constant ? 1 : batch.size);
  size_t bytes = have;
  for (uint32_t i = 0; i < batch.size; ++i) {
    if (!vec.is_valid(i)) continue;
    bytes += views[vec.index(i)].size();
    if (bytes > kMostStrings) frame.fail(batch, i, "expr.too_large", "the results for one log are larger than 1 GiB");
  }
}

}  // namespace

void Program::evaluate(const Log& log, Micros now, Evaluation& out) const {
  clear(out);
  const Body& body = *body_;
  Frame frame(out.scratch(), now, out.errors);
  enum class Way : uint8_t { kBatches, kConstant, kPass };
  std::vector<Way> ways;
  std::vector<OutputColumn> columns;
  for (const NodePtr& node : body.nodes) {
    const bool constant = log.rows() > 0 && same_for_all(*node, log) && !node->may_fail;
    ways.push_back(node->form == Form::kField ? Way::kPass : constant ? Way::kConstant : Way::kBatches);
    columns.emplace_back(node->type, ways.back() == Way::kBatches ? log.rows() : 0);
  }
  std::vector<Vec> values(body.nodes.size());
  std::vector<uint32_t> kept;
  for_batches(log, frame, [&](const Batch& batch) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (ways[i] != Way::kBatches) continue;
      frame.set_output(static_cast<uint32_t>(i));
      values[i] = blox::expr::evaluate(frame, *body.nodes[i], batch);
      if (body.nodes[i]->type.is_bytes_like() &&
          columns[i].bytes() + frame.arena().used() + log.bytes() > kMostStrings) {
        refuse_excess(frame, batch, values[i], columns[i].bytes());
      }
    }
    const uint32_t* rows = nullptr;
    uint32_t count = batch.size;
    if (frame.any_failed()) {
      kept.clear();
      for (uint32_t i = 0; i < batch.size; ++i) {
        if (!frame.has_failed(i)) kept.push_back(i);
      }
      rows = kept.data();
      count = static_cast<uint32_t>(kept.size());
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (ways[i] == Way::kBatches && count > 0) columns[i].append(frame, values[i], batch.size, rows, count);
    }
    out.rows += count;
  });
  sort_errors(out.errors);
  for (size_t i = 0; i < values.size(); ++i) {
    if (ways[i] == Way::kPass) {
      out.columns.push_back(pass(log, body.nodes[i]->index, out));
    } else if (ways[i] == Way::kConstant) {
      frame.begin(&log, 0, 1, log.has_selection() ? log.selection().data() : nullptr);
      Vec value = blox::expr::evaluate(frame, *body.nodes[i], Batch{1, nullptr});
      columns[i].append(frame, value, 1, nullptr, 1);
      out.columns.push_back(one_row_constant(columns[i].finish(), out.rows));
    } else {
      out.columns.push_back(columns[i].finish());
    }
  }
}

void Program::select(const Log& log, Micros now, Evaluation& out) const {
  clear(out);
  const Node& condition = *body_->nodes[0];
  BLOX_CHECK(condition.type.kind() == Kind::kBool, "select() of an expression that is not bool");
  Frame frame(out.scratch(), now, out.errors);
  for_batches(log, frame, [&](const Batch& batch) {
    uint32_t* const passed = frame.arena().array<uint32_t>(batch.size);
    const uint32_t count = filter(frame, condition, batch, passed);
    const size_t before = out.selected.size();
    out.selected.resize(before + count);
    uint32_t* to = out.selected.data() + before;
    if (!frame.any_failed()) {
      for (uint32_t i = 0; i < count; ++i) to[i] = frame.first() + passed[i];
      return;
    }
    for (uint32_t i = 0; i < count; ++i) {
      if (!frame.has_failed(passed[i])) *to++ = frame.first() + passed[i];
    }
    out.selected.resize(static_cast<size_t>(to - out.selected.data()));
  });
  sort_errors(out.errors);
  out.rows = static_cast<uint32_t>(out.selected.size());
}

}  // namespace blox::expr
