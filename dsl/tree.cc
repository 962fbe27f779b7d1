#include "dsl/tree.h"

#include <algorithm>

namespace blox::dsl {
namespace {

// A class, so that each overload sees all the others whatever their order.
struct Comparison {
  template <typename T>
  static bool equal_all(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](const T& x, const T& y) { return equal(x, y); });
  }

  template <typename T>
  static bool equal_optional(const std::optional<T>& a, const std::optional<T>& b) {
    return a.has_value() == b.has_value() && (!a.has_value() || equal(*a, *b));
  }

  static bool equal(const Name& a, const Name& b) { return a.text == b.text; }
  static bool equal(const Reference& a, const Reference& b) { return a.begin == b.begin && a.length == b.length; }
  static bool equal(const Item& a, const Item& b) { return equal_optional(a.key, b.key) && equal(a.value, b.value); }
  static bool equal(const Settings& a, const Settings& b) { return equal_all(a.items, b.items); }
  static bool equal(const Call& a, const Call& b) {
    return equal(a.class_name, b.class_name) && equal_all(a.args, b.args);
  }
  static bool equal(const Port& a, const Port& b) { return equal(a.name, b.name) && equal_optional(a.type, b.type); }
  static bool equal(const Node& a, const Node& b) {
    return equal_optional(a.in, b.in) && equal_optional(a.name, b.name) && equal_optional(a.call, b.call) &&
           equal(a.settings, b.settings) && equal_optional(a.out, b.out);
  }
  static bool equal(const Link& a, const Link& b) { return a.query == b.query && equal(a.settings, b.settings); }
  static bool equal(const Chain& a, const Chain& b) {
    return equal_all(a.nodes, b.nodes) && equal_all(a.links, b.links);
  }
  static bool equal(const Declare& a, const Declare& b) {
    return equal_all(a.names, b.names) && equal(a.call, b.call) && equal(a.settings, b.settings);
  }
  static bool equal(const Parameter& a, const Parameter& b) {
    return equal(a.name, b.name) && equal_optional(a.type, b.type) && equal_optional(a.value, b.value);
  }
  static bool equal(const Class& a, const Class& b) {
    return equal(a.name, b.name) && equal_all(a.formals, b.formals) && equal(a.body, b.body);
  }
  static bool equal(const Assignment& a, const Assignment& b) {
    return equal(a.name, b.name) && equal(a.value, b.value);
  }
  static bool equal(const Include& a, const Include& b) { return equal(a.path, b.path); }
  static bool equal(const Plugin& a, const Plugin& b) { return equal(a.path, b.path); }
  static bool equal(const Require& a, const Require& b) { return equal(a.name, b.name); }
  static bool equal(const Statement& a, const Statement& b) {
    return a.what.index() == b.what.index() &&
           std::visit([&](const auto& x) { return equal(x, std::get<std::decay_t<decltype(x)>>(b.what)); }, a.what);
  }

  static bool raw_matters(const Value& value) {
    return value.quotes == Value::Quotes::kRaw && !value.references.empty();
  }

  static bool equal(const Value& a, const Value& b) {
    if (a.kind != b.kind || a.nullable != b.nullable || a.text != b.text) return false;
    if (a.kind == Value::Kind::kBool && a.integer != b.integer) return false;
    return raw_matters(a) == raw_matters(b) && equal_all(a.references, b.references) && equal_all(a.items, b.items);
  }
  static bool equal(const Body& a, const Body& b) { return equal_all(a.statements, b.statements); }
};

}  // namespace

bool equal(const Value& a, const Value& b) { return Comparison::equal(a, b); }
bool equal(const Body& a, const Body& b) { return Comparison::equal(a, b); }

}  // namespace blox::dsl
