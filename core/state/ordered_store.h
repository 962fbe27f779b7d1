// A map of bytes to bytes in a file, in ascending order of its keys: LMDB behind an interface of ours.
//
// Changes are collected in one open transaction, which every read sees, and become durable together by commit(). A
// process that is killed loses what was not committed and nothing else; a commit that fails (full disk) changes
// nothing. A file may hold several such maps, tables, which change together; "items" is the first of them and the one
// that is meant where none is named.
//
// Owns     the file, locked against other users for as long as the store lives
// Threads  one at a time, not always the same
// Bounds   keys of at most kLongestKey bytes; the file grows by itself. A transaction that would outgrow the mapped
//          range is committed by the put() that finds out, and the range is doubled
// Errors   the user's: "store.not_lmdb", "store.damaged", "store.in_use", "store.key"; the outside world's: "store.disk"; the place is
//          the path. LMDB keeps no checksums: damage inside keys and values is not always noticed
// Order    of keys: as by memcmp, shorter first
// Source   http://www.lmdb.tech/doc/
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox {

class OrderedStore {
 public:
  enum class Sync : uint8_t {
    kCommit,  ///< a commit is on the disk when it returns
    kMeta,    ///< a power failure may undo the last commits, each as a whole
    kNever,   ///< a power failure may damage the file; a killed process does not
  };
  /// What becomes of the file that is there.
  enum class Before : uint8_t {
    kChecked,    ///< kept, provided that every page is sound: see lmdb_check.h for what that costs
    kTrusted,    ///< kept; damage inside may end the process
    kForgotten,  ///< emptied, however damaged, provided that it is LMDB's
  };
  static constexpr size_t kLongestKey = 511;
  /// A table by its number: kItems, then those that open() was given, in that order.
  using Table = size_t;
  static constexpr Table kItems = 0;

  /// Opens the file, made where there is none; its folder must exist. `more` names tables beside "items".
  static Result<OrderedStore> open(const std::string& path, Sync sync, Before before = Before::kChecked,
                                   const std::vector<std::string>& more = {});
  OrderedStore(OrderedStore&&) noexcept;
  OrderedStore& operator=(OrderedStore&&) noexcept;
  /// Forgets what was not committed.
  ~OrderedStore();

  Status put(std::string_view key, std::string_view value, Table table = kItems);
  /// Nothing happens where the key is absent.
  Status erase(std::string_view key, Table table = kItems);
  /// Removes all keys of all tables, with the next commit.
  Status clear();
  /// Removes all keys of one.
  Status clear(Table table);
  Status commit();
  /// Whether so many further changes of so many bytes altogether fit into the transaction. Where they do not, and
  /// belong together, commit() before them.
  Result<bool> fits(size_t changes, size_t bytes);
  /// Bytes of keys and values put or erased since the last commit; 0: nothing to commit.
  size_t uncommitted() const;

  /// The value of a key; nothing where it is absent. Valid until the next call that changes the store.
  Result<std::optional<std::string_view>> get(std::string_view key, Table table = kItems);
  Result<uint64_t> count(Table table = kItems);

  struct Item {
    std::string_view key;
    std::string_view value;
  };
  /// The first whose key is at or behind `from` (with `behind`: only behind), in the sense of get().
  Result<std::optional<Item>> seek(std::string_view from, bool behind = false, Table table = kItems);
  /// The item after the last one that seek() or next() gave. Precondition: nothing was changed in between.
  Result<std::optional<Item>> next();

  /// Notes about the store itself, apart from its items.
  Result<std::optional<std::string>> note(std::string_view name);
  Status set_note(std::string_view name, std::string_view text);

 private:
  struct Parts;
  explicit OrderedStore(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace blox
