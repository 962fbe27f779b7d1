// Hashes of bytes: XXH3 with 64 and 128 bits, seed 0.
//
// XXH3-64 of a key decides its key group, so it is a format: it never changes (https://github.com/Cyan4973/xxHash,
// doc/xxhash_spec.md). It keeps nobody out who chooses the keys: use it for tables, partitions and checksums.
//
// Threads  any; a Hasher has one user
// Cost     a key of 16 bytes about 2 ns; long input at the speed of memory. Many at once are cheaper than one by one
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace blox {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;
  /// 32 hexadecimal digits, the high half first: the canonical form.
  std::string to_string() const;
};

uint64_t hash64(std::string_view bytes);
Hash128 hash128(std::string_view bytes);

/// hashes[i] of texts[i]. Precondition: as many hashes as texts.
void hash64(std::span<const std::string_view> texts, std::span<uint64_t> hashes);

/// Hashes input that arrives in pieces; the same result as for the whole.
class Hasher {
 public:
  Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void add(std::string_view bytes);
  uint64_t hash64() const;
  Hash128 hash128() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace blox
