// Turns vectors into columns, batch by batch.
//
// Owns     the buffers that grow
// Bounds   strings of one log may have kMostStrings bytes
#pragma once

#include "core/base/buffer.h"
#include "core/data/builder.h"
#include "core/expr/frame.h"
#include "core/expr/vector.h"

namespace blox::expr {

constexpr size_t kMostStrings = size_t{1} << 30;

class OutputColumn {
 public:
  /// `rows` is how many will come.
  OutputColumn(const Type& type, uint32_t rows);

  /// Bytes of strings so far.
  size_t bytes() const { return values_.size(); }
  /// Appends the values of a batch's rows; of the `count` rows at `kept`, where it is not null.
  void append(Frame& frame, Vec& vec, uint32_t size, const uint32_t* kept, uint32_t count);
  ColumnPtr finish();

 private:
  void append_validity(const Vec& vec, const uint32_t* kept, uint32_t size);

  Type type_;
  uint32_t rows_ = 0;
  bool nulls_ = false;
  BufferBuilder validity_;
  BufferBuilder values_;
  BufferBuilder offsets_;
  std::vector<ColumnBuilder> nested_;  // of lists and structs, which are copied row by row
};

}  // namespace blox::expr
