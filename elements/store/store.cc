#include <fmt/format.h>

#include <algorithm>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/element/element.h"
#include "core/state/ordered_store.h"
#include "core/state/record.h"
#include "core/text/path_text.h"
#include "elements/store/lookup.h"
#include "elements/store/record_file.h"
#include "elements/store/store_sync.h"
#include "elements/support/answering.h"
#include "elements/support/keeping.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 1024;
constexpr size_t kBytesPerLog = 256 << 10;

class Store final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Keeps the last record of each key in a file, and answers questions about them.

A record replaces the one with the same key; of a changelog, inserts and updates replace and deletes remove, and so do
the keys that arrive at `remove`. The file is an LMDB database that grows by itself; it is made where there is none, and
goes on where there is one, provided that it was made for the same fields and key. Records are in order of their keys,
the first field of `key` first. Where nothing writes at `in`, `fields` says which fields the records have.

Questions, each answered with whole records in order of keys, for one record of the question after the other:
  get         some or all of the key's fields, from the first on: the records that have these values
  prefix      {prefix: string}: those whose first key field, a string, begins so
  range       {from: T?, to: T?} or one of them: those whose first key field is at least `from` and less than `to`; null: no bound
  scan        any, {} for example: all records
  find        some or all fields of an `index`, from its first on: the records that have these values, by the index
  duplicates  any: the records that share the fields of the first `index` with another one, those of a group together
  count       any: how many records there are, as {count: int}
A question may also have `limit: int`, the most records for it. Questions see all that was pushed before them. An answer
that is long is no snapshot: what changes while it is given may be in it or not. Two questions change the store:
  put         a whole record: keeps it, and answers with it
  take        as `get`: removes what it answers with
`index = [fingerprint, [category, size]]` has two indexes, the second one of two fields. A record that is null in a field
of an index is not found by it. An index that an existing file lacks is made when the topology starts.

Changes become durable together, at least every `commit_every` and whenever `commit_bytes` have come. With
`sync = commit` they are on the disk then; with `meta` a power failure may undo the last commits as a whole; with
`never` it may damage the file. A killed process loses what was not committed, and nothing else. A full disk ends the
topology with an error, and what was committed stays whole. A file that is cut off or has damaged pages is refused when
the topology starts, which `fresh = true` gets over; what is no LMDB file is never touched. Records have checksums: a
question that meets a damaged one is answered with an error. Keys of more than 511 bytes, and fields of an index of more
than 400, go to `errors`.

