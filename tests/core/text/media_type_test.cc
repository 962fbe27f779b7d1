#include "core/text/media_type.h"

#include <doctest/doctest.h>

#include <random>

namespace blox {
namespace {

TEST_CASE("media types are found by the first bytes") {
  Result<MediaTypes> types = MediaTypes::load();
  REQUIRE_MESSAGE(types.is_ok(), types.status().to_string());
  CHECK(types->of("%PDF-1.4\n") == "application/pdf");
  CHECK(types->of("hello world\n") == "text/plain");
  CHECK(types->of("") == "application/x-empty");
  CHECK(types->of(std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10)) == "application/gzip");
}

TEST_CASE("any bytes have a media type") {
  Result<MediaTypes> types = MediaTypes::load();
  REQUIRE(types.is_ok());
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string bytes(random() % 2'000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    CHECK(types->of(bytes).find('/') != std::string_view::npos);
  }
}

}  // namespace
}  // namespace blox
