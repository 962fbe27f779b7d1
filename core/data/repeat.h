// A column in which chosen rows of another one come several times each, without copying their values so often.
//
// What an element needs that makes several records of one and keeps some of its fields: the path beside each word.
//
// Threads  pure
// Cost     one row: a constant; strings of several rows: a dictionary, 4 bytes a row; numbers: 8 bytes a row
#pragma once

#include <cstdint>
#include <span>

#include "core/data/column.h"

namespace blox {

/// Row rows[i] of `column` comes counts[i] times, in this order. Precondition: as many counts as rows, at least one.
ColumnPtr repeat(const ColumnPtr& column, std::span<const uint32_t> rows, std::span<const uint32_t> counts);

}  // namespace blox
