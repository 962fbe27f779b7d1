#include "core/state/ordered_store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/state/lmdb_check.h"

namespace blox {
namespace {

constexpr size_t kSmallestMap = size_t{64} << 20;
constexpr size_t kFirstMap = size_t{16} << 30;  // addresses, not memory

MDB_val val_of(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view view_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

}  // namespace

struct OrderedStore::Parts {
  std::string path;
  int lock = -1;  // holds the lock of the file
  MDB_env* env = nullptr;
  std::vector<std::string> names{"items"};
  std::vector<MDB_dbi> tables;  // by Table
  MDB_dbi notes = 0;
  MDB_txn* writing = nullptr;
  MDB_txn* reading = nullptr;  // never while `writing`: without LMDB's lock file it would lose its pages
  MDB_cursor* cursor = nullptr;
  size_t map = 0;
  size_t page = 4096;
  size_t used_pages = 0;    // when the transaction began
  size_t wanted_pages = 0;  // at most so many have come on top since
  size_t uncommitted = 0;

  ~Parts() {
    end_reading();
    if (writing != nullptr) mdb_txn_abort(writing);
    if (env != nullptr) mdb_env_close(env);
    if (lock >= 0) ::close(lock);
  }

  Status error(int code, std::string_view what) const {
    Status::Error out;
    out.place = path;
    if (code == MDB_INVALID || code == MDB_VERSION_MISMATCH) {
      out.code = "store.not_lmdb";
      out.text = "the file is no LMDB file (" + std::string(mdb_strerror(code)) + ")";
      out.fix = "name another file; this one was not touched";
    } else if (code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND) {
      out.code = "store.damaged";
      out.text = "the store is damaged (" + std::string(mdb_strerror(code)) + ")";
    } else {
      out.fault = Fault::kOutside;
      out.code = "store.disk";
      out.text = "cannot " + std::string(what) + ": " + mdb_strerror(code);
      if (code == ENOENT) out.fix = "make the folder first, or name a file in another one";
      if (code == EIO) out.fix = "the disk may be full or broken; what was committed is whole";  // LMDB: a short write
      if (code == ENOSPC || code == EFBIG || code == EDQUOT) out.fix = "make room; what was committed is whole";
    }
    return Status(std::move(out));
  }

  void end_reading() {
    if (cursor != nullptr) mdb_cursor_close(cursor);
    cursor = nullptr;
    if (reading != nullptr) mdb_txn_abort(reading);
    reading = nullptr;
  }

  Status open_env(Sync sync) {
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS | MDB_NOLOCK;  // the lock above replaces LMDB's, which binds threads
    if (sync == Sync::kMeta) flags |= MDB_NOMETASYNC;
    if (sync == Sync::kNever) flags |= MDB_NOSYNC;
    struct stat status;
    if (fstat(lock, &status) != 0) return error(errno, "look at the store");
    map = kFirstMap;
    while (map < 4 * static_cast<size_t>(status.st_size)) map *= 2;
    while (true) {
      if (const int code = mdb_env_create(&env); code != 0) return error(code, "make an LMDB environment");
      mdb_env_set_maxdbs(env, static_cast<MDB_dbi>(names.size() + 1));
      mdb_env_set_mapsize(env, map);
      const int code = mdb_env_open(env, path.c_str(), flags, 0644);
      if (code == 0) break;
      mdb_env_close(env);
      env = nullptr;
      if (code != ENOMEM || map <= kSmallestMap) return error(code, "open the store");
      map /= 2;  // the process may not have so many addresses
    }
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(env, &info);
    mdb_env_stat(env, &stat);
    map = info.me_mapsize;
    page = stat.ms_psize;
    // Pages behind the end of the file would be a bus error on the first look.
    if (status.st_size > 0 && static_cast<size_t>(status.st_size) < (info.me_last_pgno + 1) * page) {
      return Status(Status::Error{Fault::kUser, "store.damaged", "the store is cut off: it has fewer bytes than pages",
                                  path, "restore it, or name another file"});
    }
    return Status::ok();
  }

