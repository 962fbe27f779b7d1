// What a class says of itself, as data: for `blox list`, `blox describe`, the reference and the checker's advice.
//
// Owns     all it holds
// Errors   a class whose declaration contradicts itself is a bug, found by the test that walks all classes
// Cost     makes one element of the class, which has no side effects
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/datum.h"
#include "core/element/element.h"

namespace blox {

struct ClassDescription {
  struct Port {
    std::string name;  ///< empty for a family
    PortKind kind = PortKind::kPush;
    Direction direction = Direction::kIn;
    std::string type;    ///< as declared; empty where the class works it out
    std::string answer;  ///< query ports: likewise
    std::string doc;
    bool optional = false;
    bool family = false;  ///< stands for any number of ports, named by the connections
    bool main = false;    ///< the one meant where a connection names none
  };
  struct Argument {
    std::string name;
    std::string type;
    std::string default_text;  ///< empty: none
    std::string doc;
    bool required = false;
  };
  struct State {
    std::string name;
    uint32_t version = 1;
  };
  struct Handler {
    std::string name;
    std::string doc;
    bool writable = false;
  };

  std::string name;
  std::string file;
  std::string summary;                                        ///< the first sentence of its documentation
  std::string text;                                           ///< what follows it, without the sections
  std::vector<std::pair<std::string, std::string>> sections;  ///< "Owns", "Cost", "Example"…, in their order
  std::vector<Port> ports;                                    ///< `errors`, which all have, is left out
  std::vector<Argument> arguments;
  bool named_arguments = false;  ///< takes arguments of any name: the last of `arguments`
  std::vector<State> states;
  std::vector<Handler> handlers;
  Traits traits;
  std::vector<std::string> settings;  ///< of the framework, as far as this class allows them

  const std::string* section(std::string_view name) const;
};

ClassDescription describe(const ElementClass& element_class);

/// The same as a value, for JSON.
Datum to_datum(const ClassDescription& description);

/// A class that can stand in between and adds this field with a fitting type, for "put `X` before it".
std::optional<std::string> class_that_adds(const Registry& registry, std::string_view field,
                                           const std::optional<Type>& type, std::string_view not_this);

}  // namespace blox
