#include <algorithm>

#include "core/data/repeat.h"
#include "core/element/element.h"
#include "core/text/words.h"

namespace blox {

BLOX_ARG_ENUM(WordRule, {"word", WordRule::kWord}, {"ascii", WordRule::kAsciiWord}, {"letters", WordRule::kLetter});

namespace {

constexpr size_t kTextPerLog = 64 << 10;  // its words, their hashes and their slots stay in a second-level cache

class Tokenize final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes a record of each word of a text.

A word is a longest run of word characters, by default ASCII letters, digits, `_` and every character beyond ASCII.
With `rule = ascii` nothing beyond ASCII belongs to a word, with `letters` digits and `_` do not. The same in awk
under LC_ALL=C: RS = "[^A-Za-z0-9_\200-\377]+", "[^A-Za-z0-9_]+" and "[^A-Za-z\200-\377]+". With `lower`, ASCII
capitals become small letters. Texts without words give nothing, null neither.

Owns     the log being split, and its place in it
Order    of the words in the text
Cost     64 bytes are classified at once; a word is one copy. Fields that are kept are not copied
Bounds   64 KiB of text a log
Example  FileCrawler(path = "topologies", glob = "*.blox") -> FileReader -> Tokenize(keep = [path]) -> Head(3) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  Status open() override {
    field_index_ = *in_.schema().find(field_->name);
    kept_.clear();
    for (const FieldName& name : keep_->names) kept_.push_back(*in_.schema().find(name.name));
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    *pending_ = std::move(log);
    *record_ = 0;
    *position_ = 0;
    return resume();
  }

  Flow resume() override {
    const Log& log = *pending_;
    const Column& texts = log.column(field_index_);
    ends_.push(int32_t{0});
    size_t taken = 0;
    while (*record_ < log.rows() && taken < kTextPerLog) {
      const uint32_t row = log.physical(*record_);
      const std::string_view text = texts.is_null(row) ? std::string_view() : texts.string_at(row);
      const size_t cut = next_word_cut(text, *rule_, std::min(text.size(), *position_ + kTextPerLog - taken));
      const uint32_t words = split_words(text.substr(*position_, cut - *position_), *rule_, *lower_, words_, ends_);
      if (words > 0) {
        rows_.push_back(row);
        counts_.push_back(words);
      }
      taken += cut - *position_ + 1;  // 1: empty texts must end, too
      *position_ = cut;
      if (cut == text.size()) {
        *position_ = 0;
        ++*record_;
      }
    }
    const bool wanted = emit(log);
    const bool more = *record_ < log.rows();
    if (!more) *pending_ = Log();
    if (!wanted) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

 private:
  bool emit(const Log& log) {
    auto word = std::make_shared<Column>();
    word->type = Kind::kString;
    word->rows = static_cast<uint32_t>(ends_.size() / sizeof(int32_t)) - 1;
    word->values = words_.finish();
    word->offsets = ends_.finish();
    const uint32_t rows = word->rows;
    if (rows == 0) return out_.wanted();
    std::vector<ColumnPtr> columns;
    columns.reserve(kept_.size() + 1);
    for (const size_t field : kept_) columns.push_back(repeat(log.columns()[field], rows_, counts_));
    columns.push_back(std::move(word));
    rows_.clear();
    counts_.clear();
    return out_.emit(Log::make(out_.schema(), std::move(columns), rows, log.born()));
  }

  PushIn in_{this, "in", "{$field: string?, $keep, ...}", "texts"};
  PushOut out_{this, "out", "in & $keep + {word: string}", "their words"};

  Arg<FieldName> field_{this, "field", "the field that holds the text", Default{FieldName{"content", {}}}};
  Arg<FieldList> keep_{this, "keep", "fields that stay beside each word", Default{FieldList{}}};
  Arg<bool> lower_{this, "lower", "make ASCII capitals small", Default{false}};
  Arg<WordRule> rule_{this, "rule", "what belongs to a word", Default{WordRule::kWord}};

  // The log being split, the record in it, and in its text the first byte not yet looked at.
  Value<Log> pending_{this, "pending", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};
  Value<uint64_t> position_{this, "position", Version{1}};

  size_t field_index_ = 0;
  std::vector<size_t> kept_;
  // Empty between two calls: words, and the rows that they came from.
  BufferBuilder words_;
  BufferBuilder ends_;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> counts_;
};

}  // namespace

BLOX_ELEMENT(Tokenize);

}  // namespace blox
