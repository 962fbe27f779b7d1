#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

constexpr uint8_t kZeroByte = 0;
alignas(16) constexpr uint8_t kZeroValue[16] = {};

}  // namespace

void Call::fail(std::string_view code, std::string message) {
  failed_ = true;
  if (!constant_) return frame_.fail(batch_, row_, code, std::move(message));
  for (uint32_t i = 0; i < batch_.size; ++i) frame_.fail(batch_, i, code, message);
}

char* Call::room(size_t bytes) {
  if (bytes > kMostText || frame_.arena().used() + bytes > kMostChunk) {
    fail("expr.too_large", "a value of " + std::to_string(bytes) + " bytes is too large");
    return nullptr;
  }
  return frame_.arena().array<char>(bytes);
}

std::string_view Call::keep(std::string_view text) {
  char* const start = room(text.size());
  if (start == nullptr) return {};
  if (!text.empty()) std::memcpy(start, text.data(), text.size());
  return {start, text.size()};
}

Strict strict(Frame& frame, const Batch& batch, const Vec* args, size_t count) {
  Strict out;
  out.constant = true;
  out.size = 1;
  uint8_t* own = nullptr;
  for (size_t a = 0; a < count; ++a) {
    if (args[a].constant) {
      if (!args[a].is_valid(0)) out.all_null = true;
      continue;
    }
    out.constant = false;
    out.size = batch.size;
    if (args[a].valid == nullptr) continue;
    if (out.valid == nullptr) {
      out.valid = args[a].valid;
      continue;
    }
    if (own == nullptr) {
      own = frame.arena().array<uint8_t>(batch.size);
      std::memcpy(own, out.valid, batch.size);
      out.valid = own;
    }
    for (uint32_t i = 0; i < batch.size; ++i) own[i] = own[i] & args[a].valid[i];
  }
  return out;
}

Vec null_vec() {
  Vec out;
  out.constant = true;
  out.valid = &kZeroByte;
  out.data = kZeroValue;
  return out;
}

}  // namespace blox::expr
