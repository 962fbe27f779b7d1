// Finds parts of values of type any without decoding them.
//
// Threads  any
// Cost     passes over what lies before the part; json_contains decodes both values
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace blox::expr {

/// The member of an object; nothing where there is none, or no object.
std::optional<std::string_view> json_member(std::string_view any, std::string_view name);
/// The item of an array, from 0, from the end where negative; nothing where there is none, or an object. A plain value
/// counts as an array of itself, as in PostgreSQL.
std::optional<std::string_view> json_item(std::string_view any, int64_t index);
/// What `{a,0,b}` leads to.
std::optional<std::string_view> json_path(std::string_view any, std::string_view path);
/// Whether an object has the member, an array the string, or a string is it.
bool json_has(std::string_view any, std::string_view name);
/// Whether the first holds all that the second holds, as jsonb's @> says.
bool json_contains(std::string_view any, std::string_view part);

}  // namespace blox::expr
