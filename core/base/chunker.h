// Where to cut bytes into chunks so that what stays the same is cut the same, wherever it has moved to.
//
// FastCDC (Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication",
// USENIX ATC 2016): a gear hash of the last 64 bytes, h = 2 h + gear[byte]; a chunk ends behind the first byte from
// `min` on where the highest bits of h are all zero: two bits more than log2(average) before the average length
// (normalised chunking, level 2), two fewer behind it, and at `max` anyway. The gear table is the first 256 numbers of
// SplitMix64 (Steele et al., OOPSLA 2014) from the seed 0x446174612d626c78.
//
// Table, masks and rule are a format: what was stored by its chunks is found again only while they stay as they are.
//
// Threads  a value that never changes; any thread
// Cost     one table look-up a byte behind the first `min`; nothing is copied
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace blox {

class Chunker {
 public:
  /// Precondition: 64 <= min <= average <= max; average is a power of two.
  Chunker(size_t min, size_t average, size_t max);

  /// The length of the chunk at the beginning of `bytes`: all of them where no end was found.
  /// Precondition: `bytes` holds max() bytes, or all that is left. At most max(); 0 only where there are no bytes.
  size_t cut(std::string_view bytes) const;
  size_t max() const { return max_; }

 private:
  size_t min_;
  size_t average_;
  size_t max_;
  uint64_t strict_;  // before the average length
  uint64_t loose_;   // behind it
};

}  // namespace blox
