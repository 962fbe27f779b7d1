// Values become literals: parameters bound, env() and secret() asked.
//
// Owns     an Environment its bindings; it refers to the one around it, which must outlive it
// Errors   E0203 unknown parameter, E0902 a variable of the environment that is not set, E0903 a secret that cannot be
//          read. A value with an unknowable part is nothing, and was reported
// Cost     linear in the value; the bindings of an environment are copied once, and only where a string refers to any
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/element/literal.h"
#include "core/graph/graph.h"
#include "dsl/tree.h"

namespace blox::dsl {

/// What values can ask of the outside world. Without a function there is nothing there.
struct Outside {
  std::function<std::optional<std::string>(const std::string& name)> env;
  std::function<Result<std::string>(const std::string& reference)> secret;  ///< of "file:/run/secrets/key"
};

/// The parameters in scope somewhere.
class Environment {
 public:
  explicit Environment(const Environment* outer = nullptr) : outer_(outer) {}

  void bind(const std::string& name, Literal value);
  /// The name is declared, its value unknowable and reported.
  void lose(const std::string& name);

  /// Names may be missing here that nobody can tell.
  void lose_names() { names_lost_ = true; }

  const Literal* find(std::string_view name) const;  ///< innermost first
  bool is_lost(std::string_view name) const;
  std::vector<std::string> names() const;
  std::shared_ptr<const Bindings> bindings() const;

 private:
  const Environment* outer_;
  Bindings own_;
  std::set<std::string, std::less<>> lost_;
  bool names_lost_ = false;

  mutable std::shared_ptr<const Bindings> all_;
};

/// Adds the uses of the compounds around as notes, and reports.
void report(Diagnostic diagnostic, const std::vector<Use>& uses, Diagnostics& diagnostics);
/// "; did you mean `x`?", or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

class Evaluator {
 public:
  Evaluator(const Outside& outside, Diagnostics& diagnostics) : outside_(outside), diagnostics_(diagnostics) {}

  std::optional<Literal> evaluate(const Value& value, const Environment& environment, const std::vector<Use>& uses);

 private:
  bool into(const Value& value, Literal& out);
  bool text(const Value& value, Literal& out);
  bool param(const Value& value, Literal& out);
  bool env(const Value& value, Literal& out);
  bool secret(const Value& value, Literal& out);
  bool unknown(std::string_view name, Span span);
  bool error(std::string_view code, Span span, std::string message, std::string fix = {});

  const Outside& outside_;
  Diagnostics& diagnostics_;
  const Environment* environment_ = nullptr;  // of the value being evaluated
  const std::vector<Use>* uses_ = nullptr;
};

}  // namespace blox::dsl
