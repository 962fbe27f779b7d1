// One block of 2012 as elements of today: arguments read, parts chosen, ports found.
//
// Owns     what it made
// Errors   E0147 arguments; W0143 W0149 what is left out
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/blox/import/json_tree.h"
#include "tools/blox/import/layout.h"
#include "tools/blox/import/old_class.h"

namespace blox::tools {

/// An argument of a block: a value as it was written, or a parameter of the compound around it, with a sample of its
/// values.
struct Given {
  std::string name;
  Span span;
  const JsonNode* value = nullptr;
  std::string formal;
};

std::vector<Given> givens_of(const JsonNode* object);

/// A port of 2012 and where it is today.
struct PortHere {
  std::string old;  ///< as in OldPort
  Direction direction = Direction::kIn;
  PortKind kind = PortKind::kPush;
  std::string element;
  std::string port;      ///< `*`: of the same name
  std::string settings;  ///< of each connection there
  std::string note;      ///< there is none today, and this is why
  bool needless = false;
  std::string question;
};

struct Made {
  std::vector<NewElement> elements;
  std::vector<NewConnection> connections;
  std::vector<PortHere> ports;

  std::optional<PortHere> find(std::string_view port) const;
};

class PartsMaker {
 public:
  explicit PartsMaker(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// `used` are the ports that are connected. Nothing where arguments were wrong.
  std::optional<Made> make(const OldClass& old, const std::string& name, const std::vector<Given>& givens,
                           Span class_span, const std::set<std::string>& used);
  /// One value in its new form. Nothing where it was wrong.
  std::optional<std::string> value(const JsonNode& value, OldForm form, std::string_view arg);

 private:
  bool check_args(const OldClass& old, const std::vector<Given>& givens, Span class_span);

  Diagnostics& diagnostics_;
};

/// Whether `name` is the port `pattern`, which may end in `#`.
bool is_port(std::string_view pattern, std::string_view name);

}  // namespace blox::tools
