// Keys back into fields: a key is refused and appends nothing, or its fields make the same key again.
// The first byte says of which fields the key is.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "core/data/key.h"

namespace {

using namespace blox;

constexpr const char* kRecords[] = {"{s: string}", "{n: int, t: time?, b: bool?}", "{l: [string?], s: string}",
                                    "{r: {a: int, b: [{c: bytes?}]}?}", "{a: any, b: bytes}"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Schema schema = Schema::from(*Type::parse(kRecords[data[0] % std::size(kRecords)]));
  const std::string_view key(reinterpret_cast<const char*>(data) + 1, size - 1);
  KeyReader reader(schema, schema.names());
  LogBuilder builder(schema);
  const bool good = reader.append(key, builder, 0);
  if (good) builder.end_row();
  const Log log = builder.finish(0);
  BLOX_CHECK(log.rows() == (good ? 1u : 0u), "a key that was refused left something behind");
  if (good) BLOX_CHECK(reader.read(log).keys[0] == key, "the fields of a key make another key");
  BLOX_CHECK(reader.group(key) < kKeyGroups, "a key group that does not exist");
  return 0;
}
