#include "core/search/text_database.h"

#include <fmt/format.h>
#include <xapian.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/hash.h"

namespace blox {
namespace {

constexpr const char* kSettings = "datablox.settings";  // the key of their metadata
constexpr size_t kLongestId = 200;                      // of a term; longer ones end in their hash
constexpr size_t kDeepest = 50;                         // parentheses in a query
constexpr unsigned kSyntax = Xapian::QueryParser::FLAG_BOOLEAN | Xapian::QueryParser::FLAG_PHRASE |
                             Xapian::QueryParser::FLAG_LOVEHATE | Xapian::QueryParser::FLAG_WILDCARD |
                             Xapian::QueryParser::FLAG_PURE_NOT | Xapian::QueryParser::FLAG_CJK_NGRAM;

Status query_error(std::string text, std::string fix = {}) {
  return Status(Status::Error{Fault::kUser, "index.query", std::move(text), {}, std::move(fix)});
}

Status status_of(const Xapian::Error& error, const std::string& path) {
  const std::string_view type = error.get_type();
  Status::Error out;
  out.place = path;
  out.text = error.get_msg();
  if (type == "QueryParserError") return query_error("the query cannot be read: " + out.text);
  if (type == "WildcardError") {
    return query_error(fmt::format("a `…*` of the query stands for more than {} words", TextDatabase::kMostExpansions),
                       "write more of its beginning");
  }
  if (type == "DatabaseLockError") {
    out.code = "index.in_use";
    out.text = "another element or process has the index open";
    out.fix = "give each `TextIndex` a folder of its own";
  } else if (type.starts_with("Database") && error.get_error_string() == nullptr) {  // no fault of the system
    out.code = "index.damaged";
    out.text = "the index is damaged, or of another version of Xapian: " + out.text;
    out.fix = "restore it from a copy, or start afresh with fresh = true";
  } else {
    out.fault = Fault::kOutside;
    out.code = "index.disk";
    if (const char* const system = error.get_error_string(); system != nullptr) out.text += std::string(": ") + system;
    if (type == "DatabaseCreateError") out.fix = "make the folder above it first";
  }
  return Status(std::move(out));
}

// Calls work(), which uses Xapian; its exceptions end here.
template <typename Work>
auto guarded(const std::string& path, const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const Xapian::Error& error) {
    return status_of(error, path);
  } catch (const std::exception& error) {
    return Status::outside("index.disk", error.what()).at(path);
  }
}

// What marks a document as the one with this identity.
std::string id_term(std::string_view id) {
  const size_t zeros = static_cast<size_t>(std::count(id.begin(), id.end(), '\0'));  // take two bytes each
  if (id.size() + zeros <= kLongestId) return "Q" + std::string(id);
  return "R" + hash128(id).to_string();
}

std::string prefix_of(size_t field, size_t fields) { return fields == 1 ? "" : fmt::format("XF{}:", field); }

// Whether anything but an index stands at the path.
Status check_place(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status)) return Status::ok();
  const std::string fix = "name another folder; this one was not touched";
  if (!std::filesystem::is_directory(status)) {
    return Status::user("index.not_index", "an index is a folder, and this is none").at(path).with_fix(fix);
  }
  if (std::filesystem::is_empty(path, failed) || std::filesystem::exists(path + "/iamglass", failed)) {
    return Status::ok();
  }
  return Status::user("index.not_index", "the folder holds other things than an index").at(path).with_fix(fix);
}

std::string without_entities(std::string text) {
  constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&amp;", '&'}};
  size_t to = 0;
  for (size_t from = 0; from < text.size(); ++to) {
    const std::string_view rest = std::string_view(text).substr(from);
    const auto entity = std::find_if(std::begin(kEntities), std::end(kEntities),
                                     [&](const auto& known) { return rest.starts_with(known.first); });
    text[to] = entity == std::end(kEntities) ? rest[0] : entity->second;
    from += entity == std::end(kEntities) ? 1 : entity->first.size();
  }
  text.resize(to);
  return text;
}

}  // namespace

