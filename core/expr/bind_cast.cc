// Conversions that are written out: CAST, `::`, INTERVAL '…'.
#include "core/base/diagnostic.h"
#include "core/expr/bind.h"
#include "core/expr/functions/interval_text.h"
#include "core/expr/functions/number_text.h"

namespace blox::expr {
namespace {

struct TypeName {
  std::string_view sql;
  Kind kind;
};
constexpr TypeName kTypeNames[] = {
    {"bool", Kind::kBool},      {"boolean", Kind::kBool},  {"int", Kind::kInt},     {"int4", Kind::kInt},
    {"int8", Kind::kInt},       {"bigint", Kind::kInt},    {"integer", Kind::kInt}, {"float", Kind::kFloat},
    {"float8", Kind::kFloat},   {"string", Kind::kString}, {"text", Kind::kString}, {"varchar", Kind::kString},
    {"bytes", Kind::kBytes},    {"bytea", Kind::kBytes},   {"time", Kind::kTime},   {"timestamptz", Kind::kTime},
    {"timestamp", Kind::kTime}, {"any", Kind::kAny},       {"json", Kind::kAny},    {"jsonb", Kind::kAny},
    {"interval", kInterval},
};

// Types of PostgreSQL that people write and that are not here.
struct MissingType {
  std::string_view sql;
  std::string_view why;
  std::string_view instead;
};
constexpr MissingType kMissingTypes[] = {
    {"int4", "`int4` has 32 bits, and there is no such type", "write `int`, which has 64 bits"},
    {"int2", "`smallint` has 16 bits, and there is no such type", "write `int`, which has 64 bits"},
    {"float4", "`real` has 32 bits, and there is no such type", "write `float`, which has 64 bits"},
    {"numeric", "there are no decimals (`numeric`) yet", "write `::float`, and round(x, n) for so many digits"},
    {"date", "there is no type for days (`date`) yet", "write `date_trunc('day', t)`, or a `::time`"},
    {"bpchar", "there is no type `char(n)`, and no `N'…'`", "write `'…'`: strings are Unicode"},
};

}  // namespace

NodePtr Binder::type_cast(const Tree& tree) {
  const Tree& type_name = tree.at("typeName");
  const Tree& names = type_name.at("names");
  const std::string name(names.item(names.size() == 0 ? 0 : names.size() - 1).item(0).at("sval").string());
  Place where = place(type_name);
  NodePtr arg = bind(tree.at("arg"));
  const int64_t location = type_name.at("location").number(-1);
  const Token* const written = location < 0 ? nullptr : scanned_.token_at(static_cast<uint32_t>(location));
  for (const MissingType& missing : kMissingTypes) {
    // The parser calls `int` int4 too: there the word counts that was written.
    const bool as_written = written != nullptr && missing.sql == scanned_.spelling(*written);
    if (missing.sql != name || (name == "int4" && !as_written)) continue;
    error(where, "E0419", std::string(missing.why), std::string(missing.instead));
    return poison(where);
  }
  if (name == "interval" && arg->is_literal() && !arg->is_null) return interval(std::move(arg), type_name, where);
  std::optional<Kind> kind;
  for (const TypeName& known : kTypeNames) {
    if (known.sql == name) kind = known.kind;
  }
  if (!kind.has_value() || type_name.at("arrayBounds").exists() || type_name.at("typmods").exists()) {
    const bool sized = kind.has_value();
    std::vector<std::string> known;
    for (const TypeName& each : kTypeNames) known.emplace_back(each.sql);
    const std::optional<std::string> like = sized ? std::nullopt : nearest(name, known);
    error(where, "E0419",
          sized ? "a type with a size or of lists cannot be converted to"
                : "unknown type `" + name + "`" + (like ? "; did you mean `" + *like + "`?" : ""),
          kind == Kind::kString && sized ? "cut it to so many characters: left(x, n)"
                                         : "the types are bool, int, float, string, bytes, time, any, interval");
    return poison(where);
  }
  if (arg->type.kind() == kPoison || arg->type.kind() == *kind) return arg;
  if (arg->is_literal()) return convert(std::move(arg), Type(*kind));
  const Signature* cast = find_cast(arg->type.kind(), *kind);
  if (cast == nullptr) {
    error(where, "E0419", "no conversion from " + type_text(arg->type) + " to " + type_text(Type(*kind)));
    return poison(where);
  }
  Nodes args;
  args.push_back(std::move(arg));
  return build(*cast, std::move(args), where, Type());
}

// INTERVAL '5 minutes' and INTERVAL '5' MINUTE; with months it is more than a length of time.
NodePtr Binder::interval(NodePtr literal, const Tree& type_name, Place where) {
  constexpr std::pair<int64_t, std::string_view> kFields[] = {{2, "month"},   {4, "year"},      {8, "day"},
                                                              {1024, "hour"}, {2048, "minute"}, {4096, "second"}};
  if (type_name.at("typmods").exists()) {
    const int64_t mask = type_name.at("typmods").item(0).item(0).at("ival").at("ival").number(0);
    std::string_view unit;
    for (const auto& [bit, word] : kFields) {
      if (bit == mask) unit = word;
    }
    double amount = 0;
    if (unit.empty() || read_float(literal->text, &amount) != Read::kFine) {
      error(where, "E0419", "an interval has its units inside its quotes", "write INTERVAL '5 minutes 2 seconds'");
      return poison(where);
    }
    literal->text += " " + std::string(unit);
  }
  const std::optional<Interval> read = parse_interval(literal->text);
  if (!read.has_value() || read->months == 0) return convert(std::move(literal), Type(kInterval));
  NodePtr node = make_constant(Type(kMonths), literal->offset, literal->length);
  node->months = read->months;
  node->word = read->micros;
  return node;
}

}  // namespace blox::expr
