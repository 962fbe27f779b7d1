#include "dsl/compound.h"

namespace blox::dsl {

const size_t* CompoundPorts::find(Direction direction, PortKind kind, const std::string& name) const {
  const auto found = junctions.find({direction, kind, name});
  return found == junctions.end() ? nullptr : &found->second;
}

const size_t* CompoundPorts::main(Direction direction, PortKind kind) const {
  if (const size_t* unnamed = find(direction, kind, "")) return unnamed;
  for (const Key& key : order) {
    if (key.direction == direction && key.kind == kind) return &junctions.at(key);
  }
  return nullptr;
}

std::vector<std::string> CompoundPorts::names(Direction direction) const {
  std::vector<std::string> out;
  for (const Key& key : order) {
    if (key.direction == direction && !key.name.empty()) out.push_back(key.name);
  }
  return out;
}

const DeclaredClass* Scope::find_class(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
    const auto found = scope->classes.find(name);
    if (found != scope->classes.end()) return &found->second;
  }
  return nullptr;
}

bool Scope::is_lost_class(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
    if (scope->lost.contains(name)) return true;
  }
  return false;
}

}  // namespace blox::dsl
