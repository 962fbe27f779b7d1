// blox schema FILE: a record type from a sample of JSON lines or CSV.
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "core/data/csv.h"
#include "core/data/json.h"
#include "core/element/literal.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/infer.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

// A member that an object has twice: ParseJson would refuse the record.
std::optional<std::string> repeated_member(const Datum& value) {
  std::optional<std::string> out;
  if (const Datum::List* items = value.get_if<Datum::List>()) {
    for (size_t i = 0; i < items->size() && !out; ++i) out = repeated_member((*items)[i]);
  } else if (const Datum::Struct* members = value.get_if<Datum::Struct>()) {
    std::vector<std::string_view> names;
    for (const auto& [name, member] : *members) {
      names.push_back(name);
      if (!out) out = repeated_member(member);
    }
    std::sort(names.begin(), names.end());
    const auto twin = std::adjacent_find(names.begin(), names.end());
    if (twin != names.end()) out = std::string(*twin);
  }
  return out;
}

Status learn_json(const std::string& text, TypeGuess& guess) {
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Result<Datum> value = datum_from_json(line);
    if (!value) return value.status().at("line " + std::to_string(number));
    if (const std::optional<std::string> twice = repeated_member(*value)) {
      return Status::user("json.duplicate", "the member " + quoted_name(*twice) + " stands twice in one object")
          .at("line " + std::to_string(number));
    }
    guess.learn(*value);
  }
  return Status::ok();
}

// Each record as a map from names to texts; then each cell by what it looks like.
Status learn_csv(const std::string& text, char separator, TypeGuess& guess) {
  CsvReader reader(Schema({{"record", Kind::kAny}}), {.separator = separator, .whole_records = true});
  std::vector<Rejected> rejected;
  reader.read(text, &rejected);
  if (rejected.empty()) reader.end(&rejected);
  if (!rejected.empty()) {
    return Status::user(rejected[0].code, rejected[0].message).at("record " + std::to_string(rejected[0].index + 1));
  }
  const Log records = reader.log().finish(0);
  for (const Row row : records) {
    Datum record = row.datum_at(0);
    const Datum::Struct* cells = record.get_if<Datum::Struct>();
    if (cells == nullptr) continue;
    Datum::Struct guessed;
    for (const auto& [name, cell] : *cells) {
      const std::string* cell_text = cell.get_if<std::string>();
      guessed.emplace_back(name, cell_text == nullptr ? Datum() : guess_cell(*cell_text));
    }
    guess.learn(Datum(std::move(guessed)));
  }
  return Status::ok();
}

// A name as a topology takes it: what backquotes cannot hold stands in quotes.
std::string name_text(const std::string& name) {
  const bool odd = std::any_of(name.begin(), name.end(), [](char c) { return c == '`' || (c >= 0 && c < ' '); });
  return name.empty() || odd ? Literal::of(name).to_string() : quoted_name(name);
}

std::string type_text(const Type& type) {
  std::string out;
  if (type.kind() == Kind::kList) {
    out = "[" + type_text(type.item()) + "]";
  } else if (type.kind() == Kind::kStruct) {
    for (const Field& field : type.fields()) {
      out += (out.empty() ? "" : ", ") + name_text(field.name) + ": " + type_text(field.type);
    }
    out = "{" + out + "}";
  } else {
    out = kind_name(type.kind());
  }
  return type.nullable() ? out + "?" : out;
}

}  // namespace

int schema(Words words) {
  std::vector<std::string> files;
  std::string format;
  Options options(
      "schema FILE [--format json|csv]",
      "Reads a sample of JSON lines or CSV (with a header) and prints the narrowest record type that fits all\n"
      "of it, for ParseJson(schema = …) and its like. `-` is standard input.",
      "head -n 1000 access.jsonl | blox schema -");
  options.value("format", "json|csv", "of the sample; by the file's ending, else JSON lines", &format);
  options.positional("file", &files);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (files.size() != 1 || (!format.empty() && format != "json" && format != "csv")) {
    print_error("blox: schema takes one file, and --format json or csv\n");
    return kUsage;
  }
  const Result<std::string> text = read_file(files[0]);
  if (!text) return report(text.status());
  const bool tabs = files[0].ends_with(".tsv");
  const bool csv = format.empty() ? tabs || files[0].ends_with(".csv") : format == "csv";
  TypeGuess guess;
  const Status learned = csv ? learn_csv(*text, tabs ? '\t' : ',', guess) : learn_json(*text, guess);
  if (!learned.is_ok()) return report(learned.at(files[0] == "-" ? "standard input" : files[0]));
  print_data(type_text(guess.type()) + "\n");
  return kDone;
}

}  // namespace blox::tools
