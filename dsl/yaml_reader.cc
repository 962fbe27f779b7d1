#include "dsl/yaml_reader.h"

#include <functional>
#include <unordered_map>

#include "dsl/code_point.h"
#include "dsl/parser.h"
#include "dsl/value_parser.h"
#include "dsl/yaml_document.h"
#include "dsl/yaml_values.h"

namespace blox::dsl {
namespace {

constexpr std::string_view kBlockForm =
    "write the connections as one block: `connections: |`, and below it, indented, `a -> b;`";

class Reader {
 public:
  Reader(std::string_view text, Diagnostics& diagnostics)
      : text_(text), diagnostics_(diagnostics), values_(diagnostics) {}

  Body file(const YamlNode& root) {
    Body out;
    if (root.kind == YamlNode::Kind::kNull) return out;
    sections(root, out, true);
    return out;
  }

 private:
  using Read = std::function<void(const YamlNode& key, const YamlNode& value)>;

  void error(std::string_view code, Span span, std::string message, std::string fix = {}) {
    diagnostics_.add({Severity::kError, std::string(code), span, std::move(message), {}, std::move(fix)});
  }
  void wrong_kind(const YamlNode& node, std::string_view wanted) {
    if (node.kind != YamlNode::Kind::kRefused) error("E0132", node.span, "expected " + std::string(wanted) + " here");
  }

  // Calls `read` for each key that is a scalar; reports the same key twice.
  void each(const YamlNode& map, std::string_view wanted, const Read& read) {
    if (map.kind == YamlNode::Kind::kNull) return;
    if (map.kind != YamlNode::Kind::kMap) return wrong_kind(map, wanted);
    std::unordered_map<std::string_view, Span> seen;
    for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
      const YamlNode& key = map.items[i];
      if (key.kind != YamlNode::Kind::kPlain && key.kind != YamlNode::Kind::kQuoted) {
        wrong_kind(key, "a name");
        continue;
      }
      const auto [place, fresh] = seen.emplace(key.text, key.span);
      if (!fresh) {
        diagnostics_.add(
            Diagnostic{Severity::kError, "E0115", key.span, "`" + key.text + "` is given twice", {}, {}}.note(
                "first given here", place->second));
        continue;
      }
      read(key, map.items[i + 1]);
    }
  }
  void each_item(const YamlNode& list, const std::function<void(const YamlNode&)>& read) {
    if (list.kind == YamlNode::Kind::kNull) return;
    if (list.kind != YamlNode::Kind::kList) return read(list);  // one stands for a list of one
    for (const YamlNode& item : list.items) read(item);
  }

  void unknown_key(const YamlNode& key, const std::vector<std::string>& known) {
    const std::optional<std::string> near = nearest(key.text, known);
    std::string all;
    for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
    error("E0133", key.span, "unknown key `" + key.text + "`" + (near ? "; did you mean `" + *near + "`?" : ""),
          near ? "" : "there are " + all);
  }

  Statement& add(Body& body, Span span) {
    Statement& out = body.statements.emplace_back();
    out.span = span;
    out.blank_before = begins_section_ && body.statements.size() > 1;
    begins_section_ = false;
    return out;
  }

  Name name_of(const YamlNode& key) {
    check_name(key, diagnostics_);
    return {key.text, key.span};
  }

