// Writes a tree as YAML: the other half of `blox convert`.
//
// Nothing is lost but comments and layout: `read_yaml(write_yaml(t))` equals `in_yaml_order(t)`. What would change when
// read as a plain scalar is quoted; what YAML cannot say in words of its own stands as `!blox "…"`.
//
// Errors   a name declared twice in one scope, or an argument named like a position: YAML has one key of a name;
//          a name of more than 1,000 characters, which YAML does not read
// Order    by kind: require, plugins, include, params, set, classes, elements, connections
#pragma once

#include <string>

#include "core/base/status.h"
#include "dsl/tree.h"

namespace blox::dsl {

/// Precondition: read without errors.
Result<std::string> write_yaml(const Body& body);

/// The same statements in the order of YAML's sections; declarations of several names become one each.
Body in_yaml_order(const Body& body);

}  // namespace blox::dsl
