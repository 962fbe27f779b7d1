// Parts of statements on one line. Part of the printer.
#pragma once

#include <string>

#include "dsl/tree.h"

namespace blox::dsl {

/// How the items between two brackets are written.
struct ListStyle {
  std::string_view open;
  std::string_view close;
  std::string_view separator;  ///< between key and value
  bool spaced = false;         ///< blanks inside the brackets
};
inline constexpr ListStyle kListStyle{"[", "]", "", false};
inline constexpr ListStyle kBracesStyle{"{", "}", ": ", false};
inline constexpr ListStyle kArgumentStyle{"(", ")", " = ", false};
inline constexpr ListStyle kSettingsStyle{"{", "}", " = ", true};

void print_flat(const Value& value, std::string& out);
void print_flat(const Port& port, std::string& out);
void print_flat(const Node& node, std::string& out);
void print_flat(const Link& link, std::string& out);
void print_flat(const Call& call, std::string& out);
void print_flat(const Parameter& parameter, std::string& out);
void print_flat(const std::vector<Item>& items, const ListStyle& style, std::string& out);
/// `key: ` or `key = `, where the item has a key.
void print_key(const Item& item, const ListStyle& style, std::string& out);
void print_text(const Value& value, std::string& out);
std::string print_element_name(std::string_view name);

bool has_comments(const std::vector<Item>& items);
bool has_comments(const Value& value);
bool has_comments(const Node& node);

}  // namespace blox::dsl
