// Who declares which name, and who mentions it: definitions, references and renames come from here.
//
// Owns     copies of names; refers to the trees of the program that it was made from
// Threads  immutable
// Order    mentions by file, then offset
// Errors   names that nothing declares have no symbol
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/element/port.h"
#include "core/element/registry.h"
#include "dsl/program.h"

namespace blox::tools::lsp {

inline constexpr size_t kNone = SIZE_MAX;

struct Symbol {
  enum class Kind : uint8_t { kElement, kCompound, kParameter, kFormal };
  Kind kind = Kind::kElement;
  std::string name;
  Span span;
  size_t scope = 0;
  const dsl::Call* call = nullptr;            ///< of an element
  const dsl::Class* compound = nullptr;       ///< of a compound
  const dsl::Parameter* parameter = nullptr;  ///< of a parameter or formal
  const dsl::Comments* comments = nullptr;    ///< that stand at its declaration
};

/// What a node of a chain stands for: an element or compound by its call, and its name where it has one.
struct Target {
  const dsl::Call* call = nullptr;
  std::string name;
};

struct Mention {
  enum class Kind : uint8_t { kSymbol, kClass, kPort, kArgument, kSetting, kArrow, kInclude };
  Kind kind = Kind::kSymbol;
  Span span;
  std::string name;
  size_t symbol = kNone;  ///< kSymbol; kArgument where a formal of a compound is meant
  bool declares = false;
  Target target;          ///< of classes, ports, arguments; of arrows what they lead to
  Target from;            ///< of arrows
  Direction direction{};  ///< of ports
  bool on_arrow = false;  ///< of settings
};

struct NameScope {
  size_t outer = kNone;
  Span span;  ///< of the class; unknown for the program itself
  std::unordered_map<std::string, size_t> elements;
  std::unordered_map<std::string, size_t> compounds;
  std::unordered_map<std::string, size_t> parameters;
};

class Names {
 public:
  Names(const dsl::Program& program, const Registry& registry);

  const std::vector<Symbol>& symbols() const { return symbols_; }
  const std::vector<Mention>& mentions() const { return mentions_; }
  /// The mention that covers this place, or ends there; null where there is none.
  const Mention* at(uint32_t file, uint32_t offset) const;
  /// The scope of the innermost class around this place; 0 is the program.
  size_t scope_at(uint32_t file, uint32_t offset) const;
  const NameScope& scope(size_t index) const { return scopes_[index]; }

  size_t element(size_t scope, const std::string& name) const;    ///< kNone where there is none
  size_t compound(size_t scope, const std::string& name) const;   ///< looks outwards
  size_t parameter(size_t scope, const std::string& name) const;  ///< looks outwards

 private:
  friend class NamesBuilder;
  std::vector<Symbol> symbols_;
  std::vector<NameScope> scopes_;
  std::vector<Mention> mentions_;
};

}  // namespace blox::tools::lsp
