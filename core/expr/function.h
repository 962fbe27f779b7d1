// What functions and operators there are, as data: documentation, completion and suggestions are made from it.
//
// Threads  the table is constant; any thread
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace blox::expr {

struct FunctionDoc {
  std::string group;      ///< "Strings"
  std::string name;       ///< "substr", or an operator: "||"
  std::string signature;  ///< "substr(string, int, int) → string"
  std::string text;       ///< one sentence
  std::string example;    ///< an expression without fields …
  std::string result;     ///< … and its value as text; the tests check both
};

/// All of them, by group, in the order of the documentation.
std::vector<FunctionDoc> describe_functions();

/// The same as a page of Markdown: the content of FUNCTIONS.md.
std::string functions_page();

}  // namespace blox::expr
