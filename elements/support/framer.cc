#include "elements/support/framer.h"

#include <algorithm>
#include <cstring>

namespace blox {
namespace {

constexpr size_t kHeader = 4;

uint64_t length_of(std::string_view header) {
  uint64_t out = 0;
  for (size_t i = 0; i < kHeader; ++i) out = out << 8 | static_cast<uint8_t>(header[i]);
  return out;
}

}  // namespace

void Framer::reset(uint64_t offset) {
  start_ = seen_ = offset;
  held_.clear();
  skipping_ = false;
  skip_left_ = 0;
}

void Framer::cut(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) bytes.remove_prefix(framing_ == Framing::kLine ? line(bytes, take) : length(bytes, take));
}

size_t Framer::line(std::string_view bytes, const Take& take) {
  const auto* const end = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
  const size_t size = end == nullptr ? bytes.size() : static_cast<size_t>(end - bytes.data());
  if (!skipping_ && held_.size() + size > longest_ + 1) {  // 1: a carriage return
    give({}, take, Frame::Fault::kTooLong);
    skipping_ = true;
    held_.clear();
  }
  std::string_view text = bytes.substr(0, size);
  if (!skipping_ && (end == nullptr || !held_.empty())) text = held_.append(text);
  seen_ += size;
  if (end == nullptr) return size;
  ++seen_;
  if (!skipping_) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > longest_) {
      give({}, take, Frame::Fault::kTooLong);
    } else {
      give(text, take);
    }
  }
  skipping_ = false;
  held_.clear();
  start_ = seen_;
  return size + 1;
}

size_t Framer::length(std::string_view bytes, const Take& take) {
  const auto done = [&] {
    held_.clear();
    start_ = seen_;
  };
  if (skip_left_ > 0) {
    const auto passed = static_cast<size_t>(std::min<uint64_t>(skip_left_, bytes.size()));
    seen_ += passed;
    skip_left_ -= passed;
    if (skip_left_ == 0) done();
    return passed;
  }
  if (held_.size() < kHeader) {
    const size_t taken = std::min(kHeader - held_.size(), bytes.size());
    held_.append(bytes.substr(0, taken));
    seen_ += taken;
    if (held_.size() < kHeader) return taken;
    const uint64_t size = length_of(held_);
    if (size > longest_) {
      give({}, take, Frame::Fault::kTooLong);
      skip_left_ = size;
      held_.clear();
    } else if (size == 0) {
      give({}, take);
      done();
    }
    return taken;
  }
  const auto size = static_cast<size_t>(length_of(held_));
  const size_t taken = std::min(kHeader + size - held_.size(), bytes.size());
  seen_ += taken;
  if (held_.size() == kHeader && taken == size) {
    give(bytes.substr(0, taken), take);
    done();
    return taken;
  }
  held_.append(bytes.substr(0, taken));
  if (held_.size() == kHeader + size) {
    give(std::string_view(held_).substr(kHeader), take);
    done();
  }
  return taken;
}

void Framer::end(const Take& take) {
  if (framing_ == Framing::kLine) {
    std::string_view text = held_;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > longest_) {
      give({}, take, Frame::Fault::kTooLong);
    } else if (!held_.empty()) {
      give(text, take);
    }
  } else if (!held_.empty() || skip_left_ > 0) {
    give(held_, take, Frame::Fault::kCut);
  }
  reset(seen_);
}

}  // namespace blox
