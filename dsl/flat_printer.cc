#include "dsl/flat_printer.h"

#include <algorithm>

#include "dsl/code_point.h"
#include "dsl/printer.h"

namespace blox::dsl {
namespace {

std::string backquoted(std::string_view name) { return "`" + std::string(name) + "`"; }

bool fits_backquotes(std::string_view name) {
  return !name.empty() && name.find_first_of("`\n") == std::string_view::npos;
}

}  // namespace

std::string print_name(std::string_view name) { return is_plain_name(name) ? std::string(name) : backquoted(name); }

// A capital letter first would make it a class.
std::string print_element_name(std::string_view name) {
  return is_plain_name(name) && !is_class_name(name) ? std::string(name) : backquoted(name);
}

void print_text(const Value& value, std::string& out) {
  const bool raw = value.quotes == Value::Quotes::kRaw && value.text.find_first_of("'\n") == std::string::npos;
  if (raw) {
    out += "'" + value.text + "'";
  } else if (value.quotes == Value::Quotes::kTriple) {
    out += "\"\"\"\n" + escape_text(value.as_text(), true) + "\"\"\"";
  } else {
    out += "\"" + escape_text(value.as_text(), false) + "\"";
  }
}

void print_key(const Item& item, const ListStyle& style, std::string& out) {
  if (!item.key) return;
  const std::string& key = item.key->text;
  const bool in_quotes = item.key_in_quotes || !fits_backquotes(key);
  if (is_plain_name(key)) {
    out += key;
  } else if (in_quotes && style.separator == kBracesStyle.separator) {
    out += "\"" + escape_text({key, {}, {}}, false) + "\"";
  } else {
    out += backquoted(key);
  }
  out += style.separator;
}

void print_flat(const std::vector<Item>& items, const ListStyle& style, std::string& out) {
  out += style.open;
  if (style.spaced && !items.empty()) out += ' ';
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ", ";
    print_key(items[i], style, out);
    print_flat(items[i].value, out);
  }
  if (style.spaced && !items.empty()) out += ' ';
  out += style.close;
}

void print_flat(const Value& value, std::string& out) {
  switch (value.kind) {
    case Value::Kind::kBroken:
    case Value::Kind::kNull: out += "null"; break;
    case Value::Kind::kBool: out += value.integer != 0 ? "true" : "false"; break;
    case Value::Kind::kInt:
    case Value::Kind::kFloat:
    case Value::Kind::kDuration:
    case Value::Kind::kSize:
    case Value::Kind::kShare:
    case Value::Kind::kRange: out += value.text; break;
    case Value::Kind::kText: print_text(value, out); break;
    case Value::Kind::kName: {
      const bool word = value.text == "true" || value.text == "false" || value.text == "null";
      out += word ? backquoted(value.text) : print_name(value.text);
      break;
    }
    case Value::Kind::kParam: out += "$" + value.text; break;
    case Value::Kind::kList: print_flat(value.items, kListStyle, out); break;
    case Value::Kind::kBraces: print_flat(value.items, kBracesStyle, out); break;
    case Value::Kind::kCall:
      out += value.text;
      print_flat(value.items, kArgumentStyle, out);
      break;
  }
  if (value.nullable) out += '?';
}

void print_flat(const Port& port, std::string& out) {
  out += "[" + print_name(port.name.text);
  if (port.type) {
    out += ": ";
    print_flat(*port.type, out);
  }
  out += ']';
}

void print_flat(const Call& call, std::string& out) {
  out += call.class_name.text;
  if (!call.args.empty()) print_flat(call.args, kArgumentStyle, out);
}

void print_flat(const Node& node, std::string& out) {
  if (node.in) {
    print_flat(*node.in, out);
    out += ' ';
  }
  if (node.name) out += print_element_name(node.name->text);
  if (node.name && node.call) out += " :: ";
  if (node.call) print_flat(*node.call, out);
  if (!node.settings.items.empty()) {
    out += ' ';
    print_flat(node.settings.items, kSettingsStyle, out);
  }
  if (node.out) {
    out += ' ';
    print_flat(*node.out, out);
  }
}

void print_flat(const Link& link, std::string& out) {
  out += link.query ? "=> " : "-> ";
  if (link.settings.items.empty()) return;
  print_flat(link.settings.items, kSettingsStyle, out);
  out += ' ';
}

void print_flat(const Parameter& parameter, std::string& out) {
  out += print_name(parameter.name.text);
  if (parameter.type) {
    out += ": ";
    print_flat(*parameter.type, out);
  }
  if (parameter.value) {
    out += " = ";
    print_flat(*parameter.value, out);
  }
}

bool has_comments(const std::vector<Item>& items) {
  return std::any_of(items.begin(), items.end(),
                     [](const Item& item) { return !item.comments.empty() || has_comments(item.value); });
}

bool has_comments(const Value& value) { return has_comments(value.items); }

bool has_comments(const Node& node) {
  const auto in_port = [](const std::optional<Port>& port) { return port && port->type && has_comments(*port->type); };
  return !node.comments.empty() || has_comments(node.settings.items) || (node.call && has_comments(node.call->args)) ||
         in_port(node.in) || in_port(node.out);
}

}  // namespace blox::dsl
