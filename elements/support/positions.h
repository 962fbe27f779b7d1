// How far files were read: what Tail remembers, as state and as a file.
//
// The file is text, so that people can read and mend it: a line "blox positions 1", then a line a file with six words:
// offset, device, inode, bytes of the head, hash of the head, and the path to the end of the line (\n and \\ escaped).
//
// Threads  values
// Errors   a file that is none says in which line
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/state.h"

namespace blox {

struct Position {
  std::string path;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t offset = 0;      ///< the first byte not yet given
  uint64_t head_bytes = 0;  ///< so many first bytes have the hash below: a file that has others is another one
  uint64_t head_hash = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

std::string write_positions(std::span<const Position> positions);
Result<std::vector<Position>> read_positions(std::string_view text);

template <>
struct StateCodec<Position> {
  static void encode(const Position& value, std::string& out);
  static bool decode(std::string_view& in, Position& value);
};

}  // namespace blox
