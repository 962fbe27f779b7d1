#include "core/base/digest.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

namespace blox {
namespace {

std::string print_of(Digest method, std::string_view bytes) {
  Result<Digester> digester = Digester::make(method);
  REQUIRE(digester.is_ok());
  std::string out(digester->size(), '\0');
  digester->of(bytes, out.data());
  return hex_of(out);
}

TEST_CASE("fingerprints are those of the standards' own examples") {
  CHECK(print_of(Digest::kSha224, "abc") == "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
  CHECK(print_of(Digest::kSha256, "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(print_of(Digest::kBlake2b, "abc") ==
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  CHECK(print_of(Digest::kXxh3, "") == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("the digits of bytes, and of their SHA-256") {
  CHECK(hex_of(std::string_view("\0\x0f\xa0\xff", 4)) == "000fa0ff");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a fingerprint in pieces is that of the whole, again and again") {
  std::mt19937 random(1);
  std::string content(100'000, '\0');
  for (char& byte : content) byte = static_cast<char>(random());
  for (const Digest method : {Digest::kSha224, Digest::kSha256, Digest::kBlake2b, Digest::kXxh3}) {
    Result<Digester> digester = Digester::make(method);
    REQUIRE(digester.is_ok());
    for (int round = 0; round < 3; ++round) {
      digester->begin();
      for (size_t at = 0; at < content.size();) {
        const size_t length = std::min<size_t>(random() % 5'000, content.size() - at);
        digester->add({content.data() + at, length});
        at += length;
      }
      std::string out(digester->size(), '\0');
      digester->finish(out.data());
      CHECK(hex_of(out) == print_of(method, content));
    }
  }
}

}  // namespace
}  // namespace blox
