// Chooses functions by the types of their arguments, converts these, and computes what is constant.
#include <algorithm>
#include <optional>

#include "core/expr/bind.h"
#include "core/expr/function.h"

namespace blox::expr {
namespace {

// How far arguments are from a signature: 0 is exact. Literals go where they can be read, strings first.
constexpr int kIntToFloat = 30;
constexpr int kLiteralLikeOther = 5;
constexpr int kLiteralElse = 10;
constexpr int kToText = 20;
constexpr int kNoMatch = -1;

bool same_shape(const Type& a, const Type& b) { return a.with_nullable(false) == b.with_nullable(false); }
bool is_nested(Kind kind) { return kind == Kind::kList || kind == Kind::kStruct; }

// Widens `unified` by one more type; false where they do not go together.
bool unify(const Type& more, std::optional<Type>* unified) {
  if (more.kind() == kLiteral) return true;
  if (!unified->has_value()) {
    *unified = more.with_nullable(false);
    return true;
  }
  const Kind have = (*unified)->kind();
  if (have == more.kind()) return !is_nested(have) || same_shape(**unified, more);
  const bool numbers =
      (have == Kind::kInt || have == Kind::kFloat) && (more.kind() == Kind::kInt || more.kind() == Kind::kFloat);
  if (numbers) *unified = Type(Kind::kFloat);
  return numbers;
}

int distance_of_literal(const Node& arg, Kind param, const std::vector<NodePtr>& args) {
  if (param == kT) return 0;
  if (param == kEach) return kLiteralElse + 1;
  if (param == kText) return arg.is_null ? 1 : 2;
  if (param == Kind::kString) return 0;
  if (!arg.is_null && find_cast(Kind::kString, param) == nullptr) return kNoMatch;
  const bool like_other =
      std::any_of(args.begin(), args.end(), [&](const NodePtr& other) { return other->type.kind() == param; });
  return like_other ? kLiteralLikeOther : kLiteralElse;
}

int distance(const Signature& signature, const std::vector<NodePtr>& args, Type* unified_type) {
  int sum = 0;
  std::optional<Type> unified;
  for (size_t i = 0; i < args.size(); ++i) {
    const Kind param = signature.param(i);
    const Kind kind = args[i]->type.kind();
    if (param == kT && !unify(args[i]->type, &unified)) return kNoMatch;
    if (kind == kLiteral) {
      const int literal = distance_of_literal(*args[i], param, args);
      if (literal == kNoMatch) return kNoMatch;
      sum += literal;
    } else if (param == kEach) {
      sum += 1;
    } else if (param == kText) {
      if (kind != Kind::kString && find_cast(kind, Kind::kString) == nullptr) return kNoMatch;
      sum += kind == Kind::kString ? 1 : kToText;
    } else if (param != kT && param != kind) {
      if (param != Kind::kFloat || kind != Kind::kInt) return kNoMatch;
      sum += kIntToFloat;
    }
  }
  *unified_type = unified.value_or(Type(Kind::kString));
  return sum;
}

std::string types_text(const std::vector<NodePtr>& args) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) out += i + 1 == args.size() ? " and " : ", ";
    out += type_text(args[i]->type);
  }
  return out.empty() ? "no arguments" : out;
}

std::string known_signatures(std::string_view name) {
  std::string out;
  for (const FunctionDoc& doc : describe_functions()) {
    if (doc.name == name && out.size() < 300) out += (out.empty() ? "there is " : ", ") + doc.signature;
  }
  return out;
}

}  // namespace

NodePtr make_constant(Type type, uint32_t offset, uint32_t length) {
  auto node = std::make_unique<Node>();
  node->type = std::move(type);
  node->offset = offset;
  node->length = length;
  return node;
}

NodePtr make_null(Type type, uint32_t offset, uint32_t length) {
  NodePtr node = make_constant(type.with_nullable(true), offset, length);
  node->is_null = true;
  return node;
}

NodePtr Binder::poison(Place where) const { return make_constant(Type(kPoison), where.offset, where.length); }

