#include <fmt/format.h>

#include <algorithm>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/element/element.h"
#include "core/search/text_database.h"
#include "core/text/code_point.h"
#include "core/text/path_text.h"
#include "elements/index/document.h"
#include "elements/support/answering.h"
#include "elements/support/keeping.h"

namespace blox {

// Whose word stems are found too, as Xapian calls them.
enum class Language : uint8_t {
  kNone,
  kArabic,
  kDanish,
  kDutch,
  kEnglish,
  kFinnish,
  kFrench,
  kGerman,
  kHungarian,
  kItalian,
  kNorwegian,
  kPortuguese,
  kRomanian,
  kRussian,
  kSpanish,
  kSwedish,
  kTurkish,
};
BLOX_ARG_ENUM(Language, {"none", Language::kNone}, {"arabic", Language::kArabic}, {"danish", Language::kDanish},
              {"dutch", Language::kDutch}, {"english", Language::kEnglish}, {"finnish", Language::kFinnish},
              {"french", Language::kFrench}, {"german", Language::kGerman}, {"hungarian", Language::kHungarian},
              {"italian", Language::kItalian}, {"norwegian", Language::kNorwegian},
              {"portuguese", Language::kPortuguese}, {"romanian", Language::kRomanian}, {"russian", Language::kRussian},
              {"spanish", Language::kSpanish}, {"swedish", Language::kSwedish}, {"turkish", Language::kTurkish});

namespace {

constexpr size_t kBytesPerLog = 256 << 10;
constexpr int64_t kUsualLimit = 10, kMostHits = 1000, kFarthest = 10'000;

class TextIndex final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Finds texts by their words: a full-text index in a folder, which answers queries with the best first.

Each record is a document; a later one with the same `id` takes its place, and so do updates of a changelog. Deletes of
a changelog and records at `remove` take documents out. With a `language` the stem of a word finds its other forms, too:
`connect` finds `connections`. Words have at most 64 bytes; capitals and accents: `Café` is found by `café`, not by
`cafe`. Texts of several fields are searched together, or one of them by its name.

  search  {query: string, limit: int?, offset: int?}: the documents that match, each with its identity, the fields that
          `keep` names, a `score` (BM25) and, with `snippet`, text around the words that were found.
          `limit` is 10 unless given, at most 1,000; `offset` at most 10,000
  count   {query: string}: how many documents match, as {count: int}; an empty query counts all

All words of a query must be in a document. `AND` `OR` `NOT` and parentheses combine, `+word` must and `-word` must not be
there, "a phrase" stands word for word, `begin*` is any word that begins so, `title:word` is in that field. A capital
letter in front (`Connect`) means the word as it stands, not its stem. A query that cannot be read, has more than 1,000
bytes, 50 parentheses or 100 words, or a `begin*` with more than 10,000 words, is answered with an error.

Questions see all that was pushed before them. Documents become durable together: every `commit_every`, whenever
`commit_bytes` of text have come (at the latest each 10,000 documents), and when the input has ended. A killed process
loses what was not committed, and nothing else. The index belongs to these settings: with others it is refused. Where nothing
writes at `in`, `fields` says what the documents were.

Owns     the folder, locked against other users
Cost     what Xapian costs, some MB of text a second; it waits for the disk, so it has a thread of its own
Bounds   commit_bytes of text, which take a few times that in memory; of a text 64 KiB are kept for snippets; answers
         256 KiB at a time
Example  FileCrawler(path = "topologies", glob = "*.md") -> FileReader -> index :: TextIndex(path = "pages", snippet = 80); Ask(question = {query: "changelog"}) [ask] => [search] index;
)";
  static constexpr Traits kTraits{
      .blocking = true, .effects = true, .guarantee = "at least once; the same by id after a replay"};

