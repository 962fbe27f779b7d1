#include "tools/blox/test/outcome.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

namespace blox::tools {
namespace {

using Kind = Edit::Kind;

constexpr size_t kMostShown = 60;
constexpr size_t kAround = 2;
constexpr size_t kMostPaired = 40;
constexpr size_t kMostFields = 8;

std::string counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + (count == 1 ? one : many);
}

// For lines that were expected and did not come, those that came instead: the ones with the fewest differences.
class Pairs {
 public:
  Pairs(const BlockPattern& pattern, const std::vector<std::string>& got, double within)
      : pattern_(pattern), got_(got), within_(within) {}

  std::vector<std::pair<size_t, size_t>> of(const std::vector<size_t>& missing, std::vector<size_t> extra) const {
    std::vector<std::pair<size_t, size_t>> out;
    for (const size_t item : missing) {
      if (extra.empty()) break;
      auto best = extra.begin();
      if (missing.size() <= kMostPaired && extra.size() <= kMostPaired) {
        best = std::min_element(extra.begin(), extra.end(),
                                [&](size_t a, size_t b) { return distance(item, a) < distance(item, b); });
      }
      out.emplace_back(item, *best);
      extra.erase(best);
    }
    return out;
  }

 private:
  size_t distance(size_t item, size_t line) const {
    const size_t fields = pattern_.differences(item, got_[line], within_).size();
    return fields == 0 ? SIZE_MAX : fields;
  }

  const BlockPattern& pattern_;
  const std::vector<std::string>& got_;
  const double within_;
};

class Differ {
 public:
  Differ(const BlockPattern& pattern, const TestStep& step, const std::vector<std::string>& got, double within)
      : pattern_(pattern), step_(step), got_(got), within_(within) {}

  // What stands between two lines that fit.
  void hunk(const std::vector<size_t>& missing, const std::vector<size_t>& extra) {
    const auto pairs = Pairs(pattern_, got_, within_).of(missing, extra);
    std::set<size_t> shown;
    for (const size_t item : missing) {
      add('-', step_.block[item]);
      for (const auto& [of, line] : pairs) {
        if (of != item) continue;
        add('+', got_[line]);
        shown.insert(line);
        fields(item, line);
      }
    }
    for (const size_t line : extra) {
      if (shown.count(line) == 0) add('+', got_[line]);
    }
  }
  void add(char mark, std::string text) { lines_.push_back({mark, std::move(text)}); }
  std::vector<DiffLine> take() {
    if (lines_.size() > kMostShown) {
      const size_t left = lines_.size() - kMostShown;
      lines_.resize(kMostShown);
      lines_.push_back({':', "… and " + counted(left, " line more", " lines more")});
    }
    return std::move(lines_);
  }

 private:
  void fields(size_t item, size_t line) {
    const std::vector<FieldDifference> differences = pattern_.differences(item, got_[line], within_);
    for (size_t i = 0; i < std::min(differences.size(), kMostFields); ++i) {
      const FieldDifference& one = differences[i];
      add(':', (one.path.empty() ? "" : one.path + ": ") + "expected " + one.expected + ", got " + one.got);
    }
    if (differences.size() > kMostFields) {
      add(':', "… and " + counted(differences.size() - kMostFields, " field more", " fields more"));
    }
  }

  const BlockPattern& pattern_;
  const TestStep& step_;
  const std::vector<std::string>& got_;
  const double within_;
  std::vector<DiffLine> lines_;
};

bool differs(const Edit& edit) { return edit.kind == Kind::kMissing || edit.kind == Kind::kExtra || edit.wrong; }

}  // namespace

std::vector<DiffLine> diff_of(const Comparison& comparison, const BlockPattern& pattern, const TestStep& step,
                              const std::vector<std::string>& got, bool as_set, double within) {
  Differ differ(pattern, step, got, within);
  const std::vector<Edit>& edits = comparison.edits;
  std::vector<size_t> missing, extra;
  const auto flush = [&] {
    differ.hunk(missing, extra);
    missing.clear();
    extra.clear();
  };
  size_t hidden = 0;
  for (size_t i = 0; i < edits.size(); ++i) {
    const Edit& edit = edits[i];
    if (edit.kind == Kind::kMissing) missing.push_back(edit.expected);
    if (edit.kind == Kind::kExtra) extra.push_back(edit.got);
    if (edit.kind == Kind::kMissing || edit.kind == Kind::kExtra) continue;
    if (!as_set) flush();
    if (edit.wrong) {
      differ.add('-', step.block[edit.expected]);
      differ.add('+', counted(edit.count, " other line", " other lines"));
      continue;
    }
    if (as_set) continue;
    bool close = false;
    for (size_t k = i > kAround ? i - kAround : 0; k <= std::min(i + kAround, edits.size() - 1); ++k)
      close |= differs(edits[k]);
    if (!close) {
      ++hidden;
      continue;
    }
    if (hidden > 0) differ.add(':', "… " + counted(hidden, " line as expected", " lines as expected"));
    hidden = 0;
    differ.add(' ', step.block[edit.expected]);
  }
  flush();
  return differ.take();
}

