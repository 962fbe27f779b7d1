// Functions of numbers. Sources: PostgreSQL 15, float.c (ranges and errors), int.c.
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>

#include "core/expr/functions/groups.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

constexpr double kPi = 3.14159265358979323846;

int64_t absolute(Call& call, int64_t a) {
  if (a != std::numeric_limits<int64_t>::min()) return a < 0 ? -a : a;
  call.fail("expr.overflow", "int out of range");
  return 0;
}
double absolute_float(double a) { return std::fabs(a); }
int64_t sign(int64_t a) { return (a > 0) - (a < 0); }
double sign_float(double a) { return a > 0 ? 1.0 : a < 0 ? -1.0 : 0.0; }
double ceiling(double a) { return std::ceil(a); }
double floor_of(double a) { return std::floor(a); }
double truncate(double a) { return std::trunc(a); }
double round_half_even(double a) { return std::rint(a); }

// Digits behind the point, through decimal text of the shortest form: 1.005 is rounded as people write it.
double round_digits(double a, int64_t digits, bool cut) {
  if (!std::isfinite(a) || digits > 300) return a;
  if (digits < -310) return 0;
  const double scale = std::pow(10.0, static_cast<double>(digits < 0 ? -digits : digits));
  const double moved = digits < 0 ? a / scale : a * scale;
  if (!std::isfinite(moved) || std::fabs(moved) >= 9007199254740992.0) return a;
  // The product carries the error of one multiplication: what is within it of a half counts as a half.
  const double nudged = moved + std::copysign(std::fabs(moved) * 2.3e-16, moved);
  const double whole = cut ? std::trunc(nudged) : std::trunc(nudged + std::copysign(0.5, moved));
  return digits < 0 ? whole * scale : whole / scale;
}

double in_range(Call& call, double result, bool finite_arguments, bool may_be_zero) {
  if (std::isinf(result) && finite_arguments) call.fail("expr.overflow", "value out of range: overflow");
  if (result == 0 && !may_be_zero) call.fail("expr.overflow", "value out of range: underflow");
  return result;
}
double round_to(Call& call, double a, int64_t digits) {
  return in_range(call, round_digits(a, digits, false), std::isfinite(a), true);
}
double truncate_to(double a, int64_t digits) { return round_digits(a, digits, true); }
double domain(Call& call, std::string message) {
  call.fail("expr.domain", std::move(message));
  return 0;
}

double square_root(Call& call, double a) {
  if (a < 0) return domain(call, "cannot take square root of a negative number");
  return std::sqrt(a);
}
double cube_root(double a) { return std::cbrt(a); }
double power(Call& call, double a, double b) {
  if (a == 0 && b < 0) return domain(call, "zero raised to a negative power is undefined");
  if (a < 0 && std::isfinite(a) && std::isfinite(b) && std::floor(b) != b) {
    return domain(call, "a negative number raised to a non-integer power yields a complex result");
  }
  const bool finite = std::isfinite(a) && std::isfinite(b);
  return in_range(call, std::pow(a, b), finite, a == 0 || !finite);
}
double exponential(Call& call, double a) { return in_range(call, std::exp(a), std::isfinite(a), std::isinf(a)); }
double logarithm(Call& call, double a) {
  if (a == 0) return domain(call, "cannot take logarithm of zero");
  if (a < 0) return domain(call, "cannot take logarithm of a negative number");
  return std::log(a);
}
double logarithm10(Call& call, double a) {
  if (a == 0) return domain(call, "cannot take logarithm of zero");
  if (a < 0) return domain(call, "cannot take logarithm of a negative number");
  return std::log10(a);
}
double logarithm_base(Call& call, double base, double a) {
  const double below = logarithm(call, base);
  if (call.failed()) return 0;
  const double above = logarithm(call, a);
  if (call.failed()) return 0;
  if (below == 0) {
    call.fail("expr.division_by_zero", "division by zero");
    return 0;
  }
  return above / below;
}

