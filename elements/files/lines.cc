#include "elements/files/lines.h"

#include <fmt/format.h>

#include <cstring>

#include "core/data/utf8.h"

namespace blox {

int64_t Lines::add(std::string_view text, int64_t number, size_t longest, const Refuse& refuse) {
  if (offsets_.size() == 0) offsets_.push(int32_t{0});
  const bool all_valid = is_utf8(text);
  values_.reserve(text.size());
  for (; !text.empty(); ++number) {
    const auto* const end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
    std::string_view line = text.substr(0, end == nullptr ? text.size() : static_cast<size_t>(end - text.data()));
    text.remove_prefix(line.size() + (end != nullptr ? 1 : 0));
    if (end != nullptr && line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > longest) {
      refuse(number, "line.too_long", fmt::format("the line has {} bytes, more than {}", line.size(), longest), line);
      continue;
    }
    if (!all_valid && !is_utf8(line)) {
      refuse(number, "line.not_utf8", "the line is no UTF-8", line);
      continue;
    }
    values_.append(line.data(), line.size());
    offsets_.push(static_cast<int32_t>(values_.size()));
    numbers_.push(number);
  }
  return number;
}

Lines::Columns Lines::finish() {
  auto line = std::make_shared<Column>(), number = std::make_shared<Column>();
  line->type = Kind::kString;
  number->type = Kind::kInt;
  line->rows = number->rows = rows();
  line->values = values_.finish();
  line->offsets = offsets_.finish();
  number->values = numbers_.finish();
  return {std::move(line), std::move(number)};
}

}  // namespace blox