  // Sections come out in one order, whatever theirs in the file.
  void sections(const YamlNode& root, Body& body, bool main) {
    const std::vector<std::string> known =
        main ? std::vector<std::string>{"require", "plugins", "include",  "params",
                                        "set",     "classes", "elements", "connections"}
             : std::vector<std::string>{"params", "classes", "elements", "connections"};
    std::unordered_map<std::string_view, const YamlNode*> found;
    each(root, "a map with the sections of a topology: elements, connections, …",
         [&](const YamlNode& key, const YamlNode& value) {
           bool is_known = false;
           for (const std::string& name : known) is_known = is_known || name == key.text;
           if (!is_known) {
             body.names_lost = true;
             return unknown_key(key, known);
           }

           found.emplace(key.text, &value);
         });
    const size_t errors = diagnostics_.errors();
    for (const std::string& name : known) {
      const auto section = found.find(name);
      if (section == found.end()) continue;
      begins_section_ = true;
      const YamlNode& node = *section->second;
      const bool declares = name == "params" || name == "classes" || name == "elements";
      if (declares && node.kind != YamlNode::Kind::kMap && node.kind != YamlNode::Kind::kNull) body.names_lost = true;

      if (name == "require") each_item(node, [&](const YamlNode& item) { require(item, body); });
      if (name == "plugins") each_item(node, [&](const YamlNode& item) { path<Plugin>(item, body); });
      if (name == "include") each_item(node, [&](const YamlNode& item) { path<Include>(item, body); });
      if (name == "params" && main) parameters(node, [&](Parameter p) { add(body, p.name.span).what = std::move(p); });
      if (name == "set") assignments(node, body);
      if (name == "classes") classes(node, body);
      if (name == "elements") elements(node, body);
      if (name == "connections") connections(node, body);
    }
    body.incomplete = body.incomplete || diagnostics_.errors() > errors;
  }

  void require(const YamlNode& item, Body& body) {
    if (item.kind != YamlNode::Kind::kPlain && item.kind != YamlNode::Kind::kQuoted) {
      return wrong_kind(item, "a guarantee, such as exactly_once");
    }
    add(body, item.span).what = Require{name_of(item)};
  }

  template <typename Kind>
  void path(const YamlNode& item, Body& body) {
    if (item.kind != YamlNode::Kind::kPlain && item.kind != YamlNode::Kind::kQuoted) return wrong_kind(item, "a path");
    Kind out;
    out.path.kind = Value::Kind::kText;
    out.path.quotes = Value::Quotes::kDouble;
    out.path.text = item.text;
    out.path.span = item.span;
    add(body, item.span).what = std::move(out);
  }

  // `name:` is required, `name: {type: …, default: …}` says both, anything else is the default.
  void parameters(const YamlNode& map, const std::function<void(Parameter)>& take) {
    each(map, "a map from names to defaults", [&](const YamlNode& key, const YamlNode& value) {
      Parameter out;
      out.name = name_of(key);
      bool typed = value.kind == YamlNode::Kind::kMap && !value.items.empty();
      for (size_t i = 0; typed && i < value.items.size(); i += 2) {
        typed = value.items[i].text == "type" || value.items[i].text == "default";
      }
      if (typed) {
        each(value, "", [&](const YamlNode& part, const YamlNode& content) {
          (part.text == "type" ? out.type : out.value) = values_.value(content);
        });
      } else if (value.kind != YamlNode::Kind::kNull) {
        out.value = values_.value(value);
      }
      take(std::move(out));
    });
  }

  void assignments(const YamlNode& map, Body& body) {
    each(map, "a map from parameters to values", [&](const YamlNode& key, const YamlNode& value) {
      add(body, key.span).what = Assignment{name_of(key), values_.value(value)};
    });
  }

  void classes(const YamlNode& map, Body& body) {
    each(map, "a map from names to classes", [&](const YamlNode& key, const YamlNode& value) {
      Class out;
      out.name = {key.text, key.span};
      if (!is_class_name(key.text)) error("E0113", key.span, "element classes begin with a capital letter");
      if (++depth_ > kMaxNesting) {
        error("E0117", key.span, "this is nested more than " + std::to_string(kMaxNesting) + " levels deep");
      } else {
        if (value.kind == YamlNode::Kind::kMap) {
          for (size_t i = 0; i + 1 < value.items.size(); i += 2) {
            if (value.items[i].text == "params")
              parameters(value.items[i + 1], [&](Parameter p) { out.formals.push_back(std::move(p)); });
          }
        }
        const bool begins = std::exchange(begins_section_, false);
        sections(value, out.body, false);
        begins_section_ = begins;
      }
      --depth_;
      add(body, key.span).what = std::move(out);
    });
  }

