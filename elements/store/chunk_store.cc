#include <fmt/format.h>

#include <algorithm>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/store/chunk_records.h"
#include "elements/store/store_sync.h"
#include "elements/support/answering.h"
#include "elements/support/keeping.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 1024;
constexpr size_t kBytesPerLog = 512 << 10;
constexpr uint32_t kReleasesPerCall = 1024;

class ChunkStore final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Keeps records in a file as `Store` does, but each distinct content of one field only once, with a count of references.

The field `data` of a record is put beside the records, by its SHA-256 fingerprint and compressed where that helps; the
record refers to it, and so does every other with the same content. The last reference takes the content away: when
its record is replaced by one with other content, or released. Behind `Chunk` it is what backups go into. Record,
content and count are committed together, so that a process may be killed at any moment: the counts stay true, and
what is fed again counts once. What is read is compared with its fingerprint; where it is not the same the record goes
to `errors`, and the others are answered.

`together` names the first fields of the key whose records arrive one after the other and in order, such as the chunks
of a file: what an earlier run has left behind the last of them is taken away, so that a file that has become shorter
has no old end.

A record at `release` names a key, or its first fields, and takes away all records that have them; one that finds none
goes to `errors`. Questions see all that was pushed before them:
  get     some or all of the key's fields, from the first on: the records that have these values, in order of keys
  list    any: each value of the key's first field, once
  totals  any: {records, contents, bytes (of the contents), stored (the same, compressed), referred (what they would
          need if each record kept its own), added (contents that this run has added)}

Without an input, to read what others have stored, `fields` says which they are. The file belongs to its fields and key
and to one user at a time, `sync` is what it is for `Store`.

Owns     the file, locked against other users
Cost     SHA-256 of each content, some microseconds a record, zstd of what is new; it waits for the disk, so it has a
         thread of its own
