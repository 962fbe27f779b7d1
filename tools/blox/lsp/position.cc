#include "tools/blox/lsp/position.h"

#include <algorithm>

#include "dsl/code_point.h"

namespace blox::tools::lsp {
namespace {

uint32_t units(const dsl::CodePoint& point) { return point.value != dsl::kInvalid && point.value > 0xFFFF ? 2 : 1; }

Datum to_datum(Position position) {
  return Datum::Struct{{"line", int64_t{position.line}}, {"character", int64_t{position.character}}};
}

}  // namespace

Lines::Lines(std::string_view text) : starts_{0} {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) starts_.push_back(i + 1);
  }
}

Position Lines::position(std::string_view text, size_t offset) const {
  offset = std::min(offset, text.size());
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  Position out{static_cast<uint32_t>(next - starts_.begin() - 1), 0};
  for (size_t i = *(next - 1); i < offset;) {
    const dsl::CodePoint point = dsl::decode(text, i);
    if (i + point.length > offset) break;
    out.character += units(point);
    i += point.length;
  }
  return out;
}

size_t Lines::offset(std::string_view text, Position position) const {
  if (position.line >= starts_.size()) return text.size();
  size_t at = starts_[position.line];
  for (uint32_t passed = 0; at < text.size() && text[at] != '\n' && text[at] != '\r';) {
    const dsl::CodePoint point = dsl::decode(text, at);
    passed += units(point);
    if (passed > position.character) break;
    at += point.length;
  }
  return at;
}

Datum Lines::range(std::string_view text, size_t begin, size_t end) const {
  return Datum::Struct{{"start", to_datum(position(text, begin))}, {"end", to_datum(position(text, end))}};
}

}  // namespace blox::tools::lsp
