// Reads one small section of a shared object, without loading it.
//
// Read are 64-bit little-endian shared objects for this machine; whatever is odd is refused.
//
// Bounds   allocates at most 1 MiB (the names of sections) and the section, whose size the caller limits
// Errors   user: `elf.invalid` says what is wrong, `elf.absent` where it is sound and has no such section
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

/// Random access to a file, or in tests to memory.
struct ByteSource {
  uint64_t size = 0;
  /// Precondition: [offset, offset + count) lies inside. False where it cannot be read after all.
  std::function<bool(uint64_t offset, void* to, size_t count)> read;
};

Result<std::string> read_elf_section(const ByteSource& file, std::string_view name, size_t most);

}  // namespace blox
