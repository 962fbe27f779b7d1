#include "core/state/hash_store.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace blox {
namespace {

constexpr size_t kInline = 12;
constexpr uint32_t kFreeSize = UINT32_MAX;  // the length that marks a free entry
constexpr uint32_t kSmallestLog2 = 5;
constexpr size_t kHugePage = size_t{2} << 20;

uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

// Zeroed or untouched memory; large pieces on huge pages, which saves most misses of the address cache.
void* allocate(size_t bytes, size_t alignment) {
  const bool huge = bytes >= kHugePage;
  const size_t aligned = huge ? kHugePage : std::max<size_t>(alignment, 64);
  void* const memory = std::aligned_alloc(aligned, (bytes + aligned - 1) / aligned * aligned);
  BLOX_CHECK(memory != nullptr, "no memory for keyed state");
  if (huge) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

constexpr uint64_t low_bytes(int count) {
  return count <= 0 ? 0 : count >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * count)) - 1;
}
// By size of a key: which bytes of the words of its image belong to it.
constexpr auto kMasks = [] {
  std::array<std::array<uint64_t, 2>, kInline + 1> masks{};
  for (int size = 0; size <= static_cast<int>(kInline); ++size) {
    masks[size] = {low_bytes(size < 4 ? size : 4) << 32, low_bytes(size - 4)};
  }
  return masks;
}();
static_assert(std::endian::native == std::endian::little, "images of keys are compared as little-endian words");

}  // namespace

/// Bytes 0 to 3: the length. Up to kInline bytes of key follow, zero behind; or of a longer one 4 bytes and a pointer.
struct HashStore::Image {
  uint64_t first = 0;
  uint64_t second = 0;

  static Image of(std::string_view key) {
    const auto size = static_cast<uint32_t>(key.size());
    // Whole words throughout: reading a word whose half was just written would wait for the write.
    if (size <= kInline && size != 0 && within_page(key.data())) [[likely]]
      return load_masked(key.data(), size);
    if (size == 0) return {};
    uint32_t head = 0;
    uint64_t tail = 0;
    std::memcpy(&head, key.data(), std::min<size_t>(size, 4));
    if (size > 4 && size <= kInline) std::memcpy(&tail, key.data() + 4, size - 4);
    return {uint64_t{head} << 32 | size, tail};
  }
  // Whether kInline bytes from here on lie in one page, so that reading them cannot fault.
  static bool within_page(const char* at) {
    constexpr uintptr_t kPage = 4096;
    return (reinterpret_cast<uintptr_t>(at) & (kPage - 1)) <= kPage - kInline;
  }
  // Reads kInline bytes whatever the size and clears those behind the key: sizes vary too much for a branch on them.
  // What is read past the key never leaves this function; the sanitizer would call it an overflow.
  __attribute__((no_sanitize("address"), no_sanitize("thread"))) static Image load_masked(const char* from,
                                                                                          uint32_t size) {
    using Loose32 [[gnu::may_alias, gnu::aligned(1)]] = uint32_t;
    using Loose64 [[gnu::may_alias, gnu::aligned(1)]] = uint64_t;
    const uint64_t head = *reinterpret_cast<const Loose32*>(from);
    const uint64_t tail = *reinterpret_cast<const Loose64*>(from + 4);
    return {(head << 32 & kMasks[size][0]) | size, tail & kMasks[size][1]};
  }
  uint32_t size() const { return static_cast<uint32_t>(first); }
  const char* data() const {
    return size() > kInline ? reinterpret_cast<const char*>(second) : reinterpret_cast<const char*>(this) + 4;
  }
  bool same(const Image& other, std::string_view other_key) const {
    if (first != other.first) return false;  // lengths and the first four bytes
    if (other_key.size() <= kInline) return second == other.second;
    return std::memcmp(reinterpret_cast<const char*>(second), other_key.data(), other_key.size()) == 0;
  }
};

struct HashStore::Entry {
  Image key;
};

