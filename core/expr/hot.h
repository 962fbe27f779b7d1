// Loops over two arguments that compilers can vectorise: for arithmetic and comparisons.
//
// An Op has
//   static R apply(A, A)                   the result, or anything where there is none
//   static uint64_t suspect(A, A, R)       whether there may be none: cheap, without branches, not 0 where there is
//   none static bool fails(A, A, R)             whether there is none: an overflow, a division by zero static void
//   explain(Call&, A, A)       why
// One row in a million fails: the loop over all of them only gathers suspicion.
#pragma once

#include "core/expr/kernel.h"

namespace blox::expr {

/// Calls body(i, a, b) for all rows with the constant argument, if any, in a register.
template <typename T, typename Body>
inline void for_pairs(const Vec& left, const Vec& right, uint32_t size, const Body& body) {
  const T* const a = left.as<T>();
  const T* const b = right.as<T>();
  if (left.constant && right.constant) {
    body(0, a[0], b[0]);
  } else if (right.constant) {
    const T c = b[0];
    for (uint32_t i = 0; i < size; ++i) body(i, a[i], c);
  } else if (left.constant) {
    const T c = a[0];
    for (uint32_t i = 0; i < size; ++i) body(i, c, b[i]);
  } else {
    for (uint32_t i = 0; i < size; ++i) body(i, a[i], b[i]);
  }
}

template <typename Op, typename A, typename R>
void find_failures(Frame& frame, const Node& node, const Batch& batch, Vec* args, const Strict& rule, R* values,
                   Vec& out) {
  uint8_t* valid = nullptr;
  Call call(frame, node, batch, rule.constant);
  for_pairs<A>(args[0], args[1], rule.size, [&](uint32_t i, A a, A b) {
    if ((rule.valid != nullptr && rule.valid[i] == 0) || !Op::fails(a, b, values[i])) return;
    if (valid == nullptr) {
      valid = frame.arena().array<uint8_t>(rule.size);
      if (rule.valid != nullptr) {
        std::memcpy(valid, rule.valid, rule.size);
      } else {
        std::memset(valid, 1, rule.size);
      }
      out.valid = valid;
    }
    valid[i] = 0;
    values[i] = R{};
    call.begin(i);
    Op::explain(call, a, b);
  });
}

template <typename Op, typename A, typename R>
void run_pairs(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  const Strict rule = strict(frame, batch, args, 2);
  if (rule.all_null) {
    out = null_vec();
    return;
  }
  R* const values = frame.arena().array<R>(rule.size);
  out.constant = rule.constant;
  out.data = values;
  out.valid = rule.valid;
  uint64_t suspicion = 0;
  for_pairs<A>(args[0], args[1], rule.size, [&](uint32_t i, A a, A b) {
    const R result = Op::apply(a, b);
    values[i] = result;
    suspicion |= Op::suspect(a, b, result);
  });
  if (suspicion != 0) find_failures<Op, A, R>(frame, node, batch, args, rule, values, out);
}

}  // namespace blox::expr