const Signature* Binder::choose(std::string_view name, const Nodes& args, Place where, Type* unified) {
  const Signature* best = nullptr;
  int best_distance = 0;
  bool right_count = false;
  for (const Signature& signature : find_functions(name)) {
    if (!signature.takes(args.size())) continue;
    right_count = true;
    Type type;
    const int sum = distance(signature, args, &type);
    if (sum == kNoMatch || (best != nullptr && sum >= best_distance)) continue;
    best = &signature;
    best_distance = sum;
    *unified = type;
  }
  if (best != nullptr) return best;
  const std::string shown(name);
  if (find_functions(name).empty()) {
    error(where, "E0414", "unknown operator `" + shown + "`");
  } else if (!right_count) {
    error(where, "E0415",
          "`" + shown + "` does not take " + std::to_string(args.size()) +
              (args.size() == 1 ? " argument" : " arguments"),
          known_signatures(name));
  } else {
    error(where, "E0415", "no `" + shown + "` for " + types_text(args), known_signatures(name));
  }
  return nullptr;
}

NodePtr Binder::call(std::string_view name, Nodes args, Place where) {
  for (const NodePtr& arg : args) {
    if (arg->type.kind() == kPoison) return poison(where);
  }
  Type unified;
  const Signature* signature = choose(name, args, where, &unified);
  if (signature == nullptr) return poison(where);
  for (size_t i = 0; i < args.size(); ++i) {
    const Kind param = signature->param(i);
    const Kind kind = args[i]->type.kind();
    if (param == kT) {
      args[i] = convert(std::move(args[i]), unified);
    } else if (kind == kLiteral || (param != kEach && param != kText && param != kind)) {
      args[i] = convert(std::move(args[i]), Type(param == kEach || param == kText ? Kind::kString : param));
    } else if (param == kText && kind != Kind::kString) {
      const Place at{args[i]->offset, args[i]->length};
      Nodes one;
      one.push_back(std::move(args[i]));
      args[i] = build(*find_cast(kind, Kind::kString), std::move(one), at, Type());
    }
    if (args[i]->type.kind() == kPoison) return poison(where);
  }
  return build(*signature, std::move(args), where, unified);
}

NodePtr Binder::build(const Signature& signature, Nodes args, Place where, const Type& unified) {
  const Function& row = *signature.row;
  auto node = std::make_unique<Node>();
  node->form = Form::kCall;
  node->function = &row;
  node->offset = where.offset;
  node->length = where.length;
  node->kernel =
      row.implementation.choose != nullptr ? row.implementation.choose(unified.kind()) : row.implementation.kernel;
  if (node->kernel == nullptr) {
    error(where, "E0415", "no `" + std::string(row.name) + "` for " + type_text(unified));
    return poison(where);
  }
  node->may_fail = row.implementation.may_fail;
  node->volatile_ = row.implementation.is_volatile;
  bool any_nullable = false;
  bool all_nullable = true;
  std::vector<const Node*> constants;
  for (const NodePtr& arg : args) {
    any_nullable = any_nullable || arg->type.nullable();
    all_nullable = all_nullable && arg->type.nullable();
    node->may_fail = node->may_fail || arg->may_fail;
    node->volatile_ = node->volatile_ || arg->volatile_;
    node->has_fields = node->has_fields || arg->has_fields;
    constants.push_back(arg->form == Form::kConstant && !arg->is_null ? arg.get() : nullptr);
  }
  bool nullable = signature.result_nullable;
  if (row.nulls == Nulls::kStrict || row.nulls == Nulls::kIfAny) nullable = nullable || any_nullable;
  if (row.nulls == Nulls::kIfAll) nullable = nullable || all_nullable;
  Type type = signature.result == kT ? unified : Type(signature.result);
  if (row.name == "[]") type = args[0]->type.item();
  node->type = type.with_nullable(nullable);
  if (row.prepare != nullptr) {
    std::string wrong;
    node->prepared = row.prepare(row.name, constants, &wrong);
    if (!wrong.empty()) {
      const Node& last = *args.back();
      error({last.offset, last.length}, "E0420", wrong);
      return poison(where);
    }
  }
  node->args = std::move(args);
  return fold(std::move(node), nullptr);
}

