#include "tests/support/expressions.h"

#include <optional>
#include <vector>

#include "core/data/datum.h"
#include "core/data/json.h"
#include "core/expr/function.h"
#include "core/expr/functions/number_text.h"

namespace blox::expr {

std::string shown(const Datum& value) {
  if (value.is_null()) return "NULL";
  if (const bool* truth = value.get_if<bool>()) return *truth ? "true" : "false";
  if (const int64_t* whole = value.get_if<int64_t>()) return std::to_string(*whole);
  if (const std::string* text = value.get_if<std::string>()) return *text;
  if (const Datum::Time* time = value.get_if<Datum::Time>()) return format_time(time->micros);
  if (const double* real = value.get_if<double>()) {
    char out[kLongestFloat];
    return std::string(out, format_float(*real, out));
  }
  if (const Datum::Bytes* bytes = value.get_if<Datum::Bytes>()) {
    std::string out = "\\x";
    for (const char c : bytes->data) {
      out += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
      out += "0123456789abcdef"[static_cast<uint8_t>(c) & 15];
    }
    return out;
  }
  return to_json(value);
}

std::string shown(const std::vector<Error>& errors) {
  std::string out;
  for (const Error& error : errors) {
    if (!out.empty()) out += "; ";
    out += std::to_string(error.offset) + "+" + std::to_string(error.length) + " " + error.code + " " + error.message;
  }
  return out;
}

std::string evaluate_text(std::string_view text, const Schema& schema, const Log& log, const Parameters& parameters) {
  const Compiled compiled = Program::compile(text, schema, parameters);
  if (!compiled) return shown(compiled.errors);
  const Log given = log.exists() ? log : Log::make(Schema(), {}, 1, 0);
  Evaluation out;
  compiled.program->evaluate(given, 1'767'225'600'000'000, out);
  if (!out.errors.empty() && out.errors[0].record == 0)
    return "error[" + std::string(out.errors[0].code) + "]: " + out.errors[0].message;
  if (out.columns[0]->is_null(0)) return "NULL";
  const Datum value = out.columns[0]->datum_at(0);
  return compiled.program->type().kind() == Kind::kAny ? to_json(value) : shown(value);
}

Schema all_kinds() {
  const auto maybe = [](Kind kind) { return Type(kind, true); };
  return Schema({{"i", Type(Kind::kInt)},
                 {"i_null", maybe(Kind::kInt)},
                 {"f", Type(Kind::kFloat)},
                 {"f_null", maybe(Kind::kFloat)},
                 {"s", Type(Kind::kString)},
                 {"s_null", maybe(Kind::kString)},
                 {"b", Type(Kind::kBool)},
                 {"b_null", maybe(Kind::kBool)},
                 {"t", Type(Kind::kTime)},
                 {"t_null", maybe(Kind::kTime)},
                 {"raw", Type(Kind::kBytes)},
                 {"doc", maybe(Kind::kAny)},
                 {"list", Type::list_of(maybe(Kind::kInt), true)},
                 {"words", Type::list_of(Type(Kind::kString))},
                 {"record", Type::struct_of({{"n", maybe(Kind::kInt)}, {"w", Type(Kind::kString)}}, true)}});
}

namespace {

template <size_t N>
std::string one_of(testing::Random& random, const char* const (&all)[N]) {
  return all[random.below(N)];
}

std::string random_leaf(testing::Random& random) {
  static const char* const kLeaves[] = {"i",
                                        "i_null",
                                        "f",
                                        "f_null",
                                        "s",
                                        "s_null",
                                        "b",
                                        "b_null",
                                        "t",
                                        "t_null",
                                        "raw",
                                        "doc",
                                        "list",
                                        "words",
                                        "record",
                                        "record.n",
                                        "record.w",
                                        "list[1]",
                                        "words[i]",
                                        "0",
                                        "1",
                                        "-1",
                                        "7",
                                        "2.5",
                                        "'a'",
                                        "''",
                                        "'é%'",
                                        "'1'",
                                        "NULL",
                                        "true",
                                        "false",
                                        "'hour'",
                                        "now()",
                                        "INTERVAL '1 hour'",
                                        "9223372036854775807",
                                        "'[1, {\"a\": 2}]'",
                                        "'\\x00'"};
  return one_of(random, kLeaves);
}

}  // namespace

std::string random_expression(testing::Random& random, int depth) {
  if (depth <= 0 || random.chance(15)) return random_leaf(random);
  const auto inner = [&] { return random_expression(random, depth - 1); };
  static const char* const kOperators[] = {
      "+", "-",  "*", "/", "%", "=", "<>", "<", ">=", "||", "AND", "OR", "~~", "~", "->", "->>", "IS DISTINCT FROM",
      "&", "<<", "^"};
  static const char* const kCasts[] = {"int", "float", "string", "bool", "time", "bytes", "any"};
  const std::vector<FunctionDoc> docs = describe_functions();
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2: return "(" + inner() + " " + one_of(random, kOperators) + " " + inner() + ")";
    case 3: return "CASE WHEN " + inner() + " THEN " + inner() + (random.chance(50) ? " ELSE " + inner() : "") + " END";
    case 4: return "coalesce(" + inner() + ", " + inner() + ")";
    case 5: return "(" + inner() + (random.chance(50) ? ") IS NULL" : ") IS NOT NULL");
    case 6: return "(" + inner() + ")::" + one_of(random, kCasts);
    case 7: return "(" + inner() + " IN (" + inner() + ", " + inner() + "))";
    default: break;
  }
  const FunctionDoc& doc = docs[random.below(static_cast<uint32_t>(docs.size()))];
  if (doc.name[0] < 'a' || doc.name[0] > 'z') return inner();
  std::string out = doc.name + "(";
  const uint32_t count = random.below(4);
  for (uint32_t i = 0; i < count; ++i) out += (i == 0 ? "" : ", ") + inner();
  return out + ")";
}

namespace {

// What became of each record: its value, or its error.
std::vector<std::string> outcomes(const Program& program, const Log& log) {
  Evaluation out;
  program.evaluate(log, 1'767'225'600'000'000, out);
  std::vector<std::string> all(log.rows());
  const std::vector<uint32_t> kept = out.succeeded(log.rows());
  if (out.columns[0]->rows != kept.size()) return {"the column has another number of rows"};
  for (uint32_t i = 0; i < kept.size(); ++i) {
    const bool null = out.columns[0]->is_null(i);
    if (null && !program.type().nullable()) return {"null in " + program.type().to_string()};
    all[kept[i]] = null ? "NULL" : "= " + shown(out.columns[0]->datum_at(i));
  }
  for (const RowError& error : out.errors) all[error.record] = "! " + std::string(error.code) + " " + error.message;
  return all;
}

}  // namespace

std::string difference(std::string_view text, uint64_t seed) {
  const Compiled compiled = Program::compile(text, all_kinds());
  if (!compiled) return {};
  testing::Random random(seed);
  const testing::Twin twin = testing::random_log(random, all_kinds(), random.below(3) == 0 ? 1500 : random.below(40));
  const std::vector<std::string> together = outcomes(*compiled.program, twin.log);
  if (together.size() != twin.rows.size()) return together[0];
  std::vector<uint32_t> truths;
  for (uint32_t record = 0; record < twin.rows.size(); ++record) {
    if (together[record] == "= true") truths.push_back(record);
    if (record > 100 && record + 20 < twin.rows.size()) continue;  // the ends of batches are what differs
    const Result<Log> alone = log_from(all_kinds(), {twin.rows[record]});
    if (!alone.is_ok()) return "a twin that does not fit its schema";
    const std::vector<std::string> one = outcomes(*compiled.program, *alone);
    if (one[0] != together[record])
      return "record " + std::to_string(record) + ": together " + together[record] + ", alone " + one[0];
  }
  if (compiled.program->type().kind() != Kind::kBool) return {};
  Evaluation out;
  compiled.program->select(twin.log, 1'767'225'600'000'000, out);
  // A filter may look at less than a value needs (behind a null it stops), so it may see fewer errors.
  return out.selected == truths ? "" : "select() takes other records than those that are true";
}

}  // namespace blox::expr
