#include "elements/store/contents.h"

#include <cstring>

namespace blox {
namespace {

constexpr OrderedStore::Table kContents = 1;
constexpr OrderedStore::Table kReferences = 2;

struct Use {
  uint64_t references = 0;
  uint64_t bytes = 0;
  uint64_t stored = 0;
};

template <typename T>
std::string encoded(const T& words) {
  return {reinterpret_cast<const char*>(&words), sizeof words};
}

template <typename T>
bool decode(std::string_view text, T& words) {
  if (text.size() != sizeof words) return false;
  std::memcpy(&words, text.data(), sizeof words);
  return true;
}

Status damaged(std::string_view what) {
  return Status::user("store.damaged", "the store is damaged: " + std::string(what));
}

Result<Use> use_of(OrderedStore& store, std::string_view print) {
  Use use;
  BLOX_ASSIGN(const std::optional<std::string_view> found, store.get(print, kReferences));
  if (found && !decode(*found, use)) return damaged("how often a content is referred to");
  return use;
}

}  // namespace

Result<Contents> Contents::make() {
  BLOX_ASSIGN(Digester digester, Digester::make(Digest::kSha256));
  return Contents(std::move(digester));
}

Status Contents::load(OrderedStore& store) {
  totals_ = {};
  BLOX_ASSIGN(const std::optional<std::string> found, store.note("totals"));
  if (found && !decode(*found, totals_)) return damaged("its totals");
  totals_.added = 0;
  return Status::ok();
}

Status Contents::save(OrderedStore& store) { return store.set_note("totals", encoded(totals_)); }

std::string_view Contents::print_of(std::string_view bytes) {
  digester_.of(bytes, print_);
  return {print_, kPrint};
}

Status Contents::refer(OrderedStore& store, std::string_view print, std::string_view bytes) {
  BLOX_ASSIGN(Use use, use_of(store, print));
  if (use.references == 0) {
    const std::string_view packed = packer_.pack(bytes);
    BLOX_TRY(store.put(print, packed, kContents));
    use.bytes = bytes.size();
    use.stored = packed.size();
    ++totals_.contents;
    ++totals_.added;
    totals_.bytes += static_cast<int64_t>(use.bytes);
    totals_.stored += static_cast<int64_t>(use.stored);
  }
  ++use.references;
  totals_.referred += static_cast<int64_t>(use.bytes);
  return store.put(print, encoded(use), kReferences);
}

Status Contents::release(OrderedStore& store, std::string_view print) {
  BLOX_ASSIGN(Use use, use_of(store, print));
  if (use.references == 0) return damaged("a record refers to a content that is not there");
  totals_.referred -= static_cast<int64_t>(use.bytes);
  if (--use.references > 0) return store.put(print, encoded(use), kReferences);
  --totals_.contents;
  totals_.bytes -= static_cast<int64_t>(use.bytes);
  totals_.stored -= static_cast<int64_t>(use.stored);
  BLOX_TRY(store.erase(print, kContents));
  return store.erase(print, kReferences);
}

Result<std::string_view> Contents::read(OrderedStore& store, std::string_view print) {
  BLOX_ASSIGN(const Use use, use_of(store, print));
  BLOX_ASSIGN(const std::optional<std::string_view> packed, store.get(print, kContents));
  if (!packed || use.bytes > kLongest) return damaged("a content is not there");
  const Result<std::string_view> bytes = packer_.unpack(*packed, use.bytes);
  if (!bytes.is_ok() || print_of(*bytes) != print) return damaged("a content is not what its fingerprint says");
  return *bytes;
}

}  // namespace blox
