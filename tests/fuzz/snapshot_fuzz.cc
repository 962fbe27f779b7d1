// Loading a snapshot: whatever the bytes, it ends with ok or an error, and what was loaded is captured as the same.
// The input is the snapshot without its hash, which is made right, so that the fuzzer gets past it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/hash.h"
#include "core/state/hash_store.h"
#include "core/state/snapshot.h"

namespace {

using namespace blox;

class Keeper final : public Element {
 public:
  Value<int64_t> next{this, "next", Version{1}};
  Value<bool> flag{this, "flag", Version{1}};
  Keyed<Key, int64_t> counts{this, "counts", Version{1}};
  Appended<std::string> lines{this, "lines", Version{1}};
  Value<Log> log{this, "log", Version{1}};
  Value<std::vector<std::string>> names{this, "names", Version{1}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string snapshot(reinterpret_cast<const char*>(data), size);
  Keeper keeper;
  provide_stores(keeper, hash_stores());
  (void)load(keeper, snapshot);
  StateCodec<uint64_t>::encode(hash64(snapshot), snapshot);
  if (!load(keeper, snapshot).is_ok()) return 0;
  const std::string again = capture(keeper);
  Keeper other;
  provide_stores(other, hash_stores());
  BLOX_CHECK(load(other, again).is_ok() && capture(other) == again, "a snapshot of what was loaded is another");
  return 0;
}
