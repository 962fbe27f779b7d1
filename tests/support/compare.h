// Measures ours beside a reference that does the same work in the same minute, and prints one row of a table.
//
// A benchmark is a program: `int main(int argc, char** argv) { Bench bench(argc, argv); bench.compare({...}); }`.
// Pairs are interleaved (ours, reference, ours, …), so that a machine that slows down slows both; the ratio is the
// median of the pairs' ratios, the spread its quartiles. A missed bar is shown, never an error: machines differ.
//
// Threads  one
// Errors   a reference that is not installed, or fails, is a row that says so
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace blox::bench {

/// What the ratio of a comparison has to reach.
struct Bar {
  enum class Kind { kAtMost, kAtLeast, kNone };
  Kind kind = Kind::kNone;
  double ratio = 0;

  /// Ours takes at most `ratio` × the reference's time.
  static Bar at_most(double ratio) { return {Kind::kAtMost, ratio}; }
  /// Ours does at least `ratio` × the reference's work in the same time.
  static Bar at_least(double ratio) { return {Kind::kAtLeast, ratio}; }
};

/// Does the work once and returns the seconds it cost; nothing where it could not be done.
using Run = std::function<std::optional<double>()>;

struct Comparison {
  std::string work;            ///< "encode a log of 1,024 records"
  std::string reference_name;  ///< "memcpy"
  Bar bar;
  Run ours;
  Run reference;
  double units = 0;  ///< work of one run, for the rate that is shown; 0 shows seconds
  std::string unit;  ///< "records", "B"
};

class Bench {
 public:
  /// Arguments: `--pairs N` (7, at least 5), `--only TEXT` (a part of the work's name), `--head no` (a table goes on).
  Bench(int argc, char** argv);
  void compare(const Comparison& comparison);
  /// A figure without a reference, against a bound of its own: "≤ 20 ns".
  void figure(const std::string& work, const std::string& value, const std::string& bar, bool reached);
  bool wanted(const std::string& work) const;
  int pairs() const { return pairs_; }

 private:
  void row(const std::vector<std::string>& cells);

  int pairs_ = 7;
  std::string only_;
  bool head_printed_ = false;
};

/// Seconds on the wall that `work` takes.
double wall_seconds(const std::function<void()>& work);

/// User and system seconds of this process that `work` takes.
double cpu_seconds(const std::function<void()>& work);

/// User and system seconds of a child process; nothing where it cannot be started or fails.
/// `input` and `output` are files ("" is /dev/null). The program is found on PATH.
std::optional<double> child_cpu_seconds(const std::vector<std::string>& arguments, const std::string& input,
                                        const std::string& output);

/// Wall seconds until a child process has written its first byte to standard output, or has ended without one; nothing
/// where it cannot be started or ends with an error. What it writes after that is read and thrown away.
std::optional<double> child_first_byte_seconds(const std::vector<std::string>& arguments);

/// Median and quartiles of values. Precondition: not empty.
struct Spread {
  double low, median, high;
};
Spread spread_of(std::vector<double> values);

/// Keeps the compiler from leaving out what made `value`.
template <typename T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace blox::bench
