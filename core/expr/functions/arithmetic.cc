// Operators on numbers. Source of the rules: PostgreSQL 15, int8.c and float.c.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")  // the loops over batches are worth vectorising, which g++ 12 leaves undone at O2
#endif
#include "core/expr/hot.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "core/expr/functions/groups.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

uint64_t bits(int64_t a) { return static_cast<uint64_t>(a); }

// Overflow shows in the sign bit: of (a ^ sum) & (b ^ sum) for a sum.
struct IntOverflow {
  static void explain(Call& call, int64_t, int64_t) { call.fail("expr.overflow", "int out of range"); }
};
struct AddInt : IntOverflow {
  static int64_t apply(int64_t a, int64_t b) { return static_cast<int64_t>(bits(a) + bits(b)); }
  static uint64_t suspect(int64_t a, int64_t b, int64_t r) { return (bits(a) ^ bits(r)) & (bits(b) ^ bits(r)) & kSign; }
  static bool fails(int64_t a, int64_t b, int64_t r) { return suspect(a, b, r) != 0; }
  static constexpr uint64_t kSign = uint64_t{1} << 63;
};
struct SubtractInt : IntOverflow {
  static int64_t apply(int64_t a, int64_t b) { return static_cast<int64_t>(bits(a) - bits(b)); }
  static uint64_t suspect(int64_t a, int64_t b, int64_t r) {
    return (bits(a) ^ bits(b)) & (bits(a) ^ bits(r)) & AddInt::kSign;
  }
  static bool fails(int64_t a, int64_t b, int64_t r) { return suspect(a, b, r) != 0; }
};
struct MultiplyInt : IntOverflow {
  static int64_t apply(int64_t a, int64_t b) { return static_cast<int64_t>(bits(a) * bits(b)); }
  static uint64_t suspect(int64_t a, int64_t b, int64_t r) { return fails(a, b, r) ? 1 : 0; }
  static bool fails(int64_t a, int64_t b, int64_t) {
    int64_t ignored = 0;
    return __builtin_mul_overflow(a, b, &ignored);
  }
};

void explain_division(Call& call, int64_t b) {
  if (b == 0) return call.fail("expr.division_by_zero", "division by zero");
  call.fail("expr.overflow", "int out of range");
}
struct DivideInt {
  static int64_t apply(int64_t a, int64_t b) { return fails(a, b, 0) ? 0 : a / b; }
  static uint64_t suspect(int64_t a, int64_t b, int64_t r) { return fails(a, b, r) ? 1 : 0; }
  static bool fails(int64_t a, int64_t b, int64_t) {
    return b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min());
  }
  static void explain(Call& call, int64_t, int64_t b) { explain_division(call, b); }
};
struct RemainderInt {
  static int64_t apply(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
  static uint64_t suspect(int64_t a, int64_t b, int64_t r) { return fails(a, b, r) ? 1 : 0; }
  static bool fails(int64_t, int64_t b, int64_t) { return b == 0; }
  static void explain(Call& call, int64_t, int64_t b) { explain_division(call, b); }
};

// A result that is infinite or NaN is suspicious; with finite arguments it is an overflow.
uint64_t not_finite(double r) { return static_cast<uint64_t>(!(std::fabs(r) <= std::numeric_limits<double>::max())); }
bool overflowed(double a, double b, double r) { return std::isinf(r) && !std::isinf(a) && !std::isinf(b); }
struct FloatRange {
  static void explain(Call& call, double, double) { call.fail("expr.overflow", "float out of range"); }
};
struct AddFloat : FloatRange {
  static double apply(double a, double b) { return a + b; }
  static uint64_t suspect(double, double, double r) { return not_finite(r); }
  static bool fails(double a, double b, double r) { return overflowed(a, b, r); }
};
struct SubtractFloat : FloatRange {
  static double apply(double a, double b) { return a - b; }
  static uint64_t suspect(double, double, double r) { return not_finite(r); }
  static bool fails(double a, double b, double r) { return overflowed(a, b, r); }
};
struct MultiplyFloat : FloatRange {
  static double apply(double a, double b) { return a * b; }
  static uint64_t suspect(double a, double b, double r) {
    return not_finite(r) |
           (static_cast<uint64_t>(r == 0) & static_cast<uint64_t>(a != 0) & static_cast<uint64_t>(b != 0));
  }
  static bool fails(double a, double b, double r) { return overflowed(a, b, r) || (r == 0 && a != 0 && b != 0); }
};
struct DivideFloat {
  static double apply(double a, double b) { return a / b; }
  static uint64_t suspect(double a, double b, double r) {
    return not_finite(r) | static_cast<uint64_t>(b == 0) |
           (static_cast<uint64_t>(r == 0) & static_cast<uint64_t>(a != 0));
  }
  static bool fails(double a, double b, double r) {
    return (b == 0 && !std::isnan(a)) || overflowed(a, b, r) || (r == 0 && a != 0 && !std::isinf(b));
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
