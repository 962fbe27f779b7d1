#include "elements/store/chunk_records.h"

#include <fmt/format.h>

namespace blox {
namespace {

// The fingerprint that a stored value begins with; empty where it has none.
std::string print_in(std::string_view value) {
  constexpr size_t kAhead = 2;  // "there is one", and its length
  return value.empty() || value[0] == 0 ? std::string() : std::string(value.substr(kAhead, Contents::kPrint));
}

}  // namespace

ChunkRecords::ChunkRecords(const Schema& schema, const std::vector<std::string>& key, const std::string& data,
                           size_t together)
    : schema_(schema.with_mode(Mode::kAppend).with_time_field("").with_key({})), data_(*schema.find(data)) {
  // The fingerprint stands first in a value, so that it is found without reading the rest.
  std::vector<Field> fields{{data, Type(Kind::kBytes, true)}};
  for (size_t i = 0; i < schema_.size(); ++i) {
    if (i == data_) continue;
    fields.push_back(schema_.at(i));
    rest_.push_back(i);
  }
  rows_ = Schema(std::move(fields));
  records_ = Records(rows_, key);
  std::vector<Field> key_fields;
  for (const std::string& name : key) key_fields.push_back(schema_.at(*schema_.find(name)));
  key_schema_ = Schema(std::move(key_fields));
  first_ = KeyReader(key_schema_, {key[0]});
  if (together > 0)
    runs_.emplace(rows_, std::vector<std::string>(key.begin(), key.begin() + static_cast<long>(together)));
  description_ = schema_.with_key(key).to_string() + " content(" + data + ")";
}

Status ChunkRecords::open(const std::string& path, OrderedStore::Sync sync, OrderedStore::Before before) {
  Result<OrderedStore> store = OrderedStore::open(path, sync, before, Contents::tables());
  if (!store.is_ok()) return store.status();
  store_.emplace(std::move(*store));
  BLOX_ASSIGN(const std::optional<std::string> found, store_->note("schema"));
  if (found && *found != description_) {
    return Status(Status::Error{Fault::kUser, "store.other_schema",
                                fmt::format("the store holds {}, not {}", *found, description_), path,
                                "name another file, or give the fields and the key that it was made for"});
  }
  if (!found) BLOX_TRY(store_->set_note("schema", description_));
  BLOX_TRY(store_->commit());
  BLOX_ASSIGN(Contents contents, Contents::make());
  contents_.emplace(std::move(contents));
  return contents_->load(*store_);
}

Status ChunkRecords::keep(const Log& log, Run& run, const Refuse& refuse) {
  const Column& data = log.column(data_);
  ColumnBuilder prints(Type(Kind::kBytes, true));
  for (uint32_t row = 0; row < log.rows(); ++row) {
    if (data.is_null(row)) {
      prints.append_null();
    } else {
      prints.append_string(contents_->print_of(data.string_at(row)));
    }
  }
  std::vector<ColumnPtr> columns{prints.finish()};
  for (const size_t field : rest_) columns.push_back(log.columns()[field]);
  const Log rows = Log::make(rows_, std::move(columns), log.rows(), log.born());
  const KeyBatch keys = records_.keys().read(rows);
  std::span<const std::string_view> prefixes;
  if (runs_) prefixes = runs_->read_canonical(rows);
  for (uint32_t row = 0; row < rows.rows(); ++row) {
    const std::string_view key = keys.keys[row];
    const std::string_view content = data.is_null(row) ? std::string_view() : data.string_at(row);
    if (key.empty() || key.size() > OrderedStore::kLongestKey) {
      refuse(row, "store.key",
             fmt::format("the key has {} bytes; a store takes 1 to {}", key.size(), OrderedStore::kLongestKey));
    } else if (content.size() > Contents::kLongest) {
      refuse(row, "store.too_long", "the content has more than 64 MiB");
    } else {
      if (runs_ && prefixes[row] != run.prefix) {
        BLOX_TRY(end_run(run));
        run.prefix = prefixes[row];
      }
      BLOX_TRY(put(key, rows, row, content));
      if (runs_) run.last = key;
    }
  }
  return Status::ok();
}

Status ChunkRecords::end_run(Run& run) {
  if (run.prefix.empty()) return Status::ok();
  constexpr uint32_t kAtOnce = 1024;
  for (uint32_t released = kAtOnce; released == kAtOnce;) {
    BLOX_ASSIGN(released, release(run.last + '\0', key_behind(run.prefix), kAtOnce));
  }
  run = {};
  return Status::ok();
}

Status ChunkRecords::put(std::string_view key, const Log& rows, uint32_t row, std::string_view content) {
  const std::string_view value = records_.value(rows, row, hash_key(key));
  BLOX_ASSIGN(const std::optional<std::string_view> before, store_->get(key));
  if (before && *before == value) return Status::ok();
  const std::string old = before ? print_in(*before) : "";
  BLOX_ASSIGN(const bool fits, Contents::fits(*store_, key.size() + value.size() + content.size()));
  if (!fits) BLOX_TRY(commit());
  const std::string print = print_in(value);
  if (print != old) {
    if (!print.empty()) BLOX_TRY(contents_->refer(*store_, print, content));
    if (!old.empty()) BLOX_TRY(contents_->release(*store_, old));
  }
  return store_->put(key, value);
}

Result<uint32_t> ChunkRecords::release(std::string_view low, std::string_view high, uint32_t most) {
  // What is gone is not found again: no place needs to be remembered.
  for (uint32_t released = 0; released < most; ++released) {
    BLOX_ASSIGN(const std::optional<OrderedStore::Item> item, store_->seek(low));
    if (!item || (!high.empty() && item->key >= high)) return released;
    const std::string key(item->key), print = print_in(item->value);
    BLOX_ASSIGN(const bool fits, Contents::fits(*store_, key.size()));
    if (!fits) BLOX_TRY(commit());
    if (!print.empty()) BLOX_TRY(contents_->release(*store_, print));
    BLOX_TRY(store_->erase(key));
  }
  return most;
}

Status ChunkRecords::commit() {
  if (store_->uncommitted() == 0) return Status::ok();
  BLOX_TRY(contents_->save(*store_));
  return store_->commit();
}

Result<bool> ChunkRecords::list(std::string& next, uint32_t rows, LogBuilder& keys) {
  while (keys.rows() < rows) {
    BLOX_ASSIGN(const std::optional<OrderedStore::Item> item, store_->seek(next));
    if (!item) return true;
    const std::string key(item->key);
    LogBuilder one(key_schema_);
    for (LogBuilder* out : {&keys, &one}) {
      if (!records_.keys().append(key, *out, 0)) {
        return Status::user("store.damaged", "the store holds a key that cannot be read");
      }
      out->end_row();
    }
    next = key_schema_.size() == 1 ? key + '\0' : key_behind(std::string(first_.read_canonical(one.finish(0))[0]));
    if (next.empty()) return true;
  }
  return false;
}

}  // namespace blox
