#include "tools/blox/test/block.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "core/data/json.h"
#include "core/text/pattern.h"

namespace blox::tools {

class Matcher {
 public:
  explicit Matcher(Pattern pattern) : pattern_(std::move(pattern)) {}
  bool matches(std::string_view text) const { return pattern_.matches(text); }

 private:
  Pattern pattern_;
};

namespace {

constexpr uint64_t kMostCells = 16'000'000;  // of a table of alignment: a byte and two numbers each row

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool read_count(std::string_view text, uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<BlockPattern::Item> BlockPattern::gap_of(std::string_view line) {
  line = without_blanks(line);
  if (!line.starts_with("...")) return std::nullopt;
  Item gap;
  gap.kind = Item::Kind::kGap;
  const std::string_view count = without_blanks(line.substr(3));
  if (count.empty()) return gap;
  if (line[3] != ' ') return std::nullopt;
  const size_t dots = count.find("..");
  if (dots == std::string_view::npos) {
    if (!read_count(count, gap.least)) return std::nullopt;
    gap.most = gap.least;
    return gap;
  }
  const std::string_view from = count.substr(0, dots), to = count.substr(dots + 2);
  if ((from.empty() && to.empty()) || (!from.empty() && !read_count(from, gap.least)) ||
      (!to.empty() && !read_count(to, gap.most)) || gap.least > gap.most) {
    return std::nullopt;
  }
  return gap;
}

BlockPattern::BlockPattern(const std::vector<std::string>& block, bool records) {
  for (size_t i = 0; i < block.size(); ++i) {
    const std::string& line = block[i];
    if (std::optional<Item> gap = gap_of(line)) {
      ++gaps_;
      items_.push_back(std::move(*gap));
      continue;
    }
    Item item;
    item.text = item.canonical = line;
    if (line.starts_with("~ ")) {
      item.kind = Item::Kind::kRegex;
      Result<Pattern> pattern = Pattern::compile(std::string_view(line).substr(2));
      if (!pattern) {
        faults_.push_back({i, pattern.status().error().text});
      } else {
        item.regex = std::make_shared<const Matcher>(std::move(*pattern));
      }
    } else if (line.starts_with('{') || records) {
      Result<ValuePattern> pattern = ValuePattern::parse(line);
      if (pattern && pattern->is_record()) {
        item.kind = Item::Kind::kRecord;
        const std::optional<Datum> value = pattern->value();
        item.canonical = value ? to_json(*value) : "";
        item.record = std::move(*pattern);
      } else if (records && !line.starts_with("failed: ")) {
        faults_.push_back(
            {i, pattern ? "a line of records is {…}, `~ PATTERN` or `...`" : pattern.status().to_string()});
      }
    }
    items_.push_back(std::move(item));
  }
}

std::string BlockPattern::literal(const std::string& line) {
  if (!line.starts_with("~ ") && !gap_of(line)) return line;
  std::string out = "~ ^";
  for (const char c : line) {
    const bool plain = c == ' ' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain && static_cast<unsigned char>(c) < 0x80) out += '\\';
    out += c;
  }
  return out + "$";
}

BlockPattern::Line BlockPattern::line_of(const std::string& text) {
  Line line;
  line.text = text;
  line.canonical = text;
  if (!text.starts_with('{')) return line;
  Result<Datum> value = datum_from_json(text);
  if (!value) return line;
  line.canonical = to_json(*value);
  line.value = std::move(*value);
  return line;
}

bool BlockPattern::fits(const Item& item, const Line& line, double within) const {
  switch (item.kind) {
    case Item::Kind::kLine: return item.text == line.text;
    case Item::Kind::kRegex: return item.regex->matches(line.text);
    case Item::Kind::kGap: return true;
    case Item::Kind::kRecord: break;
  }
  if (item.text == line.text || (!item.canonical.empty() && item.canonical == line.canonical)) return true;
  return line.value.has_value() && item.record->matches(*line.value, within);
}

std::vector<FieldDifference> BlockPattern::differences(size_t item, const std::string& line, double within) const {
  const Line got = line_of(line);
  if (!items_[item].record || !got.value) return {};
  return items_[item].record->differences(*got.value, within);
}

Comparison BlockPattern::compare(const std::vector<std::string>& got, bool set, double within) const {
  std::vector<Line> lines;
  lines.reserve(got.size());
  for (const std::string& line : got) lines.push_back(line_of(line));
  Comparison out = set ? as_set(lines, within) : in_order(lines, within);
  out.equal = out.fault.empty() && std::all_of(out.edits.begin(), out.edits.end(), [](const Edit& edit) {
                return edit.kind == Edit::Kind::kSame || (edit.kind == Edit::Kind::kGap && !edit.wrong);
              });
  return out;
}

// ---- in sequence ----

Comparison BlockPattern::in_order(const std::vector<Line>& lines, double within) const {
  if (gaps_ == 0) {
    Comparison plain = line_by_line(lines, within);
    const bool same = std::all_of(plain.edits.begin(), plain.edits.end(),
                                  [](const Edit& edit) { return edit.kind == Edit::Kind::kSame; });
    if (same) return plain;
  }
  if (uint64_t{items_.size() + 1} * (lines.size() + 1) <= kMostCells) return aligned(lines, within);
  if (gaps_ == 0) return line_by_line(lines, within);
  return {false, "too many lines to look for those around `...`: expect fewer at a time", {}};
}

Comparison BlockPattern::line_by_line(const std::vector<Line>& lines, double within) const {
  Comparison out;
  for (size_t i = 0; i < std::max(items_.size(), lines.size()); ++i) {
    if (i < items_.size() && i < lines.size() && fits(items_[i], lines[i], within)) {
      out.edits.push_back({Edit::Kind::kSame, i, i});
      continue;
    }
    if (i < items_.size()) out.edits.push_back({Edit::Kind::kMissing, i, 0});
    if (i < lines.size()) out.edits.push_back({Edit::Kind::kExtra, 0, i});
  }
  return out;
}

// The alignment with the fewest differences, by dynamic programming from the end: cost[i][j] is what the items from i
// on and the lines from j on differ in.
Comparison BlockPattern::aligned(const std::vector<Line>& lines, double within) const {
  enum Way : uint8_t { kEnd, kBoth, kInstead, kDropItem, kAddLine, kTakeGap, kLeaveGap };
  const size_t rows = items_.size() + 1, columns = lines.size() + 1;
  std::vector<uint8_t> ways(rows * columns, kEnd);
  std::vector<uint32_t> below(columns), here(columns);
  const auto is_bounded = [](const Item& item) {
    return item.kind == Item::Kind::kGap && (item.least > 0 || item.most != UINT64_MAX);
  };
  const bool any_bounded = std::any_of(items_.begin(), items_.end(), is_bounded);
  std::vector<uint32_t> gap_lines(any_bounded ? rows * columns : 0, 0);
  for (size_t i = rows; i-- > 0;) {
    const bool is_gap = i + 1 < rows && items_[i].kind == Item::Kind::kGap;
    const bool bounded = is_gap && is_bounded(items_[i]);
    for (size_t j = columns; j-- > 0;) {
      uint32_t cost = UINT32_MAX;
      uint8_t way = kEnd;
      const auto offer = [&](uint32_t with, uint8_t step) {
        if (with >= cost) return;
        cost = with;
        way = step;
      };
      if (i + 1 == rows && j + 1 == columns) offer(0, kEnd);
      if (bounded) {
        for (size_t k = 0; j + k < columns; ++k) {
          const uint64_t off = k < items_[i].least ? items_[i].least - k : k > items_[i].most ? k - items_[i].most : 0;
          const auto wrong = static_cast<uint32_t>(std::min<uint64_t>(off, 1'000'000));
          if (below[j + k] + wrong >= cost) continue;
          cost = below[j + k] + wrong;
          way = kTakeGap;
          gap_lines[i * columns + j] = static_cast<uint32_t>(k);
        }
      } else if (is_gap) {
        offer(below[j], kLeaveGap);
        if (j + 1 < columns) offer(here[j + 1], kTakeGap);
      } else {
        if (i + 1 < rows && j + 1 < columns && fits(items_[i], lines[j], within)) offer(below[j + 1], kBoth);
        // One line in place of another is less than one away and another added elsewhere.
        if (i + 1 < rows && j + 1 < columns) offer(below[j + 1] + 3, kInstead);
        if (i + 1 < rows) offer(below[j] + 2, kDropItem);
        if (j + 1 < columns) offer(here[j + 1] + 2, kAddLine);
      }
      here[j] = cost;
      ways[i * columns + j] = way;
    }
    std::swap(here, below);
  }
  Comparison out;
  for (size_t i = 0, j = 0; i + 1 < rows || j + 1 < columns;) {
    const uint8_t way = ways[i * columns + j];
    const bool bounded = i + 1 < rows && is_bounded(items_[i]);
    if (way == kBoth) {
      out.edits.push_back({Edit::Kind::kSame, i++, j++});
    } else if (way == kInstead) {
      out.edits.push_back({Edit::Kind::kMissing, i++, 0});
      out.edits.push_back({Edit::Kind::kExtra, 0, j++});
    } else if (way == kDropItem) {
      out.edits.push_back({Edit::Kind::kMissing, i++, 0});
    } else if (way == kAddLine) {
      out.edits.push_back({Edit::Kind::kExtra, 0, j++});
    } else if (way == kTakeGap && bounded) {
      const size_t count = gap_lines[i * columns + j];
      out.edits.push_back({Edit::Kind::kGap, i, j, count, count < items_[i].least || count > items_[i].most});
      j += count;
      ++i;
    } else {
      const size_t from = j;
      while (ways[i * columns + j] == kTakeGap) ++j;
      out.edits.push_back({Edit::Kind::kGap, i++, from, j - from, false});
    }
  }
  return out;
}

// ---- as a set ----

Comparison BlockPattern::as_set(const std::vector<Line>& lines, double within) const {
  constexpr size_t kNobody = SIZE_MAX;
  std::vector<size_t> of_item(items_.size(), kNobody), of_line(lines.size(), kNobody);
  const auto pair = [&](size_t item, size_t line) {
    of_item[item] = line;
    of_line[line] = item;
  };
  // What fits one value only takes a line with that value: all of these are the same to everybody else.
  std::multimap<std::string_view, size_t> by_value;
  for (size_t j = 0; j < lines.size(); ++j) by_value.emplace(lines[j].canonical, j);
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].kind == Item::Kind::kGap || items_[i].kind == Item::Kind::kRegex || items_[i].canonical.empty())
      continue;
    const auto found = by_value.find(items_[i].canonical);
    if (found == by_value.end()) continue;
    pair(i, found->second);
    by_value.erase(found);
  }
  // The others by augmenting paths (Kuhn): a pattern that came too late may move one that has another choice.
  std::vector<size_t> open, left;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (of_item[i] == kNobody && items_[i].kind != Item::Kind::kGap) open.push_back(i);
  }
  for (size_t j = 0; j < lines.size(); ++j) {
    if (of_line[j] == kNobody) left.push_back(j);
  }
  if (uint64_t{open.size()} * left.size() > kMostCells) {
    return {false, "too many patterns for so many lines that come in any order", {}};
  }
  std::vector<size_t> seen(lines.size(), kNobody);
  for (const size_t start : open) {
    // Breadth first, so that nothing nests.
    std::vector<std::pair<size_t, size_t>> queue{{start, kNobody}};  // an item, and the entry that it came from
    std::vector<size_t> by(1, kNobody);                              // the line that led to it
    for (size_t at = 0; at < queue.size(); ++at) {
      size_t free = kNobody;
      for (const size_t j : left) {
        if (seen[j] == start || !fits(items_[queue[at].first], lines[j], within)) continue;
        seen[j] = start;
        if (of_line[j] == kNobody) {
          free = j;
          break;
        }
        queue.emplace_back(of_line[j], at);
        by.push_back(j);
      }
      if (free == kNobody) continue;
      for (size_t entry = at, line = free; entry != kNobody; line = by[entry], entry = queue[entry].second) {
        pair(queue[entry].first, line);
      }
      break;
    }
  }
  Comparison out;
  uint64_t least = 0, most = 0;
  size_t gap = kNobody;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].kind == Item::Kind::kGap) {
      least += items_[i].least;
      most = items_[i].most > UINT64_MAX - most ? UINT64_MAX : most + items_[i].most;
      gap = i;
    } else {
      out.edits.push_back({of_item[i] == kNobody ? Edit::Kind::kMissing : Edit::Kind::kSame, i,
                           of_item[i] == kNobody ? 0 : of_item[i]});
    }
  }
  const auto others = static_cast<size_t>(std::count(of_line.begin(), of_line.end(), kNobody));
  if (gap != kNobody) {
    const bool wrong = others < least || others > most;
    out.edits.push_back({Edit::Kind::kGap, gap, 0, others, wrong});
    return out;
  }
  for (size_t j = 0; j < lines.size(); ++j) {
    if (of_line[j] == kNobody) out.edits.push_back({Edit::Kind::kExtra, 0, j});
  }
  return out;
}

}  // namespace blox::tools
