#include "core/expr/bind.h"

#include <algorithm>
#include <charconv>

#include "core/base/diagnostic.h"
#include "core/expr/functions/number_text.h"

namespace blox::expr {
namespace {

constexpr int kDeepestNode = 256;

bool same_word(std::string_view spelled, std::string_view folded) {
  // The parser cuts names at 63 bytes and folds ASCII capitals.
  if (spelled.size() > folded.size()) spelled = spelled.substr(0, folded.size());
  return std::equal(spelled.begin(), spelled.end(), folded.begin(), folded.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b || a == b;
  });
}

bool is_name(const Token& token) { return token.kind == Token::Kind::kWord || token.kind == Token::Kind::kQuotedName; }

}  // namespace

void Binder::error(Place where, std::string code, std::string message, std::string fix) {
  errors_.push_back({text_, where.offset, where.length, std::move(code), std::move(message), std::move(fix)});
}

Place Binder::place(const Tree& fields) const {
  const int64_t location = fields.at("location").number(-1);
  const Token* token = location < 0 ? nullptr : scanned_.token_at(static_cast<uint32_t>(location));
  if (token == nullptr) return {0, static_cast<uint32_t>(scanned_.text.size())};
  return {token->offset, token->length};
}

NodePtr Binder::unsupported(const Tree& fields, std::string_view what, std::string fix) {
  error(place(fields), "E0417", std::string(what) + " cannot stand in an expression", std::move(fix));
  return poison(place(fields));
}

NodePtr Binder::bind(const Tree& tree) {
  const std::string_view name = tree.node_class();
  const Tree& fields = tree.item(0);
  if (++depth_ > kDeepestNode) {
    --depth_;
    const Place where = place(fields);
    const bool told = std::any_of(errors_.begin(), errors_.end(), [](const Error& e) { return e.code == "E0411"; });
    if (!told) error(where, "E0411", "the expression is nested too deep", "split it over several elements");
    return poison(where);
  }
  NodePtr node = bind_class(name, fields);
  --depth_;
  return node;
}

NodePtr Binder::bind_class(std::string_view name, const Tree& fields) {
  if (name == "ColumnRef") return column(fields);
  if (name == "A_Const") return constant(fields);
  if (name == "A_Expr") return operation(fields);
  if (name == "FuncCall") return function(fields);
  if (name == "BoolExpr") return logic(fields);
  if (name == "ParamRef") return parameter(fields);
  if (name == "TypeCast") return type_cast(fields);
  if (name == "CaseExpr") return case_of(fields);
  if (name == "CoalesceExpr") return coalesce(fields);
  if (name == "A_Indirection") return indirection(fields);
  if (name == "SQLValueFunction") return value_function(fields);
  if (name == "NullTest") {
    Nodes args;
    args.push_back(bind(fields.at("arg")));
    return call(fields.at("nulltesttype").string() == "IS_NULL" ? "IS NULL" : "IS NOT NULL", std::move(args),
                place(fields));
  }
  if (name == "BooleanTest") {
    std::string test(fields.at("booltesttype").string());
    std::replace(test.begin(), test.end(), '_', ' ');
    Nodes args;
    args.push_back(bind(fields.at("arg")));
    return call(test, std::move(args), place(fields));
  }
  if (name == "MinMaxExpr") {
    Nodes args;
    bind_all(fields.at("args"), args);
    return call(fields.at("op").string() == "IS_GREATEST" ? "greatest" : "least", std::move(args), place(fields));
  }
  if (name == "SubLink") return unsupported(fields, "a subquery", "join with `Ask` or `Join` before");
  if (name == "A_ArrayExpr") return unsupported(fields, "a list made by ARRAY, other than right of ANY and ALL,");
  if (name == "RowExpr") return unsupported(fields, "a row of values");
  if (name == "CollateClause") return unsupported(fields, "COLLATE", "strings are ordered by their bytes");
  return unsupported(fields, "`" + std::string(name) + "`");
}

NodePtr Binder::bind_all(const Tree& items, Nodes& out) {
  for (size_t i = 0; i < items.size(); ++i) out.push_back(bind(items.item(i)));
  return nullptr;
}

NodePtr Binder::column(const Tree& tree) {
  const Tree& parts = tree.at("fields");
  const Place where = place(tree);
  std::vector<std::string> path;
  const Token* token = scanned_.token_at(static_cast<uint32_t>(tree.at("location").number(0)));
  const Token* const end = scanned_.tokens.data() + scanned_.tokens.size();
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts.item(i).node_class() != "String") return unsupported(tree, "`*`", "name the fields");
    // The parser folds and cuts names: the source has them as they were written.
    if (token != nullptr && token < end && is_name(*token)) {
      path.push_back(scanned_.name(*token));
      token += 2;  // behind the point
    } else {
      path.emplace_back(parts.item(i).item(0).at("sval").string());
    }
  }
  return named_field(path, where);
}

