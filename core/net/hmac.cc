#include "core/net/hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "core/base/check.h"
#include "core/base/digest.h"

namespace blox {

std::string hmac_sha256(std::string_view secret, std::string_view text) {
  std::array<unsigned char, 32> seal{};
  unsigned size = 0;
  const unsigned char* const made =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), seal.data(), &size);
  BLOX_CHECK(made != nullptr && size == seal.size(), "the cryptographic library has no SHA-256");
  return hex_of({reinterpret_cast<const char*>(seal.data()), seal.size()});
}

bool same_seal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace blox
