// A value of a store that is damaged is refused; one that is read is written back as the same value.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/state/record.h"

using namespace blox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Schema schema =
      Schema::from(*Type::parse("{b: bool?, i: int, f: float, s: string, y: bytes, t: time, a: any?, l: [int?], r: {x: "
                                "string?, z: [{q: bool}]}?}"));
  static const RecordCodec codec(schema, {0, 1, 2, 3, 4, 5, 6, 7, 8});
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LogBuilder builder(schema);
  if (!codec.read(bytes, builder, 0)) return 0;
  builder.end_row();
  const Log log = builder.finish(0);
  std::string again;
  codec.write(log, 0, again);
  LogBuilder second(schema);
  BLOX_CHECK(codec.read(again, second, 0), "what was written cannot be read");
  second.end_row();
  BLOX_CHECK(equal(second.finish(0), log), "what was written reads as something else");
  return 0;
}
