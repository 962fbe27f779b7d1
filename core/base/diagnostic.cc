#include "core/base/diagnostic.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "core/base/check.h"

namespace blox {

Span Span::cover(Span a, Span b) {
  if (!a.known()) return b;
  if (!b.known()) return a;
  BLOX_CHECK(a.file == b.file, "a span cannot cover two files");
  const uint32_t begin = std::min(a.offset, b.offset);
  return {a.file, begin, std::max(a.end(), b.end()) - begin};
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::kError) ++errors_;
  all_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  const auto key = [](const Diagnostic* d) { return std::tie(d->span.file, d->span.offset); };
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.span == b.span && a.code == b.code && a.message == b.message;
  };
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& diagnostic : all_) order.push_back(&diagnostic);
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) { return key(a) < key(b); });
  std::vector<Diagnostic> out;
  size_t place = 0;  // where the diagnostics of the present place begin in `out`
  for (const Diagnostic* diagnostic : order) {
    if (place < out.size() && key(&out[place]) != key(diagnostic)) place = out.size();
    const auto begin = out.begin() + static_cast<std::ptrdiff_t>(place);
    if (std::none_of(begin, out.end(), [&](const Diagnostic& d) { return same(d, *diagnostic); })) {
      out.push_back(*diagnostic);
    }
  }
  return out;
}

uint32_t Sources::add(std::string path, std::string text) {
  files_.push_back({std::move(path), std::move(text)});
  return static_cast<uint32_t>(files_.size() - 1);
}

const Source& Sources::at(uint32_t file) const {
  BLOX_CHECK(file < files_.size(), "no such source file");
  return files_[file];
}

std::string_view Sources::text(Span span) const {
  if (!span.known()) return {};
  return std::string_view(at(span.file).text)
      .substr(std::min<size_t>(span.offset, at(span.file).text.size()), span.length);
}

Sources::Position Sources::position(uint32_t file, uint32_t offset) const {
  const std::string& text = at(file).text;
  const size_t end = std::min<size_t>(offset, text.size());
  Position position;
  for (size_t i = 0; i < end; ++i) {
    if (text[i] == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++position.column;
    }
  }
  return position;
}

namespace {

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), without regard to case.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  const auto same = [&](size_t i, size_t j) { return lower(a[i - 1]) == lower(b[j - 1]); };
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same(i, j) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j)) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr size_t kLongestName = 64;  // the distance is quadratic; nobody mistypes longer ones by hand
  if (name.size() > kLongestName) return std::nullopt;
  const size_t limit = std::max<size_t>(1, name.size() / 3);
  std::optional<std::string> best;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestName) continue;
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace blox