struct TextDatabase::Parts {
  Options options;
  Xapian::WritableDatabase database;
  Xapian::Stem stem;
  Xapian::TermGenerator generator;
  std::vector<std::string> prefixes;
  size_t uncommitted = 0;

  Result<Xapian::Query> parse(std::string_view text) {
    if (text.size() > kLongestQuery) {
      return query_error(fmt::format("the query has {} bytes; it can have {}", text.size(), kLongestQuery));
    }
    if (static_cast<size_t>(std::count(text.begin(), text.end(), '(')) > kDeepest) {
      return query_error(fmt::format("the query has more than {} parentheses", kDeepest));
    }
    Xapian::QueryParser parser;
    parser.set_database(database);
    parser.set_stemmer(stem);
    parser.set_stemming_strategy(Xapian::QueryParser::STEM_SOME);
    parser.set_default_op(Xapian::Query::OP_AND);
    parser.set_max_expansion(kMostExpansions, Xapian::Query::WILDCARD_LIMIT_ERROR);
    for (size_t i = 0; i < prefixes.size(); ++i) {
      if (prefixes.size() > 1) parser.add_prefix("", prefixes[i]);
      parser.add_prefix(options.fields[i], prefixes[i]);
    }
    const Xapian::Query query = parser.parse_query(std::string(text), kSyntax);
    if (query.empty()) return query_error("the query has no word to look for");
    if (query.get_length() > kMostTerms * prefixes.size()) {
      return query_error(fmt::format("the query has more than {} words", kMostTerms));
    }
    return query;
  }
};

struct TextDatabase::Hits::Parts {
  std::string path;
  Xapian::Stem stem;
  Xapian::MSet found;
  Xapian::MSetIterator next;
};

