// What is being typed at a place: found from the words before it, since what is half typed is in no tree.
//
// Threads  a pure function
// Errors   kNothing where nothing sensible could stand: in comments, behind a finished statement
// Cost     one pass of the lexer over the text
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/element/port.h"

namespace blox::tools::lsp {

struct Context {
  enum class Kind : uint8_t {
    kNothing,
    kStatement,     ///< where a statement begins
    kNode,          ///< behind an arrow
    kClass,         ///< behind `::`
    kArgument,      ///< in a call: the name of an argument, or a value by position
    kValue,         ///< of an argument, in a list or a string in it too
    kPlainValue,    ///< of a parameter, a formal or in `env(…)`
    kSetting,       ///< the name of a setting
    kSettingValue,  ///< its value
    kPort,          ///< between `[` and `]`
    kReference,     ///< behind `$`
    kAssigned,      ///< behind `set`
    kGuarantee,     ///< behind `require`
    kType,          ///< of a parameter or formal
  };
  Kind kind = Kind::kNothing;
  size_t from = 0;         ///< the word being typed is text[from, offset)
  bool in_string = false;  ///< in quotes
  std::string closing;     ///< what would close all that is open here
  std::string class_name;  ///< arguments, values, ports: of the call
  size_t call = SIZE_MAX;  ///< arguments and values: where the class's name stands
  std::string key;         ///< values: of the argument or setting; empty: by position
  size_t position = 0;     ///< of the argument
  bool on_arrow = false;   ///< settings
  std::string element;     ///< ports: of the element, where it is named
  Direction direction{};   ///< ports
};

Context context_at(std::string_view text, size_t offset);

}  // namespace blox::tools::lsp