  Status open_tables() {
    MDB_txn* txn = nullptr;
    if (const int code = mdb_txn_begin(env, nullptr, 0, &txn); code != 0) return error(code, "begin a transaction");
    int code = 0;
    for (const std::string& name : names) {
      tables.emplace_back();
      if (code == 0) code = mdb_dbi_open(txn, name.c_str(), MDB_CREATE, &tables.back());
    }
    if (code == 0) code = mdb_dbi_open(txn, "notes", MDB_CREATE, &notes);
    if (code != 0) {
      mdb_txn_abort(txn);
      return error(code, "open the tables of the store");
    }
    if (code = mdb_txn_commit(txn); code != 0) return error(code, "write the store");
    return Status::ok();
  }

  Status begin() {
    if (writing != nullptr) return Status::ok();
    end_reading();
    MDB_envinfo info;
    mdb_env_info(env, &info);
    used_pages = info.me_last_pgno + 1;
    wanted_pages = 0;
    if (used_pages * page > map / 2) BLOX_TRY(grow());
    if (const int code = mdb_txn_begin(env, nullptr, 0, &writing); code != 0) return error(code, "begin a transaction");
    return Status::ok();
  }

  Status grow() {
    if (const int code = mdb_env_set_mapsize(env, map * 2); code != 0) return error(code, "map a larger range");
    map *= 2;
    return Status::ok();
  }

  /// What changes may need: copies of their leaves, a share of splits and of the branches above, and overflow pages.
  size_t pages_for(size_t changes, size_t bytes) const { return 2 * changes + bytes / page; }
  bool fits(size_t more) const { return (used_pages + wanted_pages + more) * page <= map - map / 8; }

  Status make_room(size_t bytes) {
    BLOX_TRY(begin());
    const size_t more = pages_for(1, bytes);
    if (!fits(more)) {
      BLOX_TRY(commit());
      do {
        BLOX_TRY(grow());
      } while ((used_pages + wanted_pages + more) * page > map / 2);
      BLOX_TRY(begin());
    }
    wanted_pages += more;
    uncommitted += bytes;
    return Status::ok();
  }

  Status commit() {
    if (writing == nullptr) return Status::ok();
    if (cursor != nullptr) mdb_cursor_close(cursor);
    cursor = nullptr;
    uncommitted = 0;
    if (const int code = mdb_txn_commit(std::exchange(writing, nullptr)); code != 0)
      return error(code, "write the store");
    return Status::ok();
  }

  /// The transaction to read in.
  Result<MDB_txn*> readable() {
    if (writing != nullptr) return writing;
    if (reading == nullptr) {
      if (const int code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &reading); code != 0)
        return error(code, "read the store");
    }
    return reading;
  }

