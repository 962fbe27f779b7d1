#include "elements/store/lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace blox {
namespace {

Status misfit(std::string text, std::string fix = {}) {
  return Status(Status::Error{Fault::kUser, "store.question", std::move(text), {}, std::move(fix)});
}

// One field of the question as the lookup needs it; nothing where it does not fit.
std::optional<Field> field_of(const Schema& arriving, std::string_view name, const Type& wanted) {
  const std::optional<size_t> index = arriving.find(name);
  if (!index || !fits(arriving.at(*index).type, wanted)) return std::nullopt;
  return Field{std::string(name), wanted};
}

std::vector<size_t> rest_of(const Schema& schema, const std::vector<std::string>& key) {
  std::vector<size_t> out;
  for (size_t i = 0; i < schema.size(); ++i) {
    if (std::find(key.begin(), key.end(), schema.at(i).name) == key.end()) out.push_back(i);
  }
  return out;
}

Status damaged() { return Status::user("store.damaged", "the store holds a record that cannot be read"); }

}  // namespace

std::string key_behind(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

Result<Schema> question_schema(LookupKind kind, const Schema& arriving, const Schema& records,
                               const std::vector<std::string>& key) {
  const Type first = records.at(*records.find(key[0])).type;
  std::vector<Field> fields;
  switch (kind) {
    case LookupKind::kGet:
      for (const std::string& name : key) {
        const Type& type = records.at(*records.find(name)).type;
        std::optional<Field> field = field_of(arriving, name, type);
        if (!field && arriving.find(name)) {
          return misfit(fmt::format("`get` asks for `{}: {}`, which is `{}` in the question", quoted_name(name),
                                    type.to_string(), arriving.at(*arriving.find(name)).type.to_string()));
        }
        if (!field) break;
        fields.push_back(*std::move(field));
      }
      if (fields.empty()) {
        return misfit(
            fmt::format("`get` asks by the key, and the question {} has no field `{}`", arriving.to_string(), key[0]));
      }
      break;
    case LookupKind::kPrefix: {
      if (first.kind() != Kind::kString) {
        return misfit(fmt::format("`prefix` needs a string as the first field of the key, and `{}` is `{}`", key[0],
                                  first.to_string()),
                      "ask `range` instead");
      }
      std::optional<Field> field = field_of(arriving, "prefix", first.with_nullable(false));
      if (!field) return misfit(fmt::format("`prefix` asks {{prefix: string}}, not {}", arriving.to_string()));
      fields.push_back({"prefix", first});
      break;
    }
    case LookupKind::kRange: {
      bool fits = true;
      for (const char* name : {"from", "to"}) {
        std::optional<Field> field = field_of(arriving, name, first.with_nullable(true));
        fits = fits && (field || !arriving.find(name));
        if (field) fields.push_back(*std::move(field));
      }
      if (!fits || fields.empty()) {
        const std::string type = first.with_nullable(true).to_string();
        return misfit(
            fmt::format("`range` asks {{from: {}, to: {}}} or one of them, not {}", type, type, arriving.to_string()));
      }
      break;
    }
    case LookupKind::kCount: return arriving;
  }
  if (arriving.find("limit")) {
    const Type given = arriving.at(*arriving.find("limit")).type;
    std::optional<Field> limit = field_of(arriving, "limit", Type(Kind::kInt, given.nullable()));  // null: no limit
    if (!limit) return misfit("`limit` is a whole number: `limit: int`");
    if (std::find(key.begin(), key.end(), "limit") == key.end()) fields.push_back(*std::move(limit));
  }
  return Schema(std::move(fields));
}

Records::Records(const Schema& schema, const std::vector<std::string>& key) : keys_(schema, key) {
  const std::vector<size_t> rest = rest_of(schema, key);
  values_ = RecordCodec(schema, rest);
  std::vector<Field> fields;
  for (const std::string& name : key) fields.push_back(schema.at(*schema.find(name)));
  for (const size_t index : rest) fields.push_back(schema.at(index));
  stored_ = Schema(std::move(fields));
  for (const Field& field : schema.fields()) order_.push_back(*stored_.find(field.name));
}

std::string_view Records::value(const Log& log, uint32_t row) {
  scratch_.clear();
  values_.write(log, row, scratch_);
  return scratch_;
}

bool Records::read(std::string_view key, std::string_view value, LogBuilder& out) const {
  if (!keys_.append(key, out, 0) || !values_.read(value, out, keys_.fields())) {
    out.cancel_row();
    return false;
  }
  out.end_row();
  return true;
}

Lookup::Lookup(LookupKind kind, const Schema& question, const Schema& records, const std::vector<std::string>& key)
    : kind_(kind) {
  const Type& first = records.at(*records.find(key[0])).type;
  bare_ = key.size() == 1 && first == Type(Kind::kString);
  limit_ = question.find("limit");
  if (limit_ && (kind == LookupKind::kCount || std::find(key.begin(), key.end(), "limit") != key.end())) limit_.reset();
  if (question.size() == 0 || kind == LookupKind::kCount) return;
  std::vector<std::vector<std::string>> asked;
  if (kind == LookupKind::kGet) {
    asked.emplace_back();
    for (const std::string& name : key) {
      if (!question.find(name)) break;
      asked[0].push_back(name);
    }
    whole_key_ = asked[0].size() == key.size();
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

int64_t Lookup::limit_of(const Place& place) const {
  const uint32_t row = place.question.physical(place.record);
  if (!limit_ || place.question.column(*limit_).is_null(row)) return std::numeric_limits<int64_t>::max();
  return place.question.column(*limit_).int_at(row);
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
    case LookupKind::kCount: break;
  }
  return out;
}

Result<bool> Lookup::answer(OrderedStore& store, const Records& records, Place& place, uint32_t rows, size_t bytes,
                            LogBuilder& out) {
  if (kind_ == LookupKind::kGet && whole_key_) return get(store, records, place, rows, bytes, out);
  while (place.record < place.question.rows()) {
    if (out.rows() >= rows || out.bytes() >= bytes) return false;
    if (kind_ == LookupKind::kCount) {
      BLOX_ASSIGN(const uint64_t count, store.count());
      out.column(0).append_int(static_cast<int64_t>(count));
      out.end_row();
    } else {
      BLOX_ASSIGN(const bool complete, scan(store, records, place, limit_of(place), rows, bytes, out));
      if (!complete) return false;
    }
    ++place.record;
    place.given = 0;
    place.last.clear();
  }
  return true;
}

Result<bool> Lookup::scan(OrderedStore& store, const Records& records, Place& place, int64_t limit, uint32_t rows,
                          size_t bytes, LogBuilder& out) {
  const Bounds bounds = bounds_of(place);
  const bool begun = !place.last.empty();
  Result<std::optional<OrderedStore::Item>> item = store.seek(begun ? place.last : bounds.low, begun);
  while (true) {
    if (!item.is_ok()) return item.status();
    const std::optional<OrderedStore::Item>& found = *item;
    if (!found || (!bounds.high.empty() && found->key >= bounds.high) || place.given >= limit) return true;
    if (out.rows() >= rows || out.bytes() >= bytes) return false;
    if (!records.read(found->key, found->value, out)) return damaged();
    place.last = found->key;
    ++place.given;
    item = store.next();
  }
}

Result<bool> Lookup::get(OrderedStore& store, const Records& records, Place& place, uint32_t rows, size_t bytes,
                         LogBuilder& out) {
  const KeyBatch keys = readers_[0].read(place.question);
  for (; place.record < place.question.rows(); ++place.record) {
    if (out.rows() >= rows || out.bytes() >= bytes) return false;
    const std::string_view key = keys.keys[place.record];
    BLOX_ASSIGN(const std::optional<std::string_view> value, store.get(key));
    if (!value || limit_of(place) <= 0) continue;
    if (!records.read(key, *value, out)) return damaged();
  }
  return true;
}

}  // namespace blox
