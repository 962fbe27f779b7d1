// A typed expression: what the binder makes of a parse tree, and the evaluator runs.
//
// Owns     its arguments and constants; shared between copies of a program
// Threads  immutable once bound; any thread
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/column.h"
#include "core/data/type.h"
#include "core/expr/frame.h"
#include "core/expr/vector.h"

namespace blox::expr {

struct Node;
struct Function;
using NodePtr = std::unique_ptr<Node>;

/// Computes all rows of a batch. `args` are the values of the node's arguments for the same batch.
using Kernel = void (*)(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out);

/// What a kernel makes once of its constant arguments: a compiled pattern, a set.
struct Prepared {
  virtual ~Prepared() = default;
};

enum class Form : uint8_t {
  kConstant,
  kField,   ///< a column of the log
  kMember,  ///< a field of the struct args[0]
  kCall,    ///< a kernel over all args
  kAnd,     ///< lazy, as are the next three
  kOr,
  kCase,  ///< args: when, then, when, then, …, otherwise; with a subject: subject first
  kCoalesce,
};

struct Node {
  Form form = Form::kConstant;
  Type type;            ///< with nullability
  uint32_t offset = 0;  ///< place in the text, for messages
  uint32_t length = 0;
  bool may_fail = false;     ///< some row may be an error, here or below
  bool volatile_ = false;    ///< depends on the time of evaluation, here or below
  bool has_fields = false;   ///< reads the log, here or below
  bool has_subject = false;  ///< of CASE
  size_t index = 0;          ///< of the field or member
  const Function* function = nullptr;
  Kernel kernel = nullptr;  ///< of a call; of CASE with a subject: its equality
  std::vector<NodePtr> args;
  std::shared_ptr<const Prepared> prepared;

  // Of constants.
  bool is_null = false;
  int64_t word = 0;    ///< bool, int, time, interval
  int64_t months = 0;  ///< of an interval with months; `word` is the rest
  double real = 0;     ///< float
  std::string text;    ///< string, bytes, any, literals
  ColumnPtr column;    ///< lists and structs: one row

  bool is_literal() const { return form == Form::kConstant && type.kind() == kLiteral; }
};

NodePtr make_constant(Type type, uint32_t offset, uint32_t length);
NodePtr make_null(Type type, uint32_t offset, uint32_t length);

/// The value of a node for a batch of the frame's chunk.
Vec evaluate(Frame& frame, const Node& node, const Batch& batch);
/// The rows of a batch for which a bool node is true, as positions of the chunk; `out` has room for all of them.
uint32_t filter(Frame& frame, const Node& node, const Batch& batch, uint32_t* out);

}  // namespace blox::expr
