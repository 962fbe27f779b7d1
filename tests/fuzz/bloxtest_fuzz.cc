// Any text is read as cases without a crash; a block that is corrected by what came fits what came, and lines that mean
// nothing but themselves fit themselves.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "tools/blox/test/outcome.h"

namespace {

using namespace blox::tools;

constexpr size_t kMostLines = 200;  // a table of alignment is quadratic

const TestStep* step_at(const TestFile& file, size_t which, size_t at) {
  if (which >= file.cases.size() || at >= file.cases[which].steps.size()) return nullptr;
  return &file.cases[which].steps[at];
}

void correct_and_look(const TestFile& file, size_t which, size_t at, const std::vector<std::string>& got) {
  const TestStep& step = *step_at(file, which, at);
  const bool as_set = step.has("set");
  const BlockPattern pattern(step.block, false);
  if (!pattern.faults().empty() || (as_set && pattern.gaps() > 1)) return;
  const Comparison comparison = pattern.compare(got, as_set, 0);
  if (comparison.equal) return;
  BLOX_CHECK(!diff_of(comparison, pattern, step, got, as_set, 0).empty(), "a difference that shows nothing");
  TestFile corrected = file;
  correct(corrected, {correction_of(comparison, step, got, as_set)});
  const TestFile again = parse_test_file("fuzz.bloxtest", text_of(corrected));
  const TestStep* const other = step_at(again, which, at);
  BLOX_CHECK(other != nullptr, "a correction took a step away");
  const BlockPattern corrected_pattern(other->block, false);
  BLOX_CHECK(corrected_pattern.faults().empty(), "a correction is no pattern");
  BLOX_CHECK(corrected_pattern.compare(got, as_set, 0).equal, "what was corrected does not fit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const TestFile file = parse_test_file("fuzz.bloxtest", {reinterpret_cast<const char*>(data), size});
  std::vector<std::string> got;
  for (const TestCase& test : file.cases) {
    for (const TestStep& step : test.steps) {
      for (const std::string& line : step.block) {
        if (got.size() < kMostLines) got.push_back(line);
        const BlockPattern literal({BlockPattern::literal(line)}, false);
        BLOX_CHECK(line.starts_with('{') || literal.faults().empty(), "a literal line is no pattern");
        BLOX_CHECK(!literal.faults().empty() || literal.compare({line}, false, 0).equal, "a line does not fit itself");
      }
    }
  }
  for (size_t which = 0; which < file.cases.size(); ++which) {
    for (size_t at = 0; at < file.cases[which].steps.size(); ++at) {
      const TestStep& step = file.cases[which].steps[at];
      const bool lines =
          step.act == Act::kExpect && (step.subject == Subject::kPort || step.subject == Subject::kPrinted);
      if (lines && step.block.size() < kMostLines) correct_and_look(file, which, at, got);
    }
  }
  return 0;
}
