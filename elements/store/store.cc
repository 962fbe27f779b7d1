#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/element/element.h"
#include "core/state/ordered_store.h"
#include "core/state/record.h"
#include "core/text/path_text.h"
#include "elements/store/lookup.h"
#include "elements/store/store_sync.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 1024;
constexpr size_t kBytesPerLog = 256 << 10;

class Store final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Keeps the last record of each key in a file, and answers questions about them.

A record replaces the one with the same key; of a changelog, inserts and updates replace and deletes remove. The file
is an LMDB database that grows by itself; it is made where there is none, and goes on where there is one, provided
that it was made for the same fields and key. Records are in order of their keys, the first field of `key` first.

Questions, each answered with whole records in order of keys, for one record of the question after the other:
  get     some or all of the key's fields, from the first on: the records that have these values
  prefix  {prefix: string}: those whose first key field, a string, begins so
  range   {from: T?, to: T?} or one of them: those whose first key field is at least `from` and less than `to`; null: no bound
  count   any: how many records there are, as {count: int}
A question may also have `limit: int`, the most records for it. Questions see all that was pushed before them.

Changes become durable together, at least every `commit_every` and whenever `commit_bytes` have come. With
`sync = commit` they are on the disk then; with `meta` a power failure may undo the last commits as a whole; with
`never` it may damage the file. A killed process loses what was not committed, and nothing else. A full disk ends the
topology with an error, and what was committed stays whole. A file that is cut off or has damaged pages is refused when
the topology starts, which `fresh = true` gets over; what is no LMDB file is never touched. Damage within a value, or
within a key so that the order stays, cannot be told: LMDB keeps no checksums. Keys of more than 511 bytes go to `errors`.

