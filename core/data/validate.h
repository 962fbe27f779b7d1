// Whether a column made from foreign memory is one that all code may trust.
//
// Errors   the text of what is wrong, null where nothing is
// Cost     one pass over offsets, codes, strings and `any` values; nothing for words and bits; no allocation
#pragma once

#include "core/data/column.h"

namespace blox {

/// Checks the sizes of all buffers, offsets, codes, UTF-8 and `any` values, of the children too.
/// Precondition: the tree of columns has the shape of its types; buffers are aligned for their values.
const char* find_fault(const Column& column);

/// Bytes that a bitmap of so many rows takes.
inline size_t bitmap_bytes(uint64_t rows) { return static_cast<size_t>((rows + 7) / 8); }

}  // namespace blox
