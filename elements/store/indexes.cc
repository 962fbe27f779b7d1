#include "elements/store/indexes.h"

#include <fmt/format.h>

#include "core/base/hash.h"

namespace blox {
namespace {

constexpr uint32_t kRecordsAtOnce = 1024;  // of a rebuild

}  // namespace

Indexes::Indexes(const Schema& schema, const std::vector<IndexFields>& indexes) {
  for (const IndexFields& names : indexes) {
    Index index{names, {}, KeyReader(schema, names), {}};
    for (const std::string& name : names) index.fields.push_back(*schema.find(name));
    indexes_.push_back(std::move(index));
  }
}

std::string Indexes::to_string() const {
  std::string out;
  for (const Index& index : indexes_) {
    out += out.empty() ? "[" : ", [";
    for (size_t i = 0; i < index.names.size(); ++i) out += (i == 0 ? "" : ", ") + quoted_name(index.names[i]);
    out += "]";
  }
  return "[" + out + "]";
}

void Indexes::read(const Log& log) {
  for (Index& index : indexes_) {
    const std::span<const std::string_view> encoded = index.reader.read_canonical(log);
    index.encoded.assign(log.rows(), std::nullopt);
    for (uint32_t record = 0; record < log.rows(); ++record) {
      bool known = true;
      for (const size_t field : index.fields) known = known && !log.column(field).is_null(log.physical(record));
      if (known) index.encoded[record] = encoded[record];
    }
  }
}

Status Indexes::check(uint32_t record) const {
  for (const Index& index : indexes_) {
    if (!index.encoded[record] || index.encoded[record]->size() <= kLongest) continue;
    return Status::user("store.key", fmt::format("`{}` has {} bytes; an index takes at most {}", index.names[0],
                                                 index.encoded[record]->size(), kLongest));
  }
  return Status::ok();
}

std::string Indexes::entry_key(size_t index, std::string_view encoded, std::string_view key) {
  std::string out = begin_of(index);
  out += encoded;
  if (out.size() + key.size() <= OrderedStore::kLongestKey) {
    out += key;
  } else {
    constexpr size_t kHash = 16;
    const Hash128 hash = hash128(key);
    out += key.substr(0, OrderedStore::kLongestKey - kHash - out.size());
    out.append(reinterpret_cast<const char*>(&hash.high), 8);
    out.append(reinterpret_cast<const char*>(&hash.low), 8);
  }
  return out;
}

Status Indexes::add(OrderedStore& store, uint32_t record, std::string_view key) const {
  for (size_t i = 0; i < indexes_.size(); ++i) {
    const std::optional<std::string>& encoded = indexes_[i].encoded[record];
    if (!encoded) continue;
    std::string value{static_cast<char>(encoded->size() & 0xff), static_cast<char>(encoded->size() >> 8)};
    value += key;
    BLOX_TRY(store.put(entry_key(i, *encoded, key), value, kTable));
  }
  return Status::ok();
}

Status Indexes::erase(OrderedStore& store, uint32_t record, std::string_view key) const {
  for (size_t i = 0; i < indexes_.size(); ++i) {
    const std::optional<std::string>& encoded = indexes_[i].encoded[record];
    if (encoded) BLOX_TRY(store.erase(entry_key(i, *encoded, key), kTable));
  }
  return Status::ok();
}

Status Indexes::rebuild(OrderedStore& store, const Records& records) {
  BLOX_TRY(store.clear(kTable));
  if (empty()) return Status::ok();
  std::string last;
  while (true) {
    LogBuilder some(records.stored());
    std::vector<std::string> keys;
    Result<std::optional<OrderedStore::Item>> item = store.seek(last, !last.empty());
    while (keys.size() < kRecordsAtOnce && item.is_ok() && item->has_value()) {
      if (!records.read((*item)->key, (*item)->value, some)) return Records::damaged();
      keys.emplace_back((*item)->key);
      item = store.next();
    }
    if (!item.is_ok()) return item.status();
    if (keys.empty()) return Status::ok();
    last = keys.back();
    const Log log = some.finish(0);
    read(log);
    for (uint32_t record = 0; record < log.rows(); ++record) {
      BLOX_TRY(check(record));
      BLOX_TRY(add(store, record, keys[record]));
    }
    BLOX_TRY(store.commit());
  }
}

std::optional<Indexes::Entry> Indexes::entry(const OrderedStore::Item& item) {
  if (item.value.size() < 3) return std::nullopt;
  const size_t encoded = static_cast<uint8_t>(item.value[0]) | static_cast<size_t>(static_cast<uint8_t>(item.value[1]))
                                                                   << 8;
  if (1 + encoded > item.key.size()) return std::nullopt;
  return Entry{item.key.substr(0, 1 + encoded), item.value.substr(2)};
}

}  // namespace blox
