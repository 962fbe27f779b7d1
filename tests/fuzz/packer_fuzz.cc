// Oracle: what is unpacked has the size that was said, and packs to something that unpacks to the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/packer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static blox::Packer packer, other;
  if (size == 0) return 0;
  const size_t expected = size_t{bytes[0]} * bytes[0];
  const std::string_view packed(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto unpacked = packer.unpack(packed, expected);
  if (!unpacked.is_ok()) return 0;
  if (unpacked->size() != expected) std::abort();
  const std::string again(other.pack(*unpacked));
  const auto back = other.unpack(again, expected);
  if (!back.is_ok() || *back != *unpacked) std::abort();
  return 0;
}
