#include "core/state/lmdb_check.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace blox {
namespace {

constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr uint32_t kVersion = 1;
constexpr size_t kHeader = 16;      // of a page
constexpr size_t kNodeHeader = 8;   // of a node in a page
constexpr size_t kTable = 48;       // what describes a tree
constexpr size_t kDeepest = 31;     // LMDB's cursors have 32 places
constexpr size_t kLongestKey = 511;
constexpr size_t kSmallestPage = 512;
constexpr size_t kLargestPage = 64 << 10;
constexpr uint64_t kNoPage = ~uint64_t{0};

enum PageKind : uint16_t { kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8 };
enum NodeFlag : uint16_t { kLongValue = 1, kSubTable = 2 };

template <typename T>
T read(const uint8_t* at) {
  T out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

struct Table {
  uint16_t flags = 0;
  uint16_t depth = 0;
  uint64_t entries = 0;
  uint64_t root = kNoPage;

  static Table at(const uint8_t* bytes) {
    return {read<uint16_t>(bytes + 4), read<uint16_t>(bytes + 6), read<uint64_t>(bytes + 32),
            read<uint64_t>(bytes + 40)};
  }
};

// One of the two pages that say where everything is.
struct Meta {
  bool valid = false;
  size_t page_size = 0;
  const uint8_t* free_table = nullptr;
  const uint8_t* main_table = nullptr;
  uint64_t last_page = 0;
  uint64_t transaction = 0;

  static Meta at(std::span<const uint8_t> bytes) {
    Meta out;
    if (bytes.size() < kHeader + 136) return out;
    const uint8_t* const data = bytes.data();
    out.valid = read<uint16_t>(data + 10) == kMeta && read<uint32_t>(data + kHeader) == kMagic &&
                read<uint32_t>(data + kHeader + 4) == kVersion;
    out.free_table = data + kHeader + 24;
    out.main_table = out.free_table + kTable;
    out.page_size = read<uint32_t>(out.free_table);
    out.last_page = read<uint64_t>(out.main_table + kTable);
    out.transaction = read<uint64_t>(out.main_table + kTable + 8);
    return out;
  }
};

bool says_lmdb(const uint8_t* page) { return read<uint32_t>(page + kHeader) == kMagic; }

class Check {
 public:
  explicit Check(std::span<const uint8_t> file) : file_(file) {}

  Status run() {
    const Meta first = Meta::at(file_);
    if (!first.valid) return Status::ok();  // LMDB looks at this page with care
    const size_t size = first.page_size;
    if (size < kSmallestPage || size > kLargestPage || (size & (size - 1)) != 0) return damaged(0, "its size of pages");
    page_size_ = size;
    pages_ = file_.size() / size;
    if (pages_ < 2) return Status::user("store.damaged", "the store is cut off: it has less than two pages");
    const Meta second = Meta::at(file_.subspan(size));
    if (!second.valid || second.page_size != size) return damaged(1, "its header");
    const Meta& newest = first.transaction < second.transaction ? second : first;
    // Pages at the end that were given back before they were ever written may be missing.
    if (newest.last_page >= 2 * pages_ + 65'536) {
      return Status::user("store.damaged", "the store is cut off, or its first pages are damaged");
    }
    last_page_ = newest.last_page;
    seen_.assign(pages_, false);
    seen_[0] = seen_[1] = true;

    const Table main = Table::at(newest.main_table);
    const Table free = Table::at(newest.free_table);
    constexpr uint16_t kIntegerKeys = 8, kFixedMap = 1;
    if (main.flags != 0 || (free.flags & (kIntegerKeys | kFixedMap)) != kIntegerKeys) {
      return damaged(first.transaction < second.transaction ? 1 : 0, "the description of its tables");
    }
    BLOX_TRY(tree(main, Role::kMain));
    for (const Table& table : tables_) BLOX_TRY(tree(table, Role::kItems));
    return tree(free, Role::kFree);
  }

 private:
  enum class Role : uint8_t { kMain, kItems, kFree };

  struct Walk {
    Role role;
    size_t depth;
    uint64_t entries = 0;
    bool begun = false;
    std::string_view last;   // the key before
    std::string_view least;  // what the branches above promise of the next key
  };

  static Status damaged(uint64_t page, std::string_view what) {
    return Status::user("store.damaged", "the store is damaged: page " + std::to_string(page) + ", " + std::string(what));
  }

  Status tree(const Table& table, Role role) {
    if (table.root == kNoPage) {
      return table.entries == 0 ? Status::ok() : damaged(1, "a table without pages that says it has records");
    }
    if (table.depth == 0 || table.depth > kDeepest) return damaged(table.root, "the depth of its table");
    Walk walk{role, table.depth};
    BLOX_TRY(page(table.root, 1, walk));
    if (walk.entries != table.entries) return damaged(table.root, "the number of records in its table");
    return Status::ok();
  }

  // Where a page begins, provided that it is in the file and nothing else has it.
  Result<const uint8_t*> take(uint64_t number, uint64_t count = 1) {
    if (number >= pages_ || count > pages_ - number || number + count - 1 > last_page_) {
      return Status::user("store.damaged", "the store is cut off or damaged: it has no page " + std::to_string(number));
    }
    for (uint64_t i = number; i < number + count; ++i) {
      if (seen_[i]) return damaged(i, "which is in two places");
      seen_[i] = true;
    }
    return file_.data() + number * page_size_;
  }

  Status page(uint64_t number, size_t level, Walk& walk) {
    BLOX_ASSIGN(const uint8_t* const data, take(number));
    const bool leaf = level == walk.depth;
    if (read<uint64_t>(data) != number || read<uint16_t>(data + 10) != (leaf ? kLeaf : kBranch)) {
      return damaged(number, "its header");
    }
    const size_t lower = read<uint16_t>(data + 12), upper = read<uint16_t>(data + 14);
    if (lower < kHeader || lower % 2 != 0 || lower > upper || upper > page_size_) return damaged(number, "its bounds");
    const size_t nodes = (lower - kHeader) / 2;
    // A branch with one way would stop LMDB; only the list of free pages may have one.
    if (nodes < (leaf || walk.role == Role::kFree ? 1 : 2)) return damaged(number, "its number of keys");

    size_t used = 0;
    for (size_t i = 0; i < nodes; ++i) {
      const size_t at = read<uint16_t>(data + kHeader + 2 * i);
      if (at < upper || at + kNodeHeader > page_size_ || at % 2 != 0) return damaged(number, "the place of a key");
      const uint8_t* const node = data + at;
      const size_t key_size = read<uint16_t>(node + 6);
      const std::string_view key(reinterpret_cast<const char*>(node + kNodeHeader), key_size);
      const size_t room = page_size_ - at - kNodeHeader;
      if (key_size > room || key_size > kLongestKey) return damaged(number, "the size of a key");
      size_t node_size = kNodeHeader + key_size;
      if (leaf) {
        BLOX_TRY(record(number, node, key, room, node_size, walk));
      } else {
        BLOX_TRY(way(number, node, key, i, level, walk));
      }
      used += node_size + node_size % 2;
    }
    return used <= page_size_ - upper ? Status::ok() : damaged(number, "keys that overlap");
  }

  // A node of a branch: the first key is not looked at, the others part what stands before from what stands behind.
  Status way(uint64_t number, const uint8_t* node, std::string_view key, size_t index, size_t level, Walk& walk) {
    if (index > 0) {
      if (!walk.begun || !before(walk.last, key, walk.role)) return damaged(number, "the order of its keys");
      walk.least = key;
    }
    const uint64_t child =
        read<uint16_t>(node) | uint64_t{read<uint16_t>(node + 2)} << 16 | uint64_t{read<uint16_t>(node + 4)} << 32;
    return page(child, level + 1, walk);
  }

  Status record(uint64_t number, const uint8_t* node, std::string_view key, size_t room, size_t& node_size,
                Walk& walk) {
    if (walk.role == Role::kFree ? key.size() != 8 : key.empty()) return damaged(number, "the size of a key");
    if (walk.begun && !before(walk.last, key, walk.role)) return damaged(number, "the order of its keys");
    if (!walk.least.empty() && before(key, walk.least, walk.role)) return damaged(number, "the order of its keys");
    walk.least = {};
    walk.begun = true;
    walk.last = key;
    ++walk.entries;

    const uint16_t flags = read<uint16_t>(node + 4);
    const size_t size = read<uint16_t>(node) | size_t{read<uint16_t>(node + 2)} << 16;
    const uint8_t* value = node + kNodeHeader + key.size();
    if ((flags & kLongValue) != 0) {
      node_size += 8;
      if (key.size() + 8 > room) return damaged(number, "the place of a value");
      BLOX_ASSIGN(value, long_value(read<uint64_t>(value), size));
    } else {
      node_size += size;
      if (key.size() + size > room) return damaged(number, "the size of a value");
    }
    switch (walk.role) {
      case Role::kFree: return flags == (flags & kLongValue) ? free_pages(number, {value, size}) : damaged(number, "a flag");
      case Role::kItems: return flags == (flags & kLongValue) ? Status::ok() : damaged(number, "a flag");
      case Role::kMain: break;
    }
    const bool ours = key == "items" || key == "notes" || (flags & kSubTable) != 0;
    if (!ours) return Status::ok();
    if (flags != kSubTable || size != kTable) return damaged(number, "the description of a table");
    const Table table = Table::at(value);
    if (table.flags != 0) return damaged(number, "the description of a table");
    tables_.push_back(table);
    return Status::ok();
  }

  Result<const uint8_t*> long_value(uint64_t number, size_t size) {
    if (number >= pages_) return damaged(number, "which is not there");
    const uint8_t* const header = file_.data() + number * page_size_;
    const uint32_t count = read<uint32_t>(header + 12);
    if (read<uint64_t>(header) != number || read<uint16_t>(header + 10) != kOverflow || count == 0 ||
        uint64_t{count} * page_size_ < kHeader + size) {
      return damaged(number, "its header");
    }
    BLOX_TRY(take(number, count).status());
    return header + kHeader;
  }

  // How many, and then their numbers in descending order.
  Status free_pages(uint64_t number, std::span<const uint8_t> value) {
    const uint64_t count = value.size() < 8 ? kNoPage : read<uint64_t>(value.data());
    if (count > value.size() / 8 - 1) return damaged(number, "the list of free pages");
    uint64_t before = kNoPage;
    for (uint64_t i = 1; i <= count; ++i) {
      const uint64_t page = read<uint64_t>(value.data() + 8 * i);
      if (page < 2 || page >= before || page > last_page_) return damaged(number, "the list of free pages");
      before = page;
      if (page >= pages_) continue;  // given back before it was written
      if (seen_[page]) return damaged(page, "which is free and in use");
      seen_[page] = true;
    }
    return Status::ok();
  }

  static bool before(std::string_view a, std::string_view b, Role role) {
    if (role != Role::kFree || a.size() != 8 || b.size() != 8) return a < b;
    return read<uint64_t>(reinterpret_cast<const uint8_t*>(a.data())) <
           read<uint64_t>(reinterpret_cast<const uint8_t*>(b.data()));
  }

  std::span<const uint8_t> file_;
  size_t page_size_ = 0;
  uint64_t pages_ = 0;
  uint64_t last_page_ = 0;
  std::vector<bool> seen_;
  std::vector<Table> tables_;
};

}  // namespace

Status check_lmdb_file(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return Status::from_errno(errno, "look at the store", {});
  const auto size = static_cast<size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size < kSmallestPage) return Status::ok();
  void* const map = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (map == MAP_FAILED) return Status::from_errno(errno, "map the store", {});
  const Status found = Check({static_cast<const uint8_t*>(map), size}).run();
  munmap(map, size);
  return found;
}

bool is_lmdb_file(int descriptor) {
  uint8_t page[kHeader + 4];
  if (pread(descriptor, page, sizeof page, 0) == sizeof page && says_lmdb(page)) return true;
  for (size_t size = kSmallestPage; size <= kLargestPage; size *= 2) {
    const ssize_t got = pread(descriptor, page, sizeof page, static_cast<off_t>(size));
    if (got == sizeof page && says_lmdb(page) && read<uint16_t>(page + 10) == kMeta) return true;
  }
  return false;
}

}  // namespace blox
