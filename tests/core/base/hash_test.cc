#include "core/base/hash.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/support/death.h"

namespace blox {
namespace {

TEST_CASE("the hash is XXH3 with seed 0, bit for bit, on every machine") {
  // Values of `xxhsum -H3` and `xxhsum -H2`.
  CHECK(hash64("") == 0x2d06800538d394c2);
  CHECK(hash64("a") == 0xe6c632b61e964e1f);
  CHECK(hash64("abc") == 0x78af5f94892f3950);
  CHECK(hash128("").to_string() == "99aa06d3014798d86001c324468d497f");
  CHECK(hash128("abc").to_string() == "06b05ab6733a618578af5f94892f3950");
}

TEST_CASE("many keys at once have the hashes that they have one by one") {
  const std::string long_key(1'000, 'x');
  const std::array<std::string_view, 4> keys = {"", "a", "kernel", long_key};
  std::array<uint64_t, 4> hashes{};
  hash64(keys, hashes);
  for (size_t i = 0; i < keys.size(); ++i) CHECK(hashes[i] == hash64(keys[i]));
  CHECK_FALSE(testing::last_words([&] { hash64(keys, std::span(hashes).first(2)); }).empty());
}

TEST_CASE("input in pieces has the hash of the whole, wherever it is cut") {
  std::string text;
  for (int i = 0; i < 700; ++i) text += static_cast<char>(i * 31);
  for (size_t step : {1, 7, 64, 255, 256, 257, 700}) {
    Hasher hasher;
    for (size_t i = 0; i < text.size(); i += step) hasher.add(std::string_view(text).substr(i, step));
    const Hasher moved = std::move(hasher);
    CHECK(moved.hash64() == hash64(text));
    CHECK(moved.hash128() == hash128(text));
  }
}

}  // namespace
}  // namespace blox
