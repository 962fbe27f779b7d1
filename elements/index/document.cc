#include "elements/index/document.h"

#include <algorithm>
#include <vector>

#include "core/text/code_point.h"

namespace blox {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kTextKept = 64 << 10;

}  // namespace

DocumentCodec::DocumentCodec(const Schema& in, const Schema& kept, bool with_text) : with_text_(with_text) {
  std::vector<size_t> arriving, given;
  for (size_t i = 0; i < kept.size(); ++i) {
    arriving.push_back(*in.find(kept.at(i).name));
    given.push_back(i);
  }
  written_ = RecordCodec(in, std::move(arriving));
  read_ = RecordCodec(kept, std::move(given));
}

std::string_view DocumentCodec::pack(const Log& log, uint32_t row, std::span<const std::string_view> texts) {
  packed_.assign(kLengthBytes, '\0');
  written_.write(log, row, packed_);
  const size_t record = packed_.size() - kLengthBytes;
  for (size_t i = 0; i < kLengthBytes; ++i) packed_[i] = static_cast<char>(record >> (8 * i));
  if (!with_text_) return packed_;
  const size_t from = packed_.size();
  for (const std::string_view text : texts) {
    if (packed_.size() > from) packed_.push_back('\n');
    packed_ += text.substr(0, kTextKept - std::min(kTextKept, packed_.size() - from));
  }
  packed_.resize(from + valid_utf8_prefix(std::string_view(packed_).substr(from)));
  return packed_;
}

Result<std::string_view> DocumentCodec::unpack(std::string_view packed, LogBuilder& out) const {
  const Status damaged = Status::user("index.damaged", "the index holds a record that cannot be read")
                             .with_fix("start afresh with fresh = true");
  if (packed.size() < kLengthBytes) return damaged;
  size_t record = 0;
  for (size_t i = kLengthBytes; i > 0; --i) record = record << 8 | static_cast<uint8_t>(packed[i - 1]);
  packed.remove_prefix(kLengthBytes);
  if (record > packed.size() || !read_.read(packed.substr(0, record), out, 0)) return damaged;
  return packed.substr(record);
}

}  // namespace blox