  Result<std::optional<Item>> move(MDB_val key, MDB_cursor_op op) {
    MDB_val value{};
    const int code = mdb_cursor_get(cursor, &key, &value, op);
    if (code == MDB_NOTFOUND) return std::optional<Item>();
    if (code != 0) return error(code, "read the store");
    return std::optional<Item>(Item{view_of(key), view_of(value)});
  }
};

OrderedStore::OrderedStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
OrderedStore::OrderedStore(OrderedStore&&) noexcept = default;
OrderedStore& OrderedStore::operator=(OrderedStore&&) noexcept = default;
OrderedStore::~OrderedStore() = default;

Result<OrderedStore> OrderedStore::open(const std::string& path, Sync sync, Before before,
                                        const std::vector<std::string>& more) {
  auto parts = std::make_unique<Parts>();
  parts->path = path;
  parts->names.insert(parts->names.end(), more.begin(), more.end());
  parts->lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (parts->lock < 0) return parts->error(errno, "open the store");
  if (flock(parts->lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return parts->error(errno, "lock the store");
    return Status(Status::Error{Fault::kUser, "store.in_use", "another element or process has the store open", path,
                                "give each `Store` a file of its own"});
  }
  if (before == Before::kForgotten && is_lmdb_file(parts->lock) && ftruncate(parts->lock, 0) != 0) {
    return parts->error(errno, "empty the store");
  }
  if (before == Before::kChecked) {
    const Status sound = check_lmdb_file(parts->lock);
    if (!sound.is_ok()) return sound.at(path).with_fix("restore it from a copy, or start afresh with fresh = true");
  }
  BLOX_TRY(parts->open_env(sync));
  BLOX_TRY(parts->open_tables());
  return OrderedStore(std::move(parts));
}

Status OrderedStore::put(std::string_view key, std::string_view value, Table table) {
  if (key.empty() || key.size() > kLongestKey) {
    return Status::user("store.key", "a key of " + std::to_string(key.size()) + " bytes; it can have 1 to 511")
        .at(parts_->path);
  }
  BLOX_TRY(parts_->make_room(key.size() + value.size()));
  MDB_val k = val_of(key), v = val_of(value);
  const int code = mdb_put(parts_->writing, parts_->tables[table], &k, &v, 0);
  return code == 0 ? Status::ok() : parts_->error(code, "write the store");
}

Status OrderedStore::erase(std::string_view key, Table table) {
  if (key.empty() || key.size() > kLongestKey) return Status::ok();  // never put
  BLOX_TRY(parts_->make_room(key.size()));
  MDB_val k = val_of(key);
  const int code = mdb_del(parts_->writing, parts_->tables[table], &k, nullptr);
  return code == 0 || code == MDB_NOTFOUND ? Status::ok() : parts_->error(code, "write the store");
}

Status OrderedStore::clear() {
  BLOX_TRY(parts_->make_room(1));
  for (const MDB_dbi table : parts_->tables) {
    if (const int code = mdb_drop(parts_->writing, table, 0); code != 0) return parts_->error(code, "write the store");
  }
  return Status::ok();
}

Status OrderedStore::clear(Table table) {
  BLOX_TRY(parts_->make_room(1));
  const int code = mdb_drop(parts_->writing, parts_->tables[table], 0);
  return code == 0 ? Status::ok() : parts_->error(code, "write the store");
}

Result<bool> OrderedStore::fits(size_t changes, size_t bytes) {
  BLOX_TRY(parts_->begin());
  return parts_->fits(parts_->pages_for(changes, bytes));
}

Status OrderedStore::commit() { return parts_->commit(); }
size_t OrderedStore::uncommitted() const { return parts_->uncommitted; }

Result<std::optional<std::string_view>> OrderedStore::get(std::string_view key, Table table) {
  if (key.empty() || key.size() > kLongestKey) return std::optional<std::string_view>();
  BLOX_ASSIGN(MDB_txn* const txn, parts_->readable());
  MDB_val k = val_of(key), v{};
  const int code = mdb_get(txn, parts_->tables[table], &k, &v);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (code != 0) return parts_->error(code, "read the store");
  return std::optional<std::string_view>(view_of(v));
}

Result<uint64_t> OrderedStore::count(Table table) {
  BLOX_ASSIGN(MDB_txn* const txn, parts_->readable());
  MDB_stat stat;
  if (const int code = mdb_stat(txn, parts_->tables[table], &stat); code != 0)
    return parts_->error(code, "read the store");
  return uint64_t{stat.ms_entries};
}

Result<std::optional<OrderedStore::Item>> OrderedStore::seek(std::string_view from, bool behind, Table table) {
  BLOX_ASSIGN(MDB_txn* const txn, parts_->readable());
  if (parts_->cursor != nullptr) mdb_cursor_close(parts_->cursor);
  parts_->cursor = nullptr;
  if (const int code = mdb_cursor_open(txn, parts_->tables[table], &parts_->cursor); code != 0) {
    return parts_->error(code, "read the store");
  }
  Result<std::optional<Item>> found =
      from.empty() ? parts_->move({}, MDB_FIRST) : parts_->move(val_of(from), MDB_SET_RANGE);
  if (behind && found.is_ok() && found->has_value() && (*found)->key == from) return next();
  return found;
}

Result<std::optional<OrderedStore::Item>> OrderedStore::next() {
  BLOX_CHECK(parts_->cursor != nullptr, "next() without seek()");
  return parts_->move({}, MDB_NEXT);
}

Result<std::optional<std::string>> OrderedStore::note(std::string_view name) {
  BLOX_ASSIGN(MDB_txn* const txn, parts_->readable());
  MDB_val k = val_of(name), v{};
  const int code = mdb_get(txn, parts_->notes, &k, &v);
  if (code == MDB_NOTFOUND) return std::optional<std::string>();
  if (code != 0) return parts_->error(code, "read the store");
  return std::optional<std::string>(std::string(view_of(v)));
}

Status OrderedStore::set_note(std::string_view name, std::string_view text) {
  BLOX_TRY(parts_->make_room(name.size() + text.size()));
  MDB_val k = val_of(name), v = val_of(text);
  const int code = mdb_put(parts_->writing, parts_->notes, &k, &v, 0);
  return code == 0 ? Status::ok() : parts_->error(code, "write the store");
}

}  // namespace blox