HashStore::HashStore(const Layout& layout) : layout_(layout) {
  static_assert(sizeof(Entry) == 16);
  const size_t alignment = std::max(layout.alignment, alignof(Entry));
  value_offset_ = (sizeof(Entry) + alignment - 1) / alignment * alignment;
  stride_ = (value_offset_ + layout.size + alignment - 1) / alignment * alignment;
}

HashStore::~HashStore() { clear(); }

void HashStore::upsert(const KeyBatch& keys, void** slots) { probe_batch<true>(keys, slots); }
void HashStore::find(const KeyBatch& keys, void** slots) { probe_batch<false>(keys, slots); }

void HashStore::prefetch_homes(const uint64_t* hashes, size_t count) const {
  for (size_t i = 0; i < count; ++i) __builtin_prefetch(&index_[home(tag_of(hashes[i]))]);
}

template <bool kInsert>
void HashStore::probe_batch(const KeyBatch& keys, void** slots) {
  if (!kInsert && size_ == 0) {
    std::fill_n(slots, keys.size(), nullptr);
    return;
  }
  const uint64_t* const hashes = keys.hashes.data();
  const size_t total = keys.size();
  size_t prefetched = 0;  // keys whose homes are on their way
  for (size_t begin = 0; begin < total; begin += kBlock) {
    const size_t count = std::min(kBlock, total - begin);
    if (kInsert && size_ + count > limit_) {
      reserve(count);
      prefetched = begin;
    }
    // The homes of the next block arrive while this one is compared.
    const size_t ahead = std::min(begin + 2 * kBlock, total);
    prefetch_homes(hashes + prefetched, ahead - prefetched);
    prefetched = ahead;

    uint64_t positions[kBlock];
    for (size_t i = 0; i < count; ++i) {
      const uint32_t tag = tag_of(hashes[begin + i]);
      uint64_t position = home(tag);
      while (index_[position] != 0 && static_cast<uint32_t>(index_[position] >> 32) != tag) {
        position = (position + 1) & mask_;
      }
      positions[i] = position;
      if (const auto number = static_cast<uint32_t>(index_[position]); number != 0) {
        __builtin_prefetch(entry(number - 1));
      }
    }
    for (size_t i = 0; i < count; ++i) {
      const std::string_view key = keys.keys[begin + i];
      const uint32_t tag = tag_of(hashes[begin + i]);
      const Image image = Image::of(key);
      // Keys of this block inserted since may lie at this position, so the search goes on from it.
      Entry* found = search(image, key, tag, positions[i]);
      if (kInsert && found == nullptr) found = insert(image, key, tag, positions[i]);
      slots[begin + i] = found == nullptr ? nullptr : value_of(found);
    }
  }
}

HashStore::Entry* HashStore::search(const Image& image, std::string_view key, uint32_t tag, uint64_t& position) const {
  for (; index_[position] != 0; position = (position + 1) & mask_) {
    if (static_cast<uint32_t>(index_[position] >> 32) != tag) continue;
    Entry* const candidate = entry(static_cast<uint32_t>(index_[position]) - 1);
    if (candidate->key.same(image, key)) return candidate;
  }
  return nullptr;
}

HashStore::Entry* HashStore::insert(Image image, std::string_view key, uint32_t tag, uint64_t position) {
  BLOX_CHECK(key.size() < kFreeSize, "a key of 4 GiB");
  if (key.size() > kInline) {
    char* const copy = arena_.allocate(key.size());
    std::memcpy(copy, key.data(), key.size());
    image.second = reinterpret_cast<uint64_t>(copy);
  }
  const uint32_t number = new_entry();
  Entry* const made = entry(number);
  made->key = image;
  layout_.construct(value_of(made));
  index_[position] = uint64_t{tag} << 32 | (uint64_t{number} + 1);
  ++size_;
  return made;
}

