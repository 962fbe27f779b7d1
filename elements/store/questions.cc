#include "elements/store/questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace blox {
namespace {

// One field of the question as the lookup needs it; nothing where it does not fit.
std::optional<Field> field_of(const Schema& arriving, std::string_view name, const Type& wanted) {
  const std::optional<size_t> index = arriving.find(name);
  if (!index || !fits(arriving.at(*index).type, wanted)) return std::nullopt;
  return Field{std::string(name), wanted};
}

// How many of the fields of an index, from the first on, a question asks for.
size_t asked_of(const IndexFields& index, const Schema& arriving, const Schema& records) {
  size_t count = 0;
  while (count < index.size() && field_of(arriving, index[count], records.at(*records.find(index[count])).type))
    ++count;
  return count;
}

}  // namespace

Status question_misfit(std::string text, std::string fix) {
  return Status(Status::Error{Fault::kUser, "store.question", std::move(text), {}, std::move(fix)});
}

size_t best_index(const Schema& arriving, const Subject& subject) {
  size_t best = 0, most = 0;
  for (size_t i = 0; i < subject.indexes.size(); ++i) {
    const size_t count = asked_of(subject.indexes[i], arriving, subject.records);
    if (count > most) best = i;
    most = std::max(most, count);
  }
  return best;
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

namespace {

Result<std::vector<Field>> find_fields(const Schema& arriving, const Subject& subject) {
  if (subject.indexes.empty())
    return question_misfit("`find` needs an index", "name its fields: index = [fingerprint]");
  const size_t best = best_index(arriving, subject);
  const IndexFields& index = subject.indexes[best];
  const size_t count = asked_of(index, arriving, subject.records);
  std::vector<Field> fields;
  for (size_t i = 0; i < count; ++i) {
    fields.push_back({index[i], subject.records.at(*subject.records.find(index[i])).type});
  }
  for (const Field& field : arriving.fields()) {  // a condition that were passed over would give a wrong answer
    const bool asked = std::any_of(fields.begin(), fields.end(), [&](const Field& f) { return f.name == field.name; });
    if (asked || !subject.records.find(field.name)) continue;
    const Type& type = subject.records.at(*subject.records.find(field.name)).type;
    if (holds(index, field.name) && !fits(field.type, type)) {
      return question_misfit(fmt::format("`find` asks for `{}: {}`, which is `{}` in the question",
                                         quoted_name(field.name), type.to_string(), field.type.to_string()));
    }
    return question_misfit(
        fmt::format("no index finds by {} alone: `{}` is in none, or what stands before it is not asked for",
                    arriving.to_string(), field.name),
        "add an index of these fields: index = [[a, b]]");
  }
  if (fields.empty()) {
    return question_misfit(
        fmt::format("`find` asks for the first fields of an index, such as `{}`, and the question is {}", index[0],
                    arriving.to_string()));
  }
  return fields;
}

}  // namespace

Result<Schema> question_schema(LookupKind kind, const Schema& arriving, const Subject& subject) {
  const Schema& records = subject.records;
  const std::vector<std::string>& key = subject.key;
  std::vector<std::string> taken = key;  // where these have a field `limit`, that is what it means
  const Type first = records.at(*records.find(key[0])).type;
  std::vector<Field> fields;
  switch (kind) {
    case LookupKind::kGet:
      for (const std::string& name : key) {
        const Type& type = records.at(*records.find(name)).type;
        std::optional<Field> field = field_of(arriving, name, type);
        if (!field && arriving.find(name)) {
          return question_misfit(fmt::format("`get` asks for `{}: {}`, which is `{}` in the question",
                                             quoted_name(name), type.to_string(),
                                             arriving.at(*arriving.find(name)).type.to_string()));
        }
        if (!field) break;
        fields.push_back(*std::move(field));
      }
      if (fields.empty()) {
        return question_misfit(
            fmt::format("`get` asks by the key, and the question {} has no field `{}`", arriving.to_string(), key[0]));
      }
      break;
    case LookupKind::kPrefix: {
      if (first.kind() != Kind::kString) {
        return question_misfit(fmt::format("`prefix` needs a string as the first field of the key, and `{}` is `{}`",
                                           key[0], first.to_string()),
                               "ask `range` instead");
      }
      std::optional<Field> field = field_of(arriving, "prefix", first.with_nullable(false));
      if (!field) return question_misfit(fmt::format("`prefix` asks {{prefix: string}}, not {}", arriving.to_string()));
      fields.push_back({"prefix", first});
      break;
    }
    case LookupKind::kRange: {
      bool fits = true;
      for (const char* name : {"from", "to"}) {
        std::optional<Field> field = field_of(arriving, name, first.with_nullable(true));
        fits = fits && (field || !arriving.find(name));
        if (field) fields.push_back(*std::move(field));
      }
      if (!fits || fields.empty()) {
        const std::string type = first.with_nullable(true).to_string();
        return question_misfit(
            fmt::format("`range` asks {{from: {}, to: {}}} or one of them, not {}", type, type, arriving.to_string()));
      }
      break;
    }
    case LookupKind::kFind: {
      BLOX_ASSIGN(fields, find_fields(arriving, subject));
      taken = subject.indexes[best_index(arriving, subject)];
      break;
    }
    case LookupKind::kDuplicates:
      if (subject.indexes.empty()) {
        return question_misfit("`duplicates` needs an index", "name its fields: index = [fingerprint]");
      }
      [[fallthrough]];
    case LookupKind::kScan:
      taken.clear();
      if (!arriving.find("limit")) return arriving;
      break;
    case LookupKind::kCount: return arriving;
  }
  if (arriving.find("limit")) {
    const Type given = arriving.at(*arriving.find("limit")).type;
    std::optional<Field> limit = field_of(arriving, "limit", Type(Kind::kInt, given.nullable()));  // null: no limit
    if (!limit) return question_misfit("`limit` is a whole number: `limit: int`");
    if (!holds(taken, "limit")) fields.push_back(*std::move(limit));
  }
  return Schema(std::move(fields));
}

Result<Schema> whole_record(const Schema& arriving, const Subject& subject) {
  for (const Field& field : subject.records.fields()) {
    const std::optional<size_t> at = arriving.find(field.name);
    if (at && fits(arriving.at(*at).type, field.type)) continue;
    return question_misfit(fmt::format("`put` takes whole records {}, not {}", subject.records.as_type().to_string(),
                                       arriving.to_string()));
  }
  return subject.records;
}

Result<Schema> whole_key(const Schema& arriving, const Subject& subject) {
  std::vector<Field> fields;
  for (const std::string& name : subject.key) {
    const Field& field = subject.records.at(*subject.records.find(name));
    const std::optional<size_t> at = arriving.find(name);
    if (!at || !fits(arriving.at(*at).type, field.type)) {
      return question_misfit(fmt::format("`remove` takes keys with `{}: {}`, not {}", quoted_name(name),
                                         field.type.to_string(), arriving.to_string()));
    }
    fields.push_back(field);
  }
  return Schema(std::move(fields));
}

}  // namespace blox
