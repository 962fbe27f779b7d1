#include <fmt/format.h>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/element/element.h"

namespace blox {
namespace {

class Deduplicate final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Passes the first record of each key, and counts how often each key is referred to.

Each record refers to its key; all but the first go to `again`. A record at `release` takes one reference back; with
the last one the key is forgotten, and the record goes to `gone`: what was stored under it may be deleted. A release of
a key that nothing refers to goes to `errors`. Behind `Fingerprint` it keeps one of each chunk or file.

The query `get` asks with the fields of `by` and is answered with the references of each of those keys that are known;
it sees all that was pushed before.

Owns     one counter a key, in memory
Cost     one hash probe a record, those of one log overlapped; logs pass as selections, without a copy
Order    of the records at each port
Example  FileCrawler(path = "topologies") -> Fingerprint -> Deduplicate(by = [fingerprint]) -> Select(path) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kByKey};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    std::optional<Schema> schema = Element::resolve(port, types);
    if (!schema || (&port != &release_ && &port != &get_)) return schema;
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    for (const FieldName& name : by_->names) {
      const std::optional<size_t> here = schema->find(name.name), there = in->find(name.name);
      if (!here || !there) return std::nullopt;  // reported with the patterns
      const Type &found = schema->at(*here).type, &wanted = in->at(*there).type;
      if (found == wanted) continue;
      types.error("E0502", by_.span(),
                  fmt::format("`{}` is `{}` at `{}` and `{}` at `in`", name.name, found.to_string(), port.name(),
                              wanted.to_string()),
                  "a key has the same type everywhere");
      return std::nullopt;
    }
    return schema;
  }

  Status open() override {
    const std::vector<std::string> by = by_->strings();
    arriving_ = KeyReader(in_.schema(), by);
    if (release_.connected()) leaving_ = KeyReader(release_.schema(), by);
    if (get_.connected()) asked_ = KeyReader(get_.schema(), by);
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    if (&port == &release_) return release(log);
    first_.clear();
    other_.clear();
    const auto slots = references_.slots(arriving_.read(log));
    for (uint32_t record = 0; record < log.rows(); ++record) {
      (++*slots[record] == 1 ? first_ : other_).push_back(record);
    }
    if (!first_.empty()) out_.emit(log.select(first_));
    if (!other_.empty() && again_.connected()) again_.emit(log.select(other_));
    return Flow::kNext;
  }

  Flow answer(QueryIn&, Log question, Reply reply) override {
    question = question.dense();
    const auto slots = references_.find(asked_.read(question));
    std::vector<uint32_t> known;
    ColumnBuilder counts(Kind::kInt);
    for (uint32_t record = 0; record < question.rows(); ++record) {
      if (slots[record] == nullptr) continue;
      known.push_back(record);
      counts.append_int(*slots[record]);
    }
    if (!known.empty()) {
      const Schema& schema = get_.answer_schema();
      std::vector<ColumnPtr> columns;
      for (size_t i = 0; i + 1 < schema.size(); ++i) {
        columns.push_back(take(question.columns()[*question.schema().find(schema.at(i).name)], known));
      }
      columns.push_back(counts.finish());
      reply.send(Log::make(schema, std::move(columns), static_cast<uint32_t>(known.size()), question.born()));
    }
    reply.end();
    return Flow::kNext;
  }

 private:
  Flow release(const Log& log) {
    first_.clear();
    other_.clear();
    const KeyBatch keys = leaving_.read(log);
    const auto slots = references_.find(keys);
    for (uint32_t record = 0; record < log.rows(); ++record) {
      if (slots[record] == nullptr || *slots[record] == 0) {
        other_.push_back(record);
      } else if (--*slots[record] == 0) {
        first_.push_back(record);
      }
    }
    for (const uint32_t record : first_) references_.erase(keys.keys[record]);
    if (!other_.empty()) {
      reject(release_, log, other_, "deduplicate.unknown", "nothing refers to the key that is released");
    }
    if (!first_.empty() && gone_.connected()) gone_.emit(log.select(first_));
    return Flow::kNext;
  }

  PushIn in_{this, "in", "{$by, ...}", "records, each a reference to its key"};
  PushIn release_{this, "release", "{$by, ...}", "references that are given back", kOptional};
  PushOut out_{this, "out", "in", "the first record of each key"};
  PushOut again_{this, "again", "in", "the others", kOptional};
  PushOut gone_{this, "gone", "release", "releases of the last reference to a key", kOptional};
  QueryIn get_{this, "get", "{$by}", "in & $by + {references: int} append", "how often these keys are referred to"};

  Arg<FieldList> by_{this, "by", "the fields that make records the same"};

  Keyed<Key, int64_t> references_{this, "references", Version{1}};
  Handler<int64_t> keys_{this, "keys", "distinct keys", OfShard::kSum,
                         [this] { return static_cast<int64_t>(references_.size()); }};

  KeyReader arriving_;
  KeyReader leaving_;
  KeyReader asked_;
  std::vector<uint32_t> first_;  // of the present call: the first reference to a key, or the last
  std::vector<uint32_t> other_;
};

}  // namespace

BLOX_ELEMENT(Deduplicate);

}  // namespace blox