Bounds   commit_bytes of changes at a time; contents of at most 64 MiB; answers 512 KiB at a time, or one record
Example  FileCrawler(path = "topologies", glob = "*.blox") -> Chunk -> [in] ChunkStore(path = "chunks.lmdb", key = [path, index]);
)";
  static constexpr Traits kTraits{
      .blocking = true, .effects = true, .guarantee = "at least once; the same by key after a replay"};

  void check(Diagnostics& diagnostics) override {
    const auto error = [&](Span span, std::string text, std::string fix) {
      diagnostics.add({Severity::kError, "E0431", span, std::move(text), {}, std::move(fix)});
    };
    if (!in_.connected() && !fields_->has_value()) {
      error(fields_.span(), "nothing says which records the store holds",
            "connect `in`, or give their type: fields = {path: string, index: int, data: bytes}");
    }
    const std::vector<std::string> key = key_->strings(), together = together_->strings();
    if (!std::equal(together.begin(), together.end(), key.begin(),
                    key.begin() + std::min(together.size(), key.size())) ||
        (!together.empty() && together.size() >= key.size())) {
      error(together_.span(), "`together` needs some of the key's fields, from the first on, and not all",
            "key = [path, index], together = [path]");
    }
    const auto in_key = [&](const FieldName& name) { return name.name == data_->name; };
    if (std::any_of(key_->names.begin(), key_->names.end(), in_key)) {
      error(data_.span(), "the content cannot be part of the key", "leave it out of `key`");
    }
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port == &in_) return resolve_in(types);
    const std::optional<Schema> arriving = types.of(port), records = records_of(types);
    if (!arriving || !records) return std::nullopt;
    if (&port == &list_ || &port == &totals_) return arriving;
    Result<Schema> question = question_schema(LookupKind::kGet, *arriving, {*records, key_->strings(), {}});
    if (question.is_ok()) return *question;
    types.error("E0502", Span{}, question.status().error().text, question.status().error().fix);
    return std::nullopt;
  }

  std::optional<Schema> resolve_answer(const Port& port, Types& types) override {
    if (&port == &totals_) return Element::resolve_answer(port, types);
    const std::optional<Schema> records = records_of(types);
    if (!records || &port == &get_) return records;
    return Schema({records->at(*records->find(key_->names[0].name))});
  }

  Status open() override {
    const std::vector<std::string> key = key_->strings();
    records_ = ChunkRecords(fields_->has_value() ? Schema::from((*fields_)->type) : in_.schema(), key, data_->name,
                            together_->size());
    if (get_.connected()) lookup_.emplace(LookupKind::kGet, get_.schema(), Subject{records_.stored_schema(), key, {}});
    if (release_.connected()) {
      std::vector<std::string> named;
      for (const std::string& name : key) {
        if (!release_.schema().find(name)) break;
        named.push_back(name);
      }
      released_whole_ = named.size() == key.size();
      released_ = KeyReader(release_.schema(), named);
    }
    return records_.open(path_bytes(host().resolve_path(*path_)), *sync_,
                         *verify_ ? OrderedStore::Before::kChecked : OrderedStore::Before::kTrusted);
  }

  Flow push(PushIn& port, Log log) override {
    if (&port == &release_) {
      *releasing_ = std::move(log);
      *record_ = 0;
      *found_ = false;
      return resume();
    }
    const Log rows = log.dense();
    ChunkRecords::Run run{*run_prefix_, *run_last_};
    const Status status =
        records_.keep(rows, run, [&](uint32_t record, std::string_view code, std::string_view message) {
          reject(in_, rows, {&record, 1}, code, message);
        });
    if (!status.is_ok()) return fail(status);
    *run_prefix_ = std::move(run.prefix);
    *run_last_ = std::move(run.last);
    return committed_soon();
  }

  Flow tick(Timer&) override { return commit(); }
  Flow flush() override {
    ChunkRecords::Run run{std::move(*run_prefix_), std::move(*run_last_)};
    *run_prefix_ = {};
    *run_last_ = {};
    const Status status = records_.end_run(run);
    return status.is_ok() ? commit() : fail(status);
  }

  Flow answer(QueryIn& port, Log question, Reply reply) override {
    answering_.add({std::move(reply), &port, Lookup::Place{std::move(question)}});
    return resume();
  }

  Flow resume() override {
    if (releasing_->exists()) {
      const Status status = release();
      if (!status.is_ok()) return fail(status);
      if (releasing_->exists()) return Flow::kMore;
      if (const Flow flow = committed_soon(); flow == Flow::kFailed) return flow;
    }
    return answering_.take_turns([this](Active& active) {
      return active.port == &get_    ? send_records(active)
             : active.port == &list_ ? send_list(active)
                                     : send_totals(active);
    });
  }

  Status close(bool) override {
    answering_.clear();
    if (!records_.is_open()) return Status::ok();
    const Status status = records_.commit();
    records_.close();
    return status;
  }

 private:
  // A question that is being answered.
  struct Active {
    Reply reply;
    QueryIn* port;
    Lookup::Place place;
    Log found;  // get: records whose contents are being read, and the next of them
    uint32_t row = 0;
    bool complete = false;  // get: no more records than these
    std::string next;       // list: the key to go on from
  };

  // ---- types ----

  std::optional<Schema> resolve_in(Types& types) {
    std::optional<Schema> arriving = Element::resolve(in_, types);
    if (!arriving) return std::nullopt;
    if (fields_->has_value()) {
      const Schema wanted = Schema::from((*fields_)->type);
      for (const Field& field : wanted.fields()) {
        const std::optional<size_t> index = arriving->find(field.name);
        if (index && fits(arriving->at(*index).type, field.type)) continue;
        types.error("E0501", fields_.span(),
                    fmt::format("`ChunkStore` needs the field `{}: {}`, which does not arrive", field.name,
                                field.type.to_string()),
                    "give it before, or leave it out of `fields`");
        return std::nullopt;
      }
      arriving = wanted;
    }
    return checked(*arriving, types);
  }

  // The records as they are asked for.
  std::optional<Schema> records_of(Types& types) {
    if (in_.connected()) return types.of(in_);
    return fields_->has_value() ? checked(Schema::from((*fields_)->type), types) : std::nullopt;
  }

  std::optional<Schema> checked(const Schema& schema, Types& types) const {
    std::vector<std::string> names = key_->strings();
    names.push_back(data_->name);
    for (const std::string& name : names) {
      if (schema.find(name)) continue;
      types.error("E0501", fields_.span(), fmt::format("`ChunkStore` needs the field `{}`, which is not there", name),
                  "name it in `fields`");
      return std::nullopt;
    }
    const Type& type = schema.at(*schema.find(data_->name)).type;
    if (type.kind() == Kind::kString || type.kind() == Kind::kBytes) return schema;
    types.error("E0502", data_.span(),
                fmt::format("a content is text or bytes, and the field `{}` is `{}`", data_->name, type.to_string()));
    return std::nullopt;
  }

  // ---- changes ----

  // Takes away records as `releasing_` says.
  Status release() {
    const Log& log = *releasing_;
    for (uint32_t left = kReleasesPerCall; *record_ < log.rows();) {
      const Log one = log.slice(*record_, 1);
      const std::string low(released_whole_ ? released_.read(one).keys[0] : released_.read_canonical(one)[0]);
      const std::string high = released_whole_ ? low + '\0' : key_behind(low);
      BLOX_ASSIGN(const uint32_t released, records_.release(low, high, left));
      *found_ = *found_ || released > 0;
      left -= released;
      if (left == 0) return Status::ok();  // there may be more of them
      const uint32_t record = *record_;
      if (!*found_) reject(release_, log, {&record, 1}, "store.unknown", "there is no record with this key");
      ++*record_;
      *found_ = false;
    }
    *releasing_ = Log();
    return Status::ok();
  }

  Flow commit() {
    commit_due_.cancel();
    const Status status = records_.commit();
    return status.is_ok() ? Flow::kNext : fail(status);
  }

  Flow committed_soon() {
    const bool due = is_commit_due(records_.uncommitted(), *commit_bytes_, *commit_every_, clock(), commit_due_);
    return due ? commit() : Flow::kNext;
  }

  // ---- answers ----

  // Each sends a log of the answer; true where it is complete.

  Result<bool> send_records(Active& active) {
    if (active.row == active.found.rows()) {
      LogBuilder out(records_.records().stored());
      BLOX_ASSIGN(active.complete,
                  lookup_->answer(records_.store(), records_.records(), active.place, kRowsPerLog, kBytesPerLog, out));
      active.found = out.finish(clock().wall());
      active.row = 0;
    }
    const Log& found = active.found;
    const Column& prints = found.column(*found.schema().find(data_->name));
    ColumnBuilder data(records_.schema().at(records_.data()).type);
    std::vector<uint32_t> good;
    for (; active.row < found.rows() && data.bytes() < kBytesPerLog; ++active.row) {
      if (prints.is_null(active.row)) {
        data.append_null();
      } else {
        const Result<std::string_view> content = records_.content(prints.string_at(active.row));
        if (!content.is_ok()) {
          refuse(found, active.row, content.status());
          continue;
        }
        data.append_string(*content);
      }
      good.push_back(active.row);
    }
    if (!good.empty()) {
      std::vector<ColumnPtr> columns;
      for (const Field& field : records_.schema().fields()) {
        columns.push_back(field.name == data_->name ? data.finish()
                                                    : take(found.columns()[*found.schema().find(field.name)], good));
      }
      const auto rows = static_cast<uint32_t>(good.size());
      active.reply.send(Log::make(get_.answer_schema(), std::move(columns), rows, found.born()));
    }
    return active.complete && active.row == found.rows();
  }

  void refuse(const Log& found, uint32_t row, const Status& status) {
    Datum::Struct key;
    for (const FieldName& name : key_->names) {
      key.emplace_back(name.name, found.column(*found.schema().find(name.name)).datum_at(row));
    }
    const std::string text = Datum(std::move(key)).to_string();
    reject_input("get", status.error().code, fmt::format("{}: {}", text, status.error().text), text);
  }

  Result<bool> send_list(Active& active) {
    LogBuilder keys(records_.key_schema());
    BLOX_ASSIGN(const bool complete, records_.list(active.next, kRowsPerLog, keys));
    if (keys.empty()) return complete;
    constexpr size_t kFirst = 0;
    active.reply.send(keys.finish(clock().wall()).project(list_.answer_schema(), {&kFirst, 1}));
    return complete;
  }

  Result<bool> send_totals(Active& active) {
    BLOX_ASSIGN(const uint64_t records, records_.store().count());
    const Contents::Totals totals = records_.totals();
    LogBuilder out(totals_.answer_schema());
    const int64_t values[] = {
        static_cast<int64_t>(records), totals.contents, totals.bytes, totals.stored, totals.referred, totals.added};
    for (size_t i = 0; i < std::size(values); ++i) out.column(i).append_int(values[i]);
    out.end_row();
    active.reply.send(out.finish(clock().wall()));
    return true;
  }

  PushIn in_{this, "in", "{$key, $data, ...}", "records to keep", kOptional};
  PushIn release_{this, "release", "{...}", "keys, or the first fields of keys, whose records are to go", kOptional};
  QueryIn get_{this, "get", "", "", "the records with this key, or whose key begins with these fields"};
  QueryIn list_{this, "list", "{...}", "", "the values of the key's first field"};
  QueryIn totals_{this, "totals", "{...}",
                  "{records: int, contents: int, bytes: int, stored: int, referred: int, added: int}",
                  "what the store holds"};

  Arg<std::string> path_{this, "path", "the file", NotEmpty{}};
  Arg<FieldList> key_{this, "key", "the fields that make a record the same, the most important for order first",
                      NotEmpty{}};
  Arg<FieldName> data_{this, "data", "the field that is kept once for each content", Default{FieldName{"data", {}}}};
  Arg<FieldList> together_{this, "together", "the first fields of the key whose records arrive together, in order",
                           Default{FieldList{}}};
  Arg<std::optional<RecordType>> fields_{this, "fields", "the records that the store holds; without it those of `in`"};
  Arg<OrderedStore::Sync> sync_{this, "sync", "what a power failure may do", Default{OrderedStore::Sync::kCommit}};
  Arg<Duration> commit_every_{this, "commit_every", "how long a change may wait to become durable",
                              Default{Duration{kSecond}}, AtLeast{1}};
  Arg<Size> commit_bytes_{this, "commit_bytes", "how many bytes of changes may wait", Default{Size{64 << 20}},
                          AtLeast{1}};
  Arg<bool> verify_{this, "verify", "look for damage in the file before it is used", Default{true}};

  // The keys being released, the record in them, and whether anything was found for it.
  Value<Log> releasing_{this, "releasing", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};
  Value<bool> found_{this, "found", Version{1}};

  // The records that arrive together at present: how their keys begin, and the last of them.
  Value<std::string> run_prefix_{this, "run_prefix", Version{1}};
  Value<std::string> run_last_{this, "run_last", Version{1}};

  Timer commit_due_{this, "commit"};
  Handler<int64_t> contents_kept_{this, "contents", "distinct contents", [this] { return records_.totals().contents; }};
  Handler<int64_t> contents_added_{this, "added", "contents that this run has added",
                                   [this] { return records_.totals().added; }};

  ChunkRecords records_;
  KeyReader released_;
  bool released_whole_ = false;
  std::optional<Lookup> lookup_;
  Answering<Active> answering_;
};

}  // namespace

BLOX_ELEMENT(ChunkStore);

}  // namespace blox
