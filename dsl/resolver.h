// Statements become a flat graph: names resolved, parameters bound, compounds flattened to `outer/inner`.
//
// Bounds   kMaxElements elements, kMaxCompoundDepth compounds inside one another
// Errors   E0202 unknown element, E0204 declared twice, E0205 a compound that contains itself, E0206 `set` outside of
// the
//          main file, E0207 unknown guarantee, E0208 parameters that need each other, E0209 a port that nothing is
//          connected to, E0210 too large, E0211 a reserved name, E0213 a parameter without a value; for compounds what
//          the checker says of elements: E0303 E0304 ports, E0401 E0404 E0409 E0430 arguments, E0402 ill-typed, E0407
//          settings. An error inside a compound stands at its own line, with the uses as notes. What depends on
//          something unknowable is left out without a word, and Graph::incomplete set
// Order    elements and connections in the order of the statements
// Cost     linear in what comes out
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/graph/graph.h"
#include "dsl/evaluate.h"
#include "dsl/parameter_type.h"
#include "dsl/tree.h"

namespace blox::dsl {

inline constexpr size_t kMaxElements = 100'000;
inline constexpr size_t kMaxCompoundDepth = 100;

/// One statement at the top of a file, includes spliced in where they are included.
struct GlobalStatement {
  const Statement* statement = nullptr;
  bool in_main = true;
};

struct ResolverInput {
  std::vector<GlobalStatement> statements;
  std::vector<std::string> lost;  ///< names of statements that could not be read
  bool names_lost = false;        ///< as in Body
  bool incomplete = false;
  /// `--set name=value`, each with the place of its value.
  struct Set {
    std::string name;
    std::string value;
    Span span;
  };
  std::vector<Set> set;
};

/// A parameter of the program, for help and for `list`.
struct ParameterInfo {
  std::string name;
  ParameterType type;
  std::optional<Literal> value;  ///< what it is bound to; nothing where that is missing or unknowable
  Span span;
};

struct Resolved {
  Graph graph;
  std::vector<ParameterInfo> parameters;
};

Resolved resolve(const ResolverInput& input, const Outside& outside, Diagnostics& diagnostics);

}  // namespace blox::dsl