TextDatabase::TextDatabase(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TextDatabase::TextDatabase(TextDatabase&&) noexcept = default;
TextDatabase& TextDatabase::operator=(TextDatabase&&) noexcept = default;
TextDatabase::~TextDatabase() {
  if (parts_ == nullptr) return;
  // Xapian commits when it is closed, unless a transaction is open that can be given up.
  (void)guarded(parts_->options.path, [&] {
    if (parts_->uncommitted > 0) {
      parts_->database.begin_transaction(false);
      parts_->database.cancel_transaction();
    }
    parts_->database.close();
    return Status::ok();
  });
}

Result<TextDatabase> TextDatabase::open(Options options) {
  BLOX_TRY(check_place(options.path));
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  const Options& with = parts->options;
  const Status opened = guarded(with.path, [&] {
    int flags = Xapian::DB_BACKEND_GLASS | (with.fresh ? Xapian::DB_CREATE_OR_OVERWRITE : Xapian::DB_CREATE_OR_OPEN);
    if (!with.sync) flags |= Xapian::DB_NO_SYNC;
    parts->database = Xapian::WritableDatabase(with.path, flags);
    const std::string found = parts->database.get_metadata(kSettings);
    if (found != with.settings && (!found.empty() || parts->database.get_doccount() > 0)) {
      return Status::user("index.other_settings", fmt::format("the index was made for {}, not for {}",
                                                              found.empty() ? "another program" : found, with.settings))
          .at(with.path)
          .with_fix("name another folder, or start afresh with fresh = true");
    }
    parts->stem = Xapian::Stem(with.language);
    parts->generator.set_stemmer(parts->stem);
    parts->generator.set_stemming_strategy(Xapian::TermGenerator::STEM_SOME);
    parts->generator.set_flags(Xapian::TermGenerator::FLAG_CJK_NGRAM);
    if (found.empty()) {
      parts->database.set_metadata(kSettings, with.settings);
      parts->database.commit();
    }
    return Status::ok();
  });
  BLOX_TRY(opened);
  for (size_t i = 0; i < with.fields.size(); ++i) parts->prefixes.push_back(prefix_of(i, with.fields.size()));
  return TextDatabase(std::move(parts));
}

Status TextDatabase::replace(std::string_view id, std::span<const std::string_view> texts, std::string_view data) {
  size_t bytes = id.size() + data.size();
  for (const std::string_view text : texts) bytes += text.size();
  return guarded(parts_->options.path, [&] {
    const std::string term = id_term(id);
    Xapian::Document document;
    document.set_data(std::string(data));
    document.add_boolean_term(term);
    parts_->generator.set_document(document);
    for (size_t i = 0; i < texts.size(); ++i) {
      constexpr Xapian::termpos kApart = 100;  // no phrase goes from one text into the next
      if (i > 0) parts_->generator.increase_termpos(kApart);
      parts_->generator.index_text(Xapian::Utf8Iterator(texts[i].data(), texts[i].size()), 1, parts_->prefixes[i]);
    }
    parts_->uncommitted += bytes + 1;
    parts_->database.replace_document(term, document);
    return Status::ok();
  });
}

Status TextDatabase::remove(std::string_view id) {
  return guarded(parts_->options.path, [&] {
    parts_->uncommitted += id.size() + 1;
    parts_->database.delete_document(id_term(id));
    return Status::ok();
  });
}

Status TextDatabase::commit() {
  return guarded(parts_->options.path, [&] {
    parts_->database.commit();
    parts_->uncommitted = 0;
    return Status::ok();
  });
}

size_t TextDatabase::uncommitted() const { return parts_->uncommitted; }

Result<uint64_t> TextDatabase::documents() {
  return guarded(parts_->options.path, [&]() -> Result<uint64_t> { return uint64_t{parts_->database.get_doccount()}; });
}

Result<TextDatabase::Hits> TextDatabase::search(std::string_view query, size_t offset, size_t limit) {
  return guarded(parts_->options.path, [&]() -> Result<Hits> {
    BLOX_ASSIGN(const Xapian::Query parsed, parts_->parse(query));
    Xapian::Enquire enquire(parts_->database);
    enquire.set_query(parsed);
    auto parts = std::make_unique<Hits::Parts>();
    parts->path = parts_->options.path;
    parts->stem = parts_->stem;
    parts->found = enquire.get_mset(static_cast<Xapian::doccount>(offset), static_cast<Xapian::doccount>(limit));
    parts->next = parts->found.begin();
    return Hits(std::move(parts));
  });
}

Result<uint64_t> TextDatabase::count(std::string_view query) {
  if (query.empty()) return documents();
  return guarded(parts_->options.path, [&]() -> Result<uint64_t> {
    BLOX_ASSIGN(const Xapian::Query parsed, parts_->parse(query));
    Xapian::Enquire enquire(parts_->database);
    enquire.set_query(parsed);
    enquire.set_weighting_scheme(Xapian::BoolWeight());
    return uint64_t{enquire.get_mset(0, 0, parts_->database.get_doccount()).get_matches_estimated()};
  });
}

TextDatabase::Hits::Hits(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TextDatabase::Hits::Hits(Hits&&) noexcept = default;
TextDatabase::Hits& TextDatabase::Hits::operator=(Hits&&) noexcept = default;
TextDatabase::Hits::~Hits() = default;

Result<bool> TextDatabase::Hits::next(Hit& hit) {
  return guarded(parts_->path, [&]() -> Result<bool> {
    for (; parts_->next != parts_->found.end(); ++parts_->next) {
      try {
        hit.data = parts_->next.get_document().get_data();
      } catch (const Xapian::DocNotFoundError&) {
        continue;  // removed since
      }
      hit.score = parts_->next.get_weight();
      ++parts_->next;
      return true;
    }
    return false;
  });
}

Result<std::string> TextDatabase::Hits::snippet(std::string_view text, size_t length) {
  return guarded(parts_->path, [&]() -> Result<std::string> {
    constexpr unsigned kHow =
        Xapian::MSet::SNIPPET_BACKGROUND_MODEL | Xapian::MSet::SNIPPET_EXHAUSTIVE | Xapian::MSet::SNIPPET_CJK_NGRAM;
    return without_entities(parts_->found.snippet(std::string(text), length, parts_->stem, kHow, "", "", "…"));
  });
}

}  // namespace blox
