// Small things that the tests of shards share.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/element_run.h"
#include "tests/support/random_log.h"

namespace blox::testing {

/// Settings of a shard of so many replicas.
inline std::vector<NamedLiteral> shards(int64_t count, std::vector<NamedLiteral> more = {}) {
  more.push_back({"shards", Literal::of(count)});
  return more;
}

inline std::vector<Log> random_words(uint64_t seed) {
  Random random(seed);
  std::vector<Log> out;
  for (uint32_t i = 5 + random.below(30); i > 0; --i) {
    std::vector<std::vector<Datum>> rows;
    for (uint32_t row = 1 + random.below(40); row > 0; --row) {
      const int64_t word = random.below(60);
      const Datum nothing;
      rows.push_back({"w" + std::to_string(word * word % 97), random.chance(20) ? nothing : Datum(word % 7)});
    }
    out.push_back(log_of("{word: string, n: int?}", rows));
  }
  return out;
}

/// The same lines in order.
inline std::string sorted(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

inline const ElementMetrics& metrics_of(const RunResult& result, std::string_view path) {
  for (const ElementMetrics& element : result.summary.elements) {
    if (element.path == path) return element;
  }
  FAIL("no element of that name");
  return result.summary.elements[0];
}

#define RUN_OK(result)                 \
  do {                                 \
    INFO((result).status.to_string()); \
    REQUIRE((result).status.is_ok());  \
    REQUIRE((result).left.empty());    \
  } while (false)

}  // namespace blox::testing
