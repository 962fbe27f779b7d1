// A hostile frame is refused, or holds a log that can be read in whole and goes through the codec again unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.h"
#include "core/data/codec.h"

using namespace blox;

namespace {

constexpr uint32_t kMostRead = 4'096;  // constants make many rows of few bytes

void read_all(const Log& log) {
  for (uint32_t record = 0; record < std::min(log.rows(), kMostRead); ++record) {
    const Row row(log, record);
    for (size_t field = 0; field < log.schema().size(); ++field) (void)row.datum_at(field);
  }
}

}  // namespace

// The first byte says how much of the rest is a second frame.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t second = *data < size ? *data : 0;
  std::vector<Buffer> frames = {Buffer::copy_of(data + 1, size - 1 - second)};
  if (second != 0) frames.push_back(Buffer::copy_of(data + size - second, second));
  const Result<Log> log = decode_log(frames);
  if (!log.is_ok()) return 0;
  read_all(*log);
  const Result<Log> again = decode_log(encode_log(*log, {.split = 1 + *data}));
  BLOX_CHECK(again.is_ok() && again->schema() == log->schema() && again->rows() == log->rows(),
             "a log does not survive the codec");
  BLOX_CHECK(log->rows() > kMostRead || equal(*again, *log), "a log goes through the codec and comes back as another");
  return 0;
}
