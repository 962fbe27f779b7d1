// Runs nodes over batches: leaves and calls, and the forms that look at their arguments only where they must.
#include "core/expr/node.h"

#include <algorithm>
#include <cstring>

#include "core/expr/kernel.h"
#include "core/expr/load.h"

namespace blox::expr {
namespace {

Vec constant_value(Frame& frame, const Node& node) {
  if (node.is_null) return null_vec();
  Vec out;
  out.constant = true;
  switch (stored_as(node.type.kind())) {
    case Kind::kBool: {
      auto* const value = frame.arena().array<uint8_t>(1);
      *value = node.word != 0;
      out.data = value;
      break;
    }
    case Kind::kFloat: out.data = &node.real; break;
    case Kind::kList:
    case Kind::kStruct: {
      auto* const value = frame.arena().array<Ref>(1);
      *value = {node.column.get(), 0};
      out.data = value;
      break;
    }
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kAny: {
      auto* const value = frame.arena().array<std::string_view>(1);
      *value = node.text;
      out.data = value;
      break;
    }
    default: out.data = &node.word; break;
  }
  return out;
}

// Some rows of a batch, as a batch of its own. `rows` index the outer batch.
Batch part(Frame& frame, const Batch& batch, const uint32_t* rows, uint32_t size) {
  if (batch.positions == nullptr) return {size, rows};
  uint32_t* const positions = frame.arena().array<uint32_t>(size);
  for (uint32_t i = 0; i < size; ++i) positions[i] = batch.positions[rows[i]];
  return {size, positions};
}

bool is_true(const Vec& vec, uint32_t i) { return vec.is_valid(i) && vec.as<uint8_t>()[vec.index(i)] != 0; }

template <typename T>
void scatter_values(const Vec& from, const uint32_t* rows, uint32_t size, void* to) {
  T* const out = static_cast<T*>(to);
  const T* const in = from.as<T>();
  for (uint32_t i = 0; i < size; ++i) out[rows[i]] = in[from.index(i)];
}

// A result that is put together from the results of branches.
class Merged {
 public:
  Merged(Frame& frame, Kind kind, uint32_t size)
      : frame_(frame),
        kind_(kind),
        data_(frame.arena().allocate(size * width(kind))),
        valid_(frame.arena().array<uint8_t>(size)) {
    std::memset(valid_, 0, size);
    std::memset(data_, 0, size * width(kind));
  }
  void put(Vec& from, const uint32_t* rows, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i) valid_[rows[i]] = from.is_valid(i);
    if (from.constant && !from.is_valid(0)) return;
    switch (width(kind_)) {
      case 1: scatter_values<uint8_t>(from, rows, size, data_); break;
      case 8: scatter_values<int64_t>(from, rows, size, data_); break;
      default:
        if (kind_ == Kind::kList || kind_ == Kind::kStruct) {
          scatter_values<Ref>(from, rows, size, data_);
        } else {
          frame_.views(from, from.constant ? 1 : size);
          scatter_values<std::string_view>(from, rows, size, data_);
        }
    }
  }
  Vec result() const {
    Vec out;
    out.data = data_;
    out.valid = valid_;
    return out;
  }

