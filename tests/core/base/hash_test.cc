#include "core/base/hash.h"

#include <doctest/doctest.h>

#include <array>

namespace blox {
namespace {

TEST_CASE("the hash is XXH3 with seed 0, for ever") {
  CHECK(hash64("") == 0x2D06800538D394C2u);  // of the specification's own test vectors
  CHECK(hash64("a") == 0xE6C632B61E964E1Fu);
  CHECK(hash64("abc") == 0x78AF5F94892F3950u);
}

TEST_CASE("a batch has the hashes of its texts") {
  const std::array<std::string_view, 3> texts = {"", "word", "a text of more than sixteen bytes"};
  std::array<uint64_t, 3> hashes{};
  hash64(texts, hashes);
  for (size_t i = 0; i < texts.size(); ++i) CHECK(hashes[i] == hash64(texts[i]));
}

}  // namespace
}  // namespace blox
