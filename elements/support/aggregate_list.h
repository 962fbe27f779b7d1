// The aggregate functions that an element computes for each of its groups: `spent = "sum(price * n)", visits =
// "count(*)"`.
//
// Owns     the compiled expressions, and what they gave for the log at hand
// Threads  the checker's, and afterwards the element's task
// Errors   what is no aggregate function (E0402, E0404), takes no such type (E0418) or has a wrong expression; records
//          whose expressions fail are refused. A record counts in all of the functions or in none
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elements/support/aggregates.h"
#include "elements/support/expression.h"

namespace blox {

/// The state of one group, one cell a function.
using Accumulators = std::vector<Accumulator>;

class AggregateList {
 public:
  /// What can be said before types are known.
  static void check(const Element& element, const NamedArgs& fields, Diagnostics& diagnostics);
  /// Appends the fields of the key. False where one does not arrive, which the in port reports.
  static bool key_fields(const FieldList& by, const Schema& in, std::vector<Field>& out);
  /// Appends the fields of the results to `out`. False where something was reported, or is about to be. `over_nothing`:
  /// there may be a result over no records.
  bool resolve(const NamedArgs& fields, const Schema& in, bool over_nothing, std::vector<Field>& out, Types& types);
  /// Whether all names differ; reports the first that does not.
  static bool distinct_names(const std::vector<Field>& fields, Span where, Types& types);

  /// Computes the arguments for all records, and refuses those that fail: what is left is to be counted.
  Log evaluate(Element& element, const Port& port, Log log);
  /// Whether no integer sum of the group would overflow with this record of the log at hand.
  bool fits(const Accumulators& group, uint32_t record) const;
  /// Takes a record into a group. Precondition: it fits.
  void take(Accumulators& group, uint32_t record) const;
  /// Both for a group that is to be made of several, which are then empty. Precondition: at least one, each with
  /// its cells.
  bool merge_and_take(const std::vector<Accumulators*>& groups, uint32_t record, Accumulators& merged) const;
  Accumulators none() const { return Accumulators(calls_.size()); }
  std::vector<Datum> results(const Accumulators& group) const;

  static size_t heap_of(const Accumulators& group);

 private:
  struct Call {
    std::string name;
    AggregateFunction function = AggregateFunction::kCount;
    std::optional<size_t> output;  ///< of the program; nothing for count(*)
    Kind argument = Kind::kInt;
    Span span;
  };
  bool compile(const NamedArgs& fields, const Schema& in, Types& types);
  bool overflows(const std::vector<Accumulators*>& groups, size_t call, uint32_t record) const;

  std::optional<expr::Program> program_;
  std::vector<Call> calls_;
  expr::Evaluation evaluation_;
};

}  // namespace blox
