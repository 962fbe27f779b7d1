#include "core/base/digest.h"

#include <openssl/evp.h>

#include <optional>
#include <string>

#include "core/base/check.h"
#include "core/base/hash.h"

namespace blox {
namespace {

void write_big_endian(Hash128 hash, char* out) {
  for (const uint64_t half : {hash.high, hash.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<char>(half >> shift & 0xff);
  }
}

}  // namespace

struct Digester::Parts {
  EVP_MD* method = nullptr;  // fetched once: a look-up by name costs more than hashing a short text
  EVP_MD_CTX* context = nullptr;
  std::optional<Hasher> pieces;  // XXH3
  size_t size = sizeof(Hash128);

  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(method);
  }
};

Digester::Digester(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;
Digester::~Digester() = default;

Result<Digester> Digester::make(Digest method) {
  auto parts = std::make_unique<Parts>();
  if (method != Digest::kXxh3) {
    const char* const name = method == Digest::kSha224   ? "SHA2-224"
                             : method == Digest::kSha256 ? "SHA2-256"
                                                         : "BLAKE2B-512";
    parts->method = EVP_MD_fetch(nullptr, name, nullptr);
    parts->context = EVP_MD_CTX_new();
    if (parts->method == nullptr || parts->context == nullptr ||
        EVP_DigestInit_ex2(parts->context, parts->method, nullptr) != 1) {
      return Status::outside("digest.unavailable", std::string("OpenSSL offers no ") + name);
    }
    parts->size = static_cast<size_t>(EVP_MD_get_size(parts->method));
    BLOX_CHECK(parts->size <= kLongest, "a digest longer than all that we know");
  }
  return Digester(std::move(parts));
}

size_t Digester::size() const { return parts_->size; }

void Digester::of(std::string_view bytes, char* out) {
  if (parts_->method == nullptr) return write_big_endian(hash128(bytes), out);
  begin();
  add(bytes);
  finish(out);
}

void Digester::begin() {
  if (parts_->method == nullptr) {
    parts_->pieces.emplace();
  } else {
    BLOX_CHECK(EVP_DigestInit_ex2(parts_->context, parts_->method, nullptr) == 1, "a digest that cannot begin again");
  }
}

void Digester::add(std::string_view bytes) {
  if (parts_->method == nullptr) {
    parts_->pieces->add(bytes);
  } else {
    BLOX_CHECK(EVP_DigestUpdate(parts_->context, bytes.data(), bytes.size()) == 1, "a digest that takes no bytes");
  }
}

void Digester::finish(char* out) {
  if (parts_->method == nullptr) return write_big_endian(parts_->pieces->hash128(), out);
  BLOX_CHECK(EVP_DigestFinal_ex(parts_->context, reinterpret_cast<unsigned char*>(out), nullptr) == 1,
             "a digest that does not end");
}

std::string hex_of(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    digits += kDigits[static_cast<unsigned char>(byte) >> 4];
    digits += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
}

std::string sha256_hex(std::string_view bytes) {
  Result<Digester> digester = Digester::make(Digest::kSha256);
  BLOX_CHECK(digester.is_ok(), "OpenSSL without SHA-256");
  char print[Digester::kLongest];
  digester->of(bytes, print);
  return hex_of({print, digester->size()});
}

}  // namespace blox
