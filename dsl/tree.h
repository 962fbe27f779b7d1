// A topology as it was written: statements and values as plain data, each with its place.
//
// Both readers (text and YAML) make this tree, the printer and the YAML writer turn it back, the resolver reads it.
// `equal` compares what a tree says, not how it was laid out: spans, comments, blank lines and the kind of quotes
// are layout (except that a raw string which looks as if it held references stays raw, since only expressions
// see those).
//
// Owns     everything in it; no pointers into source text
// Bounds   nesting of values and of classes is limited by the readers (parser.h), so recursion over a tree is safe
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/diagnostic.h"
#include "dsl/text.h"

namespace blox::dsl {

struct Comment {
  std::string text;  ///< with its `//` or `/* */`
  Span span;
  bool blank_before = false;  ///< an empty line stands before it
};

struct Comments {
  std::vector<Comment> before;  ///< on lines of their own
  std::vector<Comment> after;   ///< behind it on the same line; only the last can be a `//`
  bool empty() const { return before.empty() && after.empty(); }
};

struct Name {
  std::string text;
  Span span;
};

struct Item;

/// One value. A map and a record type look alike: both are kBraces, and the argument's type decides what they mean.
struct Value {
  enum class Kind : uint8_t {
    kBroken,  ///< could not be read and was reported: fits everywhere
    kNull,
    kBool,
    kInt,
    kFloat,
    kDuration,  ///< `integer` microseconds
    kSize,      ///< `integer` bytes
    kShare,     ///< `real`, a fraction of one
    kRange,     ///< `integer` .. `high`, both included
    kText,
    kName,   ///< a field, an enum value, a type
    kParam,  ///< $name
    kList,
    kBraces,
    kCall,  ///< env("NAME", default), every(1s)
  };
  enum class Quotes : uint8_t { kDouble, kRaw, kTriple };

  Kind kind = Kind::kNull;
  Quotes quotes = Quotes::kDouble;
  bool nullable = false;  ///< `?` stands behind it: a type
  Span span;
  /// kText: escapes taken out, references left in; kName kParam kCall: the name; numbers: as they were written.
  std::string text;
  int64_t integer = 0;
  int64_t high = 0;
  double real = 0;
  std::vector<Item> items;            ///< kList kBraces kCall
  std::vector<Reference> references;  ///< kText
  std::vector<Anchor> anchors;        ///< kText

  Text as_text() const { return {text, references, anchors}; }
};

/// One of several: a list's value, a map's or record type's `key: value`, an argument or setting `key = value`.
struct Item {
  std::optional<Name> key;
  bool key_in_quotes = false;  ///< `{"content-type": 1}`; layout
  Value value;
  Comments comments;
};

/// `[out]`, `[out: {word: string}]`.
struct Port {
  Name name;
  std::optional<Value> type;
  Span span;
};

struct Settings {
  std::vector<Item> items;
  Span span;
};

struct Call {
  Name class_name;
  std::vector<Item> args;
  Span span;
};

/// In a chain: a name, or a call with or without a name of its own.
struct Node {
  std::optional<Port> in;
  std::optional<Name> name;
  std::optional<Call> call;
  Settings settings;
  std::optional<Port> out;
  Span span;
  Comments comments;
};

/// The arrow that leads to the next node.
struct Link {
  bool query = false;
  Span arrow;
  Settings settings;
};

struct Chain {
  std::vector<Node> nodes;  ///< at least one
  std::vector<Link> links;  ///< one less
};

struct Declare {
  std::vector<Name> names;
  Call call;
  Settings settings;
};

/// A formal of a class, or what a `param` statement declares.
struct Parameter {
  Name name;
  std::optional<Value> type;
  std::optional<Value> value;
  Comments comments;
};

struct Statement;
struct Body {
  std::vector<Statement> statements;
  std::vector<Comment> comments;  ///< behind the last statement
  /// Names that statements beyond reading would have declared: whoever uses them is not to blame.
  std::vector<std::string> lost;
  bool names_lost = false;  ///< and nobody can tell which: no name that is missing is to blame
  bool incomplete = false;  ///< a statement could not be read
};

struct Class {
  Name name;
  std::vector<Parameter> formals;
  Body body;
};

struct Assignment {
  Name name;
  Value value;
};

struct Include {
  Value path;  ///< kText without references
};
struct Plugin {
  Value path;  ///< likewise
};
struct Require {
  Name name;
};

struct Statement {
  std::variant<Declare, Chain, Class, Parameter, Assignment, Include, Plugin, Require> what;
  Span span;  ///< without the last `;`
  Comments comments;
  bool blank_before = false;
};

bool equal(const Value& a, const Value& b);
bool equal(const Body& a, const Body& b);

}  // namespace blox::dsl
