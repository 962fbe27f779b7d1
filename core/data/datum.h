// One value of any type, owned: constants, defaults, `any` values and expectations of tests.
//
// Owns     all it holds
// Threads  a value
// Cost     an allocation for each string and container; not for hot loops, which read columns
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/clock.h"
#include "core/data/type.h"

namespace blox {

class Datum {
 public:
  struct Bytes {
    std::string data;
    friend bool operator==(const Bytes&, const Bytes&) = default;
  };
  struct Time {
    Micros micros = 0;
    friend bool operator==(const Time&, const Time&) = default;
  };
  /// A list of one list is written {Datum(List{…})}: compilers differ in what {List{…}} means.
  using List = std::vector<Datum>;
  using Struct = std::vector<std::pair<std::string, Datum>>;  ///< in order
  using Variant = std::variant<std::monostate, bool, int64_t, double, std::string, Bytes, Time, List, Struct>;

  Datum() = default;                                             ///< null
  Datum(bool value) : value_(value) {}                           // NOLINT: conversions are the point
  Datum(int64_t value) : value_(value) {}                        // NOLINT
  Datum(int value) : value_(int64_t{value}) {}                   // NOLINT
  Datum(double value) : value_(value) {}                         // NOLINT
  Datum(std::string value) : value_(std::move(value)) {}         // NOLINT
  Datum(std::string_view value) : value_(std::string(value)) {}  // NOLINT
  Datum(const char* value) : value_(std::string(value)) {}       // NOLINT
  Datum(Bytes value) : value_(std::move(value)) {}               // NOLINT
  Datum(Time value) : value_(value) {}                           // NOLINT
  Datum(List value) : value_(std::move(value)) {}                // NOLINT
  Datum(Struct value) : value_(std::move(value)) {}              // NOLINT

  bool is_null() const { return value_.index() == 0; }
  template <typename T>
  const T* get_if() const {
    return std::get_if<T>(&value_);
  }
  const Variant& variant() const { return value_; }
  /// As a literal of the language: 12, "text", [1, 2], {a: 1}; a time as time("2026-01-02T03:04:05Z").
  std::string to_string() const;
  /// Structural; floats by bits, so that NaN equals itself.
  friend bool operator==(const Datum& a, const Datum& b);

 private:
  Variant value_;
};

/// "2026-01-02T03:04:05.000006Z", without the fraction where it is zero.
std::string format_time(Micros micros);
/// Reads RFC 3339 ("2026-01-02T03:04:05.5+01:00"; a space for the T; without zone: UTC; a date alone: midnight).
Result<Micros> parse_time(std::string_view text);
/// The same without an error text, for hot loops: false, and `out` undefined, where it is no time.
bool read_time(std::string_view text, Micros* out);

}  // namespace blox
