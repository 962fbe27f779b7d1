#include "elements/support/expression.h"

namespace blox {
namespace {

Type type_of_literal(const Datum& value) {
  if (value.get_if<bool>()) return Kind::kBool;
  if (value.get_if<int64_t>()) return Kind::kInt;
  if (value.get_if<double>()) return Kind::kFloat;
  if (value.get_if<std::string>()) return Kind::kString;
  if (value.get_if<Datum::Bytes>()) return Kind::kBytes;
  if (value.get_if<Datum::Time>()) return Kind::kTime;
  if (const Datum::List* items = value.get_if<Datum::List>(); items && !items->empty()) {
    const Type first = type_of_literal(items->front());
    for (const Datum& item : *items) {
      if (!(type_of_literal(item) == first)) return Type(Kind::kAny, true);
    }
    return Type::list_of(first);
  }
  return Type(Kind::kAny, true);
}

}  // namespace

expr::Parameters parameters_of(const Expression& expression) {
  expr::Parameters out;
  if (expression.literal.bindings == nullptr) return out;
  for (const auto& [name, literal] : *expression.literal.bindings) {
    Result<Datum> value = to_datum(literal);
    if (!value) continue;  // a range, say: no value of a record; using it is then an unknown parameter
    expr::Parameter parameter{type_of_literal(*value), std::move(*value)};
    parameter.duration = literal.form == Literal::Form::kDuration;
    parameter.field = literal.form == Literal::Form::kName;
    if (literal.form == Literal::Form::kList && literal.items.empty()) {
      if (const Result<Type> declared = Type::parse("[" + literal.text + "]"); declared) parameter.type = *declared;
    }
    out.emplace(name, std::move(parameter));
  }
  return out;
}

void report(const std::vector<expr::Error>& errors, const Expression& expression, size_t shift, Types& types) {
  for (const expr::Error& error : errors) {
    Diagnostic diagnostic;
    diagnostic.code = error.code;
    diagnostic.span = expression.literal.locate(error.offset + shift, error.length);
    diagnostic.message = error.message;
    diagnostic.fix = error.fix;
    if (expression.literal.hidden() != Literal::Origin::kWritten) {
      // The messages show pieces of the text.
      diagnostic.message = "what `" + expression.literal.shown() + "` gives is no expression for these fields";
      diagnostic.fix.clear();
    }
    types.report(std::move(diagnostic));
  }
}

void require_expressions(const NamedArgs& named, Diagnostics& diagnostics) {
  for (const NamedArgs::Item& item : named.items()) {
    if (item.value.form == Literal::Form::kString) continue;
    diagnostics.add({Severity::kError,
                     "E0402",
                     item.value.span,
                     "`" + item.name + "` needs an expression in quotes, not " + std::string(item.value.form_name()),
                     {},
                     item.name + " = \"" + item.value.to_string() + "\""});
  }
}

std::optional<expr::Program> compile_named(const NamedArgs& named, const Schema& schema, Types& types) {
  std::vector<expr::Named> texts;
  std::vector<Expression> places;
  for (const NamedArgs::Item& item : named.items()) {
    if (item.value.form != Literal::Form::kString) return std::nullopt;
    texts.push_back({item.name, item.value.raw});
    places.push_back(Expression{item.value});
  }
  if (texts.empty()) return std::nullopt;
  expr::Compiled compiled = expr::Program::compile_list(texts, schema, parameters_of(places.front()));
  for (const expr::Error& error : compiled.errors) report({error}, places[error.text], 0, types);
  return std::move(compiled.program);
}

std::optional<expr::Program> compile_predicate(const Expression& expression, const Schema& schema, Types& types) {
  expr::Compiled compiled = expr::Program::compile_predicate(expression.text(), schema, parameters_of(expression));
  if (!compiled) report(compiled.errors, expression, 0, types);
  return std::move(compiled.program);
}

void reject_failed(Element& element, const Port& port, const Log& log, const expr::Evaluation& evaluation) {
  for (const expr::RowError& error : evaluation.errors) {
    element.reject(port, log, {&error.record, 1}, error.code, error.message);
  }
}

}  // namespace blox
