// What came of a case: problems for people, corrections for --accept.
//
// Owns     all it holds
// Threads  a value; goes from the process that ran the case to the one that collects, as bytes
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/blox/test/block.h"
#include "tools/blox/test/case.h"

namespace blox::tools {

/// A line of a difference: ' ' as expected, '-' expected and missing, '+' came, ':' says how the two above differ.
struct DiffLine {
  char mark = ' ';
  std::string text;
};

struct Problem {
  size_t line = 0;  ///< of the file
  std::string text;
  std::vector<DiffLine> diff;
};

/// Changes of a file's lines that make an expectation true.
struct Correction {
  std::vector<std::pair<size_t, std::string>> replaced;  ///< a line, and what stands there instead
  std::vector<size_t> removed;
  std::vector<std::pair<size_t, std::string>> inserted;  ///< behind this line
};

struct TestOutcome {
  enum class Verdict : uint8_t { kPassed, kFailed, kBroken };  ///< broken: the case could not be run to its end
  Verdict verdict = Verdict::kPassed;
  bool acceptable = true;  ///< would pass with the corrections
  std::vector<Problem> problems;
  std::vector<Correction> corrections;
  double seconds = 0;

  bool passed() const { return verdict == Verdict::kPassed; }
};

/// The lines that differ, with some around them.
std::vector<DiffLine> diff_of(const Comparison& comparison, const BlockPattern& pattern, const TestStep& step,
                              const std::vector<std::string>& got, bool as_set, double within);
/// "1 line differs, 2 lines are missing"
std::string headline_of(const Comparison& comparison);
/// What makes the block of the step expect what came, leaving alone what fits already.
Correction correction_of(const Comparison& comparison, const TestStep& step, const std::vector<std::string>& got,
                         bool as_set);

/// The lines with all corrections made.
void correct(TestFile& file, const std::vector<Correction>& corrections);

std::string encode(const TestOutcome& outcome);
/// Nothing where the bytes are no outcome.
std::optional<TestOutcome> decode_outcome(std::string_view bytes);

}  // namespace blox::tools
