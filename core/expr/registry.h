// The tables of functions and operators: one row and one kernel each.
//
// A row says its parameter and result types in words:
//   int, string, …       that type (an int is taken where a float is wanted)
//   T                    any type, the same for all T of the row; result T is that type
//   *                    any type
//   text                 any type, turned into a string before the call
//   a trailing ...       the last parameter, any number of times, at least once
//   result with a `?`    the function itself may answer null
// Rows whose params begin with `=` document syntax that the binder builds in; they have no kernel.
//
// Threads  constant once made; any thread
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expr/node.h"

namespace blox::expr {

/// When a result is null.
enum class Nulls : uint8_t {
  kStrict,  ///< where any argument is; the kernel never sees it
  kNever,   ///< never; the kernel sees nulls
  kIfAny,   ///< only where some argument is null; the kernel sees nulls
  kIfAll,   ///< only where all arguments are null; the kernel sees nulls
};

/// How a row computes.
struct Implementation {
  Kernel kernel = nullptr;
  bool may_fail = false;
  Kernel (*choose)(Kind) = nullptr;  ///< by the type of T, instead of `kernel`; null where T has no such operation
  bool is_volatile = false;
};

/// Makes what a kernel wants to have once, of the arguments that are constant (null for the others). A message
/// where a constant is wrong.
using Prepare = std::shared_ptr<const Prepared> (*)(std::string_view function, std::span<const Node* const> constants,
                                                    std::string* wrong);

struct Function {
  std::string_view name;
  std::string_view params;
  std::string_view result;
  Implementation implementation;
  std::string_view text;
  std::string_view example;
  std::string_view value;
  Nulls nulls = Nulls::kStrict;
  Prepare prepare = nullptr;
};

/// A table, under its title in the documentation.
struct FunctionGroup {
  std::string_view title;
  std::span<const Function> rows;
};
/// All tables, in the order of the documentation. A new one is added in groups.cc.
std::span<const FunctionGroup> function_groups();

constexpr Kind kT = static_cast<Kind>(110);
constexpr Kind kEach = static_cast<Kind>(111);
constexpr Kind kText = static_cast<Kind>(112);

/// A row with its types read.
struct Signature {
  const Function* row = nullptr;
  std::vector<Kind> params;
  bool variadic = false;
  Kind result = Kind::kAny;
  bool result_nullable = false;
  /// Kind of parameter i, for calls with more arguments than parameters too.
  Kind param(size_t i) const { return params[i < params.size() ? i : params.size() - 1]; }
  bool takes(size_t count) const { return variadic ? count >= params.size() : count == params.size(); }
};

/// All rows of a name; empty where there are none.
const std::vector<Signature>& find_functions(std::string_view name);
/// The conversion between two kinds; null where there is none.
const Signature* find_cast(Kind from, Kind to);
/// Names that can be written as calls, for suggestions.
const std::vector<std::string>& function_names();

/// A type as messages show it, with the kinds that exist inside expressions only.
std::string type_text(const Type& type);

}  // namespace blox::expr
