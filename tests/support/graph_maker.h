// Makes graphs by hand, for tests of what stands behind the front end. Places are one after the other in file 0.
//
//   GraphMaker g;
//   g.element("words", "Words").element("t", "Tally", {{"by", Literal::name("word")}});
//   g.push("words -> t").query("e [ask] => [get] table");
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostic.h"
#include "core/element/literal.h"
#include "core/graph/graph.h"

namespace blox::testing {

struct NamedLiteral {
  std::string name;
  Literal value;
};

class GraphMaker {
 public:
  Graph graph;

  GraphMaker& element(std::string_view path, std::string_view class_name, std::vector<NamedLiteral> args = {},
                      std::vector<NamedLiteral> settings = {});
  /// "a [out] -> [in] b", "a => b", "a [out: {n: int}] -> b"; settings of the connection behind it.
  GraphMaker& connect(std::string_view text, std::vector<NamedLiteral> settings = {});

 private:
  Span next_span(size_t length);
  size_t index_of(std::string_view path) const;
  uint32_t offset_ = 0;
};

Literal name(std::string text);
Literal list(std::vector<Literal> items);
Literal size(int64_t bytes);
Literal share(double fraction);
Literal range(int64_t low, int64_t high);
Literal boolean(bool value);
Literal duration(int64_t micros);

/// "E0501 message" a line, in order of place; a fix and notes indented below: what tests compare.
std::string text_of(const Diagnostics& diagnostics);
/// The codes alone: "E0501 E0601".
std::string codes_of(const Diagnostics& diagnostics);

}  // namespace blox::testing
