#include "elements/support/aggregate_list.h"

#include <algorithm>
#include <utility>

namespace blox {
namespace {

// What stands where the function's name should; the whole value where that is no text.
Span place_of_function(const Literal& value) {
  const size_t from = value.raw.find_first_not_of(" \t\n");
  if (value.form != Literal::Form::kString || from == std::string::npos) return value.span;
  const size_t end = std::min(value.raw.find_first_of("( \t\n", from), value.raw.size());
  return value.locate(from, end - from);
}

}  // namespace

void AggregateList::check(const Element& element, const NamedArgs& fields, Diagnostics& diagnostics) {
  if (fields.items().empty()) {
    diagnostics.error("E0404", fields.span(),
                      "`" + std::string(element.class_name()) + "` has nothing to compute: total = \"sum(price)\"");
  }
  for (const NamedArgs::Item& item : fields.items()) {
    if (item.value.form == Literal::Form::kString && parse_aggregate(item.value.raw)) continue;
    diagnostics.add({Severity::kError,
                     "E0402",
                     place_of_function(item.value),
                     "`" + item.name + "` needs an aggregate function of an expression",
                     {},
                     item.name + " = \"sum(price)\", or min, max, avg, count, count(distinct …), count(*)"});
  }
}

bool AggregateList::compile(const NamedArgs& fields, const Schema& in, Types& types) {
  calls_.clear();
  std::vector<expr::Named> texts;
  std::vector<std::pair<Expression, size_t>> places;  // with the offset of the argument in the text
  for (const NamedArgs::Item& item : fields.items()) {
    const std::optional<AggregateCall> call = parse_aggregate(item.value.raw);
    if (!call) return false;  // reported by check()
    Call& made = calls_.emplace_back(Call{item.name, call->function, std::nullopt, Kind::kInt, item.value.span});
    if (call->argument.empty()) continue;
    made.span = item.value.locate(call->argument_offset, call->argument.size());
    made.output = texts.size();
    texts.push_back({item.name, std::string(call->argument)});
    places.emplace_back(Expression{item.value}, call->argument_offset);
  }
  if (texts.empty()) texts.push_back({"", "true"});  // count(*) alone; a program has at least one result
  expr::Compiled compiled =
      expr::Program::compile_list(texts, in, places.empty() ? expr::Parameters{} : parameters_of(places[0].first));
  for (const expr::Error& error : compiled.errors) {
    report({error}, places[error.text].first, places[error.text].second, types);
  }
  program_ = std::move(compiled.program);
  return program_.has_value() && !calls_.empty();
}

bool AggregateList::key_fields(const FieldList& by, const Schema& in, std::vector<Field>& out) {
  for (const FieldName& name : by.names) {
    const std::optional<size_t> index = in.find(name.name);
    if (!index) return false;
    out.push_back(in.at(*index));
  }
  return true;
}

bool AggregateList::resolve(const NamedArgs& fields, const Schema& in, bool over_nothing, std::vector<Field>& out,
                            Types& types) {
  if (!compile(fields, in, types)) return false;
  bool good = true;
  for (Call& call : calls_) {
    const Type argument = call.output ? program_->outputs()[*call.output].type : Type(Kind::kInt);
    const std::optional<Type> type =
        aggregate_type(call.function, over_nothing ? argument.with_nullable(true) : argument);
    if (!type) {
      types.error("E0418", call.span, "`" + call.name + "` cannot take a value of type " + argument.to_string());
      good = false;
      continue;
    }
    call.argument = argument.kind();
    out.push_back({call.name, *type});
  }
  return good;
}

bool AggregateList::distinct_names(const std::vector<Field>& fields, Span where, Types& types) {
  for (size_t i = 0; i < fields.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (fields[i].name != fields[j].name) continue;
      types.error("E0503", where, "the field `" + fields[i].name + "` is given twice");
      return false;
    }
  }
  return true;
}

Log AggregateList::evaluate(Element& element, const Port& port, Log log) {
  program_->evaluate(log, element.clock().wall(), evaluation_);
  reject_failed(element, port, log, evaluation_);
  return evaluation_.errors.empty() ? log : log.select(evaluation_.succeeded(log.rows()));
}

bool AggregateList::overflows(const std::vector<Accumulators*>& groups, size_t call, uint32_t record) const {
  const Call& about = calls_[call];
  if (about.function != AggregateFunction::kSum || about.argument != Kind::kInt) return false;
  const Column& column = *evaluation_.columns[*about.output];
  __int128 sum = column.is_null(record) ? 0 : column.int_at(record);
  for (const Accumulators* group : groups) sum += (*group)[call].integer();
  return sum > INT64_MAX || sum < INT64_MIN;
}

bool AggregateList::fits(const Accumulators& group, uint32_t record) const {
  for (size_t i = 0; i < group.size(); ++i) {
    if (calls_[i].function != AggregateFunction::kSum || calls_[i].argument != Kind::kInt) continue;
    const Column& column = *evaluation_.columns[*calls_[i].output];
    if (!column.is_null(record) && group[i].would_overflow(column.int_at(record))) return false;
  }
  return true;
}

void AggregateList::take(Accumulators& group, uint32_t record) const {
  if (group.empty()) group.resize(calls_.size());
  for (size_t i = 0; i < calls_.size(); ++i) {
    if (!calls_[i].output) {
      group[i].add_record();
      continue;
    }
    const Column& column = *evaluation_.columns[*calls_[i].output];
    if (column.is_null(record)) continue;
    const bool added = group[i].add(calls_[i].function, column, record);
    BLOX_CHECK(added, "overflow was ruled out");
  }
}

bool AggregateList::merge_and_take(const std::vector<Accumulators*>& groups, uint32_t record,
                                   Accumulators& merged) const {
  for (size_t i = 0; i < calls_.size(); ++i) {
    if (overflows(groups, i, record)) return false;
  }
  merged = std::exchange(*groups[0], {});
  for (size_t g = 1; g < groups.size(); ++g) {
    for (size_t i = 0; i < calls_.size(); ++i) {
      merged[i].merge(calls_[i].function, calls_[i].argument, std::move((*groups[g])[i]));
    }
    groups[g]->clear();
  }
  take(merged, record);
  return true;
}

std::vector<Datum> AggregateList::results(const Accumulators& group) const {
  std::vector<Datum> out;
  out.reserve(calls_.size());
  for (size_t i = 0; i < calls_.size(); ++i) out.push_back(group[i].result(calls_[i].function, calls_[i].argument));
  return out;
}

size_t AggregateList::heap_of(const Accumulators& group) {
  size_t bytes = group.capacity() * sizeof(Accumulator);
  for (const Accumulator& cell : group) bytes += cell.heap_bytes();
  return bytes;
}

}  // namespace blox
