// Keyed state in memory: an open-addressing index over entries that never move, probed in batches.
//
// Two parts. The *index* holds 8 bytes a slot: 32 bits of the hash and the number of an entry; the home of a hash is
// its upper bits scaled to the size of the index, so doubling it is one pass in order, without looking at a key.
// The *entries* lie in slabs in the order of their first insertion: 16 bytes of key (its length and up to 12 bytes;
// of a longer one 4 bytes and where the rest is), then the value. In skewed data the frequent keys come first, so
// they share cache lines. A batch is worked through in blocks: prefetch the index slots of a block, then the entries
// they name, then compare; misses overlap instead of adding up.
//
// Owns     keys and values
// Threads  one user
// Bounds   2^32 - 2 keys; a key is shorter than 4 GiB; `bytes()` counts index, touched entries and long keys, but not
//          what values themselves own
// Order    for_each visits in the order of first insertion, entries of erased keys reused
// Cost     per key of a batch about one cache miss that overlaps with others; growth copies the index alone: about
//          2 ns a key at each doubling
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/element/state.h"
#include "core/state/key_arena.h"

namespace blox {

class HashStore final : public KeyedStore {
 public:
  explicit HashStore(const Layout& layout);
  HashStore(const HashStore&) = delete;
  HashStore& operator=(const HashStore&) = delete;
  ~HashStore() override;

  /// Slots stay where they are until their key is erased (more than KeyedStore promises).
  void upsert(const KeyBatch& keys, void** slots) override;
  void find(const KeyBatch& keys, void** slots) override;
  bool erase(std::string_view key) override;
  void for_each(const std::function<void(std::string_view key, void* value)>& visit) const override;
  size_t size() const override { return size_; }
  size_t bytes() const override;
  void clear() override;

 private:
  struct Image;  // the 16 bytes of a key in its entry
  struct Entry;  // an image; the value follows
  static constexpr size_t kBlock = 32;
  static constexpr uint32_t kFirstSlab = 64;  // entries; each further slab doubles what there is
  static constexpr uint32_t kFirstSlabLog2 = 6;
  static constexpr uint32_t kSlabs = 32 - kFirstSlabLog2;

  uint64_t home(uint32_t tag) const { return (uint64_t{tag} << 32) >> shift_; }
  Entry* entry(uint32_t number) const {
    const uint32_t shifted = number + kFirstSlab;
    const auto log2 = static_cast<uint32_t>(31 - __builtin_clz(shifted));
    return reinterpret_cast<Entry*>(slabs_[log2 - kFirstSlabLog2] + size_t{shifted - (uint32_t{1} << log2)} * stride_);
  }
  void* value_of(Entry* entry) const { return reinterpret_cast<char*>(entry) + value_offset_; }

  template <bool kInsert>
  void probe_batch(const KeyBatch& keys, void** slots);
  /// Where a block's keys may be: the first slot of their hash, or the empty one that ends the search.
  void prefetch_homes(const uint64_t* hashes, size_t count) const;
  Entry* search(const Image& image, std::string_view key, uint32_t tag, uint64_t& position) const;
  Entry* insert(Image image, std::string_view key, uint32_t tag, uint64_t position);
  uint32_t new_entry();
  void reserve(size_t more);
  void resize_index(uint32_t log2);
  void destroy_values();

  Layout layout_;
  size_t value_offset_;
  size_t stride_;

  uint64_t* index_ = nullptr;  // tag << 32 | number + 1; 0: empty
  uint64_t mask_ = 0;
  uint32_t log2_ = 0;
  uint32_t shift_ = 64;
  size_t limit_ = 0;  // keys at which the index grows

  std::array<char*, kSlabs> slabs_{};
  uint32_t used_ = 0;  // entries ever used, free ones among them
  uint32_t free_ = 0;  // number + 1 of the first free entry
  size_t size_ = 0;
  KeyArena arena_;
};

/// For KeyedBase::provide.
KeyedStoreFactory hash_stores();

}  // namespace blox