  void check(Diagnostics& diagnostics) override {
    constexpr size_t kMostFields = 20;
    if (text_->size() > kMostFields) {
      diagnostics.error("E0403", text_.span(), fmt::format("`text` names at most {} fields", kMostFields));
    }
    documents_.check(*this, needed(), {"an index", "documents", "{path: string, content: string}"}, diagnostics);
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port == &in_ || port.direction() == Direction::kOut) return Element::resolve(port, types);
    const std::optional<Schema> arriving = types.of(port);
    if (!arriving) return std::nullopt;
    if (&port == &remove_) return keys_of(*arriving, types);
    std::vector<Field> fields;
    for (const Field& wanted : {Field{"query", Kind::kString}, Field{"limit", Type(Kind::kInt, true)},
                                Field{"offset", Type(Kind::kInt, true)}}) {
      if (&port == &count_ && wanted.name != "query") continue;
      const std::optional<size_t> at = arriving->find(wanted.name);
      if (!at && wanted.type.nullable()) continue;
      if (!at || !fits(arriving->at(*at).type, wanted.type)) {
        types.error("E0502", Span{},
                    fmt::format("`{}` asks {}, not {}", port.name(),
                                &port == &count_ ? "{query: string}" : "{query: string, limit: int?, offset: int?}",
                                arriving->to_string()));
        return std::nullopt;
      }
      fields.push_back(wanted);
    }
    return Schema(std::move(fields));
  }

  std::optional<Schema> resolve_answer(const Port& port, Types& types) override {
    if (&port == &count_) return Element::resolve_answer(port, types);
    const std::optional<Schema> in = documents_.resolve(needed(), types);
    if (!in) return std::nullopt;
    Schema out = kept_of(*in);
    std::vector<Field> fields = out.fields();
    fields.push_back({"score", Kind::kFloat});
    if (snippet_->has_value()) fields.push_back({"snippet", Kind::kString});
    for (size_t i = out.size(); i < fields.size(); ++i) {
      if (!out.find(fields[i].name)) continue;
      types.error("E0503", keep_.span(), fmt::format("the answers would have the field `{}` twice", fields[i].name),
                  "rename the one that is kept before: Map, Select");
      return std::nullopt;
    }
    return Schema(std::move(fields));
  }

  Status open() override {
    const Schema in = documents_.schema();
    ids_ = KeyReader(in, id_->strings());
    if (remove_.connected()) removed_ = KeyReader(remove_.schema(), id_->strings());
    texts_.clear();
    for (const FieldName& name : text_->names) texts_.push_back(*in.find(name.name));
    kept_ = kept_of(in);
    stored_ = DocumentCodec(in, kept_, snippet_->has_value());
    TextDatabase::Options options;
    options.path = path_bytes(host().resolve_path(*path_));
    options.language = ArgTraits<Language>::print(*language_);
    options.fields = text_->strings();
    options.fresh = *fresh_;
    options.sync = *sync_;
    options.settings = fmt::format("text {}, id {}, kept {}, language {}, snippets {}",
                                   ArgTraits<FieldList>::print(*text_), ArgTraits<FieldList>::print(*id_),
                                   kept_.to_string(), options.language, snippet_->has_value() ? "yes" : "no");
    BLOX_ASSIGN(TextDatabase database, TextDatabase::open(std::move(options)));
    database_.emplace(std::move(database));
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    const Status status = &port == &remove_ ? remove(removed_.read(log), log) : index(log);
    return status.is_ok() ? changed() : fail(status);
  }

  Flow tick(Timer&) override { return commit(); }
  Flow flush() override { return database_->uncommitted() == 0 ? Flow::kNext : commit(); }

  Flow answer(QueryIn& port, Log question, Reply reply) override {
    if (&port == &count_) {
      const Status status = count(question, reply);
      if (!status.is_ok()) reply.fail(status);
      return Flow::kNext;
    }
    answering_.add({std::move(reply), std::move(question), 0, std::nullopt});
    return resume();
  }

  Flow resume() override {
    return answering_.take_turns([this](Active& active) { return send_some(active); });
  }

  Status close(bool) override {
    answering_.clear();
    if (!database_) return Status::ok();
    const Status status = database_->uncommitted() == 0 ? Status::ok() : database_->commit();
    database_.reset();
    return status;
  }

 private:
  // A search that is being answered.
  struct Active {
    Reply reply;
    Log question;
    uint32_t record = 0;
    std::optional<TextDatabase::Hits> hits;  // of this record
  };

  // ---- types ----

  std::vector<FieldName> needed() const {
    std::vector<FieldName> out;
    for (const FieldList* list : {&*text_, &*id_, &*keep_})
      out.insert(out.end(), list->names.begin(), list->names.end());
    return out;
  }

  Schema kept_of(const Schema& in) const {
    std::vector<Field> fields;
    for (const FieldList* list : {&*id_, &*keep_}) {
      for (const FieldName& name : list->names) {
        const Field& field = in.at(*in.find(name.name));
        if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
      }
    }
    return Schema(std::move(fields));
  }

  std::optional<Schema> keys_of(const Schema& arriving, Types& types) {
    const std::optional<Schema> in = documents_.resolve(needed(), types);
    if (!in) return std::nullopt;
    std::vector<Field> fields;
    for (const FieldName& name : id_->names) {
      const Field& field = in->at(*in->find(name.name));
      const std::optional<size_t> at = arriving.find(name.name);
      if (!at || !fits(arriving.at(*at).type, field.type)) {
        types.error("E0502", Span{},
                    fmt::format("`remove` takes `{}: {}`, not {}", quoted_name(field.name), field.type.to_string(),
                                arriving.to_string()));
        return std::nullopt;
      }
      fields.push_back(field);
    }
    return Schema(std::move(fields));
  }

  // ---- changes ----

  Status index(const Log& log) {
    const KeyBatch ids = ids_.read(log);
    for (uint32_t record = 0; record < log.rows(); ++record) {
      const Op op = log.op(record);
      if (op == Op::kUpdateBefore) continue;  // the update after it has the same identity
      if (op == Op::kDelete) {
        BLOX_TRY(database_->remove(ids.keys[record]));
        continue;
      }
      const uint32_t row = log.physical(record);
      contents_.clear();
      for (const size_t text : texts_) {
        const Column& column = log.column(text);
        contents_.push_back(column.is_null(row) ? std::string_view() : column.string_at(row));
      }
      BLOX_TRY(database_->replace(ids.keys[record], contents_, stored_.pack(log, row, contents_)));
    }
    return Status::ok();
  }

  Status remove(const KeyBatch& ids, const Log& log) {
    for (uint32_t record = 0; record < log.rows(); ++record) BLOX_TRY(database_->remove(ids.keys[record]));
    return Status::ok();
  }

  Flow changed() {
    const bool due = is_commit_due(database_->uncommitted(), *commit_bytes_, *commit_every_, clock(), commit_due_);
    return due ? commit() : Flow::kNext;
  }

  Flow commit() {
    commit_due_.cancel();
    const Status status = database_->commit();
    ++commits_;
    return status.is_ok() ? Flow::kNext : fail(status);
  }

  // ---- questions ----

  static Result<int64_t> number(const Log& question, uint32_t record, std::string_view name, int64_t usual,
                                int64_t most) {
    const std::optional<size_t> field = question.schema().find(name);
    const uint32_t row = question.physical(record);
    if (!field || question.column(*field).is_null(row)) return usual;
    const int64_t given = question.column(*field).int_at(row);
    if (given >= 0 && given <= most) return given;
    return Status::user("index.query", fmt::format("`{}` is {}; it can be 0 to {}", name, given, most));
  }

  static std::string_view query_of(const Log& question, uint32_t record) {
    return question.column(*question.schema().find("query")).string_at(question.physical(record));
  }

  Status count(const Log& question, Reply& reply) {
    LogBuilder out(count_.answer_schema());
    for (uint32_t record = 0; record < question.rows(); ++record) {
      BLOX_ASSIGN(const uint64_t found, database_->count(query_of(question, record)));
      out.column(0).append_int(static_cast<int64_t>(found));
      out.end_row();
    }
    if (!out.empty()) reply.send(out.finish(clock().wall()));
    reply.end();
    return Status::ok();
  }

  // Sends a log of the answer; true where it is complete.
  Result<bool> send_some(Active& active) {
    LogBuilder out(search_.answer_schema());
    BLOX_ASSIGN(const bool complete, find(active, out));
    if (!out.empty()) active.reply.send(out.finish(clock().wall()));
    return complete;
  }

  // Adds what fits a log; true where the answer is complete.
  Result<bool> find(Active& active, LogBuilder& out) {
    for (; active.record < active.question.rows(); ++active.record) {
      if (!active.hits) {
        BLOX_ASSIGN(const int64_t offset, number(active.question, active.record, "offset", 0, kFarthest));
        BLOX_ASSIGN(const int64_t limit, number(active.question, active.record, "limit", kUsualLimit, kMostHits));
        Result<TextDatabase::Hits> hits = database_->search(query_of(active.question, active.record),
                                                            static_cast<size_t>(offset), static_cast<size_t>(limit));
        if (!hits.is_ok()) return hits.status();
        active.hits.emplace(std::move(*hits));
        ++searches_;
      }
      while (true) {
        if (out.bytes() >= kBytesPerLog) return false;
        TextDatabase::Hit hit;
        BLOX_ASSIGN(const bool more, active.hits->next(hit));
        if (!more) break;
        BLOX_TRY(add(hit, *active.hits, out));
      }
      active.hits.reset();
    }
    return true;
  }

  Status add(const TextDatabase::Hit& hit, TextDatabase::Hits& hits, LogBuilder& out) {
    const Result<std::string_view> text = stored_.unpack(hit.data, out);
    if (!text.is_ok()) {
      out.cancel_row();
      return text.status();
    }
    out.column(kept_.size()).append_float(hit.score);
    if (snippet_->has_value()) {
      const Result<std::string> snippet = hits.snippet(*text, static_cast<size_t>((*snippet_)->bytes));
      if (!snippet.is_ok()) {
        out.cancel_row();
        return snippet.status();
      }
      // The text was valid, and is still: the database is not to be trusted with that.
      out.column(kept_.size() + 1).append_string(snippet->substr(0, valid_utf8_prefix(*snippet)));
    }
    out.end_row();
    return Status::ok();
  }

  PushIn in_{this, "in", "{$text: string?, $id, $keep, ...} changelog", "documents", kOptional};
  PushIn remove_{this, "remove", "", "identities of documents to take out", kOptional};
  QueryIn search_{this, "search", "", "", "the documents that match a query, the best first"};
  QueryIn count_{this, "count", "", "{count: int}", "how many documents match a query"};

  Arg<std::string> path_{this, "path", "the folder of the index", NotEmpty{}};
  Arg<FieldList> text_{this, "text", "the fields whose words are found", Default{FieldList{{{"content", {}}}}},
                       NotEmpty{}};
  Arg<FieldList> id_{this, "id", "the fields that make a document the same", Default{FieldList{{{"path", {}}}}},
                     NotEmpty{}};
  Arg<FieldList> keep_{this, "keep", "fields that answers give beside `id`", Default{FieldList{}}};
  Arg<std::optional<RecordType>> fields_{this, "fields", "the documents, where nothing is connected to `in`"};
  Arg<Language> language_{this, "language", "whose word stems are found too", Default{Language::kNone}};
  Arg<std::optional<Size>> snippet_{
      this, "snippet", "about how much text answers show around the words; none without it", Between{10, 10'000}};
  Arg<Duration> commit_every_{this, "commit_every", "how long a document may wait to become durable",
                              Default{Duration{10 * kSecond}}, AtLeast{1}};
  Arg<Size> commit_bytes_{this, "commit_bytes", "how many bytes of text may wait", Default{Size{64 << 20}}, AtLeast{1}};
  Arg<bool> sync_{this, "sync", "wait until the disk has what is committed", Default{true}};
  Arg<bool> fresh_{this, "fresh", "forget what the index held before", Default{false}};

  Timer commit_due_{this, "commit"};
  Handler<int64_t> commits_made_{this, "commits", "commits so far", [this] { return commits_; }};
  Handler<int64_t> searches_made_{this, "searches", "searches so far", [this] { return searches_; }};

  KeptType documents_{in_, fields_};
  KeyReader ids_;
  KeyReader removed_;
  std::vector<size_t> texts_;
  Schema kept_;
  DocumentCodec stored_;
  std::optional<TextDatabase> database_;
  Answering<Active> answering_;
  std::vector<std::string_view> contents_;  // the texts of one document
  int64_t commits_ = 0;
  int64_t searches_ = 0;
};

}  // namespace

BLOX_ELEMENT(TextIndex);

}  // namespace blox
