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
      if (!fits(one.size())) {
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

void SaidLines::sent(uint64_t message, std::vector<protocol::MessageLine> lines) {
  const std::lock_guard lock(mutex_);
  Batch batch{message, std::move(lines), 0};
  for (const protocol::MessageLine& line : batch.lines) batch.bytes += line.text.size();
  under_way_lines_ += batch.lines.size();
  under_way_bytes_ += batch.bytes;
  under_way_.push_back(std::move(batch));
  while (under_way_.size() > 1 && (under_way_lines_ > kMostLines || under_way_bytes_ > kMostBytes)) let_go();
}

void SaidLines::let_go() {
  under_way_lines_ -= under_way_.front().lines.size();
  under_way_bytes_ -= under_way_.front().bytes;
  under_way_.pop_front();
}

void SaidLines::arrived(uint64_t message) {
  const std::lock_guard lock(mutex_);
  while (!under_way_.empty() && under_way_.front().message <= message) let_go();
}

void SaidLines::again() {
  const std::lock_guard lock(mutex_);
  if (under_way_.empty()) return;
  std::vector<protocol::MessageLine> later = std::exchange(lines_, {});
  bytes_ = 0;
  const auto keep = [&](std::vector<protocol::MessageLine>& lines) {
    for (protocol::MessageLine& line : lines) {
      if (!fits(line.text.size())) {
        ++dropped_;
        continue;
      }
      bytes_ += line.text.size();
      lines_.push_back(std::move(line));
    }
  };
  for (; !under_way_.empty(); let_go()) keep(under_way_.front().lines);
  keep(later);
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
