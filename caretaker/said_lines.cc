#include "caretaker/said_lines.h"

#include <algorithm>
#include <utility>

namespace blox {

void SaidLines::add(Micros time, std::string_view element, std::string_view kind, std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = lines_.empty();
    for (bool more = true; more;) {
      const size_t end = text.find('\n');
      const std::string_view one = text.substr(0, std::min(end, kLongest));
      more = end != std::string_view::npos;
      if (more) text.remove_prefix(end + 1);
      if (lines_.size() >= kMostLines || bytes_ + one.size() > kMostBytes) {
        ++dropped_;
        continue;
      }
      bytes_ += one.size();
      protocol::MessageLine& line = lines_.emplace_back();
      line.time = time;
      line.element = element;
      line.kind = kind;
      line.text = one;
    }
  }
  if (first) wake_();
}

void SaidLines::lose(uint64_t lines) {
  const std::lock_guard lock(mutex_);
  dropped_ += lines;
}

// What was dropped is said with the next line that is not.
std::vector<protocol::MessageLine> SaidLines::take() {
  const std::lock_guard lock(mutex_);
  std::vector<protocol::MessageLine> lines = std::exchange(lines_, {});
  bytes_ = 0;
  if (lines.empty()) return lines;
  if (const uint64_t dropped = std::exchange(dropped_, 0); dropped > 0) {
    protocol::MessageLine& line = lines.emplace_back();
    line.time = lines.front().time;
    line.kind = "warning";
    line.text = std::to_string(dropped) + " lines were dropped: more than could be passed on";
  }
  return lines;
}

}  // namespace blox
