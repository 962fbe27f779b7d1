// A file of positions that is read is written back and read as the same; state that is loaded likewise.
#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "elements/support/positions.h"

using namespace blox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<std::vector<Position>> read = read_positions(text)) {
    const Result<std::vector<Position>> again = read_positions(write_positions(*read));
    BLOX_CHECK(again.is_ok() && *again == *read, "positions that change on the way");
  }
  std::string_view in = text;
  Position position, again;
  if (StateCodec<Position>::decode(in, position)) {
    std::string out;
    StateCodec<Position>::encode(position, out);
    std::string_view view = out;
    BLOX_CHECK(StateCodec<Position>::decode(view, again) && again == position, "state that changes on the way");
  }
  return 0;
}
