#include "core/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/base/check.h"

namespace blox {

uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

void hash64(std::span<const std::string_view> texts, std::span<uint64_t> hashes) {
  BLOX_CHECK(texts.size() == hashes.size(), "one hash a text");
  for (size_t i = 0; i < texts.size(); ++i) hashes[i] = XXH3_64bits(texts[i].data(), texts[i].size());
}

}  // namespace blox
