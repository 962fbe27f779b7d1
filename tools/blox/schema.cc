// blox schema FILE: a record type from a sample of JSON lines or CSV.
#include <algorithm>
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

// Both say where in the sample it went wrong, which has this name.
Status learn_json(const std::string& text, const std::string& name, TypeGuess& guess) {
  JsonReader reader(Schema({{"record", Kind::kAny}}), {.whole_values = true, .unique_members = true});
  std::vector<Rejected> rejected;
  reader.read_lines(text, &rejected);
  if (!rejected.empty()) {
    const std::string line = name + ", line " + std::to_string(rejected[0].index + 1);
    return Status::user(rejected[0].code, rejected[0].message).at(line);
  }
  const Log records = reader.log().finish(0);
  for (const Row row : records) guess.learn(row.datum_at(0));
  return Status::ok();
}

// Each record as a map from names to texts; then each cell by what it looks like.
Status learn_csv(const std::string& text, const std::string& name, char separator, TypeGuess& guess) {
  CsvReader reader(Schema({{"record", Kind::kAny}}), {.separator = separator, .whole_records = true});
  std::vector<Rejected> rejected;
  reader.read(text, &rejected);
  if (rejected.empty()) reader.end(&rejected);
  if (!rejected.empty()) {
    const std::string record = name + ", record " + std::to_string(rejected[0].index + 1);
    return Status::user(rejected[0].code, rejected[0].message).at(record);
  }
  const Log records = reader.log().finish(0);
  for (const Row row : records) {
    Datum record = row.datum_at(0);
    const Datum::Struct* cells = record.get_if<Datum::Struct>();
    if (cells == nullptr) continue;
    Datum::Struct guessed;
    for (const auto& [column, cell] : *cells) {
      const std::string* cell_text = cell.get_if<std::string>();
      guessed.emplace_back(column, cell_text == nullptr ? Datum() : guess_cell(*cell_text));
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
  const std::string name = files[0] == "-" ? "standard input" : files[0];
  const Status learned = csv ? learn_csv(*text, name, tabs ? '\t' : ',', guess) : learn_json(*text, name, guess);
  if (!learned.is_ok()) return report(learned);
  print_data(type_text(guess.type()) + "\n");
  return kDone;
}

}  // namespace blox::tools
