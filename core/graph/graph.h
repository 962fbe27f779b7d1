// A flat topology as plain data: what a front end gives, before anything is checked.
//
// Compounds are flattened (`outer/inner`), parameters bound, names resolved to elements; classes, ports, arguments,
// settings and types are still words with places.
//
// Owns     all it holds
// Threads  a value
// Order    elements and connections stand in the order of the file, includes where they are included
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/diagnostic.h"
#include "core/element/literal.h"
#include "core/element/port.h"

namespace blox {

struct Setting {
  std::string name;
  Span name_span;
  Literal value;
};

/// Where a compound was used on the way to an element: shown as notes behind an error inside the compound.
struct Use {
  std::string compound;
  Span span;
};

struct GraphArg {
  std::string name;  ///< empty: by position
  Span name_span;
  Literal value;
};

struct GraphElement {
  std::string path;    ///< "words/Tokenize@1"; unique
  bool named = false;  ///< the author named the whole path, so state survives an update
  std::string class_name;
  Span class_span;  ///< errors of the element as a whole stand here
  std::vector<GraphArg> args;
  std::vector<Setting> settings;  ///< inherited ones in front, so that the last of a name counts
  std::vector<Use> uses;          ///< outermost first
};

/// One end of a connection.
struct GraphEnd {
  size_t element = 0;
  std::string port;  ///< empty: the main port
  Span span;         ///< of the port where named, else of the element's name
  bool annotated = false;
  Literal type;  ///< the type that the author wrote behind the port, where annotated
};

struct GraphConnection {
  GraphEnd from;
  GraphEnd to;
  PortKind kind = PortKind::kPush;
  Span arrow;
  std::vector<Setting> settings;
  std::vector<Use> uses;
};

struct Graph {
  std::vector<GraphElement> elements;
  std::vector<GraphConnection> connections;
  /// Parts were lost to errors already reported: that a port is not connected, or that nothing reaches an element, is
  /// then no error of its own.
  bool incomplete = false;
  /// Declarations were lost, and nobody can tell of what: that a class is unknown is then no error of its own.
  bool names_lost = false;
  /// By number of the file: the folder it stands in, empty or left out for the working directory.
  std::vector<std::string> folders;
  /// Element classes that the topology declares itself: for "did you mean".
  std::vector<std::string> declared_classes;
  bool require_exactly_once = false;
  Span require_span;
};

}  // namespace blox
