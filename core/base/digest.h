// Fingerprints of bytes: hashes long enough that equal fingerprints mean equal content.
//
// SHA-224 and SHA-256 (FIPS 180-4) and BLAKE2b with 512 bits (RFC 7693) also hold against somebody who wants two
// contents to look the same; XXH3 with 128 bits (seed 0, high half first) is for data that nobody forges.
//
// Owns     the state of one hash, and the method as its library has it
// Threads  one user
// Errors   "digest.unavailable" where the cryptographic library was built or configured without the method
// Cost     that of OpenSSL or xxHash; nothing is allocated for a fingerprint
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

enum class Digest : uint8_t { kSha224, kSha256, kBlake2b, kXxh3 };

class Digester {
 public:
  static constexpr size_t kLongest = 64;

  static Result<Digester> make(Digest method);
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;
  ~Digester();

  /// Bytes of a fingerprint, at most kLongest.
  size_t size() const;
  /// The fingerprint of these bytes, written to `out[0 … size())`. Forgets what add() was given.
  void of(std::string_view bytes, char* out);

  /// The same for content that comes in pieces.
  void begin();
  void add(std::string_view bytes);
  void finish(char* out);

 private:
  struct Parts;
  explicit Digester(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

/// Two lower-case digits a byte.
std::string hex_of(std::string_view bytes);
/// The SHA-256 of these bytes as 64 such digits: the name of a blob, in protocols too. Every OpenSSL has SHA-256; one
/// that was configured without ends the process.
std::string sha256_hex(std::string_view bytes);

}  // namespace blox