 private:
  Frame& frame_;
  Kind kind_;
  void* data_;
  uint8_t* valid_;
};

// AND and OR. `decisive` is the value that decides without looking further: false for AND, true for OR.
Vec evaluate_logic(Frame& frame, const Node& node, const Batch& batch, bool decisive) {
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  uint8_t* const valid = frame.arena().array<uint8_t>(batch.size);
  std::memset(values, decisive ? 0 : 1, batch.size);
  std::memset(valid, 1, batch.size);
  bool nulls = false;
  uint32_t* const open = frame.arena().array<uint32_t>(batch.size);
  for (size_t a = 0; a < node.args.size(); ++a) {
    const Node& arg = *node.args[a];
    Batch sub = batch;
    const uint32_t* rows = nullptr;
    // What cannot fail is cheaper to compute for all rows than to gather for some.
    if (a > 0 && arg.may_fail) {
      uint32_t count = 0;
      for (uint32_t i = 0; i < batch.size; ++i) {
        open[count] = i;
        count += !(valid[i] != 0 && (values[i] != 0) == decisive);
      }
      if (count == 0) break;
      if (count < batch.size) {
        rows = open;
        sub = part(frame, batch, open, count);
      }
    }
    Vec vec = evaluate(frame, arg, sub);
    const auto combine = [&](uint32_t i, uint8_t value, uint8_t is_valid) {
      const uint8_t decided =
          static_cast<uint8_t>((valid[i] & static_cast<uint8_t>(values[i] == static_cast<uint8_t>(decisive))) |
                               (is_valid & static_cast<uint8_t>(value == static_cast<uint8_t>(decisive))));
      valid[i] = static_cast<uint8_t>(decided | (valid[i] & is_valid));
      values[i] = decisive ? decided : static_cast<uint8_t>(decided ^ 1);
    };
    const uint8_t* const in = vec.as<uint8_t>();
    if (rows == nullptr && !vec.constant && vec.valid == nullptr && !nulls) {
      for (uint32_t i = 0; i < batch.size; ++i) values[i] = decisive ? (values[i] | in[i]) : (values[i] & in[i]);
      continue;
    }
    nulls = true;
    for (uint32_t i = 0; i < sub.size; ++i) {
      combine(rows == nullptr ? i : rows[i], in[vec.index(i)], static_cast<uint8_t>(vec.is_valid(i)));
    }
  }
  Vec out;
  out.data = values;
  out.valid = nulls ? valid : nullptr;
  return out;
}

Vec evaluate_coalesce(Frame& frame, const Node& node, const Batch& batch) {
  Vec first = evaluate(frame, *node.args[0], batch);
  if (first.valid == nullptr || (first.constant && first.is_valid(0))) return first;
  Merged merged(frame, node.type.kind(), batch.size);
  const uint32_t* rows = frame.identity(batch.size);
  uint32_t size = batch.size;
  Batch sub = batch;
  Vec vec = first;
  for (size_t a = 0;;) {
    merged.put(vec, rows, size);
    uint32_t* const open = frame.arena().array<uint32_t>(size);
    uint32_t count = 0;
    for (uint32_t i = 0; i < size; ++i) {
      open[count] = rows[i];
      count += !vec.is_valid(i);
    }
    if (count == 0 || ++a == node.args.size()) break;
    rows = open;
    size = count;
    sub = part(frame, batch, open, count);
    vec = evaluate(frame, *node.args[a], sub);
  }
  return merged.result();
}

Vec evaluate_case(Frame& frame, const Node& node, const Batch& batch) {
  const size_t first = node.has_subject ? 1 : 0;
  Merged merged(frame, node.type.kind(), batch.size);
  const uint32_t* rows = frame.identity(batch.size);
  uint32_t size = batch.size;
  Vec subject;
  if (node.has_subject) subject = evaluate(frame, *node.args[0], batch);
  for (size_t a = first; a < node.args.size() && size > 0; a += 2) {
    const Batch sub = size == batch.size ? batch : part(frame, batch, rows, size);
    if (a + 1 == node.args.size()) {
      Vec otherwise = evaluate(frame, *node.args[a], sub);
      if (size == batch.size) return otherwise;
      merged.put(otherwise, rows, size);
      break;
    }
    Vec when = evaluate(frame, *node.args[a], sub);
    if (node.has_subject) {
      Vec pair[2] = {
          size == batch.size ? subject : frame.gather(node.args[0]->type.kind(), subject, rows, size, batch.size),
          when};
      Vec same;
      node.kernel(frame, node, sub, pair, same);
      when = same;
    }
    uint32_t* const taken = frame.arena().array<uint32_t>(size);
    uint32_t* const left = frame.arena().array<uint32_t>(size);
    uint32_t taken_count = 0;
    uint32_t left_count = 0;
    for (uint32_t i = 0; i < size; ++i) {
      const bool take = is_true(when, i);
      taken[taken_count] = rows[i];
      taken_count += take;
      left[left_count] = rows[i];
      left_count += !take;
    }
    if (taken_count > 0) {
      Vec then = evaluate(frame, *node.args[a + 1], part(frame, batch, taken, taken_count));
      if (taken_count == batch.size) return then;
      merged.put(then, taken, taken_count);
    }
    rows = left;
    size = left_count;
  }
  return merged.result();
}

}  // namespace

Vec evaluate(Frame& frame, const Node& node, const Batch& batch) {
  switch (node.form) {
    case Form::kConstant: return constant_value(frame, node);
    case Form::kField: return load(frame, frame.log().column(node.index), batch);
    case Form::kAnd: return evaluate_logic(frame, node, batch, false);
    case Form::kOr: return evaluate_logic(frame, node, batch, true);
    case Form::kCase: return evaluate_case(frame, node, batch);
    case Form::kCoalesce: return evaluate_coalesce(frame, node, batch);
    case Form::kMember: {
      Vec record = evaluate(frame, *node.args[0], batch);
      return load_member(frame, record, node.index, node.type, batch.size);
    }
    case Form::kCall: break;
  }
  constexpr size_t kFew = 4;
  Vec few[kFew];
  std::vector<Vec> many;
  Vec* args = few;
  if (node.args.size() > kFew) {
    many.resize(node.args.size());
    args = many.data();
  }
  for (size_t i = 0; i < node.args.size(); ++i) args[i] = evaluate(frame, *node.args[i], batch);
  Vec out;
  node.kernel(frame, node, batch, args, out);
  return out;
}

uint32_t filter(Frame& frame, const Node& node, const Batch& batch, uint32_t* out) {
  if (node.form == Form::kAnd) {
    // Each part sees only what the parts before it let through, as in a WHERE clause.
    Batch rest = batch;
    for (const NodePtr& arg : node.args) {
      uint32_t* const passed = frame.arena().array<uint32_t>(rest.size);
      const uint32_t count = filter(frame, *arg, rest, passed);
      if (count == 0) return 0;
      if (count < rest.size) rest = {count, passed};
    }
    for (uint32_t i = 0; i < rest.size; ++i) out[i] = rest.position(i);
    return rest.size;
  }
  const Vec vec = evaluate(frame, node, batch);
  uint32_t count = 0;
  if (vec.constant || vec.valid != nullptr) {
    for (uint32_t i = 0; i < batch.size; ++i) {
      out[count] = batch.position(i);
      count += is_true(vec, i);
    }
    return count;
  }
  const uint8_t* const values = vec.as<uint8_t>();
  if (batch.positions == nullptr) {
    for (uint32_t i = 0; i < batch.size; ++i) {
      out[count] = i;
      count += values[i];
    }
  } else {
    for (uint32_t i = 0; i < batch.size; ++i) {
      out[count] = batch.positions[i];
      count += values[i];
    }
  }
  return count;
}

}  // namespace blox::expr
