#include "core/base/hash.h"

#define XXH_INLINE_ALL  // a call into the shared library costs as much as hashing a short key
#include <xxhash.h>

#include "core/base/check.h"

namespace blox {
namespace {

Hash128 from_xxh(XXH128_hash_t hash) { return {hash.high64, hash.low64}; }

}  // namespace

std::string Hash128::to_string() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[half >> shift & 0xF];
  }
  return out;
}

uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Hash128 hash128(std::string_view bytes) { return from_xxh(XXH3_128bits(bytes.data(), bytes.size())); }

void hash64(std::span<const std::string_view> texts, std::span<uint64_t> hashes) {
  BLOX_CHECK(texts.size() == hashes.size(), "one hash a text");
  for (size_t i = 0; i < texts.size(); ++i) hashes[i] = XXH3_64bits(texts[i].data(), texts[i].size());
}

// XXH3's state wants 64-byte alignment; C++17's operator new gives it.
struct Hasher::State {
  XXH3_state_t narrow;
  XXH3_state_t wide;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  XXH3_64bits_reset(&state_->narrow);
  XXH3_128bits_reset(&state_->wide);
}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::add(std::string_view bytes) {
  XXH3_64bits_update(&state_->narrow, bytes.data(), bytes.size());
  XXH3_128bits_update(&state_->wide, bytes.data(), bytes.size());
}

uint64_t Hasher::hash64() const { return XXH3_64bits_digest(&state_->narrow); }

Hash128 Hasher::hash128() const { return from_xxh(XXH3_128bits_digest(&state_->wide)); }

}  // namespace blox
