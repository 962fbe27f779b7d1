#include <map>

#include "core/data/builder.h"
#include "core/text/media_type.h"
#include "elements/content/category.h"
#include "elements/content/subject.h"

namespace blox {
namespace {

enum class By : uint8_t { kName, kContent };
BLOX_ARG_ENUM(By, {"name", By::kName}, {"content", By::kContent});

constexpr size_t kLooked = 64 << 10;  // all that the tables of libmagic look at, but for the ends of long texts
constexpr uint32_t kFilesPerCall = 256;

class Categorize final : public SubjectElement {
 public:
  Categorize()
      : SubjectElement("{$field, ...}", "names, contents or files",
                       "the field with the name or the content; without it `path`") {}

  static constexpr const char* kDoc = R"(
Says of which kind a file is: archive, audio, code, data, document, font, image, program, text, video, web or other.

With `by = name` the suffix of the field decides, the longest that is known first (`tar.gz` before `gz`), capitals like
small letters; `rules` adds suffixes and categories of your own, which come before the built-in ones. With
`by = content` libmagic looks at the first 64 KiB of the field, or, without `field`, of the file at `path`, and its
media type, such as `image/png`, is added as `mime`; `rules` then names beginnings of media types. A file that cannot
be read, is no regular file or has vanished goes to `errors`, and the others go on. Null is `other`.

Owns     the table of libmagic
Bounds   64 KiB of a content
Cost     name: a look-up a suffix; content: some ten microseconds and more. It may wait for the disk, so it has a thread
         of its own
Example  FileCrawler(path = "topologies") -> Categorize(rules = {bloxtest: "test"}) -> Select([path, category]) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true, .sharding = Sharding::kAny};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    std::optional<Schema> schema = SubjectElement::resolve(port, types);
    if (!schema || &port != &out_ || *by_ == By::kName) return schema;
    if (schema->find("mime")) {
      types.error("E0503", by_.span(), "`Categorize` by content gives a field `mime` itself", "rename it before");
      return std::nullopt;
    }
    std::vector<Field> fields = schema->fields();
    fields.push_back({"mime", Kind::kString});
    return Schema(std::move(fields), schema->key(), schema->mode(), schema->time_field());
  }

  void check(Diagnostics& diagnostics) override {
    if (read_rules()) return;
    diagnostics.add({Severity::kError,
                     "E0402",
                     rules_argument_.span(),
                     "`rules` needs categories as texts under suffixes or media types",
                     {},
                     "rules = {py: \"code\", `image/svg`: \"web\"}"});
  }

  Status open() override {
    BLOX_TRY(SubjectElement::open());
    rules_ = *read_rules();
    if (*by_ == By::kName) return Status::ok();
    BLOX_ASSIGN(MediaTypes types, MediaTypes::load());
    types_.emplace(std::move(types));
    return Status::ok();
  }

 private:
  void work() override {
    const uint32_t most = *by_ == By::kName ? log().rows() : kFilesPerCall;
    for (uint32_t looked = 0; !at_end() && looked < most; ++looked) {
      if (*by_ == By::kName) {
        by_name();
      } else if (const Status status = by_content(); !status.is_ok()) {
        refuse(status);
      }
      next_record();
    }
  }

  using Rules = std::map<std::string, std::string, std::less<>>;

  static std::string small(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
  }

  // What `rules` says; nothing where it is no record of texts.
  std::optional<Rules> read_rules() const {
    Rules out;
    if (!rules_argument_->has_value()) return out;
    const Datum::Struct* const given = (*rules_argument_)->get_if<Datum::Struct>();
    if (given == nullptr) return std::nullopt;
    for (const auto& [name, category] : *given) {
      const std::string* const word = category.get_if<std::string>();
      if (word == nullptr) return std::nullopt;
      out[small(name)] = *word;
    }
    return out;
  }

  void by_name() {
    std::string_view category = "other";
    const std::string name = is_null() ? std::string() : small(text());
    std::string_view rest = name;
    if (const size_t slash = rest.rfind('/'); slash != std::string_view::npos) rest.remove_prefix(slash + 1);
    // A dot at the beginning hides a file and begins no suffix.
    for (size_t dot = rest.find('.', 1); dot != std::string_view::npos; dot = rest.find('.', dot + 1)) {
      const std::string_view suffix = rest.substr(dot + 1);
      const auto rule = rules_.find(suffix);
      const std::string_view found = rule != rules_.end() ? std::string_view(rule->second) : category_of_suffix(suffix);
      if (found.empty()) continue;
      category = found;
      break;
    }
    accept(category);
  }

  Status by_content() {
    std::string_view content;
    if (by_field()) {
      if (!is_null()) content = text().substr(0, kLooked);
    } else {
      BLOX_ASSIGN(RawFile* const read, file());
      piece_.resize(kLooked);
      BLOX_ASSIGN(const size_t got, read->read(piece_.data(), kLooked, 0));
      content = std::string_view(piece_).substr(0, got);
    }
    const std::string_view type = types_->of(content);
    std::string_view category = category_of_media_type(type);
    size_t longest = 0;
    for (const auto& [beginning, word] : rules_) {
      if (!type.starts_with(beginning) || beginning.size() < longest) continue;
      longest = beginning.size();
      category = word;
    }
    mimes_.append_string(type);
    accept(category);
    return Status::ok();
  }

  void accept(std::string_view category) {
    categories_.append_string(category);
    rows_.push_back(row());
  }

  bool emit() override {
    if (!rows_.empty()) {
      std::vector<ColumnPtr> added{categories_.finish()};
      if (*by_ == By::kContent) added.push_back(mimes_.finish());
      out_.emit(rows_with(out_.schema(), rows_, std::move(added)));
      rows_.clear();
    }
    return out_.wanted();
  }

  PushOut out_{this, "out", "in + {$as: string}", "the same with their categories, by content also {mime: string}"};

  Arg<By> by_{this, "by", "what decides", Default{By::kName}};
  Arg<std::optional<Datum>> rules_argument_{this, "rules", "categories of your own: {py: \"code\"}"};
  Arg<FieldName> as_{this, "as", "the new field", Default{FieldName{"category", {}}}};

  Rules rules_;
  std::optional<MediaTypes> types_;
  std::string piece_;
  // Empty between two calls.
  ColumnBuilder categories_{Kind::kString};
  ColumnBuilder mimes_{Kind::kString};
  std::vector<uint32_t> rows_;
};

}  // namespace

BLOX_ELEMENT(Categorize);

}  // namespace blox