uint32_t HashStore::new_entry() {
  if (free_ != 0) {
    const uint32_t number = free_ - 1;
    free_ = static_cast<uint32_t>(entry(number)->key.second);
    return number;
  }
  BLOX_CHECK(used_ < UINT32_MAX - kFirstSlab, "more keys than a table can number");
  const uint32_t shifted = used_ + kFirstSlab;
  if ((shifted & (shifted - 1)) == 0) {  // the first of a slab
    const auto log2 = static_cast<uint32_t>(31 - __builtin_clz(shifted));
    slabs_[log2 - kFirstSlabLog2] = static_cast<char*>(allocate(size_t{shifted} * stride_, layout_.alignment));
  }
  return used_++;
}

void HashStore::reserve(size_t more) {
  uint32_t log2 = std::max(log2_, kSmallestLog2);
  while (size_ + more > (size_t{2} << log2) / 3) ++log2;
  resize_index(log2);
}

void HashStore::resize_index(uint32_t log2) {
  const uint64_t* const old = index_;
  const uint64_t old_slots = old == nullptr ? 0 : mask_ + 1;
  log2_ = log2;
  mask_ = (uint64_t{1} << log2) - 1;
  shift_ = 64 - log2;
  limit_ = (size_t{2} << log2) / 3;
  index_ = static_cast<uint64_t*>(allocate((mask_ + 1) * 8, 8));
  std::memset(index_, 0, (mask_ + 1) * 8);
  for (uint64_t i = 0; i < old_slots; ++i) {
    if (old[i] == 0) continue;
    uint64_t position = home(static_cast<uint32_t>(old[i] >> 32));
    while (index_[position] != 0) position = (position + 1) & mask_;
    index_[position] = old[i];
  }
  std::free(const_cast<uint64_t*>(old));
}

bool HashStore::erase(std::string_view key) {
  if (size_ == 0) return false;
  const uint32_t tag = tag_of(hash_key(key));
  uint64_t hole = home(tag);
  Entry* const found = search(Image::of(key), key, tag, hole);
  if (found == nullptr) return false;
  layout_.destroy(value_of(found));
  if (key.size() > kInline) arena_.free(reinterpret_cast<char*>(found->key.second), key.size());
  found->key.first = kFreeSize;
  found->key.second = free_;
  free_ = static_cast<uint32_t>(index_[hole]);
  --size_;
  // Moves back what could not lie nearer to its home because of the slot that is now free.
  for (uint64_t next = (hole + 1) & mask_; index_[next] != 0; next = (next + 1) & mask_) {
    const uint64_t wanted = home(static_cast<uint32_t>(index_[next] >> 32));
    if (((next - wanted) & mask_) < ((next - hole) & mask_)) continue;
    index_[hole] = index_[next];
    hole = next;
  }
  index_[hole] = 0;
  return true;
}

void HashStore::for_each(const std::function<void(std::string_view key, void* value)>& visit) const {
  for (uint32_t number = 0; number < used_; ++number) {
    Entry* const at = entry(number);
    if (at->key.size() != kFreeSize) visit({at->key.data(), at->key.size()}, value_of(at));
  }
}

size_t HashStore::bytes() const {
  const size_t index = index_ == nullptr ? 0 : (mask_ + 1) * 8;
  return sizeof *this + index + size_t{used_} * stride_ + arena_.bytes();
}

void HashStore::destroy_values() {
  for (uint32_t number = 0; number < used_; ++number) {
    Entry* const at = entry(number);
    if (at->key.size() == kFreeSize) continue;
    layout_.destroy(value_of(at));
    if (at->key.size() > KeyArena::kLongest) arena_.free(reinterpret_cast<char*>(at->key.second), at->key.size());
  }
}

void HashStore::clear() {
  destroy_values();
  for (char*& slab : slabs_) std::free(std::exchange(slab, nullptr));
  std::free(std::exchange(index_, nullptr));
  mask_ = 0;
  log2_ = 0;
  shift_ = 64;
  limit_ = size_ = 0;
  used_ = free_ = 0;
  arena_.clear();
}

KeyedStoreFactory hash_stores() {
  return [](const KeyedStore::Layout& layout) { return std::make_unique<HashStore>(layout); };
}

}  // namespace blox