Owns     the file, locked against other users
Cost     about what the calls of LMDB cost; a record that replaces one reads the old one too where there is an index. It waits for the disk, so it has a thread of its own
Bounds   commit_bytes of changes at a time, but each may touch a page of 4 KiB; answers 256 KiB at a time
Example  Counter(limit = 3) -> Store(path = "numbers.lmdb", key = [value]);
)";
  static constexpr Traits kTraits{
      .blocking = true, .effects = true, .guarantee = "at least once; the same by key after a replay"};

  void check(Diagnostics& diagnostics) override {
    if (index_->size() > kMostIndexes) {
      diagnostics.error("E0403", index_.span(), fmt::format("`index` has at most {} indexes", kMostIndexes));
    }
    kept_.check(*this, needed(), {"a store", "records", "{path: string, size: int}"}, diagnostics);
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port == &in_) return resolve_in(types);
    if (port.direction() == Direction::kOut) return Element::resolve(port, types);
    const std::optional<Subject> known = subject(types);
    const std::optional<Schema> arriving = types.of(port);
    if (!arriving || !known) return std::nullopt;
    Result<Schema> taken = &port == &put_      ? whole_record(*arriving, *known)
                           : &port == &remove_ ? whole_key(*arriving, *known)
                                               : question_schema(question_kind(port), *arriving, *known);
    if (taken.is_ok()) return *taken;
    types.error("E0502", Span{}, taken.status().error().text, taken.status().error().fix);
    return std::nullopt;
  }

  std::optional<Schema> resolve_answer(const Port& port, Types& types) override {
    if (&port == &count_) return Element::resolve_answer(port, types);
    const std::optional<Subject> known = subject(types);
    return known ? std::optional(known->records) : std::nullopt;
  }

  Status open() override {
    const Subject known = subject_of(kept_.schema());
    if (remove_.connected()) removed_ = KeyReader(remove_.schema(), known.key);
    lookups_.clear();
    for (const QueryIn* port : {&get_, &prefix_, &range_, &scan_, &find_, &duplicates_, &count_}) {
      lookups_.emplace_back(question_kind(*port), port->connected() ? port->schema() : Schema(), known);
    }
    taking_.emplace(LookupKind::kGet, take_.connected() ? take_.schema() : Schema(), known);
    const std::string path = path_bytes(host().resolve_path(*path_));
    using Before = OrderedStore::Before;
    const Before before = *fresh_ ? Before::kForgotten : *verify_ ? Before::kChecked : Before::kTrusted;
    Result<RecordFile> file = RecordFile::open(path, *sync_, before, known);
    if (!file.is_ok()) return file.status();
    file_.emplace(std::move(*file));
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    const Status status = &port == &remove_ ? remove(log) : keep(log);
    return status.is_ok() ? changed() : fail(status);
  }

  Flow tick(Timer&) override { return commit(); }

  Flow answer(QueryIn& port, Log question, Reply reply) override {
    if (&port == &put_) return put(question, std::move(reply));
    answering_.add({std::move(reply), &port, Lookup::Place{std::move(question)}});
    return resume();
  }

  Flow resume() override {
    const Flow flow = answering_.take_turns([this](Active& active) { return send_some(active); });
    const Flow committed = changed();
    return committed == Flow::kNext ? flow : committed;
  }

  Status close(bool) override {
    answering_.clear();
    if (!file_) return Status::ok();
    const Status status = file_->commit();
    file_.reset();
    return status;
  }

 private:
  // A question that is being answered.
  struct Active {
    Reply reply;
    QueryIn* port;
    Lookup::Place place;
  };

  static constexpr size_t kMostIndexes = 32;

  LookupKind question_kind(const Port& port) const {
    if (&port == &get_ || &port == &take_) return LookupKind::kGet;
    if (&port == &prefix_) return LookupKind::kPrefix;
    if (&port == &scan_) return LookupKind::kScan;
    if (&port == &find_) return LookupKind::kFind;
    if (&port == &duplicates_) return LookupKind::kDuplicates;
    return &port == &range_ ? LookupKind::kRange : LookupKind::kCount;
  }

  std::optional<Schema> resolve_in(Types& types) {
    const std::optional<Schema> in = Element::resolve(in_, types);
    if (!in) return std::nullopt;
    for (const FieldList& fields : *index_) {
      for (const FieldName& name : fields.names) {
        if (in->find(name.name)) continue;
        types.error("E0501", name.span,
                    fmt::format("`Store` needs the field `{}` for its index, which does not arrive: {}", name.name,
                                in->to_string()));
        return std::nullopt;
      }
    }
    return in;
  }
  std::vector<FieldName> needed() const {
    std::vector<FieldName> out = key_->names;
    for (const FieldList& fields : *index_) out.insert(out.end(), fields.names.begin(), fields.names.end());
    return out;
  }
  Subject subject_of(const Schema& records) const {
    Subject out{records.with_mode(Mode::kAppend).with_time_field("").with_key(key_->strings()), key_->strings(), {}};
    for (const FieldList& fields : *index_) out.indexes.push_back(fields.strings());
    return out;
  }
  std::optional<Subject> subject(Types& types) const {
    const std::optional<Schema> records = kept_.resolve(needed(), types);
    return records ? std::optional(subject_of(*records)) : std::nullopt;
  }

  Status keep(const Log& log) {
    const KeyBatch keys = file_->read(log);
    for (uint32_t record = 0; record < log.rows(); ++record) {
      const Op op = log.op(record);
      if (op == Op::kUpdateBefore) continue;  // the update after it has the same key
      const Status fits = file_->refusal(keys.keys[record], record);
      if (!fits.is_ok()) {
        reject(in_, log, {&record, 1}, fits.error().code, fits.error().text);
      } else if (op == Op::kDelete) {
        BLOX_TRY(file_->erase(keys.keys[record]));
      } else {
        BLOX_TRY(file_->set(keys, record, log));
      }
    }
    return Status::ok();
  }

  Status remove(const Log& log) {
    const KeyBatch keys = removed_.read(log);
    for (uint32_t record = 0; record < log.rows(); ++record) BLOX_TRY(file_->erase(keys.keys[record]));
    return Status::ok();
  }

  Flow put(const Log& log, Reply reply) {
    const KeyBatch keys = file_->read(log);
    for (uint32_t record = 0; record < log.rows(); ++record) {
      const Status fits = file_->refusal(keys.keys[record], record);
      if (!fits.is_ok()) {
        reply.fail(fits);
        return changed();
      }
      const Status kept = file_->set(keys, record, log);
      if (!kept.is_ok()) return fail(kept);
    }
    reply.send(log.as(put_.answer_schema()));
    reply.end();
    return changed();
  }

  // Sees to it that what has changed is committed in time.
  Flow changed() {
    const bool due = is_commit_due(file_->uncommitted(), *commit_bytes_, *commit_every_, clock(), commit_due_);
    return due ? commit() : Flow::kNext;
  }

  Flow commit() {
    commit_due_.cancel();
    const Status status = file_->commit();
    ++commits_;
    return status.is_ok() ? Flow::kNext : fail(status);
  }

  // Sends a log of the answer; true where it is complete.
  Result<bool> send_some(Active& active) {
    const bool takes = active.port == &take_;
    Lookup& lookup = takes ? *taking_ : lookups_[static_cast<size_t>(question_kind(*active.port))];
    const Lookup::Given given = [&](std::string_view key) { return file_->erase(key); };
    LogBuilder out(lookup.answer_builder_schema(file_->records()));
    BLOX_ASSIGN(const bool complete, lookup.answer(file_->store(), file_->records(), active.place, kRowsPerLog,
                                                   kBytesPerLog, out, takes ? given : nullptr));
    if (out.empty()) return complete;
    const Log log = out.finish(clock().wall());
    active.reply.send(lookup.shape(log, file_->records(), active.port->answer_schema()));
    return complete;
  }

  PushIn in_{this, "in", "{$key, ...} changelog", "records to keep", kOptional};
  PushIn remove_{this, "remove", "", "keys of records to remove", kOptional};
  QueryIn get_{this, "get", "", "", "the records with this key, or whose key begins with these fields"};
  QueryIn prefix_{this, "prefix", "", "", "the records whose first key field begins so"};
  QueryIn range_{this, "range", "", "", "the records whose first key field lies in between"};
  QueryIn scan_{this, "scan", "", "", "all records"};
  QueryIn find_{this, "find", "", "", "the records with these values in an index"};
  QueryIn duplicates_{this, "duplicates", "", "", "the records that share the fields of the first index"};
  QueryIn count_{this, "count", "", "{count: int}", "how many records there are"};
  QueryIn put_{this, "put", "", "", "keeps a record"};
  QueryIn take_{this, "take", "", "", "removes what `get` would give, and gives it"};

  Arg<std::string> path_{this, "path", "the file", NotEmpty{}};
  Arg<FieldList> key_{this, "key", "the fields that make a record the same, the most important for order first",
                      NotEmpty{}};
  Arg<std::vector<FieldList>> index_{this, "index", "fields to find records by, each a field or a list of fields",
                                     Default{std::vector<FieldList>{}}};
  Arg<std::optional<RecordType>> fields_{this, "fields",
                                         "the records that the store holds, where nothing is connected to `in`"};
  Arg<OrderedStore::Sync> sync_{this, "sync", "what a power failure may do", Default{OrderedStore::Sync::kCommit}};
  Arg<Duration> commit_every_{this, "commit_every", "how long a change may wait to become durable",
                              Default{Duration{kSecond}}, AtLeast{1}};
  Arg<Size> commit_bytes_{this, "commit_bytes", "how many bytes of changes may wait", Default{Size{16 << 20}},
                          AtLeast{1}};
  Arg<bool> fresh_{this, "fresh", "forget what the file held before, be it damaged", Default{false}};
  Arg<bool> verify_{this, "verify", "look for damage in the file before it is used", Default{true}};

  Timer commit_due_{this, "commit"};
  Handler<int64_t> commits_made_{this, "commits", "commits so far", [this] { return commits_; }};

  KeptType kept_{in_, fields_};
  KeyReader removed_;
  std::vector<Lookup> lookups_;  // by LookupKind
  std::optional<Lookup> taking_;
  std::optional<RecordFile> file_;
  Answering<Active> answering_;
  int64_t commits_ = 0;
};

}  // namespace

BLOX_ELEMENT(Store);

}  // namespace blox
