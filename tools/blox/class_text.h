// How the parts of a class's description are worded: for `describe` and for editors.
#pragma once

#include <string>

#include "core/element/describe.h"

namespace blox::tools {

std::string port_title(const ClassDescription::Port& port);      ///< "[out] query out"
std::string port_type(const ClassDescription::Port& port);       ///< "{key: int} ⇒ {...}"
std::string port_doc(const ClassDescription::Port& port);        ///< with "; the main one" and the like
std::string preset(const ClassDescription::Argument& argument);  ///< "= 3", "required" or nothing
std::string handler_doc(const ClassDescription::Handler& handler);

/// The page of `describe` as Markdown.
std::string markdown(const ClassDescription& about);

}  // namespace blox::tools