NodePtr Binder::named_field(const std::vector<std::string>& path, Place where) {
  const std::optional<size_t> index = schema_.find(path[0]);
  if (!index.has_value()) {
    const std::optional<std::string> like = nearest(path[0], schema_.names());
    std::string known;
    constexpr size_t kMostShown = 12;
    for (size_t i = 0; i < schema_.size() && i < kMostShown; ++i) {
      known += (i == 0 ? "" : ", ") + quoted_name(schema_.at(i).name);
    }
    if (schema_.size() > kMostShown) known += ", …";
    error(where, "E0413", "unknown field `" + path[0] + "`" + (like ? "; did you mean `" + *like + "`?" : ""),
          known.empty() ? "no field arrives here" : "the fields are " + known);
    return poison(where);
  }
  NodePtr node = std::make_unique<Node>();
  node->form = Form::kField;
  node->index = *index;
  node->type = schema_.at(*index).type;
  if (known_.contains(*index)) node->type = node->type.with_nullable(false);
  node->offset = where.offset;
  node->length = where.length;
  node->has_fields = true;
  fields_.insert(*index);
  for (size_t i = 1; i < path.size(); ++i) node = member(std::move(node), path[i], where);
  return node;
}

NodePtr Binder::member(NodePtr record, const std::string& name, Place where) {
  if (record->type.kind() == kPoison) return record;
  if (record->type.kind() != Kind::kStruct) {
    const bool is_any = record->type.kind() == Kind::kAny;
    error(where, "E0418", "`." + name + "` reads a struct, and this is " + type_text(record->type),
          is_any ? "write `-> '" + name + "'` for a member of a value of type any" : "");
    return poison(where);
  }
  const std::vector<Field>& fields = record->type.fields();
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
  if (found == fields.end()) {
    std::vector<std::string> names;
    for (const Field& field : fields) names.push_back(field.name);
    const std::optional<std::string> like = nearest(name, names);
    error(where, "E0413",
          "no field `" + name + "` in " + type_text(record->type) + (like ? "; did you mean `" + *like + "`?" : ""));
    return poison(where);
  }
  NodePtr node = std::make_unique<Node>();
  node->form = Form::kMember;
  node->index = static_cast<size_t>(found - fields.begin());
  node->type = found->type.with_nullable(found->type.nullable() || record->type.nullable());
  node->offset = where.offset;
  node->length = where.length;
  node->has_fields = record->has_fields;
  node->may_fail = record->may_fail;
  node->volatile_ = record->volatile_;
  node->args.push_back(std::move(record));
  return node;
}

NodePtr Binder::constant(const Tree& tree) {
  const Place where = place(tree);
  if (tree.at("isnull").is_true()) return make_null(Type(kLiteral), where.offset, where.length);
  if (tree.at("sval").exists()) {
    NodePtr node = make_constant(Type(kLiteral), where.offset, where.length);
    node->text = tree.at("sval").at("sval").string();
    return node;
  }
  if (tree.at("boolval").exists()) {
    NodePtr node = make_constant(Type(Kind::kBool), where.offset, where.length);
    node->word = tree.at("boolval").at("boolval").is_true() ? 1 : 0;
    return node;
  }
  if (tree.at("fval").exists()) return decimal(tree.at("fval").at("fval").string(), where);
  if (tree.at("ival").exists()) return whole_number(tree, where);
  return unsupported(tree, "a bit string");
}

NodePtr Binder::whole_number(const Tree& tree, Place where) {
  int64_t value = tree.at("ival").at("ival").number(0);
  if (value <= 0) {
    // The parser's JSON leaves out what is not positive: read it where it stands, `-` and brackets before it.
    const std::string& sql = scanned_.sql;
    bool negative = false;
    for (size_t i = static_cast<size_t>(std::max<int64_t>(0, tree.at("location").number(0))); i < sql.size(); ++i) {
      if (sql.compare(i, 2, "--") == 0) {
        i = std::min(sql.find('\n', i), sql.size());
      } else if (sql.compare(i, 2, "/*") == 0) {
        i = std::min(sql.find("*/", i), sql.size() - 2) + 1;
      } else if (sql[i] == '-') {
        negative = !negative;
      } else if (sql[i] >= '0' && sql[i] <= '9') {
        std::from_chars(sql.data() + i, sql.data() + sql.size(), value);
        break;
      }
    }
    if (negative) value = -value;
  }
  NodePtr node = make_constant(Type(Kind::kInt), where.offset, where.length);
  node->word = value;
  return node;
}

NodePtr Binder::decimal(std::string_view spelled, Place where) {
  int64_t whole = 0;
  if (read_int(spelled, &whole) == Read::kFine) {
    NodePtr node = make_constant(Type(Kind::kInt), where.offset, where.length);
    node->word = whole;
    return node;
  }
  NodePtr node = make_constant(Type(Kind::kFloat), where.offset, where.length);
  if (read_float(spelled, &node->real) != Read::kFine) {
    error(where, "E0420", "`" + std::string(spelled) + "` is out of the range of float");
  }
  return node;
}