int64_t remainder(Call& call, int64_t a, int64_t b) {
  if (b == 0) call.fail("expr.division_by_zero", "division by zero");
  return b == 0 || b == -1 ? 0 : a % b;
}
double quotient(Call& call, double a, double b) {
  if (b == 0) call.fail("expr.division_by_zero", "division by zero");
  return b == 0 ? 0 : in_range(call, std::trunc(a / b), std::isfinite(a), true);
}
double remainder_float(Call& call, double a, double b) {
  if (b == 0) call.fail("expr.division_by_zero", "division by zero");
  return b == 0 ? 0 : std::fmod(a, b);
}
uint64_t magnitude(int64_t a) { return a < 0 ? 0 - static_cast<uint64_t>(a) : static_cast<uint64_t>(a); }
int64_t common_divisor(Call& call, int64_t a, int64_t b) {
  const uint64_t divisor = std::gcd(magnitude(a), magnitude(b));
  if (divisor > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    call.fail("expr.overflow", "int out of range");
  return static_cast<int64_t>(divisor);
}
int64_t common_multiple(Call& call, int64_t a, int64_t b) {
  if (a == 0 || b == 0) return 0;
  const uint64_t divisor = std::gcd(magnitude(a), magnitude(b));
  uint64_t multiple = 0;
  if (__builtin_mul_overflow(magnitude(a) / divisor, magnitude(b), &multiple) ||
      multiple > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    call.fail("expr.overflow", "int out of range");
    return 0;
  }
  return static_cast<int64_t>(multiple);
}

double pi() { return kPi; }
double degrees(Call& call, double a) { return in_range(call, a / (kPi / 180.0), std::isfinite(a), true); }
double radians(double a) { return a * (kPi / 180.0); }

double finite_input(Call& call, double a, double (*f)(double)) {
  if (std::isinf(a)) return domain(call, "input is out of range");
  return f(a);
}
double sine(Call& call, double a) { return finite_input(call, a, std::sin); }
double cosine(Call& call, double a) { return finite_input(call, a, std::cos); }
double tangent(Call& call, double a) { return finite_input(call, a, std::tan); }
double cotangent(Call& call, double a) {
  return finite_input(
      call, a, +[](double x) { return 1.0 / std::tan(x); });
}
double arc_sine(Call& call, double a) { return a < -1 || a > 1 ? domain(call, "input is out of range") : std::asin(a); }
double arc_cosine(Call& call, double a) {
  return a < -1 || a > 1 ? domain(call, "input is out of range") : std::acos(a);
}
double arc_tangent(double a) { return std::atan(a); }
double arc_tangent2(double a, double b) { return std::atan2(a, b); }
double hyperbolic_sine(double a) { return std::sinh(a); }
double hyperbolic_cosine(double a) { return std::cosh(a); }
double hyperbolic_tangent(double a) { return std::tanh(a); }

// 0 below the range, count + 1 above it.
int64_t width_bucket(Call& call, double a, double low, double high, int64_t count) {
  if (count <= 0) {
    call.fail("expr.argument", "count must be greater than zero");
  } else if (std::isnan(a) || std::isnan(low) || std::isnan(high)) {
    call.fail("expr.argument", "operand, lower bound, and upper bound cannot be NaN");
  } else if (std::isinf(low) || std::isinf(high)) {
    call.fail("expr.argument", "lower and upper bounds must be finite");
  } else if (low == high) {
    call.fail("expr.argument", "lower bound cannot equal upper bound");
  } else if (count == std::numeric_limits<int64_t>::max()) {
    call.fail("expr.overflow", "int out of range");
  } else {
    const bool up = low < high;
    if (up ? a < low : a > low) return 0;
    if (up ? a >= high : a <= high) return count + 1;
    return std::min(count, static_cast<int64_t>(static_cast<double>(count) * ((a - low) / (high - low)))) + 1;
  }
  return 0;
}

constexpr Function kRows[] = {
    {"abs", "int", "int", lift<absolute>, "Without its sign; also `@ x`.", "abs(-7)", "7"},
    {"abs", "float", "float", lift<absolute_float>, "Without its sign.", "abs(-7.5)", "7.5"},
    {"@", "int", "int", lift<absolute>, "As abs.", "@ -7", "7"},
    {"@", "float", "float", lift<absolute_float>, "As abs.", "@ -7.5", "7.5"},
    {"sign", "int", "int", lift<sign>, "-1, 0 or 1.", "sign(-7)", "-1"},
    {"sign", "float", "float", lift<sign_float>, "-1, 0 or 1.", "sign(-7.5)", "-1"},
    {"ceil", "float", "float", lift<ceiling>, "The next whole number above; also ceiling.", "ceil(-42.8)", "-42"},
    {"ceiling", "float", "float", lift<ceiling>, "As ceil.", "ceiling(1.2)", "2"},
    {"floor", "float", "float", lift<floor_of>, "The next whole number below.", "floor(-42.8)", "-43"},
    {"round", "float", "float", lift<round_half_even>, "The nearest whole number; a half goes to the even one.",
     "round(2.5)", "2"},
    {"round", "float int", "float", lift<round_to>, "To so many digits behind the point; a half goes away from zero.",
     "round(42.4382, 2)", "42.44"},
    {"trunc", "float", "float", lift<truncate>, "Cut to a whole number, towards zero.", "trunc(-42.8)", "-42"},
    {"trunc", "float int", "float", lift<truncate_to>, "Cut to so many digits behind the point.", "trunc(42.4382, 2)",
     "42.43"},
    {"sqrt", "float", "float", lift<square_root>, "The square root; also `|/ x`.", "sqrt(2.25)", "1.5"},
    {"|/", "float", "float", lift<square_root>, "As sqrt.", "|/ 25.0", "5"},
    {"cbrt", "float", "float", lift<cube_root>, "The cube root; also `||/ x`.", "round(cbrt(27), 6)", "3"},
    {"||/", "float", "float", lift<cube_root>, "As cbrt.", "||/ 64.0", "4"},
    {"power", "float float", "float", lift<power>, "The first to the power of the second; also pow and `x ^ y`.",
     "power(9, 3)", "729"},
    {"pow", "float float", "float", lift<power>, "As power.", "pow(2, 0.5) = sqrt(2)", "true"},
    {"^", "float float", "float", lift<power>, "As power. It groups from the left: 2 ^ 3 ^ 2 is 64.", "2 ^ 3", "8"},
    {"exp", "float", "float", lift<exponential>, "e to that power.", "exp(0)", "1"},
    {"ln", "float", "float", lift<logarithm>, "The natural logarithm.", "ln(1)", "0"},
    {"log", "float", "float", lift<logarithm10>, "The logarithm to base 10; also log10.", "log(1000)", "3"},
    {"log10", "float", "float", lift<logarithm10>, "The logarithm to base 10.", "log10(100)", "2"},
    {"log", "float float", "float", lift<logarithm_base>, "The logarithm of the second to the base of the first.",
     "log(2.0, 64.0)", "6"},
    {"mod", "int int", "int", lift<remainder>, "The remainder, with the sign of the first; also `%`.", "mod(9, 4)",
     "1"},
    {"mod", "float float", "float", lift<remainder_float>, "Likewise.", "mod(5.5, 2)", "1.5"},
    {"%", "float float", "float", lift<remainder_float>, "As mod.", "-5.5 % 2", "-1.5"},
    {"div", "float float", "float", lift<quotient>, "The quotient, cut to a whole number.", "div(9.5, 4)", "2"},
    {"gcd", "int int", "int", lift<common_divisor>, "The greatest common divisor.", "gcd(1071, 462)", "21"},
    {"lcm", "int int", "int", lift<common_multiple>, "The least common multiple.", "lcm(4, 6)", "12"},
    {"pi", "", "float", lift<pi>, "π.", "round(pi(), 4)", "3.1416"},
    {"degrees", "float", "float", lift<degrees>, "Radians to degrees.", "degrees(pi())", "180"},
    {"radians", "float", "float", lift<radians>, "Degrees to radians.", "radians(180) = pi()", "true"},
    {"sin", "float", "float", lift<sine>, "Sine of radians.", "sin(0)", "0"},
    {"cos", "float", "float", lift<cosine>, "Cosine of radians.", "cos(0)", "1"},
    {"tan", "float", "float", lift<tangent>, "Tangent of radians.", "tan(0)", "0"},
    {"cot", "float", "float", lift<cotangent>, "Cotangent of radians.", "round(cot(0.5), 4)", "1.8305"},
    {"asin", "float", "float", lift<arc_sine>, "Arc sine, in radians.", "asin(0)", "0"},
    {"acos", "float", "float", lift<arc_cosine>, "Arc cosine, in radians.", "acos(1)", "0"},
    {"atan", "float", "float", lift<arc_tangent>, "Arc tangent, in radians.", "atan(0)", "0"},
    {"atan2", "float float", "float", lift<arc_tangent2>, "Arc tangent of first / second, in radians.", "atan2(0, 1)",
     "0"},
    {"sinh", "float", "float", lift<hyperbolic_sine>, "Hyperbolic sine; infinite where it is too large.", "sinh(0)",
     "0"},
    {"cosh", "float", "float", lift<hyperbolic_cosine>, "Hyperbolic cosine; infinite where it is too large.", "cosh(0)",
     "1"},
    {"tanh", "float", "float", lift<hyperbolic_tangent>, "Hyperbolic tangent.", "tanh(0)", "0"},
    {"width_bucket", "float float float int", "int", lift<width_bucket>,
     "In which of n equal parts of the range the first lies, counted from 1; 0 below it, n + 1 above.",
     "width_bucket(5.35, 0.024, 10.06, 5)", "3"},
};

}  // namespace

std::span<const Function> math_functions() { return kRows; }

}  // namespace blox::expr
