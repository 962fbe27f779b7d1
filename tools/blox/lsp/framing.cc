#include "tools/blox/lsp/framing.h"

#include <algorithm>
#include <charconv>

namespace blox::tools::lsp {
namespace {

constexpr std::string_view kLength = "Content-Length:";

bool same_letters(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return small(x) == small(y); });
}

// Of a header block without its last line end. Nothing where it is none.
std::optional<size_t> content_length(std::string_view headers) {
  std::optional<size_t> length;
  while (!headers.empty()) {
    const size_t end = headers.find("\r\n");
    std::string_view line = headers.substr(0, end);
    headers = end == std::string_view::npos ? std::string_view() : headers.substr(end + 2);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (!same_letters(line.substr(0, colon + 1), kLength)) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    size_t number = 0;
    const auto [last, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || last != value.data() + value.size() || length) return std::nullopt;
    length = number;
  }
  return length;
}

}  // namespace

void Framing::feed(std::string_view bytes) {
  const size_t skipped = std::min(skip_, bytes.size());
  skip_ -= skipped;
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes.substr(skipped));
}

std::optional<Frame> Framing::next() {
  if (garbage_) {
    const size_t header = buffer_.find(kLength, at_);
    if (header == std::string::npos) {  // the word may have begun at the end
      at_ = std::max(at_, buffer_.size() - std::min(buffer_.size(), kLength.size() - 1));
      return std::nullopt;
    }
    at_ = header;
    garbage_ = false;
  }
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  const size_t end = rest.substr(0, kMaxHeader + 4).find("\r\n\r\n");
  if (end == std::string_view::npos && rest.size() <= kMaxHeader) return std::nullopt;
  const std::optional<size_t> length =
      end == std::string_view::npos ? std::nullopt : content_length(rest.substr(0, end));
  if (!length || *length > kAbsurd) {
    ++at_;
    garbage_ = true;
    return Frame{Frame::Kind::kGarbage, {}};
  }
  const size_t whole = end + 4 + *length;
  if (*length > kMaxBody) {
    const size_t here = std::min(whole, rest.size());
    at_ += here;
    skip_ = whole - here;
    return Frame{Frame::Kind::kTooLarge, {}};
  }
  if (rest.size() < whole) return std::nullopt;
  at_ += whole;
  return Frame{Frame::Kind::kMessage, std::string(rest.substr(end + 4, *length))};
}

std::string framed(std::string_view body) {
  std::string out = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  return out;
}

}  // namespace blox::tools::lsp
