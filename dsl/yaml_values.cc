#include "dsl/yaml_values.h"

#include <algorithm>

#include "dsl/code_point.h"
#include "dsl/parser.h"
#include "dsl/value_parser.h"

namespace blox::dsl {
namespace {

bool is_scalar(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kPlain || node.kind == YamlNode::Kind::kQuoted;
}

bool is_position(std::string_view key) {
  return !key.empty() && key.find_first_not_of("0123456789") == std::string_view::npos;
}

// A number with a wrong unit, out of range, or a range that runs backwards: nobody means that as text.
bool is_bad_number(const Diagnostics& found) {
  return std::all_of(found.all().begin(), found.all().end(), [](const Diagnostic& diagnostic) {
    return diagnostic.code == "E0107" || diagnostic.code == "E0108" || diagnostic.code == "E0120";
  });
}

}  // namespace

void check_name(const YamlNode& key, Diagnostics& diagnostics) {
  if (key.text.empty() || key.text.find_first_of("`\n") != std::string::npos) {
    diagnostics.error("E0109", key.span, "this cannot be a name");
  }
}

Value YamlValues::value(const YamlNode& node) {
  Value out;
  out.span = node.span;
  if (is_scalar(node)) return node.kind == YamlNode::Kind::kPlain ? plain(node) : quoted(node);
  if (node.kind == YamlNode::Kind::kNull) return out;
  if (node.kind == YamlNode::Kind::kRefused) {
    out.kind = Value::Kind::kBroken;
    return out;
  }
  if (depth_ >= kMaxNesting) {
    diagnostics_.error("E0117", node.span, "this is nested more than " + std::to_string(kMaxNesting) + " levels deep");
    out.kind = Value::Kind::kBroken;
    return out;
  }
  ++depth_;
  if (node.kind == YamlNode::Kind::kMap) {
    out.kind = Value::Kind::kBraces;
    out.items = keyed(node, false);
  } else {
    out.kind = Value::Kind::kList;
    for (const YamlNode& item : node.items) {
      Item& next = out.items.emplace_back();
      next.value = value(item);
    }
  }
  --depth_;
  return out;
}

Value YamlValues::plain(const YamlNode& node) {
  Diagnostics found;
  Value out = parse_value(node.excerpt(), found);
  if (!found.has_errors()) return out;
  if (is_bad_number(found)) {
    for (Diagnostic diagnostic : found.all()) {
      if (diagnostic.fix.empty()) diagnostic.fix = "put it in quotes, if it is text";
      diagnostics_.add(std::move(diagnostic));
    }
    out.kind = Value::Kind::kBroken;
    return out;
  }
  return quoted(node);
}

Value YamlValues::quoted(const YamlNode& node) {
  if (node.tag == YamlNode::Tag::kBlox) return parse_value(node.excerpt(), diagnostics_);
  const bool raw = node.tag == YamlNode::Tag::kRaw;
  Text text = read_yaml_text(node.text, raw, node.anchors, node.span, diagnostics_);
  Value out;
  out.kind = Value::Kind::kText;
  out.quotes = raw ? Value::Quotes::kRaw : node.block ? Value::Quotes::kTriple : Value::Quotes::kDouble;
  out.span = node.span;
  out.text = std::move(text.text);
  out.references = std::move(text.references);
  out.anchors = std::move(text.anchors);
  return out;
}

std::vector<Item> YamlValues::keyed(const YamlNode& map, bool keys_are_names) {
  std::vector<Item> out;
  if (map.kind == YamlNode::Kind::kNull || map.kind == YamlNode::Kind::kRefused) return out;
  if (map.kind != YamlNode::Kind::kMap) {
    diagnostics_.error("E0132", map.span, "expected a map here");
    return out;
  }
  for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
    const YamlNode& key = map.items[i];
    if (!is_scalar(key)) {
      diagnostics_.error("E0132", key.span, "expected a name here");
      continue;
    }
    if (keys_are_names) check_name(key, diagnostics_);
    Item& next = out.emplace_back();
    next.key = Name{key.text, key.span};
    next.key_in_quotes = !is_plain_name(key.text);
    next.value = value(map.items[i + 1]);
  }
  refuse_repeats(out, diagnostics_);
  return out;
}

std::vector<Item> YamlValues::arguments(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kMap) {
    std::vector<Item> out = keyed(node, true);
    size_t position = 0;
    for (Item& item : out) {
      if (!is_position(item.key->text)) continue;
      if (item.key->text != std::to_string(++position)) {
        diagnostics_.error("E0133", item.key->span, "arguments by position count from 1, in order");
      }
      item.key.reset();
    }
    return out;
  }
  std::vector<Item> out;
  if (node.kind == YamlNode::Kind::kNull || node.kind == YamlNode::Kind::kRefused) return out;
  if (node.kind != YamlNode::Kind::kList) {
    diagnostics_.error("E0132", node.span, "expected a map of arguments here, or a list");
    return out;
  }
  for (const YamlNode& item : node.items) {
    Item& next = out.emplace_back();
    next.value = value(item);
  }
  return out;
}

}  // namespace blox::dsl
