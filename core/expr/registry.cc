#include "core/expr/registry.h"

#include <algorithm>
#include <functional>
#include <map>

#include "core/base/check.h"

namespace blox::expr {
namespace {

Kind kind_of_word(std::string_view word) {
  if (word == "T") return kT;
  if (word == "*") return kEach;
  if (word == "text") return kText;
  if (word == "interval") return kInterval;
  for (const Kind kind : {Kind::kBool, Kind::kInt, Kind::kFloat, Kind::kString, Kind::kBytes, Kind::kTime, Kind::kList,
                          Kind::kStruct, Kind::kAny}) {
    if (word == kind_name(kind)) return kind;
  }
  BLOX_CHECK(false, "a function table with an unknown type word");
}

Signature read(const Function& row) {
  Signature out;
  out.row = &row;
  std::string_view params = row.params;
  if (params.ends_with("...")) {
    out.variadic = true;
    params.remove_suffix(3);
  }
  while (!params.empty()) {
    const size_t space = std::min(params.find(' '), params.size());
    out.params.push_back(kind_of_word(params.substr(0, space)));
    params.remove_prefix(std::min(space + 1, params.size()));
  }
  std::string_view result = row.result;
  if (result.ends_with('?')) {
    out.result_nullable = true;
    result.remove_suffix(1);
  }
  out.result = kind_of_word(result);
  return out;
}

struct Index {
  std::map<std::string_view, std::vector<Signature>, std::less<>> by_name;
  std::vector<std::string> names;

  Index() {
    for (const FunctionGroup& group : function_groups()) {
      for (const Function& row : group.rows) {
        if (!row.params.starts_with('=')) by_name[row.name].push_back(read(row));
      }
    }
    for (const auto& [name, signatures] : by_name) {
      if (name[0] >= 'a' && name[0] <= 'z') names.emplace_back(name);
    }
    names.emplace_back("coalesce");
  }
};

const Index& index() {
  static const Index made;
  return made;
}

}  // namespace

const std::vector<Signature>& find_functions(std::string_view name) {
  static const std::vector<Signature> none;
  const auto found = index().by_name.find(name);
  return found == index().by_name.end() ? none : found->second;
}

const Signature* find_cast(Kind from, Kind to) {
  for (const Signature& signature : find_functions("::")) {
    if (signature.params[0] == from && signature.result == to) return &signature;
  }
  return nullptr;
}

const std::vector<std::string>& function_names() { return index().names; }

std::string type_text(const Type& type) {
  if (type.kind() == kInterval) return "interval";
  if (type.kind() == kMonths) return "interval with months";
  if (type.kind() == kLiteral) return "literal";
  if (type.kind() == kPoison) return "unknown";
  return type.with_nullable(false).to_string();
}

}  // namespace blox::expr
