#include "core/base/packer.h"

#include <doctest/doctest.h>

#include <string>

using namespace blox;

namespace {

std::string noise(size_t size) {
  std::string out(size, '\0');
  uint64_t state = 1;
  for (char& byte : out) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<char>(state >> 56);
  }
  return out;
}

}  // namespace

TEST_CASE("packed bytes come back, and are shorter where that is possible") {
  Packer packer;
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string(100'000, 'x'), noise(100'000), std::string(3, '\0')}) {
    const std::string packed(packer.pack(bytes));
    CHECK(packed.size() <= bytes.size() + 1);
    const Result<std::string_view> back = packer.unpack(packed, bytes.size());
    REQUIRE(back.is_ok());
    CHECK(*back == bytes);
  }
  CHECK(packer.pack(std::string(100'000, 'x')).size() < 100);
}

TEST_CASE("bytes that were never packed are refused, and so is another length") {
  Packer packer;
  const std::string packed(packer.pack(std::string(1'000, 'x')));
  CHECK_FALSE(packer.unpack("", 0).is_ok());
  CHECK_FALSE(packer.unpack("\2abc", 3).is_ok());
  CHECK_FALSE(packer.unpack(std::string_view("\0abc", 4), 4).is_ok());
  CHECK_FALSE(packer.unpack(packed, 999).is_ok());
  CHECK_FALSE(packer.unpack(packed, size_t{1} << 60).is_ok());
  CHECK_FALSE(packer.unpack(packed.substr(0, packed.size() - 1), 1'000).is_ok());
}
