#include <algorithm>
#include <iterator>

#include "core/expr/bind.h"

namespace blox::expr {
namespace {

using Fields = std::set<size_t>;

Fields both(const Fields& a, const Fields& b) {
  Fields out = a;
  out.insert(b.begin(), b.end());
  return out;
}
Fields common(const Fields& a, const Fields& b) {
  Fields out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

// Fields whose null makes the node null: where the node is not null, neither are they.
Fields needed(const Node& node) {
  if (node.form == Form::kField) return {node.index};
  if (node.form == Form::kMember) return needed(*node.args[0]);
  if (node.form != Form::kCall || node.function == nullptr) return {};
  const std::string_view name = node.function->name;
  if (node.function->nulls == Nulls::kIfAny) {
    return name.starts_with("BETWEEN") || name == "IN" ? needed(*node.args[0]) : Fields();
  }
  Fields out;
  if (node.function->nulls == Nulls::kStrict) {
    for (const NodePtr& arg : node.args) out = both(out, needed(*arg));
  }
  return out;
}

}  // namespace

std::set<size_t> not_null_when(const Node& node, bool truth) {
  if (node.form == Form::kAnd || node.form == Form::kOr) {
    // All parts have the wanted truth (AND true, OR false), or we only know that one of them has.
    const bool all = (node.form == Form::kAnd) == truth;
    Fields out = not_null_when(*node.args[0], truth);
    for (size_t i = 1; i < node.args.size(); ++i) {
      const Fields more = not_null_when(*node.args[i], truth);
      out = all ? both(out, more) : common(out, more);
    }
    return out;
  }
  if (node.form == Form::kCall && node.function != nullptr) {
    const std::string_view name = node.function->name;
    const Node& arg = *node.args[0];
    if (name == "NOT") return not_null_when(arg, !truth);
    if (name == "IS NOT NULL" || name == "IS NOT UNKNOWN") return truth ? needed(arg) : Fields();
    if (name == "IS NULL" || name == "IS UNKNOWN") return truth ? Fields() : needed(arg);
    if (name == "IS TRUE" || name == "IS FALSE") return truth ? not_null_when(arg, name == "IS TRUE") : Fields();
    if (name == "IS NOT TRUE" || name == "IS NOT FALSE") {
      return truth ? Fields() : not_null_when(arg, name == "IS NOT TRUE");
    }
  }
  return needed(node);
}

}  // namespace blox::expr
