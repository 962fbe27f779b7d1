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
    const Type type = type_of_literal(*value);
    out.emplace(name, expr::Parameter{type, std::move(*value)});
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
    types.report(std::move(diagnostic));
  }
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
