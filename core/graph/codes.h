// All codes of diagnostics, with what they mean: for `blox check --explain CODE` and DIAGNOSTICS.md.
//
// A code keeps its meaning for ever; one that is no longer used is not given to something else. A test looks for every
// code in the sources, and wants each here and, where it can be brought about from a file, in a golden test.
//
// Threads  constants
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace blox {

struct CodeInfo {
  const char* code;     ///< "E0501"
  const char* title;    ///< what it says, in half a sentence
  const char* text;     ///< why it is an error and what to do
  const char* example;  ///< a topology, or a part of one, that brings it about
};

/// In the order of their numbers.
const std::vector<CodeInfo>& code_infos();
/// Null where there is no such code. In capitals or not.
const CodeInfo* find_code(std::string_view code);
/// What `--explain` prints.
std::string code_text(const CodeInfo& info);
/// DIAGNOSTICS.md.
std::string codes_page();

// The parts of the table, by group.
std::span<const CodeInfo> syntax_codes();
std::span<const CodeInfo> name_codes();      ///< E02xx and E03xx
std::span<const CodeInfo> argument_codes();  ///< E04xx
std::span<const CodeInfo> type_codes();
std::span<const CodeInfo> graph_codes();  ///< E06xx to E09xx

}  // namespace blox
