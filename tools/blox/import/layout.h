// Elements and connections of one body, written as a person would: declarations first, then chains as long as they go.
//
// Owns     what it was given
// Order    elements as given; chains by their first element
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace blox::tools {

struct NewElement {
  std::string name;
  std::string call;      ///< Class(argument = value)
  std::string settings;  ///< "queue = 1, at = \"node\""
  std::string comment;   ///< behind it, without `//`
  std::vector<std::string> remarks;  ///< above it, one a line
  bool helper = false;   ///< its name is ours: written in a chain where it stands in one only
};

struct NewConnection {
  std::string from, from_port;  ///< no port: the main one; `input` and `output` are the body's own
  std::string to, to_port;
  bool query = false;
  std::string settings;
};

/// The text of the body. It is laid out by the printer afterwards.
std::string lay_out_body(const std::vector<NewElement>& elements, const std::vector<NewConnection>& connections);

}  // namespace blox::tools