  void elements(const YamlNode& map, Body& body) {
    each(map, "a map from names to elements", [&](const YamlNode& key, const YamlNode& value) {
      Declare out;
      out.names.push_back(name_of(key));
      const bool read = value.kind == YamlNode::Kind::kMap ? long_element(value, key, out) : short_element(value, out);
      if (!read) {
        body.lost.push_back(key.text);
        return;
      }
      add(body, key.span).what = std::move(out);
    });
  }

  bool short_element(const YamlNode& value, Declare& out) {
    if (value.kind != YamlNode::Kind::kPlain && value.kind != YamlNode::Kind::kQuoted) {
      wrong_kind(value, "a class, or {class: …, args: …, settings: …}");
      return false;
    }
    std::optional<Element> element = parse_element(value.excerpt(), diagnostics_);
    if (!element) return false;
    out.call = std::move(element->call);
    out.settings = std::move(element->settings);
    return true;
  }

  bool long_element(const YamlNode& map, const YamlNode& name, Declare& out) {
    bool has_class = false;
    each(map, "", [&](const YamlNode& key, const YamlNode& value) {
      if (key.text == "class") {
        has_class = true;
        out.call.class_name = {value.text, value.span};
        out.call.span = value.span;
        const bool scalar = value.kind == YamlNode::Kind::kPlain || value.kind == YamlNode::Kind::kQuoted;
        if (!scalar || !is_class_name(value.text)) {
          error("E0113", value.span, "expected the name of an element class, with a capital letter first");
        }
      } else if (key.text == "args") {
        out.call.args = values_.arguments(value);
      } else if (key.text == "settings") {
        out.settings.items = values_.keyed(value, true);
        out.settings.span = value.span;
      } else {
        unknown_key(key, {"class", "args", "settings"});
      }
    });
    if (!has_class) error("E0132", name.span, "`" + name.text + "` has no class", "add `class: …`");
    return has_class;
  }

  void connections(const YamlNode& node, Body& body) {
    if (node.kind == YamlNode::Kind::kNull || node.kind == YamlNode::Kind::kRefused) return;
    if (node.kind == YamlNode::Kind::kPlain || node.kind == YamlNode::Kind::kQuoted) return chains(node, body);
    if (node.kind != YamlNode::Kind::kList)
      return error("E0134", node.span, "YAML has read these connections as a map", std::string(kBlockForm));
    for (const YamlNode& item : node.items) {
      if (item.kind == YamlNode::Kind::kMap && is_connection(item)) {
        connection(item, body);
      } else if (item.kind == YamlNode::Kind::kPlain && cut_by_comment(item)) {
        error("E0134", item.span, "YAML takes what follows this for a comment", std::string(kBlockForm));
      } else if (item.kind == YamlNode::Kind::kPlain || item.kind == YamlNode::Kind::kQuoted) {
        chains(item, body);
      } else if (item.kind != YamlNode::Kind::kRefused) {
        error("E0134", item.span,
              std::string("YAML has read this connection as ") + (item.kind == YamlNode::Kind::kMap    ? "a map"
                                                                  : item.kind == YamlNode::Kind::kList ? "a list"
                                                                                                       : "nothing"),
              std::string(kBlockForm));
      }
    }
  }

  static bool is_connection(const YamlNode& map) {
    for (size_t i = 0; i < map.items.size(); i += 2) {
      const std::string& key = map.items[i].text;
      if (key == "from" || key == "to") return true;
    }
    return false;
  }

  bool cut_by_comment(const YamlNode& item) const {
    const size_t next = text_.find_first_not_of(" \t", item.span.end());
    return next != std::string_view::npos && text_[next] == '#';
  }

