// A record of the catalogue that a disk has made up is refused with a code, or is one; a record survives its encoding.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/protocol/record.h"
#include "master/records.h"
#include "master/shape.h"

using namespace blox;

namespace {

template <typename T>
void look(std::string_view bytes) {
  T record;
  const Status read = master::decode("key", bytes, &record);
  if (!read.is_ok()) {
    BLOX_CHECK(read.error().code == "catalogue.record", "a refusal with another code");
    return;
  }
  const std::string canonical = master::encode(record);
  T again;
  BLOX_CHECK(master::decode("key", canonical, &again).is_ok() && master::encode(again) == canonical,
             "a record does not survive its encoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view given(reinterpret_cast<const char*>(data), size);
  const Result<std::string_view> content = protocol::open_record("key", given);
  // What has no checksum is given one, so that the reader behind it is reached.
  const std::string sealed = content ? std::string(given) : protocol::seal_record(given);
  look<master::ClusterRecord>(sealed);
  look<master::NodeRecord>(sealed);
  look<master::TopologyRecord>(sealed);
  look<master::WorkerRecord>(sealed);
  const Result<master::Shape> shape = master::decode_shape(content ? *content : given);
  if (shape) BLOX_CHECK(master::decode_shape(master::encode_shape(*shape)).is_ok(), "a shape does not survive");
  return 0;
}
