// The ways into a program: one expression, named ones, a target list, a condition.
#include "core/expr/body.h"

#include <algorithm>

#include "core/data/builder.h"
#include "core/expr/bind.h"
#include "core/expr/parse.h"
#include "core/expr/program.h"

namespace blox::expr {
namespace {

Datum datum_of(const Node& node) {
  if (node.is_null) return {};
  switch (node.type.kind()) {
    case Kind::kBool: return Datum(node.word != 0);
    case Kind::kInt: return Datum(node.word);
    case Kind::kFloat: return Datum(node.real);
    case Kind::kTime: return Datum(Datum::Time{node.word});
    case Kind::kBytes: return Datum(Datum::Bytes{node.text});
    case Kind::kString: return Datum(node.text);
    default: break;
  }
  if (node.column != nullptr) return node.column->datum_at(0);
  // An `any` that was computed: its bytes as a column of one row.
  ColumnBuilder one(node.type);
  one.append_string(node.text);
  return one.finish()->datum_at(0);
}

class Compiler {
 public:
  Compiler(const Schema& schema, const Parameters& parameters) : schema_(schema), parameters_(parameters) {}

  // Binds all targets of one text. `name` takes their names: nothing where it refuses them.
  template <typename Name>
  void add(std::string_view text, uint32_t index, bool is_condition, const Name& name) {
    const Scanned scanned = scan(text);
    const std::optional<ParseTree> tree = parse(scanned, schema_, index, errors_);
    if (!tree.has_value()) return;
    Binder binder(scanned, schema_, parameters_, index, errors_);
    const Tree& list = targets(*tree);
    for (size_t i = 0; i < list.size(); ++i) {
      const Tree& target = list.item(i).item(0);
      const std::optional<std::string> given = name(scanned, binder, list, i);
      if (!given.has_value()) return;
      NodePtr node = binder.bind(target.at("val"));
      node = is_condition ? binder.as_condition(std::move(node), "the condition") : binder.as_output(std::move(node));
      body_->outputs.push_back({*given, node->type});
      body_->nodes.push_back(std::move(node));
    }
    fields_.insert(binder.fields().begin(), binder.fields().end());
  }

  void error(Error error) { errors_.push_back(std::move(error)); }

  Compiled finish() && {
    if (!errors_.empty()) {
      std::stable_sort(errors_.begin(), errors_.end(), [](const Error& a, const Error& b) {
        return std::pair(a.text, a.offset) < std::pair(b.text, b.offset);
      });
      return {std::nullopt, std::move(errors_)};
    }
    body_->fields.assign(fields_.begin(), fields_.end());
    for (const NodePtr& node : body_->nodes) body_->deterministic = body_->deterministic && !node->volatile_;
    const Node& first = *body_->nodes[0];
    if (first.form == Form::kConstant) body_->constant = datum_of(first);
    if (first.type.kind() == Kind::kBool) {
      for (const size_t field : not_null_when(first, true)) {
        if (schema_.at(field).type.nullable()) body_->not_null.push_back(field);
      }
    }
    return {Program(std::move(body_)), {}};
  }

