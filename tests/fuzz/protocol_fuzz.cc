// A frame from a stranger is refused or is a message; a message survives its encoding.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/protocol/message.h"

using namespace blox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint64_t id = 0;
  const Result<protocol::Message> read = protocol::decode({reinterpret_cast<const char*>(data), size}, &id);
  if (!read.is_ok()) {
    BLOX_CHECK(!read.status().error().code.empty(), "a refusal without a code");
    return 0;
  }
  BLOX_CHECK(read->id == id, "the identifier is not that of the message");
  const std::string canonical = protocol::encode(*read);
  const Result<protocol::Message> again = protocol::decode(canonical, &id);
  BLOX_CHECK(again.is_ok() && protocol::encode(*again) == canonical, "a message does not survive its encoding");
  return 0;
}
