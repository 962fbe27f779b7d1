#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <charconv>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/pattern.h"
#include "elements/text/parsing.h"

namespace blox {
namespace {

class ParsePattern final : public Element {
 public:
  static constexpr const char* kDoc = R"doc(
Makes a record of each text that has the form of a regular expression: its named groups become fields.

A group is named by `(?P<name>…)`; write the pattern in single quotes, so that `$` and `\` are its own. `schema` says which
groups become fields, and of which types: `string`, `int`, `float`, `bool` (true or false), `time`, each with `?` where
the group may be missing from a text that fits. Without a schema all groups are strings, and a missing one is empty. Times
are RFC 3339, or as `time_format` says, in the words of strptime(3): `%d/%b/%Y:%H:%M:%S %z`.

The pattern may match anywhere in the text: `^` and `$` tie it down. A text that does not match, or whose group does not fit
its type, goes to `errors`, and the others go on. Texts that are null give nothing.

Cost     linear in the text, whatever the pattern (RE2); fields that are kept are not copied
Bounds   of one log the fields of its texts
Example  Stdin -> ParsePattern('^(?P<user>\w+) (?P<id>\d+)$', schema = {user: string, id: int}) -> Print;
)doc";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in || !prepare(types)) return std::nullopt;
    return parsed_schema(fields_, *keep_, *in, "ParsePattern", types);
  }

  Status open() override {
    field_index_ = *in_.schema().find(field_->name);
    kept_.clear();
    for (const FieldName& name : keep_->names) kept_.push_back(*in_.schema().find(name.name));
    columns_.clear();
    for (const Field& field : fields_) columns_.emplace_back(field.type);
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    const Column& texts = log.column(field_index_);
    rows_.clear();
    for (uint32_t record = 0; record < log.rows(); ++record) {
      const uint32_t row = log.physical(record);
      if (texts.is_null(row)) continue;
      if (!pattern_->find(texts.string_at(row), 0, groups_)) {
        reject(in_, log, {&record, 1}, "pattern.no_match", "the text does not have the form of the pattern");
        continue;
      }
      const auto before = static_cast<uint32_t>(rows_.size());
      size_t field = 0;
      while (field < fields_.size() && append(field)) ++field;
      if (field == fields_.size()) {
        rows_.push_back(row);
        continue;
      }
      for (ColumnBuilder& column : columns_) column.truncate(before);
      const std::string_view group = groups_[static_cast<size_t>(group_of_[field])];
      reject(in_, log, {&record, 1}, "pattern.value",
             group.data() == nullptr ? fmt::format("the group `{}` is missing", fields_[field].name)
                                     : fmt::format("`{}` is no {}: \"{}\"", fields_[field].name,
                                                   fields_[field].type.with_nullable(false).to_string(), shown(group)));
    }
    if (rows_.empty()) return out_.wanted() ? Flow::kNext : Flow::kDone;
    std::vector<ColumnPtr> columns;
    for (ColumnBuilder& column : columns_) columns.push_back(column.finish());
    for (const size_t field : kept_) columns.push_back(take(log.columns()[field], rows_));
    const auto rows = static_cast<uint32_t>(rows_.size());
    return out_.emit(Log::make(out_.schema(), std::move(columns), rows, log.born())) ? Flow::kNext : Flow::kDone;
  }

 private:
  // Compiles the pattern and finds the group of each field.
  bool prepare(Types& types) {
    Result<Pattern> compiled = Pattern::compile(*pattern_text_);
    if (!compiled) {
      types.error("E0402", pattern_text_.span(), compiled.status().error().text);
      return false;
    }
    pattern_.emplace(std::move(*compiled));
    groups_.resize(static_cast<size_t>(pattern_->groups()) + 1);
    const std::vector<std::pair<int, std::string>> names = pattern_->group_names();
    if (names.empty()) {
      types.error("E0402", pattern_text_.span(),
                  "the pattern has no named group, so there is nothing to make fields of",
                  "name what you want: (?P<name>…)");
      return false;
    }
    fields_.clear();
    group_of_.clear();
    if (!schema_->has_value()) {
      for (const auto& [number, name] : names) {
        fields_.push_back({name, Kind::kString});
        group_of_.push_back(number);
      }
      return true;
    }
    for (const Field& field : (*schema_)->type.fields()) {
      const auto named =
          std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.second == field.name; });
      if (named == names.end()) {
        types.error("E0402", schema_.span(), "the pattern has no group `" + field.name + "`",
                    "name a group of it: (?P<" + field.name + ">…)");
        return false;
      }
      const Kind kind = field.type.kind();
      if (kind != Kind::kString && kind != Kind::kInt && kind != Kind::kFloat && kind != Kind::kBool &&
          kind != Kind::kTime) {
        types.error(
            "E0402", schema_.span(),
            "a group can be string, int, float, bool or time, and `" + field.name + "` is " + field.type.to_string());
        return false;
      }
      fields_.push_back(field);
      group_of_.push_back(named->first);
    }
    return true;
  }

  // The start of a text, whole characters, for a message.
  static std::string_view shown(std::string_view text) {
    constexpr size_t kShown = 60;
    if (text.size() <= kShown) return text;
    size_t end = kShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
  }

  bool append(size_t field) {
    const std::string_view group = groups_[static_cast<size_t>(group_of_[field])];
    ColumnBuilder& column = columns_[field];
    if (group.data() == nullptr) {
      if (!fields_[field].type.nullable()) {
        if (schema_->has_value()) return false;
        column.append_string("");
        return true;
      }
      column.append_null();
      return true;
    }
    switch (fields_[field].type.kind()) {
      case Kind::kString: column.append_string(group); return true;
      case Kind::kInt: return append_number<int64_t>(group, [&](int64_t value) { column.append_int(value); });
      case Kind::kFloat: return append_number<double>(group, [&](double value) { column.append_float(value); });
      case Kind::kBool:
        if (group != "true" && group != "false") return false;
        column.append_bool(group == "true");
        return true;
      default: break;
    }
    Micros time = 0;
    if (time_format_->has_value() ? !read_as(group, &time) : !read_time(group, &time)) return false;
    column.append_int(time);
    return true;
  }

  template <typename T, typename Append>
  static bool append_number(std::string_view text, const Append& append) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    append(value);
    return true;
  }

  bool read_as(std::string_view text, Micros* out) {
    scratch_ = text;
    tm parts{};
    const char* const end = strptime(scratch_.c_str(), (*time_format_)->c_str(), &parts);
    if (end != scratch_.c_str() + scratch_.size()) return false;
    const long east = parts.tm_gmtoff;  // of UTC; timegm() takes it as 0
    *out = (int64_t{timegm(&parts)} - east) * kSecond;
    return true;
  }

  PushIn in_{this, "in", "{$field: string?, $keep, ...}", "texts"};
  PushOut out_{this, "out", "", "what their groups hold: the fields of `schema`, and what is kept"};

  Arg<std::string> pattern_text_{this, "pattern", "a regular expression with named groups, in single quotes"};
  Arg<std::optional<RecordType>> schema_{this, "schema", "the groups that become fields, and their types"};
  Arg<FieldName> field_{this, "field", "the field that holds the text", Default{FieldName{"line", {}}}};
  Arg<std::optional<std::string>> time_format_{this, "time_format", "how times are written, as for strptime(3)"};
  Arg<FieldList> keep_{this, "keep", "fields that stay beside what is read", Default{FieldList{}}};

  std::optional<Pattern> pattern_;
  std::vector<Field> fields_;
  std::vector<int> group_of_;  // the number of each field's group
  std::vector<std::string_view> groups_;
  size_t field_index_ = 0;
  std::vector<size_t> kept_;
  std::vector<ColumnBuilder> columns_;  // empty between two calls
  std::vector<uint32_t> rows_;
  std::string scratch_;
};

}  // namespace

BLOX_ELEMENT(ParsePattern);

}  // namespace blox