NodePtr Binder::convert(NodePtr node, const Type& to) {
  const Kind from = node->type.kind();
  const Place where{node->offset, node->length};
  if (from == kPoison || to.kind() == kPoison || from == to.kind()) return node;
  if (from == kLiteral && node->is_null) return make_null(to, where.offset, where.length);
  if (from == kLiteral && to.kind() == Kind::kString) {
    node->type = Type(Kind::kString);
    return node;
  }
  const Kind source = from == kLiteral ? Kind::kString : from;
  const Signature* cast =
      from == kLiteral || (from == Kind::kInt && to.kind() == Kind::kFloat) ? find_cast(source, to.kind()) : nullptr;
  if (cast == nullptr) {
    error(where, "E0418", "this is " + type_text(node->type) + ", and " + type_text(to) + " is wanted");
    return poison(where);
  }
  const bool is_literal = from == kLiteral;
  if (is_literal) node->type = Type(Kind::kString);
  Nodes args;
  args.push_back(std::move(node));
  NodePtr converted = build(*cast, std::move(args), where, Type());
  if (!is_literal || converted->form == Form::kConstant) return converted;
  // A literal that its type cannot read is a mistake in the text, not in the data.
  std::vector<RowError> failures;
  converted = fold(std::move(converted), &failures);
  if (failures.empty()) return converted;
  error(where, "E0420", failures[0].message);
  return poison(where);
}

Type Binder::common_type(const std::vector<const Node*>& nodes, std::string_view what) {
  std::optional<Type> unified;
  for (const Node* node : nodes) {
    if (node->type.kind() == kPoison) return Type(kPoison);
    const std::optional<Type> before = unified;
    if (unify(node->type, &unified)) continue;
    error({node->offset, node->length}, "E0418",
          std::string(what) + " have one type: this is " + type_text(node->type) + ", before it stands " +
              type_text(*before));
    return Type(kPoison);
  }
  return unified.value_or(Type(Kind::kString));
}

NodePtr Binder::fold(NodePtr node, std::vector<RowError>* failures) {
  if (node->type.kind() == kMonths) return node;
  const bool constants = std::all_of(node->args.begin(), node->args.end(),
                                     [](const NodePtr& arg) { return arg->form == Form::kConstant; });
  if (!constants || node->volatile_ || node->has_fields || is_nested(node->type.kind())) return node;
  std::vector<RowError> errors;
  Frame frame(scratch_, 0, errors);
  frame.begin(nullptr, 0, 1, nullptr);
  Vec value = evaluate(frame, *node, Batch{1, nullptr});
  if (!errors.empty()) {
    // A row error when it runs: CASE may keep it from ever happening.
    if (failures != nullptr) *failures = std::move(errors);
    return node;
  }
  if (!value.is_valid(0)) return make_null(node->type, node->offset, node->length);
  NodePtr out = make_constant(node->type.with_nullable(false), node->offset, node->length);
  switch (node->type.kind()) {
    case Kind::kBool: out->word = value.as<uint8_t>()[0]; break;
    case Kind::kFloat: out->real = value.as<double>()[0]; break;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kAny: out->text = frame.views(value, 1)[0]; break;
    default: out->word = value.as<int64_t>()[0]; break;
  }
  return out;
}

NodePtr Binder::as_output(NodePtr node) {
  if (node->type.kind() == kLiteral) return convert(std::move(node), Type(Kind::kString));
  if (node->type.kind() != kInterval && node->type.kind() != kMonths) return node;
  const Place where{node->offset, node->length};
  error(where, "E0421", "the result is an interval, which no field can hold",
        "take its seconds: extract(epoch from …)");
  return poison(where);
}

NodePtr Binder::as_condition(NodePtr node, std::string_view what) {
  if (node->type.kind() == kLiteral) return convert(std::move(node), Type(Kind::kBool));
  if (node->type.kind() == Kind::kBool || node->type.kind() == kPoison) return node;
  const Place where{node->offset, node->length};
  error(where, "E0418", std::string(what) + " is bool, and this is " + type_text(node->type));
  return poison(where);
}

}  // namespace blox::expr
