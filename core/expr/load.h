// Reads columns of a log, of any encoding, into vectors.
#pragma once

#include "core/expr/frame.h"
#include "core/expr/vector.h"

namespace blox::expr {

/// The values of a column for the rows of a batch. Words and strings of consecutive rows are not copied.
Vec load(Frame& frame, const Column& column, const Batch& batch);

/// The values of a struct's field.
Vec load_member(Frame& frame, Vec& record, size_t index, const Type& type, uint32_t size);

/// Items of lists by their index from 1; null where there is none.
void load_item(Frame& frame, Vec& list, Vec& index, const Type& type, uint32_t size, Vec* out);

/// A byte a bit: bits [from, from + count) of a bitmap.
void unpack_bits(const uint8_t* bits, size_t from, uint32_t count, uint8_t* out);

}  // namespace blox::expr
