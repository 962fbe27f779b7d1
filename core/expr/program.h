// SQL scalar expressions: compiled once against a schema, then evaluated by column.
//
//   Compiled made = Program::compile("price * qty > $min", schema, parameters);
//   if (!made) return made.errors;              // all of them, each with its place inside the text
//   made.program->evaluate(log, now, out);      // out.columns[0], out.errors
//
// The grammar and the rules for NULL are PostgreSQL's; README.md lists the differences.
//
// Owns     a Program shares its compiled body between copies; an Evaluation owns results and scratch memory
// Threads  a Program never changes: any thread; an Evaluation has one user at a time
// Bounds   texts up to 16 KiB and 256 levels of nesting; values up to 16 MiB and results up to 1 GiB a log
// Errors   compile errors are E0410…E0429, see Error; a row that fails is reported and does not stop the others
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/data/datum.h"
#include "core/data/log.h"
#include "core/data/schema.h"
#include "core/expr/evaluation.h"

namespace blox::expr {

/// What `$name` stands for: a typed constant, bound, never pasted as text.
struct Parameter {
  Type type;
  Datum value;            ///< fits `type`
  bool duration = false;  ///< an int of µs that stands for a length of time: an INTERVAL
  bool field = false;     ///< a string that names a field: a reference to it, no constant
};
using Parameters = std::map<std::string, Parameter, std::less<>>;

/// What is wrong with a text, and where.
///
///   E0410 syntax                        E0415 no such function for these types   E0420 a literal its type cannot read
///   E0411 too long or nested too deep   E0416 unknown `$name`                    E0421 a result that no field can hold
///   E0412 not one expression            E0417 SQL that is no scalar expression   E0422 a result without a name, or
///   E0413 unknown field                 E0418 types that do not go together            two with the same
///   E0414 unknown function              E0419 unknown type, or no such cast
struct Error {
  uint32_t text = 0;    ///< which of the texts given to compile_list
  uint32_t offset = 0;  ///< bytes from the start of that text
  uint32_t length = 0;  ///< bytes; 0 is a point
  std::string code;
  std::string message;  ///< one line, names in backquotes
  std::string fix;      ///< empty where none is known
};

/// One result of a program.
struct Output {
  std::string name;  ///< empty for compile()
  Type type;         ///< nullable where it can be null
};

/// A named expression, as in `Map(total = "price * qty")`.
struct Named {
  std::string name;
  std::string text;
};

struct Compiled;

class Program {
 public:
  /// One expression.
  static Compiled compile(std::string_view text, const Schema& schema, const Parameters& parameters = {});
  /// Several, each with a name; errors say in which text they are.
  static Compiled compile_list(std::span<const Named> texts, const Schema& schema, const Parameters& parameters = {});
  /// A target list: "a + b AS c, d". A plain field keeps its name, everything else needs one.
  static Compiled compile_targets(std::string_view text, const Schema& schema, const Parameters& parameters = {});
  /// One expression that must be bool (or null): what Filter takes.
  static Compiled compile_predicate(std::string_view text, const Schema& schema, const Parameters& parameters = {});

  const std::vector<Output>& outputs() const;
  /// Type of the first output.
  const Type& type() const { return outputs()[0].type; }
  /// Fields of the schema that are read, as ascending indices.
  const std::vector<size_t>& fields() const;
  /// The field that an output passes on as it is; nothing where it computes.
  std::optional<size_t> plain_field(size_t output) const;
  /// Fields that cannot be null in a record for which the first output is true: those that a filter narrows
  /// from T? to T. Ascending indices of nullable fields.
  const std::vector<size_t>& not_null_when_true() const;
  /// The value of the first output where it is the same for all records.
  const std::optional<Datum>& constant() const;
  /// False where results depend on the time of evaluation.
  bool deterministic() const;

  /// Evaluates all outputs for the records of a log (those selected). `now` is what now() returns.
  /// Precondition: the log has the schema's fields, in the same order.
  void evaluate(const Log& log, Micros now, Evaluation& out) const;
  /// The records for which the first output, a bool, is true: `out.selected`, `out.errors`. Precondition: as above.
  void select(const Log& log, Micros now, Evaluation& out) const;

  struct Body;
  explicit Program(std::shared_ptr<const Body> body) : body_(std::move(body)) {}

 private:
  std::shared_ptr<const Body> body_;
};

/// A program, or all the reasons why there is none (in order of their place).
struct Compiled {
  std::optional<Program> program;
  std::vector<Error> errors;
  explicit operator bool() const { return program.has_value(); }
};

/// A `$name` or `${name}` in a text: outside of quotes and comments.
struct Reference {
  std::string name;
  uint32_t offset = 0;  ///< bytes from the start of the text, at the `$`
  uint32_t length = 0;
};
std::vector<Reference> references(std::string_view text);

}  // namespace blox::expr
