#include "core/element/state.h"

#include <fmt/format.h>

#include "core/data/codec.h"
#include "core/element/element.h"

namespace blox {

State::State(Element* owner, const char* name, Version version) : name_(name), version_(version) {
  owner->states_.push_back(this);
}

Status State::refuse(const StateEntry& entry) const {
  return Status::user("state.malformed",
                      fmt::format("the saved state `{}` has an entry of {} + {} bytes that cannot be read", name_,
                                  entry.key.size(), entry.value.size()));
}

void StateCodec<std::string>::encode(const std::string& value, std::string& out) {
  StateCodec<uint64_t>::encode(value.size(), out);
  out += value;
}

bool StateCodec<std::string>::decode(std::string_view& in, std::string& value) {
  uint64_t size = 0;
  if (!StateCodec<uint64_t>::decode(in, size) || size > in.size()) return false;
  value.assign(in.data(), size);
  in.remove_prefix(size);
  return true;
}

void StateCodec<Log>::encode(const Log& value, std::string& out) {
  std::string frame;
  if (value.exists()) frame = encode_log(value, {.split = EncodeOptions::kOneFrame}).front().view();
  StateCodec<std::string>::encode(frame, out);
}

bool StateCodec<Log>::decode(std::string_view& in, Log& value) {
  std::string frame;
  if (!StateCodec<std::string>::decode(in, frame)) return false;
  if (frame.empty()) {
    value = Log();
    return true;
  }
  const Buffer buffer = Buffer::copy_of(frame);
  Result<Log> log = decode_log({&buffer, 1});
  if (!log.is_ok()) return false;
  value = *std::move(log);
  return true;
}

}  // namespace blox
