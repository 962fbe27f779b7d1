// What the resolver knows while it flattens: scopes, the elements named in them, the ports of compounds.
//
// Owns     a Scope its environment and tables; trees, and the scopes around it, outlive it
// Part of the resolver.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/element/port.h"
#include "core/graph/graph.h"
#include "dsl/evaluate.h"
#include "dsl/tree.h"

namespace blox::dsl {

/// A port of a compound: which junction stands for it. The main port has no name.
struct CompoundPorts {
  struct Key {
    Direction direction;
    PortKind kind;
    std::string name;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, size_t> junctions;
  std::vector<Key> order;   ///< as they first come up
  bool incomplete = false;  ///< parts of the body were lost: a port that is missing here is no error

  const size_t* find(Direction direction, PortKind kind, const std::string& name) const;
  /// The one meant where no port is named: without a name inside too, else the first of this kind.
  const size_t* main(Direction direction, PortKind kind) const;
  std::vector<std::string> names(Direction direction) const;
};

/// What a name or a call in a chain stands for.
struct Instance {
  enum class Kind : uint8_t { kLost, kElement, kCompound };
  Kind kind = Kind::kLost;
  size_t index = 0;  ///< in the graph's elements, or in the compounds flattened so far
};

struct Scope;

struct DeclaredClass {
  const Class* declared = nullptr;
  const Scope* home = nullptr;  ///< where it was declared: what its body sees beside its own
};

struct Scope {
  struct Element {
    Instance instance;
    Span span;
  };

  const Scope* outer = nullptr;
  Environment environment;
  std::string prefix;  ///< "words/", or nothing
  bool named = true;   ///< the author named everything on the way here
  std::vector<Use> uses;
  std::vector<Setting> inherited;
  CompoundPorts* ports = nullptr;  ///< of the compound whose body this is; null in the main scope
  std::unordered_map<std::string_view, DeclaredClass> classes;
  std::unordered_map<std::string_view, Element> elements;
  std::unordered_map<std::string_view, size_t> anonymous;  ///< by class: how many so far
  std::set<std::string, std::less<>> lost;                 ///< names that were reported, or never could be read
  bool names_lost = false;                                 ///< as in Body
  bool incomplete = false;

  Scope(const Scope* around, const Environment* environment_around) : outer(around), environment(environment_around) {}

  const DeclaredClass* find_class(std::string_view name) const;
  bool is_lost_class(std::string_view name) const;
};

}  // namespace blox::dsl