 private:
  const Schema& schema_;
  const Parameters& parameters_;
  std::shared_ptr<Program::Body> body_ = std::make_shared<Program::Body>();
  std::vector<Error> errors_;
  std::set<size_t> fields_;
};

// The only target of a text that is one expression, without a name of its own.
auto single(std::string given) {
  return [given](const Scanned& scanned, Binder& binder, const Tree& list, size_t) -> std::optional<std::string> {
    if (list.size() == 1 && !list.item(0).item(0).at("name").exists()) return given;
    const Tree& second = list.size() > 1 ? list.item(1).item(0) : list.item(0).item(0);
    const bool several = list.size() > 1;
    Place where = binder.place(second);
    if (!several && !scanned.tokens.empty()) where = {scanned.tokens.back().offset, scanned.tokens.back().length};
    binder.error(
        where, "E0412",
        several ? "one expression is wanted, and this begins another" : "an expression has no name of its own here",
        several ? "leave out the comma" : "leave out the name, or put an operator before it");
    return std::nullopt;
  };
}

// The name of target i of a list: written behind it, or that of the field that it is.
std::optional<std::string> target_name(const Scanned& scanned, Binder& binder, const Tree& list, size_t i) {
  const Tree& target = list.item(i).item(0);
  const auto behind = i + 1 < list.size() ? static_cast<uint32_t>(list.item(i + 1).item(0).at("location").number(0))
                                          : static_cast<uint32_t>(scanned.sql.size());
  const Token* last = nullptr;
  for (const Token& token : scanned.tokens) {
    if (token.written < behind && scanned.spelling(token) != ",") last = &token;
  }
  const Tree& value = target.at("val");
  const bool is_field = value.node_class() == "ColumnRef" || value.node_class() == "A_Indirection";
  const bool named = target.at("name").exists();
  if (last != nullptr && (named || is_field) &&
      (last->kind == Token::Kind::kWord || last->kind == Token::Kind::kQuotedName)) {
    return scanned.name(*last);
  }
  if (named) return std::string(target.at("name").string());
  if (is_field && scanned.spelling(*scanned.token_at(static_cast<uint32_t>(target.at("location").number(0)))) == "*") {
    binder.error(binder.place(target), "E0417", "`*` cannot stand here: a list of results names all of them",
                 "Map keeps all fields and adds to them where each has a name: Map(x = \"value + 1\")");
    return std::nullopt;
  }
  binder.error(binder.place(target), "E0422", "a result without a name", "write `AS name` behind it");
  return std::nullopt;
}

void check_names(std::vector<std::pair<std::string, Error>>& names, Compiler& compiler) {
  for (size_t i = 0; i < names.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (names[i].first != names[k].first) continue;
      compiler.error(std::move(names[i].second));
      break;
    }
  }
}

}  // namespace

Compiled Program::compile(std::string_view text, const Schema& schema, const Parameters& parameters) {
  Compiler compiler(schema, parameters);
  compiler.add(text, 0, false, single({}));
  return std::move(compiler).finish();
}

Compiled Program::compile_predicate(std::string_view text, const Schema& schema, const Parameters& parameters) {
  Compiler compiler(schema, parameters);
  compiler.add(text, 0, true, single({}));
  return std::move(compiler).finish();
}

Compiled Program::compile_list(std::span<const Named> texts, const Schema& schema, const Parameters& parameters) {
  Compiler compiler(schema, parameters);
  std::vector<std::pair<std::string, Error>> names;
  for (uint32_t i = 0; i < texts.size(); ++i) {
    names.push_back(
        {texts[i].name,
         {i, 0, 0, "E0422", "two results have the name `" + texts[i].name + "`", "give one of them another name"}});
    compiler.add(texts[i].text, i, false, single(texts[i].name));
  }
  check_names(names, compiler);
  if (texts.empty()) compiler.error({0, 0, 0, "E0410", "there is no expression", {}});
  return std::move(compiler).finish();
}

Compiled Program::compile_targets(std::string_view text, const Schema& schema, const Parameters& parameters) {
  Compiler compiler(schema, parameters);
  std::vector<std::pair<std::string, Error>> names;
  compiler.add(text, 0, false, [&](const Scanned& scanned, Binder& binder, const Tree& list, size_t i) {
    std::optional<std::string> name = target_name(scanned, binder, list, i);
    const Place where = binder.place(list.item(i).item(0));
    if (name.has_value()) {
      names.push_back({*name,
                       {0, where.offset, where.length, "E0422", "two results have the name `" + *name + "`",
                        "write `AS name` behind one of them"}});
    }
    return name;
  });
  check_names(names, compiler);
  return std::move(compiler).finish();
}

}  // namespace blox::expr
