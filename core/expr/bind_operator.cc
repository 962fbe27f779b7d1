// Binds operators, the lazy forms and function calls.
#include <algorithm>

#include "core/base/diagnostic.h"
#include "core/expr/bind.h"

namespace blox::expr {
namespace {

std::string last_name(const Tree& names) {
  return std::string(names.item(names.size() == 0 ? 0 : names.size() - 1).item(0).at("sval").string());
}

bool is_aggregate(std::string_view name) {
  constexpr std::string_view kAggregates[] = {"count",     "sum",        "avg",      "min",      "max",
                                              "array_agg", "string_agg", "bool_and", "bool_or",  "every",
                                              "stddev",    "variance",   "json_agg", "jsonb_agg"};
  return std::find(std::begin(kAggregates), std::end(kAggregates), name) != std::end(kAggregates);
}

}  // namespace

NodePtr Binder::operation(const Tree& tree) {
  const Place where = place(tree);
  const std::string_view kind = tree.at("kind").string();
  const std::string op = last_name(tree.at("name"));
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE") return pattern_match(tree, where);
  if (kind == "AEXPR_SIMILAR") return unsupported(tree, "SIMILAR TO", "write a regular expression: `~`");
  if (kind == "AEXPR_IN") return membership(tree, where, op == "<>");
  if (kind == "AEXPR_OP_ANY") return any_of_list(tree, where, false);
  if (kind == "AEXPR_OP_ALL") return any_of_list(tree, where, true);
  Nodes args;
  if (tree.at("lexpr").exists()) args.push_back(bind(tree.at("lexpr")));
  if (kind.find("BETWEEN") != std::string_view::npos) {
    bind_all(tree.at("rexpr").item(0).at("items"), args);
    NodePtr node = call(kind.ends_with("_SYM") ? "BETWEEN SYMMETRIC" : "BETWEEN", std::move(args), where);
    return kind.find("NOT") != std::string_view::npos ? negate(std::move(node), where) : std::move(node);
  }
  args.push_back(bind(tree.at("rexpr")));
  if (kind == "AEXPR_DISTINCT") return call("IS DISTINCT FROM", std::move(args), where);
  if (kind == "AEXPR_NOT_DISTINCT") return call("IS NOT DISTINCT FROM", std::move(args), where);
  if (kind == "AEXPR_NULLIF") return call("nullif", std::move(args), where);
  if (kind != "AEXPR_OP") return unsupported(tree, "`" + op + "`");
  if (op == "!~" || op == "!~*" || op == "!~~" || op == "!~~*") {
    return negate(call(op.substr(1), std::move(args), where), where);
  }
  if (args.size() == 2 && (op == "+" || op == "-")) {
    if (op == "+" && args[0]->type.kind() == kMonths) std::swap(args[0], args[1]);
    if (args[1]->type.kind() == kMonths) return add_months(std::move(args), op == "-", where);
  }
  // A struct is read by name like a value of type any.
  if ((op == "->" || op == "->>") && args.size() == 2 && args[0]->type.kind() == Kind::kStruct &&
      args[1]->is_literal()) {
    NodePtr node = member(std::move(args[0]), args[1]->text, {args[1]->offset, args[1]->length});
    if (op == "->" || node->type.kind() == Kind::kString || node->type.kind() == kPoison) return node;
    const Signature* cast = find_cast(node->type.kind(), Kind::kString);
    if (cast == nullptr) {
      error(where, "E0419", "no conversion from " + type_text(node->type) + " to string");
      return poison(where);
    }
    Nodes text;
    text.push_back(std::move(node));
    return build(*cast, std::move(text), where, Type());
  }
  return call(op, std::move(args), where);
}

// As PostgreSQL does it: the months first, then the rest.
NodePtr Binder::add_months(Nodes args, bool backwards, Place where) {
  const int64_t sign = backwards ? -1 : 1;
  const NodePtr interval = std::move(args[1]);
  if (args[0]->type.kind() == kMonths) {
    error(where, "E0415", "intervals with months are added to times, not to each other",
          "add one after the other: t + INTERVAL '1 month' + INTERVAL '1 year'");
    return poison(where);
  }
  args[1] = make_constant(Type(Kind::kInt), interval->offset, interval->length);
  args[1]->word = sign * interval->months;
  if (args[0]->is_literal()) args[0] = convert(std::move(args[0]), Type(Kind::kTime));
  if (args[0]->type.kind() != Kind::kTime) {
    if (args[0]->type.kind() == kPoison) return poison(where);
    error(where, "E0415", "an interval with months is added to a time, and this is " + type_text(args[0]->type));
    return poison(where);
  }
  NodePtr moved = call("+ MONTHS", std::move(args), where);
  if (interval->word == 0 || moved->type.kind() == kPoison) return moved;
  Nodes rest;
  rest.push_back(std::move(moved));
  rest.push_back(make_constant(Type(kInterval), interval->offset, interval->length));
  rest[1]->word = sign * interval->word;
  return call("+", std::move(rest), where);
}

NodePtr Binder::pattern_match(const Tree& tree, Place where) {
  std::string op = last_name(tree.at("name"));
  const bool negated = op.starts_with('!');
  if (negated) op.erase(0, 1);
  Nodes args;
  args.push_back(bind(tree.at("lexpr")));
  const Tree& pattern = tree.at("rexpr");
  if (pattern.node_class() == "FuncCall" && last_name(pattern.item(0).at("funcname")) == "like_escape") {
    bind_all(pattern.item(0).at("args"), args);
  } else {
    args.push_back(bind(pattern));
  }
  NodePtr node = call(op, std::move(args), where);
  return negated ? negate(std::move(node), where) : std::move(node);
}

NodePtr Binder::membership(const Tree& tree, Place where, bool negated) {
  const Tree& list = tree.at("rexpr").item(0);
  Nodes args;
  args.push_back(bind(tree.at("lexpr")));
  bind_all(list.at("items").exists() ? list.at("items") : list.at("elements"), args);
  NodePtr node = call("IN", std::move(args), where);
  return negated ? negate(std::move(node), where) : std::move(node);
}

NodePtr Binder::any_of_list(const Tree& tree, Place where, bool all) {
  const std::string op = last_name(tree.at("name"));
  const bool is_array = tree.at("rexpr").node_class() == "A_ArrayExpr";
  if (op != (all ? "<>" : "=") && is_array && tree.at("rexpr").item(0).at("elements").size() > 0) {
    return compare_all(tree, op, all, where);
  }
  if (op != (all ? "<>" : "=")) {
    return unsupported(tree, "`" + op + (all ? " ALL" : " ANY") + "`",
                       "there are `= ANY` and `<> ALL`, and all comparisons with ARRAY[…]");
  }
  if (tree.at("rexpr").node_class() == "A_ArrayExpr") {
    if (tree.at("rexpr").item(0).at("elements").size() > 0) return membership(tree, where, all);
    return unsupported(tree, "an empty list");
  }
  Nodes args;
  args.push_back(bind(tree.at("lexpr")));
  args.push_back(bind(tree.at("rexpr")));
  const Type& list = args[1]->type;
  if (args[0]->type.kind() == kPoison || list.kind() == kPoison) return poison(where);
  if (list.kind() != Kind::kList) {
    error(where, "E0418", "the right side of ANY and ALL is a list, and this is " + type_text(list));
    return poison(where);
  }
  args[0] = convert(std::move(args[0]), list.item().with_nullable(false));
  NodePtr node = call("= ANY", std::move(args), where);
  return all ? negate(std::move(node), where) : std::move(node);
}

// `x > ANY (ARRAY[a, b])` is `x > a OR x > b`, nulls and all; ALL is AND.
NodePtr Binder::compare_all(const Tree& tree, const std::string& op, bool all, Place where) {
  const Tree& items = tree.at("rexpr").item(0).at("elements");
  auto node = std::make_unique<Node>();
  node->form = all ? Form::kAnd : Form::kOr;
  node->offset = where.offset;
  node->length = where.length;
  bool nullable = false;
  for (size_t i = 0; i < items.size(); ++i) {
    Nodes args;
    args.push_back(bind(tree.at("lexpr")));
    args.push_back(bind(items.item(i)));
    NodePtr one = as_condition(call(op, std::move(args), where), "what ANY and ALL compare");
    if (one->type.kind() == kPoison) return poison(where);
    nullable = nullable || one->type.nullable();
    node->may_fail = node->may_fail || one->may_fail;
    node->volatile_ = node->volatile_ || one->volatile_;
    node->has_fields = node->has_fields || one->has_fields;
    node->args.push_back(std::move(one));
  }
  node->type = Type(Kind::kBool, nullable);
  return node->args.size() == 1 ? std::move(node->args[0]) : fold(std::move(node), nullptr);
}

NodePtr Binder::negate(NodePtr node, Place where) {
  Nodes args;
  args.push_back(std::move(node));
  return call("NOT", std::move(args), where);
}

NodePtr Binder::logic(const Tree& tree) {
  const Place where = place(tree);
  const Tree& parts = tree.at("args");
  const bool conjunction = tree.at("boolop").string() == "AND_EXPR";
  if (tree.at("boolop").string() == "NOT_EXPR")
    return negate(as_condition(bind(parts.item(0)), "what NOT turns over"), where);
  auto node = std::make_unique<Node>();
  node->form = conjunction ? Form::kAnd : Form::kOr;
  node->offset = where.offset;
  node->length = where.length;
  bool nullable = false;
  bool broken = false;
  const std::set<size_t> before = known_;
  for (size_t i = 0; i < parts.size(); ++i) {
    NodePtr arg = as_condition(bind(parts.item(i)), conjunction ? "a side of AND" : "a side of OR");
    broken = broken || arg->type.kind() == kPoison;
    nullable = nullable || arg->type.nullable();
    node->may_fail = node->may_fail || arg->may_fail;
    node->volatile_ = node->volatile_ || arg->volatile_;
    node->has_fields = node->has_fields || arg->has_fields;
    // What stands behind is looked at only where this is not false (AND) or not true (OR): where it is neither,
    // the result is null whatever the rest says, so its facts may be taken.
    if (!broken) known_.merge(not_null_when(*arg, conjunction));
    node->args.push_back(std::move(arg));
  }
  known_ = before;
  node->type = Type(broken ? kPoison : Kind::kBool, nullable);
  return broken ? std::move(node) : fold(std::move(node), nullptr);
}

NodePtr Binder::case_of(const Tree& tree) {
  const Place where = place(tree);
  const Tree& branches = tree.at("args");
  auto node = std::make_unique<Node>();
  node->form = Form::kCase;
  node->offset = where.offset;
  node->length = where.length;
  node->has_subject = tree.at("arg").exists();
  if (node->has_subject) node->args.push_back(bind(tree.at("arg")));
  const std::set<size_t> before = known_;
  for (size_t i = 0; i < branches.size(); ++i) {
    const Tree& branch = branches.item(i).item(0);
    NodePtr when = bind(branch.at("expr"));
    if (!node->has_subject) when = as_condition(std::move(when), "the condition of WHEN");
    const bool usable = !node->has_subject && when->type.kind() == Kind::kBool;
    const std::set<size_t> outside = known_;
    if (usable) known_.merge(not_null_when(*when, true));
    NodePtr then = bind(branch.at("result"));
    known_ = outside;
    // Only a condition that is never null is false wherever it is not true.
    if (usable && !when->type.nullable()) known_.merge(not_null_when(*when, false));
    node->args.push_back(std::move(when));
    node->args.push_back(std::move(then));
  }
  node->args.push_back(tree.at("defresult").exists() ? bind(tree.at("defresult"))
                                                     : make_null(Type(kLiteral), where.offset, where.length));
  known_ = before;

  const size_t first = node->has_subject ? 1 : 0;
  std::vector<const Node*> results;
  std::vector<const Node*> compared;
  for (size_t i = first; i < node->args.size(); ++i) {
    const bool is_when = (i - first) % 2 == 0 && i + 1 < node->args.size();
    (is_when ? compared : results).push_back(node->args[i].get());
  }
  Type subject(kPoison);
  if (node->has_subject) {
    compared.push_back(node->args[0].get());
    subject = common_type(compared, "the values that CASE compares");
    const Signature& equality = find_functions("=")[0];
    node->kernel = subject.kind() == kPoison ? nullptr : equality.row->implementation.choose(subject.kind());
    if (subject.kind() != kPoison && node->kernel == nullptr) {
      error(where, "E0415", "`=` does not compare " + type_text(subject));
      subject = Type(kPoison);
    }
  }
  const Type result = common_type(results, "the results of CASE");
  if (result.kind() == kPoison || (node->has_subject && subject.kind() == kPoison)) return poison(where);
  bool nullable = false;
  for (size_t i = 0; i < node->args.size(); ++i) {
    const bool is_when = i >= first && (i - first) % 2 == 0 && i + 1 < node->args.size();
    NodePtr& arg = node->args[i];
    if (node->has_subject && (is_when || i == 0)) {
      arg = convert(std::move(arg), subject);
    } else if (!is_when) {
      arg = convert(std::move(arg), result);
      nullable = nullable || arg->type.nullable();
    }
    if (arg->type.kind() == kPoison) return poison(where);
    node->may_fail = node->may_fail || arg->may_fail;
    node->volatile_ = node->volatile_ || arg->volatile_;
    node->has_fields = node->has_fields || arg->has_fields;
  }
  node->type = result.with_nullable(nullable);
  return fold(std::move(node), nullptr);
}

NodePtr Binder::coalesce(const Tree& tree) {
  const Place where = place(tree);
  auto node = std::make_unique<Node>();
  node->form = Form::kCoalesce;
  node->offset = where.offset;
  node->length = where.length;
  bind_all(tree.at("args"), node->args);
  std::vector<const Node*> results;
  for (const NodePtr& arg : node->args) results.push_back(arg.get());
  const Type result = common_type(results, "the arguments of coalesce");
  if (result.kind() == kPoison) return poison(where);
  bool nullable = true;
  for (NodePtr& arg : node->args) {
    arg = convert(std::move(arg), result);
    if (arg->type.kind() == kPoison) return poison(where);
    nullable = nullable && arg->type.nullable();
    node->may_fail = node->may_fail || arg->may_fail;
    node->volatile_ = node->volatile_ || arg->volatile_;
    node->has_fields = node->has_fields || arg->has_fields;
  }
  node->type = result.with_nullable(nullable);
  return fold(std::move(node), nullptr);
}

NodePtr Binder::function(const Tree& tree) {
  const Place where = place(tree);
  const std::string name = last_name(tree.at("funcname"));
  const bool plain = !tree.at("agg_star").exists() && !tree.at("agg_distinct").exists() &&
                     !tree.at("agg_order").exists() && !tree.at("agg_filter").exists() && !tree.at("over").exists() &&
                     !tree.at("func_variadic").exists() && !tree.at("agg_within_group").exists();
  if (find_functions(name).empty() || !plain) {
    if (is_aggregate(name)) {
      return unsupported(tree, "the aggregate `" + name + "`",
                         "use the element `Aggregate`, or for the greater of two values `greatest`");
    }
    if (tree.at("agg_filter").exists()) {
      return unsupported(tree, "FILTER (WHERE …)", "give the condition to the argument: CASE WHEN … THEN … END");
    }
    if (!plain) return unsupported(tree, "a call with DISTINCT, ORDER BY, FILTER, VARIADIC or OVER");
    if (name == "age") {
      error(where, "E0414", "there is no function `age`", "`a - b` is the time between both");
      return poison(where);
    }
    const std::optional<std::string> like = nearest(name, function_names());
    error(where, "E0414", "unknown function `" + name + "`" + (like ? "; did you mean `" + *like + "`?" : ""));
    return poison(where);
  }
  Nodes args;
  const Tree& given = tree.at("args");
  for (size_t i = 0; i < given.size(); ++i) {
    if (given.item(i).node_class() == "NamedArgExpr") return unsupported(tree, "a call with named arguments");
    args.push_back(bind(given.item(i)));
  }
  return call(name, std::move(args), where);
}

}  // namespace blox::expr
