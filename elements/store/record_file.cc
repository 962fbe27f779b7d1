#include "elements/store/record_file.h"

#include <fmt/format.h>

namespace blox {
namespace {

constexpr const char* kFormat = "2: values with checksums";  // of what stands in the file

}  // namespace

RecordFile::RecordFile(std::string path, OrderedStore store, const Subject& subject)
    : path_(std::move(path)),
      store_(std::move(store)),
      records_(subject.records, subject.key),
      indexes_(subject.records, subject.indexes),
      stored_indexes_(records_.stored(), subject.indexes) {}

Result<RecordFile> RecordFile::open(const std::string& path, OrderedStore::Sync sync, OrderedStore::Before before,
                                    const Subject& subject) {
  Result<OrderedStore> store = OrderedStore::open(path, sync, before, Indexes::tables());
  if (!store.is_ok()) return store.status();
  RecordFile out(path, std::move(*store), subject);
  BLOX_TRY(out.agree(subject.records.to_string()));
  BLOX_TRY(out.agree_on_indexes());
  return out;
}

KeyBatch RecordFile::read(const Log& log) {
  if (!indexes_.empty()) indexes_.read(log);
  return records_.keys().read(log);
}

Status RecordFile::agree(const std::string& wanted) {
  BLOX_ASSIGN(const std::optional<std::string> found, store_.note("schema"));
  BLOX_ASSIGN(const std::optional<std::string> format, store_.note("format"));
  const std::string_view fix = "name another file, or start afresh with fresh = true";
  if (found && *found != wanted) {
    return Status::user("store.other_schema", fmt::format("the store holds {}, not {}", *found, wanted))
        .at(path_)
        .with_fix(fix);
  }
  if (found && format != kFormat) {
    return Status::user("store.other_format", "the store was written by another version").at(path_).with_fix(fix);
  }
  if (found) return Status::ok();
  BLOX_TRY(store_.set_note("schema", wanted));
  BLOX_TRY(store_.set_note("format", kFormat));
  return store_.commit();
}

// The note is taken back first: a rebuild that is killed begins again.
Status RecordFile::agree_on_indexes() {
  const std::string wanted = indexes_.to_string();
  BLOX_ASSIGN(const std::optional<std::string> found, store_.note("index"));
  if (found.value_or("[]") == wanted) return Status::ok();
  BLOX_TRY(store_.set_note("index", ""));
  BLOX_TRY(store_.commit());
  const Status made = stored_indexes_.rebuild(store_, records_);
  if (!made.is_ok()) return made.at(path_);
  BLOX_TRY(store_.set_note("index", wanted));
  return store_.commit();
}

Status RecordFile::refusal(std::string_view key, uint32_t record) const {
  if (key.empty() || key.size() > OrderedStore::kLongestKey) {
    return Status::user(
        "store.key", fmt::format("the key has {} bytes; a store takes 1 to {}", key.size(), OrderedStore::kLongestKey));
  }
  return indexes_.empty() ? Status::ok() : indexes_.check(record);
}

Status RecordFile::set(const KeyBatch& keys, uint32_t record, const Log& log) {
  const std::string_view key = keys.keys[record];
  const std::string_view value = records_.value(log, log.physical(record), keys.hashes[record]);
  if (!indexes_.empty()) {
    BLOX_TRY(make_room(key, value.size()));
    BLOX_ASSIGN(const std::optional<std::string_view> old, store_.get(key));
    if (old == value) return Status::ok();
    if (old) BLOX_TRY(erase_entries(key, *old));
    BLOX_TRY(indexes_.add(store_, record, key));
  }
  return store_.put(key, value);
}

Status RecordFile::erase(std::string_view key) {
  if (!indexes_.empty()) {
    BLOX_TRY(make_room(key, 0));
    BLOX_ASSIGN(const std::optional<std::string_view> old, store_.get(key));
    if (old) BLOX_TRY(erase_entries(key, *old));
  }
  return store_.erase(key);
}

// A record and its entries change in one transaction.
Status RecordFile::make_room(std::string_view key, size_t bytes) {
  const size_t changes = 1 + 2 * indexes_.size();
  BLOX_ASSIGN(const bool fits, store_.fits(changes, bytes + changes * (2 * key.size() + OrderedStore::kLongestKey)));
  return fits ? Status::ok() : store_.commit();
}

Status RecordFile::erase_entries(std::string_view key, std::string_view value) {
  LogBuilder old(records_.stored());
  if (!records_.read(key, value, old)) return Records::damaged();
  stored_indexes_.read(old.finish(0));
  return stored_indexes_.erase(store_, 0, key);
}

}  // namespace blox
