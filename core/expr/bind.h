// From a parse tree to typed nodes: names to fields and functions, types checked, constants computed.
//
// Owns     nothing: the texts, schema and parameters outlive it
// Threads  one user
// Errors   added to a list, with places in the text; what an error leaves without a type fits everything, so that
//          one cause is reported once
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/schema.h"
#include "core/expr/frame.h"
#include "core/expr/node.h"
#include "core/expr/program.h"
#include "core/expr/registry.h"
#include "core/expr/scan.h"
#include "core/expr/tree.h"

namespace blox::expr {

/// A part of the text.
struct Place {
  uint32_t offset = 0;
  uint32_t length = 0;
};

class Binder {
 public:
  Binder(const Scanned& scanned, const Schema& schema, const Parameters& parameters, uint32_t text,
         std::vector<Error>& errors)
      : scanned_(scanned), schema_(schema), parameters_(parameters), text_(text), errors_(errors) {}

  /// Binds one node of the parse tree. Never null: a node of type poison where there were errors.
  NodePtr bind(const Tree& tree);
  /// The node as a value of a field: literals become strings, intervals are refused.
  NodePtr as_output(NodePtr node);
  /// The node as a condition: bool, or an error.
  NodePtr as_condition(NodePtr node, std::string_view what);

  void error(Place place, std::string code, std::string message, std::string fix = {});
  /// Where a node of the parse tree stands.
  Place place(const Tree& fields) const;
  /// Fields that have been bound, by index.
  const std::set<size_t>& fields() const { return fields_; }

 private:
  using Nodes = std::vector<NodePtr>;

  // bind.cc: leaves, and forms with a syntax of their own
  NodePtr bind_class(std::string_view name, const Tree& fields);
  NodePtr bind_all(const Tree& items, Nodes& out);
  NodePtr column(const Tree& tree);
  NodePtr named_field(const std::vector<std::string>& path, Place where);
  NodePtr constant(const Tree& tree);
  NodePtr whole_number(const Tree& tree, Place where);
  NodePtr decimal(std::string_view spelled, Place where);
  NodePtr parameter(const Tree& tree);
  NodePtr value_function(const Tree& tree);
  NodePtr indirection(const Tree& tree);
  NodePtr member(NodePtr record, const std::string& name, Place where);
  NodePtr unsupported(const Tree& fields, std::string_view what, std::string fix = {});

  // bind_cast.cc
  NodePtr type_cast(const Tree& tree);
  NodePtr interval(NodePtr literal, const Tree& type_name, Place where);

  // bind_operator.cc
  NodePtr operation(const Tree& tree);
  NodePtr add_months(Nodes args, bool backwards, Place where);
  NodePtr compare_all(const Tree& tree, const std::string& op, bool all, Place where);
  NodePtr pattern_match(const Tree& tree, Place where);
  NodePtr membership(const Tree& tree, Place where, bool negated);
  NodePtr any_of_list(const Tree& tree, Place where, bool all);
  NodePtr logic(const Tree& tree);
  NodePtr case_of(const Tree& tree);
  NodePtr coalesce(const Tree& tree);
  NodePtr function(const Tree& tree);

  // bind_call.cc: which function, conversions, constants
  NodePtr call(std::string_view name, Nodes args, Place where);
  NodePtr negate(NodePtr node, Place where);
  const Signature* choose(std::string_view name, const Nodes& args, Place where, Type* unified);
  NodePtr build(const Signature& signature, Nodes args, Place where, const Type& unified);
  NodePtr convert(NodePtr node, const Type& to);
  /// What all branches have in common: one type, ints beside floats as floats, literals as whatever the others are.
  Type common_type(const std::vector<const Node*>& nodes, std::string_view what);
  NodePtr fold(NodePtr node, std::vector<RowError>* failures);
  NodePtr poison(Place where) const;

  const Scanned& scanned_;
  const Schema& schema_;
  const Parameters& parameters_;
  const uint32_t text_;
  std::vector<Error>& errors_;
  Scratch scratch_;
  std::set<size_t> fields_;
  std::set<size_t> known_;  // fields that cannot be null where we are: inside of AND and CASE
  int depth_ = 0;
};

/// Fields that cannot be null where a bool node is `truth`.
std::set<size_t> not_null_when(const Node& node, bool truth);

}  // namespace blox::expr