std::string headline_of(const Comparison& comparison) {
  if (!comparison.fault.empty()) return comparison.fault;
  size_t missing = 0, extra = 0;
  std::string gaps;
  for (const Edit& edit : comparison.edits) {
    missing += edit.kind == Kind::kMissing ? 1 : 0;
    extra += edit.kind == Kind::kExtra ? 1 : 0;
    if (edit.wrong) gaps = "not so many others";
  }
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  const size_t others = std::min(missing, extra);
  missing -= others;
  extra -= others;
  if (others > 0) add(counted(others, " line differs", " lines differ"));
  if (missing > 0) add(counted(missing, " line is missing", " lines are missing"));
  if (extra > 0) add(counted(extra, " line was not expected", " lines were not expected"));
  if (!gaps.empty()) add(gaps);
  return out;
}

Correction correction_of(const Comparison& comparison, const TestStep& step, const std::vector<std::string>& got,
                         bool as_set) {
  Correction out;
  size_t behind = step.line;
  std::vector<size_t> free;  // places of lines that go, for a set: what came instead is put there
  const auto insert = [&](const std::string& text) {
    size_t place = behind;
    if (as_set && !free.empty()) {
      place = free.front();
      free.erase(free.begin());
    }
    out.inserted.emplace_back(place, "  " + text);
  };
  for (const Edit& edit : comparison.edits) {
    const size_t line = edit.kind == Kind::kExtra ? 0 : step.block_lines[edit.expected];
    switch (edit.kind) {
      case Kind::kSame: behind = std::max(behind, line); break;
      case Kind::kGap:
        behind = std::max(behind, line);
        if (edit.wrong) out.replaced.emplace_back(line, "  ... " + std::to_string(edit.count));
        break;
      case Kind::kMissing:
        behind = std::max(behind, line);
        out.removed.push_back(line);
        free.push_back(line);
        break;
      case Kind::kExtra: insert(BlockPattern::literal(got[edit.got])); break;
    }
  }
  return out;
}

void correct(TestFile& file, const std::vector<Correction>& corrections) {
  std::set<size_t> removed;
  std::map<size_t, std::string> replaced;
  std::map<size_t, std::vector<std::string>> inserted;
  for (const Correction& correction : corrections) {
    removed.insert(correction.removed.begin(), correction.removed.end());
    for (const auto& [line, text] : correction.replaced) replaced[line] = text;
    for (const auto& [line, text] : correction.inserted) inserted[line].push_back(text);
  }
  std::vector<std::string> lines;
  for (size_t i = 1; i <= file.lines.size(); ++i) {
    if (const auto other = replaced.find(i); other != replaced.end()) {
      lines.push_back(other->second);
    } else if (removed.count(i) == 0) {
      lines.push_back(std::move(file.lines[i - 1]));
    }
    for (std::string& text : inserted[i]) lines.push_back(std::move(text));
  }
  file.lines = std::move(lines);
}

// ---- as bytes ----

namespace {

struct Writer {
  std::string bytes;
  void number(uint64_t value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    bytes.append(value);
  }
  void pairs(const std::vector<std::pair<size_t, std::string>>& values) {
    number(values.size());
    for (const auto& [line, value] : values) {
      number(line);
      text(value);
    }
  }
};

struct Reader {
  std::string_view bytes;
  bool ok = true;
  uint64_t number() {
    uint64_t value = 0;
    if (bytes.size() < sizeof value) {
      ok = false;
      return 0;
    }
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const uint64_t size = number();
    if (size > bytes.size()) ok = false;
    const std::string out(bytes.substr(0, ok ? size : 0));
    bytes.remove_prefix(out.size());
    return out;
  }
  template <typename Each>
  void list(const Each& each) {
    for (uint64_t left = number(); left > 0 && ok; --left) each();
  }
  std::vector<std::pair<size_t, std::string>> pairs() {
    std::vector<std::pair<size_t, std::string>> out;
    list([&] {
      const size_t line = number();
      out.emplace_back(line, text());
    });
    return out;
  }
};

}  // namespace

std::string encode(const TestOutcome& outcome) {
  Writer out;
  out.number(static_cast<uint64_t>(outcome.verdict));
  out.number(outcome.acceptable ? 1 : 0);
  out.number(outcome.problems.size());
  for (const Problem& problem : outcome.problems) {
    out.number(problem.line);
    out.text(problem.text);
    out.number(problem.diff.size());
    for (const DiffLine& line : problem.diff) {
      out.number(static_cast<uint8_t>(line.mark));
      out.text(line.text);
    }
  }
  out.number(outcome.corrections.size());
  for (const Correction& correction : outcome.corrections) {
    out.pairs(correction.replaced);
    out.number(correction.removed.size());
    for (const size_t line : correction.removed) out.number(line);
    out.pairs(correction.inserted);
  }
  return std::move(out.bytes);
}

std::optional<TestOutcome> decode_outcome(std::string_view bytes) {
  Reader in{bytes};
  TestOutcome out;
  const uint64_t verdict = in.number();
  if (verdict > static_cast<uint64_t>(TestOutcome::Verdict::kBroken)) return std::nullopt;
  out.verdict = static_cast<TestOutcome::Verdict>(verdict);
  out.acceptable = in.number() != 0;
  in.list([&] {
    Problem problem;
    problem.line = in.number();
    problem.text = in.text();
    in.list([&] {
      const auto mark = static_cast<char>(in.number());
      problem.diff.push_back({mark, in.text()});
    });
    out.problems.push_back(std::move(problem));
  });
  in.list([&] {
    Correction correction;
    correction.replaced = in.pairs();
    in.list([&] { correction.removed.push_back(in.number()); });
    correction.inserted = in.pairs();
    out.corrections.push_back(std::move(correction));
  });
  if (!in.ok || !in.bytes.empty()) return std::nullopt;
  return out;
}

}  // namespace blox::tools