NodePtr Binder::parameter(const Tree& tree) {
  const Place where = place(tree);
  const size_t number = static_cast<size_t>(tree.at("number").number(0));
  if (number == 0 || number > scanned_.parameters.size()) return unsupported(tree, "this parameter");
  const std::string& name = scanned_.parameters[number - 1];
  const auto found = parameters_.find(name);
  if (found == parameters_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, value] : parameters_) names.push_back(known);
    const std::optional<std::string> like = nearest(name, names);
    error(where, "E0416", "unknown parameter `$" + name + "`" + (like ? "; did you mean `$" + *like + "`?" : ""));
    return poison(where);
  }
  const Parameter& given = found->second;
  if (given.field) return named_field({*given.value.get_if<std::string>()}, where);
  const Type type = given.duration ? Type(kInterval) : given.type;
  if (given.value.is_null()) return make_null(type, where.offset, where.length);
  NodePtr node = make_constant(type.with_nullable(false), where.offset, where.length);
  if (const bool* truth = given.value.get_if<bool>()) node->word = *truth ? 1 : 0;
  if (const int64_t* whole = given.value.get_if<int64_t>()) {
    node->word = *whole;
    node->real = static_cast<double>(*whole);  // an int given for a float
  }
  if (const double* real = given.value.get_if<double>()) node->real = *real;
  if (const Datum::Time* time = given.value.get_if<Datum::Time>()) node->word = time->micros;
  if (type.kind() == Kind::kList || type.kind() == Kind::kStruct || type.kind() == Kind::kAny) {
    node->column = constant_column(type, given.value, 1);
    if (type.kind() == Kind::kAny) node->text = node->column->string_at(0);
  } else if (const std::string* text = given.value.get_if<std::string>()) {
    node->text = *text;
  } else if (const Datum::Bytes* bytes = given.value.get_if<Datum::Bytes>()) {
    node->text = bytes->data;
  }
  return node;
}

NodePtr Binder::value_function(const Tree& tree) {
  // Words such as `user` are functions to SQL; a field of that name is what people mean.
  const Token* token = scanned_.token_at(static_cast<uint32_t>(tree.at("location").number(0)));
  if (token != nullptr && is_name(*token) && schema_.find(scanned_.name(*token)).has_value()) {
    return named_field({scanned_.name(*token)}, place(tree));
  }
  const std::string_view op = tree.at("op").string();
  if (op.starts_with("SVFOP_CURRENT_TIMESTAMP") || op.starts_with("SVFOP_LOCALTIMESTAMP"))
    return call("now", {}, place(tree));
  if (op == "SVFOP_CURRENT_DATE") {
    Nodes args;
    args.push_back(make_constant(Type(kLiteral), 0, 0));
    args[0]->text = "day";
    args.push_back(call("now", {}, place(tree)));
    return call("date_trunc", std::move(args), place(tree));
  }
  return unsupported(tree, "this function of the session");
}

NodePtr Binder::indirection(const Tree& tree) {
  NodePtr node = bind(tree.at("arg"));
  const Tree& steps = tree.at("indirection");
  const Tree& arg_fields = tree.at("arg").item(0);
  Place where = place(arg_fields.at("location").exists() ? arg_fields : tree);
  const Token* token = scanned_.tokens.data();
  const Token* const end = token + scanned_.tokens.size();
  while (token < end && token->offset < where.offset) ++token;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Tree& step = steps.item(i);
    if (step.node_class() == "String") {
      const std::string_view folded = step.item(0).at("sval").string();
      std::string name(folded);
      // The parser gives no place for these names: take the next one behind a point that folds to it.
      for (; token + 1 < end; ++token) {
        if (scanned_.spelling(*token) != "." || !is_name(token[1])) continue;
        const std::string spelled = scanned_.name(token[1]);
        if (!same_word(spelled, folded)) continue;
        name = spelled;
        where = {token[1].offset, token[1].length};
        ++token;
        break;
      }
      node = member(std::move(node), name, where);
      continue;
    }
    if (step.node_class() != "A_Indices" || step.item(0).at("is_slice").is_true()) {
      return unsupported(tree, step.node_class() == "A_Star" ? "`*`" : "a slice");
    }
    NodePtr index = bind(step.item(0).at("uidx"));
    const Kind kind = node->type.kind();
    if (kind == kPoison) continue;
    if (kind != Kind::kList && kind != Kind::kAny) {
      error(where, "E0418", "`[…]` reads a list, and this is " + type_text(node->type));
      return poison(where);
    }
    Nodes args;
    args.push_back(std::move(node));
    args.push_back(std::move(index));
    node = call(kind == Kind::kList ? "[]" : "->", std::move(args), where);
  }
  return node;
}

}  // namespace blox::expr
