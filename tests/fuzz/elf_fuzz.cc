// The reader of stamps: whatever the bytes, it answers with text within its bound or an error.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/element/elf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const blox::ByteSource bytes{size, [data, size](uint64_t offset, void* to, size_t count) {
                                 BLOX_CHECK(offset <= size && count <= size - offset, "a read outside the file");
                                 std::memcpy(to, data + offset, count);
                                 return true;
                               }};
  const blox::Result<std::string> section = blox::read_elf_section(bytes, "blox_stamp", 1024);
  if (section.is_ok()) BLOX_CHECK(section->size() <= 1024, "a section beyond its bound");
  return 0;
}