Owns     the file, locked against other users
Cost     about what the calls of LMDB cost; it waits for the disk, so it has a thread of its own
Bounds   commit_bytes of changes at a time, but each may touch a page of 4 KiB; answers 256 KiB at a time
Example  Counter(limit = 3) -> Store(path = "numbers.lmdb", key = [value]);
)";
  static constexpr Traits kTraits{
      .blocking = true, .effects = true, .guarantee = "at least once; the same by key after a replay"};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (port.kind() == PortKind::kPush) return Element::resolve(port, types);
    const std::optional<Schema> arriving = types.of(port), in = types.of(in_);
    if (!arriving || !in) return std::nullopt;
    for (const FieldName& name : key_->names) {
      if (!in->find(name.name)) return std::nullopt;  // reported at `in`
    }
    Result<Schema> question = question_schema(question_kind(port), *arriving, *in, key_->strings());
    if (question.is_ok()) return *question;
    types.error("E0502", Span{}, question.status().error().text, question.status().error().fix);
    return std::nullopt;
  }

  Status open() override {
    const Schema& schema = in_.schema();
    const std::vector<std::string> key = key_->strings();
    records_ = Records(schema, key);
    lookups_.clear();
    for (const QueryIn* port : {&get_, &prefix_, &range_, &count_}) {
      lookups_.emplace_back(question_kind(*port), port->connected() ? port->schema() : Schema(), schema, key);
    }
    const std::string path = path_bytes(host().resolve_path(*path_));
    using Before = OrderedStore::Before;
    const Before before = *fresh_ ? Before::kForgotten : *verify_ ? Before::kChecked : Before::kTrusted;
    Result<OrderedStore> store = OrderedStore::open(path, *sync_, before);
    if (!store.is_ok()) return store.status();
    store_.emplace(std::move(*store));
    const std::string wanted = schema.with_mode(Mode::kAppend).with_time_field("").with_key(key).to_string();
    BLOX_ASSIGN(const std::optional<std::string> found, store_->note("schema"));
    if (found && *found != wanted) {
      return Status(Status::Error{Fault::kUser, "store.other_schema",
                                  fmt::format("the store holds {}, not {}", *found, wanted), *path_,
                                  "name another file, or start afresh with fresh = true"});
    }
    BLOX_TRY(store_->set_note("schema", wanted));
    return store_->commit();
  }

  Flow push(PushIn&, Log log) override {
    const KeyBatch keys = records_.keys().read(log);
    for (uint32_t record = 0; record < log.rows(); ++record) {
      const std::string_view key = keys.keys[record];
      const Op op = log.op(record);
      if (op == Op::kUpdateBefore) continue;  // the update after it has the same key
      if (key.empty() || key.size() > OrderedStore::kLongestKey) {
        reject(in_, log, {&record, 1}, "store.key",
               fmt::format("the key has {} bytes; a store takes 1 to {}", key.size(), OrderedStore::kLongestKey));
        continue;
      }
      const Status status =
          op == Op::kDelete ? store_->erase(key) : store_->put(key, records_.value(log, log.physical(record)));
      if (!status.is_ok()) return fail(status);
    }
    if (store_->uncommitted() == 0) return Flow::kNext;
    if (store_->uncommitted() >= static_cast<size_t>(commit_bytes_->bytes)) return commit();
    if (commit_due_.due() == Timer::kOff) commit_due_.set(clock().steady_ns() + commit_every_->micros * 1'000);
    return Flow::kNext;
  }

  Flow tick(Timer&) override { return commit(); }

  Flow answer(QueryIn& port, Log question, Reply reply) override {
    active_.push_back({std::move(reply), &port, Lookup::Place{std::move(question)}});
    return resume();
  }

  Flow resume() override {
    for (size_t turns = active_.size(); turns > 0; --turns) {
      Active active = std::move(active_.front());
      active_.pop_front();
      const Status status = serve(active);
      if (!status.is_ok()) {
        active.reply.fail(status);
      } else if (active.reply.open()) {
        active_.push_back(std::move(active));
      }
    }
    return active_.empty() ? Flow::kNext : Flow::kMore;
  }

  Status close(bool) override {
    active_.clear();
    if (!store_) return Status::ok();
    const Status status = store_->commit();
    store_.reset();
    return status;
  }

 private:
  // A question that is being answered.
  struct Active {
    Reply reply;
    QueryIn* port;
    Lookup::Place place;
  };

  LookupKind question_kind(const Port& port) const {
    if (&port == &get_) return LookupKind::kGet;
    if (&port == &prefix_) return LookupKind::kPrefix;
    return &port == &range_ ? LookupKind::kRange : LookupKind::kCount;
  }

  Flow commit() {
    commit_due_.cancel();
    const Status status = store_->commit();
    ++commits_;
    return status.is_ok() ? Flow::kNext : fail(status);
  }

  // Sends logs of the answer until it is complete, or the asker has no room.
  Status serve(Active& active) {
    Lookup& lookup = lookups_[static_cast<size_t>(question_kind(*active.port))];
    while (active.reply.open()) {
      if (!active.reply.wanted()) {
        active.reply.end();
      } else if (!active.reply.room()) {
        break;
      } else {
        LogBuilder out(lookup.answer_builder_schema(records_));
        BLOX_ASSIGN(const bool complete,
                    lookup.answer(*store_, records_, active.place, kRowsPerLog, kBytesPerLog, out));
        if (!out.empty()) {
          const Log log = out.finish(clock().wall());
          active.reply.send(lookup.shape(log, records_, active.port->answer_schema()));
        }
        if (complete) active.reply.end();
      }
    }
    return Status::ok();
  }

  PushIn in_{this, "in", "{$key, ...} changelog", "records to keep"};
  QueryIn get_{this, "get", "", "in append", "the records with this key, or whose key begins with these fields"};
  QueryIn prefix_{this, "prefix", "", "in append", "the records whose first key field begins so"};
  QueryIn range_{this, "range", "", "in append", "the records whose first key field lies in between"};
  QueryIn count_{this, "count", "", "{count: int}", "how many records there are"};

  Arg<std::string> path_{this, "path", "the file", NotEmpty{}};
  Arg<FieldList> key_{this, "key", "the fields that make a record the same, the most important for order first",
                      NotEmpty{}};
  Arg<OrderedStore::Sync> sync_{this, "sync", "what a power failure may do", Default{OrderedStore::Sync::kCommit}};
  Arg<Duration> commit_every_{this, "commit_every", "how long a change may wait to become durable",
                              Default{Duration{kSecond}}, AtLeast{1}};
  Arg<Size> commit_bytes_{this, "commit_bytes", "how many bytes of changes may wait", Default{Size{16 << 20}},
                          AtLeast{1}};
  Arg<bool> fresh_{this, "fresh", "forget what the file held before, be it damaged", Default{false}};
  Arg<bool> verify_{this, "verify", "look for damage in the file before it is used", Default{true}};

  Timer commit_due_{this, "commit"};
  Handler<int64_t> commits_made_{this, "commits", "commits so far", [this] { return commits_; }};

  Records records_;
  std::vector<Lookup> lookups_;  // by LookupKind
  std::optional<OrderedStore> store_;
  std::deque<Active> active_;
  int64_t commits_ = 0;
};

}  // namespace

BLOX_ELEMENT(Store);

}  // namespace blox
