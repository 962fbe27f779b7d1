#include "core/base/squeeze.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace blox {
namespace {

TEST_CASE("blocks come back as they were, and what does not shrink is left alone") {
  std::mt19937_64 random(1);
  std::string noise(10'000, 0);
  for (char& byte : noise) byte = static_cast<char>(random());
  for (const Compression compression : {Compression::kLz4, Compression::kZstd}) {
    Squeezer squeezer(compression);
    const std::string text(10'000, 'x');
    const Buffer packed = squeezer.pack(text, 64);
    REQUIRE(packed.size() > 64);
    CHECK(packed.size() < 1'000);
    const Result<Buffer> back = squeezer.unpack(packed.view().substr(64), text.size());
    REQUIRE(back.is_ok());
    CHECK(back->view() == text);
    CHECK(squeezer.pack(noise, 64).empty());
    CHECK(squeezer.pack("", 0).empty());
  }
}

TEST_CASE("a damaged block, or one of another size, is refused") {
  for (const Compression compression : {Compression::kLz4, Compression::kZstd}) {
    Squeezer squeezer(compression);
    const std::string packed(squeezer.pack(std::string(1'000, 'x'), 0).view());
    CHECK_FALSE(squeezer.unpack(packed, 999).is_ok());
    CHECK_FALSE(squeezer.unpack(packed, size_t{1} << 40).is_ok());
    CHECK_FALSE(squeezer.unpack(packed.substr(0, packed.size() / 2), 1'000).is_ok());
    CHECK(squeezer.unpack("", 0).status().error().code == "squeeze.damaged");
  }
}

}  // namespace
}  // namespace blox
