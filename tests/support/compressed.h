// Files in the formats of gzip and zstd, made by hand, for tests of folders that do not know those libraries.
//
// Source   RFC 1952 and 1951 (stored blocks), RFC 8878 (raw and RLE blocks)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace blox::testing {

/// Nothing is made smaller, but the checksum is right.
std::string gzip(std::string_view text);
std::string zstd(std::string_view text);
/// `size` times `byte`, in four bytes for each 128 KiB.
std::string zstd_bomb(char byte, size_t size);

}  // namespace blox::testing
