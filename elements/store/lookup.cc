#include "elements/store/lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace blox {
std::string key_behind(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

Lookup::Lookup(LookupKind kind, const Schema& question, const Subject& subject) : kind_(kind) {
  const Schema& records = subject.records;
  const bool by_index = kind == LookupKind::kFind;
  if (by_index && question.size() > 0) index_ = best_index(question, subject);
  const std::vector<std::string>& key = by_index && !subject.indexes.empty() ? subject.indexes[index_] : subject.key;
  const Type& first = records.at(*records.find(key[0])).type;
  bare_ = key.size() == 1 && first == Type(Kind::kString);
  limit_ = question.find("limit");
  const bool all = kind == LookupKind::kCount || kind == LookupKind::kScan || kind == LookupKind::kDuplicates;
  if (limit_ && (kind == LookupKind::kCount || (!all && holds(key, "limit")))) limit_.reset();
  if (question.size() == 0 || all) return;
  std::vector<std::vector<std::string>> asked;
  if (kind == LookupKind::kGet || by_index) {
    asked.emplace_back();
    for (const std::string& name : key) {
      if (!question.find(name)) break;
      asked[0].push_back(name);
    }
    whole_key_ = !by_index && asked[0].size() == key.size();
  } else if (kind == LookupKind::kPrefix) {
    asked = {{"prefix"}};
  } else {
    strip_presence_ = !first.nullable();
    for (const char* name : {"from", "to"}) {
      if (!question.find(name)) continue;
      (name == std::string_view("from") ? from_ : to_) = asked.size();
      asked.push_back({name});
    }
  }
  for (const std::vector<std::string>& names : asked) {
    readers_.emplace_back(question, names);
    fields_.push_back(*question.find(names[0]));
  }
}

Schema Lookup::answer_builder_schema(const Records& records) const {
  return kind_ == LookupKind::kCount ? Schema({{"count", Kind::kInt}}) : records.stored();
}

Log Lookup::shape(const Log& log, const Records& records, const Schema& answer) const {
  return kind_ == LookupKind::kCount ? log : records.shape(log, answer);
}

Result<int64_t> Lookup::limit_of(const Place& place) const {
  const uint32_t row = place.question.physical(place.record);
  if (!limit_ || place.question.column(*limit_).is_null(row)) return std::numeric_limits<int64_t>::max();
  const int64_t limit = place.question.column(*limit_).int_at(row);
  if (limit < 0) return question_misfit(fmt::format("`limit` is {}: it is the most records, 0 or more", limit));
  return limit;
}

// The encoded value of one field of the question, as the keys of the store have it.
std::string Lookup::bound(const Log& question, uint32_t record, size_t field) {
  const size_t column = fields_[field];
  if (bare_) return std::string(question.column(column).string_at(question.physical(record)));
  const std::span<const std::string_view> keys = readers_[field].read_canonical(question.slice(record, 1));
  return std::string(keys[0].substr(strip_presence_ ? 1 : 0));
}

Lookup::Bounds Lookup::bounds_of(const Place& place) {
  Bounds out;
  switch (kind_) {
    case LookupKind::kGet: {  // of the first fields of the key
      out.low = std::string(readers_[0].read_canonical(place.question.slice(place.record, 1))[0]);
      out.high = key_behind(out.low);
      break;
    }
    case LookupKind::kPrefix:
      out.low = bound(place.question, place.record, 0);
      if (!bare_) out.low.resize(out.low.size() - 2);  // without the end of the string
      out.high = key_behind(out.low);
      break;
    case LookupKind::kRange: {
      const auto given = [&](const std::optional<size_t>& field) {
        return field && !place.question.column(fields_[*field]).is_null(place.question.physical(place.record));
      };
      if (given(from_)) out.low = bound(place.question, place.record, *from_);
      if (given(to_)) {
        out.high = bound(place.question, place.record, *to_);
        if (out.high.empty()) out.high = std::string(1, '\0');  // nothing is before the empty string
      }
      break;
    }
    case LookupKind::kFind:
      out.low = Indexes::begin_of(index_);
      out.low += readers_[0].read_canonical(place.question.slice(place.record, 1))[0];
      out.high = key_behind(out.low);
      break;
    case LookupKind::kDuplicates:
      out.low = Indexes::begin_of(0);
      out.high = key_behind(out.low);
      break;
    case LookupKind::kScan:
    case LookupKind::kCount: break;
  }
  return out;
}

Result<bool> Lookup::answer(OrderedStore& store, const Records& records, Place& place, uint32_t rows, size_t bytes,
                            LogBuilder& out, const Given& given) {
  const Room room{rows, bytes};
  if (kind_ == LookupKind::kGet && whole_key_) return get(store, records, place, room, out, given);
  while (place.record < place.question.rows()) {
    if (!room.in(out)) return false;
    if (kind_ == LookupKind::kCount) {
      BLOX_ASSIGN(const uint64_t count, store.count());
      out.column(0).append_int(static_cast<int64_t>(count));
      out.end_row();
    } else {
      BLOX_ASSIGN(const int64_t limit, limit_of(place));
      const bool by_index = kind_ == LookupKind::kFind || kind_ == LookupKind::kDuplicates;
      BLOX_ASSIGN(const bool complete, by_index ? scan_index(store, records, place, limit, room, out)
                                                : scan(store, records, place, limit, room, out, given));
      if (!complete) return false;
    }
    ++place.record;
    place.given = 0;
    place.last.clear();
  }
  return true;
}

Result<bool> Lookup::scan(OrderedStore& store, const Records& records, Place& place, int64_t limit, Room room,
                          LogBuilder& out, const Given& given) {
  const Bounds bounds = bounds_of(place);
  const bool begun = !place.last.empty();
  Result<std::optional<OrderedStore::Item>> item = store.seek(begun ? place.last : bounds.low, begun);
  while (true) {
    if (!item.is_ok()) return item.status();
    const std::optional<OrderedStore::Item>& found = *item;
    if (!found || (!bounds.high.empty() && found->key >= bounds.high) || place.given >= limit) return true;
    if (!room.in(out)) return false;
    if (!records.read(found->key, found->value, out)) return Records::damaged();
    place.last = found->key;
    ++place.given;
    if (given) BLOX_TRY(given(place.last));
    item = given ? store.seek(place.last, true) : store.next();
  }
}

// Entries of an index, all of them or, for kDuplicates, those that have one of the same group beside them.
Result<bool> Lookup::scan_index(OrderedStore& store, const Records& records, Place& place, int64_t limit, Room room,
                                LogBuilder& out) {
  const Bounds bounds = bounds_of(place);
  const bool begun = !place.last.empty();
  std::string group;  // of the entry before
  if (begun) {
    BLOX_ASSIGN(const std::optional<OrderedStore::Item> before, store.seek(place.last, false, Indexes::kTable));
    const std::optional<Indexes::Entry> entry = before ? Indexes::entry(*before) : std::nullopt;
    if (before && before->key == place.last && entry) group = entry->group;
  }
  Result<std::optional<OrderedStore::Item>> item = store.seek(begun ? place.last : bounds.low, begun, Indexes::kTable);
  while (true) {
    if (!item.is_ok()) return item.status();
    const std::optional<OrderedStore::Item> found = *item;
    if (!found || (!bounds.high.empty() && found->key >= bounds.high) || place.given >= limit) return true;
    if (!room.in(out)) return false;
    const std::optional<Indexes::Entry> entry = Indexes::entry(*found);
    if (!entry) return Records::damaged();
    item = store.next();
    if (!item.is_ok()) return item.status();
    if (kind_ == LookupKind::kDuplicates) {
      const std::optional<Indexes::Entry> next = *item ? Indexes::entry(**item) : std::nullopt;
      const bool alone = entry->group != group && (!next || next->group != entry->group);
      group = entry->group;
      if (alone) continue;
    }
    BLOX_ASSIGN(const std::optional<std::string_view> value, store.get(entry->key));
    if (!value || !records.read(entry->key, *value, out)) return Records::damaged();
    place.last = found->key;
    ++place.given;
  }
}

Result<bool> Lookup::get(OrderedStore& store, const Records& records, Place& place, Room room, LogBuilder& out,
                         const Given& given) {
  const KeyBatch keys = readers_[0].read(place.question);
  for (; place.record < place.question.rows(); ++place.record) {
    if (!room.in(out)) return false;
    const std::string_view key = keys.keys[place.record];
    BLOX_ASSIGN(const int64_t limit, limit_of(place));
    BLOX_ASSIGN(const std::optional<std::string_view> value, store.get(key));
    if (!value || limit == 0) continue;
    if (!records.read(key, *value, out)) return Records::damaged();
    if (given) BLOX_TRY(given(key));
  }
  return true;
}

}  // namespace blox
