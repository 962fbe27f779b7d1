#include "core/base/chunker.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/base/check.h"

namespace blox {
namespace {

constexpr uint64_t kSeed = 0x446174612d626c78;
constexpr size_t kWindow = 64;  // older bytes have been shifted out of the hash

constexpr std::array<uint64_t, 256> make_gear() {
  std::array<uint64_t, 256> gear{};
  uint64_t state = kSeed;
  for (uint64_t& number : gear) {
    state += 0x9e3779b97f4a7c15;
    uint64_t mixed = state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    number = mixed ^ mixed >> 31;
  }
  return gear;
}
constexpr std::array<uint64_t, 256> kGear = make_gear();

// The highest bits, since each of them depends on all bytes of the window.
uint64_t highest(int bits) { return bits <= 0 ? 0 : ~uint64_t{0} << (64 - bits); }

// The first position in [from, to) behind whose byte the masked bits are zero; `to` where there is none.
size_t find(const uint8_t* bytes, size_t from, size_t to, uint64_t mask, uint64_t& hash) {
  uint64_t h = hash;
  size_t at = from;
  for (; at + 4 <= to; at += 4) {  // unrolled: half of the cost of a byte would be the loop's
    h = (h << 1) + kGear[bytes[at]];
    if ((h & mask) == 0) return at;
    h = (h << 1) + kGear[bytes[at + 1]];
    if ((h & mask) == 0) return at + 1;
    h = (h << 1) + kGear[bytes[at + 2]];
    if ((h & mask) == 0) return at + 2;
    h = (h << 1) + kGear[bytes[at + 3]];
    if ((h & mask) == 0) return at + 3;
  }
  for (; at < to; ++at) {
    h = (h << 1) + kGear[bytes[at]];
    if ((h & mask) == 0) return at;
  }
  hash = h;
  return to;
}

}  // namespace

Chunker::Chunker(size_t min, size_t average, size_t max) : min_(min), average_(average), max_(max) {
  BLOX_CHECK(kWindow <= min && min <= average && average <= max && std::has_single_bit(average),
             "64 <= min <= average <= max, and the average a power of two");
  const int bits = std::countr_zero(average);
  strict_ = highest(bits + 2);
  loose_ = highest(bits - 2);
}

size_t Chunker::cut(std::string_view text) const {
  const size_t end = std::min(text.size(), max_);
  if (end <= min_) return end;
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  // The hash at `min` is that of the whole window before it, so the cut depends on content alone.
  uint64_t hash = 0;
  for (size_t at = min_ - kWindow; at + 1 < min_; ++at) hash = (hash << 1) + kGear[bytes[at]];
  const size_t normal = std::min(average_, end);
  size_t at = find(bytes, min_ - 1, normal, strict_, hash);
  if (at < normal) return at + 1;
  at = find(bytes, normal, end, loose_, hash);
  return at < end ? at + 1 : end;
}

}  // namespace blox