  void chains(const YamlNode& node, Body& body) {
    Body read = parse(node.excerpt(), diagnostics_);
    body.incomplete = body.incomplete || read.incomplete;
    body.lost.insert(body.lost.end(), read.lost.begin(), read.lost.end());
    for (Statement& statement : read.statements) {
      if (!std::holds_alternative<Chain>(statement.what) && !std::holds_alternative<Declare>(statement.what)) {
        error("E0132", statement.span, "only chains and declarations stand here",
              "the other sections have a key of their own");
        continue;
      }
      Statement& out = add(body, statement.span);
      const bool blank = out.blank_before || (statement.blank_before && body.statements.size() > 1);
      out = std::move(statement);
      out.blank_before = blank;
    }
  }

  // {from: reader.errors, to: print.in, kind: push, settings: {…}}
  void connection(const YamlNode& map, Body& body) {
    Chain chain;
    chain.nodes.resize(2);
    Link& link = chain.links.emplace_back();
    link.arrow = map.span;
    bool from = false;
    bool to = false;
    bool ok = true;
    each(map, "", [&](const YamlNode& key, const YamlNode& value) {
      if (key.text == "from") {
        from = true;
        ok = end(value, chain.nodes[0], chain.nodes[0].out) && ok;
      } else if (key.text == "to") {
        to = true;
        ok = end(value, chain.nodes[1], chain.nodes[1].in) && ok;
      } else if (key.text == "kind") {
        link.query = value.text == "query";
        if (value.text != "push" && value.text != "query") {
          error("E0136", value.span, "the kind of a connection is `push` or `query`");
        }
      } else if (key.text == "settings") {
        link.settings.items = values_.keyed(value, true);
        link.settings.span = value.span;
      } else {
        unknown_key(key, {"from", "to", "kind", "settings"});
      }
    });
    if (!from || !to)
      return error("E0136", map.span, std::string("this connection has no `") + (from ? "to" : "from") + "`");
    if (ok) add(body, map.span).what = std::move(chain);
  }

  // `name` or `name.port`, each perhaps in backquotes.
  bool end(const YamlNode& scalar, Node& node, std::optional<Port>& port) {
    std::string_view rest = scalar.text;
    const auto part = [&]() -> std::optional<std::string> {
      const bool quoted = rest.starts_with('`');
      const size_t stop = quoted ? rest.find('`', 1) : std::min(rest.find('.'), rest.size());
      if (stop == std::string_view::npos || stop == (quoted ? 1U : 0U)) return std::nullopt;
      std::string out(rest.substr(quoted ? 1 : 0, stop - (quoted ? 1 : 0)));
      if (out.find('\n') != std::string::npos) return std::nullopt;
      if (!quoted && (!is_plain_name(out) || is_class_name(out))) return std::nullopt;
      rest = rest.substr(stop + (quoted ? 1 : 0));
      return out;
    };
    const bool is_scalar = scalar.kind == YamlNode::Kind::kPlain || scalar.kind == YamlNode::Kind::kQuoted;
    std::optional<std::string> name = is_scalar ? part() : std::nullopt;
    bool ok = name.has_value();
    if (ok) node.name = Name{std::move(*name), scalar.span};
    if (ok && rest.starts_with('.')) {
      rest.remove_prefix(1);
      std::optional<std::string> named = part();
      ok = named.has_value();
      if (ok) port = Port{{std::move(*named), scalar.span}, std::nullopt, scalar.span};
    }
    if (!ok || !rest.empty()) {
      error("E0136", scalar.span, "expected an element, or `element.port`", "anonymous elements stand in chains only");
      return false;
    }
    node.span = scalar.span;
    return true;
  }

  std::string_view text_;
  Diagnostics& diagnostics_;
  YamlValues values_;
  uint32_t depth_ = 0;
  bool begins_section_ = false;
};

}  // namespace

Body read_yaml(std::string_view text, uint32_t file, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.errors();
  const std::optional<YamlNode> root = read_yaml_document(text, file, diagnostics);
  Body out;
  if (root) out = Reader(text, diagnostics).file(*root);
  out.incomplete = out.incomplete || diagnostics.errors() > errors;
  return out;
}

}  // namespace blox::dsl
