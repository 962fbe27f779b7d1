// What a class that overrides `Element::resolve` sees of the checker.
//
// Threads  the checker's
// Errors   reported through it; a port whose type is lost reports nothing further
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/diagnostic.h"
#include "core/data/schema.h"

namespace blox {

class Port;

class Types {
 public:
  virtual ~Types() = default;
  /// What arrives at an in port (logs or questions), or at a query out port (answers); for out ports, what this
  /// element gives there. Nothing where the type is lost to an earlier error: then say nothing, give nothing.
  virtual std::optional<Schema> of(const Port& port) = 0;
  /// Every schema that the writers of an in port give, in file order, before they are made one: for `Union`.
  virtual std::vector<Schema> writers(const Port& port) = 0;
  /// Without a span it is shown at the element.
  virtual void report(Diagnostic diagnostic) = 0;
  /// A diagnostic at an argument (or, where it was not given, at the element).
  virtual void error(std::string_view code, Span where, std::string message, std::string fix = {}) = 0;
};

}  // namespace blox
