// MessagePack that is accepted decodes, encodes to the same value in its canonical form, and prints as JSON.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/data/any.h"
#include "core/data/json.h"

using namespace blox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result<Datum> value = decode_any(bytes);
  BLOX_CHECK(value.is_ok() == is_any(bytes), "decoding and checking disagree");
  if (!value.is_ok()) return 0;
  const std::string canonical = encode_any(*value);
  BLOX_CHECK(canonical.size() <= bytes.size() + 4 * bytes.size(), "the canonical form is longer than floats explain");
  const Result<Datum> again = decode_any(canonical);
  BLOX_CHECK(again.is_ok() && *again == *value && encode_any(*again) == canonical,
             "a value does not survive its encoding");
  BufferBuilder json;
  append_any_as_json(bytes, &json);
  BLOX_CHECK(to_json(*value) == std::string(reinterpret_cast<const char*>(json.data()), json.size()),
             "two ways to JSON differ");
  return 0;
}
