// The lines that an `expect` has below it, beside the lines that came: which belong together, and what differs.
//
//   {"word": "a", "n": 1..5}   a record (value_pattern.h); fields may hold patterns
//   ~ ^took [0-9]+ ms$         a line in which the regular expression occurs
//   ...                        any number of lines here; `... 5`, `... 1..` and `... 2..5` say how many
//   anything else              this line
//
// Lines that came are the same as expected where they are the same text, the same JSON value, or fit the pattern.
//
// Owns     the patterns
// Order    in sequence, or as a set: then each expected line belongs to one that came, wherever it is, and `...` is the
//          number of others
// Errors   faults() are lines that are no pattern
// Cost     expected × came where there are gaps or differences, else linear
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/blox/test/value_pattern.h"

namespace blox::tools {

struct PatternFault {
  size_t item = 0;  ///< of the block, from 0
  std::string text;
};

/// One step on the way from what was expected to what came.
struct Edit {
  enum class Kind : uint8_t { kSame, kGap, kMissing, kExtra } kind = Kind::kSame;
  size_t expected = 0;  ///< not for kExtra
  size_t got = 0;       ///< not for kMissing; kGap: the first of its lines
  size_t count = 1;     ///< kGap: its lines
  bool wrong = false;   ///< kGap: not as many as it says
};

struct Comparison {
  bool equal = false;
  std::string fault;  ///< why no comparison could be made
  std::vector<Edit> edits;
};

class BlockPattern {
 public:
  /// `records`: each line is a record, a gap or a regular expression, else a fault.
  BlockPattern(const std::vector<std::string>& block, bool records);

  const std::vector<PatternFault>& faults() const { return faults_; }
  /// How many items are `...`.
  size_t gaps() const { return gaps_; }
  /// Precondition: no faults, and as a set at most one gap.
  Comparison compare(const std::vector<std::string>& got, bool as_set, double within) const;
  /// What differs between an expected line and one that came, field by field; empty where that says nothing.
  std::vector<FieldDifference> differences(size_t item, const std::string& line, double within) const;

  /// One line; the line of a block as it has to be written to mean nothing but itself.
  static std::string literal(const std::string& line);

 private:
  struct Item {
    enum class Kind : uint8_t { kLine, kRecord, kRegex, kGap } kind = Kind::kLine;
    std::string text;       // kRegex: the expression
    std::string canonical;  // of a line that is one JSON value; kLine: the text
    std::optional<ValuePattern> record;
    std::shared_ptr<const class Matcher> regex;
    uint64_t least = 0;
    uint64_t most = UINT64_MAX;
  };
  struct Line {
    std::string_view text;
    std::string canonical;
    std::optional<Datum> value;
  };
  static std::optional<Item> gap_of(std::string_view line);
  static Line line_of(const std::string& text);
  bool fits(const Item& item, const Line& line, double within) const;
  Comparison in_order(const std::vector<Line>& lines, double within) const;
  Comparison aligned(const std::vector<Line>& lines, double within) const;
  Comparison line_by_line(const std::vector<Line>& lines, double within) const;
  Comparison as_set(const std::vector<Line>& lines, double within) const;

  std::vector<Item> items_;
  std::vector<PatternFault> faults_;
  size_t gaps_ = 0;
};

}  // namespace blox::tools
