// Operators on numbers. Source of the rules: PostgreSQL 15, int8.c and float.c.
#include "core/expr/hot.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "core/expr/functions/groups.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

struct IntOverflow {
  static void explain(Call& call, int64_t, int64_t) { call.fail("expr.overflow", "int out of range"); }
};
struct AddInt : IntOverflow {
  static bool apply(int64_t a, int64_t b, int64_t* r) {
    const uint64_t sum = static_cast<uint64_t>(a) + static_cast<uint64_t>(b);
    *r = static_cast<int64_t>(sum);
    return ((static_cast<uint64_t>(a) ^ sum) & (static_cast<uint64_t>(b) ^ sum)) >> 63 != 0;
  }
};
struct SubtractInt : IntOverflow {
  static bool apply(int64_t a, int64_t b, int64_t* r) {
    const uint64_t difference = static_cast<uint64_t>(a) - static_cast<uint64_t>(b);
    *r = static_cast<int64_t>(difference);
    return ((static_cast<uint64_t>(a) ^ static_cast<uint64_t>(b)) & (static_cast<uint64_t>(a) ^ difference)) >> 63 != 0;
  }
};
struct MultiplyInt : IntOverflow {
  static bool apply(int64_t a, int64_t b, int64_t* r) { return __builtin_mul_overflow(a, b, r); }
};

void explain_division(Call& call, int64_t b) {
  if (b == 0) return call.fail("expr.division_by_zero", "division by zero");
  call.fail("expr.overflow", "int out of range");
}
struct DivideInt {
  static bool apply(int64_t a, int64_t b, int64_t* r) {
    const bool bad = b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min());
    *r = bad ? 0 : a / b;
    return bad;
  }
  static void explain(Call& call, int64_t, int64_t b) { explain_division(call, b); }
};
struct RemainderInt {
  static bool apply(int64_t a, int64_t b, int64_t* r) {
    *r = b == 0 || b == -1 ? 0 : a % b;
    return b == 0;
  }
  static void explain(Call& call, int64_t, int64_t b) { explain_division(call, b); }
};

struct FloatRange {
  static void explain(Call& call, double a, double b) {
    call.fail("expr.overflow",
              std::isinf(a) || std::isinf(b) ? "float out of range" : "float out of range: overflow or underflow");
  }
};
bool overflowed(double a, double b, double r) {
  return std::fabs(r) == HUGE_VAL && (std::fabs(a) != HUGE_VAL) & (std::fabs(b) != HUGE_VAL);
}
struct AddFloat : FloatRange {
  static bool apply(double a, double b, double* r) {
    *r = a + b;
    return overflowed(a, b, *r);
  }
};
struct SubtractFloat : FloatRange {
  static bool apply(double a, double b, double* r) {
    *r = a - b;
    return overflowed(a, b, *r);
  }
};
struct MultiplyFloat : FloatRange {
  static bool apply(double a, double b, double* r) {
    *r = a * b;
    return overflowed(a, b, *r) | ((*r == 0) & (a != 0) & (b != 0));
  }
};
struct DivideFloat {
  static bool apply(double a, double b, double* r) {
    *r = a / b;
    const bool zero = (b == 0) & !std::isnan(a);
    return zero | overflowed(a, b, *r) | ((*r == 0) & (a != 0) & (std::fabs(b) != HUGE_VAL));
  }
  static void explain(Call& call, double a, double b) {
    if (b == 0) return call.fail("expr.division_by_zero", "division by zero");
    FloatRange::explain(call, a, b);
  }
};

int64_t negate(Call& call, int64_t a) {
  if (a != std::numeric_limits<int64_t>::min()) return -a;
  call.fail("expr.overflow", "int out of range");
  return 0;
}
double negate_float(double a) { return -a; }
int64_t same(int64_t a) { return a; }
double same_float(double a) { return a; }
int64_t bit_and(int64_t a, int64_t b) { return a & b; }
int64_t bit_or(int64_t a, int64_t b) { return a | b; }
int64_t bit_xor(int64_t a, int64_t b) { return a ^ b; }
int64_t bit_not(int64_t a) { return ~a; }
int64_t shift_left(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) << (b & 63)); }
int64_t shift_right(int64_t a, int64_t b) { return a >> (b & 63); }

template <typename Op>
constexpr Implementation ints{&run_pairs<Op, int64_t, int64_t>, true};
template <typename Op>
constexpr Implementation floats{&run_pairs<Op, double, double>, true};

constexpr Function kRows[] = {
    {"+", "int int", "int", ints<AddInt>, "Sum.", "2 + 3", "5"},
    {"+", "float float", "float", floats<AddFloat>, "Sum; an int beside a float becomes one.", "2 + 0.5", "2.5"},
    {"-", "int int", "int", ints<SubtractInt>, "Difference.", "2 - 3", "-1"},
    {"-", "float float", "float", floats<SubtractFloat>, "Difference.", "2.5 - 1", "1.5"},
    {"*", "int int", "int", ints<MultiplyInt>, "Product.", "4 * 3", "12"},
    {"*", "float float", "float", floats<MultiplyFloat>, "Product.", "1.5 * 2", "3"},
    {"/", "int int", "int", ints<DivideInt>, "Quotient, cut towards zero.", "-7 / 2", "-3"},
    {"/", "float float", "float", floats<DivideFloat>, "Quotient.", "7 / 2.0", "3.5"},
    {"%", "int int", "int", ints<RemainderInt>, "Remainder, with the sign of the dividend.", "-7 % 3", "-1"},
    {"-", "int", "int", lift<negate>, "The negative.", "-(2 + 3)", "-5"},
    {"-", "float", "float", lift<negate_float>, "The negative.", "-(0.5)", "-0.5"},
    {"+", "int", "int", lift<same>, "The same.", "+ 5", "5"},
    {"+", "float", "float", lift<same_float>, "The same.", "+ 0.5", "0.5"},
    {"&", "int int", "int", lift<bit_and>, "Bits in both.", "12 & 10", "8"},
    {"|", "int int", "int", lift<bit_or>, "Bits in either.", "12 | 10", "14"},
    {"#", "int int", "int", lift<bit_xor>, "Bits in one but not in both.", "12 # 10", "6"},
    {"~", "int", "int", lift<bit_not>, "All bits turned over.", "~ 1", "-2"},
    {"<<", "int int", "int", lift<shift_left>, "Bits moved up.", "1 << 4", "16"},
    {">>", "int int", "int", lift<shift_right>, "Bits moved down, the sign kept.", "-8 >> 1", "-4"},
};

}  // namespace

std::span<const Function> arithmetic_functions() { return kRows; }

}  // namespace blox::expr
