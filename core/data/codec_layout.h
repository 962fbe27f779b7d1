// What encoder and decoder of frames must agree on. FRAME.md says it in words.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/data/column.h"

namespace blox {

constexpr int64_t kFrameVersion = 1;
constexpr uint32_t kHeaderItems = 6;

constexpr int64_t kFlagValidity = 4;
constexpr int64_t kEncodingMask = 3;

/// The first number of a column in the layout.
constexpr int64_t layout_flags(Encoding encoding, bool has_validity) {
  return static_cast<int64_t>(encoding) | (has_validity ? kFlagValidity : 0);
}

/// Where the next buffer begins behind `at` bytes of a frame.
constexpr size_t next_buffer(size_t at) { return (at + 63) / 64 * 64; }

/// How many bytes the frames of a log must have for so many rows in any of its columns: rows that take no bytes
/// must not make a small frame stand for a log of any length.
constexpr size_t bytes_for_rows(uint64_t rows) {
  constexpr uint64_t kFree = 65'536;
  return rows <= kFree ? 0 : static_cast<size_t>((rows - kFree + 7) / 8);
}

}  // namespace blox
