#include "core/protocol/cluster.h"

#include "core/protocol/cluster_fields.h"

namespace blox::protocol {
namespace {

template <typename T>
std::string encode_blob(const T& value) {
  BufferBuilder out;
  FieldWriter(&out).structure(value);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

template <typename T>
Result<T> decode_blob(std::string_view bytes, std::string_view what) {
  T value;
  MessagePackReader in(bytes);
  if (!FieldReader(&in).structure(value) || !in.at_end()) {
    return Status::outside("protocol.malformed", std::string(what) + " cannot be read")
        .with_fix("use the same release of blox everywhere");
  }
  return value;
}

}  // namespace

std::string encode_bundle(const Bundle& bundle) { return encode_blob(bundle); }
Result<Bundle> decode_bundle(std::string_view bytes) { return decode_blob<Bundle>(bytes, "a topology"); }
std::string encode_placement(const Placement& placement) { return encode_blob(placement); }
Result<Placement> decode_placement(std::string_view bytes) { return decode_blob<Placement>(bytes, "a placement"); }

}  // namespace blox::protocol
