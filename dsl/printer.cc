#include "dsl/printer.h"

#include <algorithm>

#include "dsl/flat_printer.h"

namespace blox::dsl {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kIndent = 4;
constexpr size_t kShortNode = 20;
constexpr size_t kLongestAligned = 24;  // longer names do not push the `::` of their neighbours away

template <typename T>
std::string flat(const T& part) {
  std::string out;
  print_flat(part, out);
  return out;
}

class Printer {
 public:
  std::string take() { return std::move(out_); }

  void body(const Body& body, size_t indent) {
    size_t aligned_to = 0;
    for (size_t i = 0; i < body.statements.size(); ++i) {
      const Statement& statement = body.statements[i];
      const bool first = i == 0;
      if (first || !continues_run(body.statements[i - 1], statement)) aligned_to = run_width(body.statements, i);
      comments_above(statement.comments.before, indent, first);
      if (statement.blank_before && !(first && statement.comments.before.empty())) out_ += '\n';
      margin(indent);
      std::visit([&](const auto& what) { print_statement(what, indent, aligned_to); }, statement.what);
      if (!std::holds_alternative<Class>(statement.what)) out_ += ';';
      comments_behind(statement.comments.after);
      out_ += '\n';
    }
    comments_above(body.comments, indent, body.statements.empty());
  }

  void chain(const Chain& chain, size_t indent) {
    const bool one = chain.nodes.size() == 1;
    std::string line;
    for (size_t i = 0; i < chain.nodes.size(); ++i) {
      if (i > 0) line += " " + flat(chain.links[i - 1]);
      print_flat(chain.nodes[i], line);
    }
    const auto commented = [](const Link& link) { return has_comments(link.settings.items); };
    const bool comments =
        std::any_of(chain.nodes.begin(), chain.nodes.end(), [](const Node& n) { return has_comments(n); }) ||
        std::any_of(chain.links.begin(), chain.links.end(), commented);
    if (!comments && fits(line)) {
      out_ += line;
      return;
    }
    // Beside a short first node the arrows stand below the first one, else indented.
    const std::string first = flat(chain.nodes[0]);
    const bool beside = !one && first.size() <= kShortNode && !has_comments(chain.nodes[0]) &&
                        first.find('\n') == std::string::npos && chain.nodes[1].comments.before.empty();
    const size_t inner = one ? indent : beside ? indent + first.size() + 1 : indent + kIndent;
    for (size_t i = 0; i < chain.nodes.size(); ++i) {
      const Node& next = chain.nodes[i];
      if (i == 1 && beside) {
        out_ += ' ';
      } else if (i > 0) {
        out_ += '\n';
        comments_above(next.comments.before, inner, true);
        margin(inner);
      }
      if (i > 0) {
        out_ += chain.links[i - 1].query ? "=> " : "-> ";
        settings(chain.links[i - 1].settings, inner);
        if (!chain.links[i - 1].settings.items.empty()) out_ += ' ';
      }
      node(next, i == 0 ? indent : inner);
      comments_behind(next.comments.after);
    }
  }

 private:
  void margin(size_t indent) { out_.append(indent, ' '); }
  size_t column() const {
    const size_t newline = out_.rfind('\n');
    return out_.size() - (newline == std::string::npos ? 0 : newline + 1);
  }
  // With room for the `;`, `,` or bracket behind it.
  bool fits(const std::string& text) const { return column() + std::min(text.find('\n'), text.size()) + 2 <= kWidth; }

  void comments_above(const std::vector<Comment>& comments, size_t indent, bool first) {
    for (const Comment& comment : comments) {
      if (comment.blank_before && !first) out_ += '\n';
      first = false;
      margin(indent);
      out_ += comment.text;
      out_ += '\n';
    }
  }
  void comments_behind(const std::vector<Comment>& comments) {
    for (const Comment& comment : comments) out_ += "  " + comment.text;
  }

  static std::string names_of(const Declare& declare) {
    std::string out;
    for (const Name& name : declare.names) {
      if (!out.empty()) out += ", ";
      out += print_element_name(name.text);
    }
    return out;
  }

  // Neighbours with nothing between them align.
  static bool continues_run(const Statement& above, const Statement& next) {
    return std::holds_alternative<Declare>(above.what) && std::holds_alternative<Declare>(next.what) &&
           !next.blank_before && next.comments.before.empty();
  }
  static size_t run_width(const std::vector<Statement>& statements, size_t begin) {
    size_t width = 0;
    for (size_t i = begin; i < statements.size(); ++i) {
      const Declare* declare = std::get_if<Declare>(&statements[i].what);
      if (declare == nullptr || (i > begin && !continues_run(statements[i - 1], statements[i]))) break;
      const size_t length = names_of(*declare).size();
      if (length <= kLongestAligned) width = std::max(width, length);
    }
    return width;
  }

  void print_statement(const Declare& declare, size_t indent, size_t aligned_to) {
    const std::string names = names_of(declare);
    out_ += names;
    if (names.size() < aligned_to) out_.append(aligned_to - names.size(), ' ');
    out_ += " :: ";
    call(declare.call, indent);
    if (declare.settings.items.empty()) return;
    out_ += ' ';
    settings(declare.settings, indent);
  }
  void print_statement(const Chain& statement, size_t indent, size_t) { chain(statement, indent); }
  void print_statement(const Class& declared, size_t indent, size_t) {
    out_ += "elementclass " + declared.name.text;
    if (!declared.formals.empty()) formals(declared.formals, indent);
    out_ += " {";
    if (!declared.body.statements.empty() || !declared.body.comments.empty()) {
      out_ += '\n';
      body(declared.body, indent + kIndent);
      margin(indent);
    }
    out_ += '}';
  }
  void print_statement(const Parameter& declared, size_t indent, size_t) {
    out_ += "param ";
    parameter(declared, indent);
  }
  void print_statement(const Assignment& assignment, size_t indent, size_t) {
    out_ += "set " + print_name(assignment.name.text) + " = ";
    value(assignment.value, indent);
  }
  void print_statement(const Include& include, size_t indent, size_t) {
    out_ += "include ";
    value(include.path, indent);
  }
  void print_statement(const Plugin& plugin, size_t indent, size_t) {
    out_ += "plugin ";
    value(plugin.path, indent);
  }
  void print_statement(const Require& require, size_t, size_t) { out_ += "require " + print_name(require.name.text); }

  void node(const Node& node, size_t indent) {
    if (node.in) {
      port(*node.in, indent);
      out_ += ' ';
    }
    if (node.name) out_ += print_element_name(node.name->text);
    if (node.name && node.call) out_ += " :: ";
    if (node.call) call(*node.call, indent);
    if (!node.settings.items.empty()) {
      out_ += ' ';
      settings(node.settings, indent);
    }
    if (node.out) {
      out_ += ' ';
      port(*node.out, indent);
    }
  }

  void port(const Port& port, size_t indent) {
    out_ += "[" + print_name(port.name.text);
    if (port.type) {
      out_ += ": ";
      value(*port.type, indent);
    }
    out_ += ']';
  }

  void call(const Call& call, size_t indent) {
    out_ += call.class_name.text;
    if (!call.args.empty()) items(call.args, kArgumentStyle, indent);
  }
  void settings(const Settings& settings, size_t indent) {
    if (!settings.items.empty()) items(settings.items, kSettingsStyle, indent);
  }

  void value(const Value& value, size_t indent) {
    const ListStyle* style = value.kind == Value::Kind::kList     ? &kListStyle
                             : value.kind == Value::Kind::kBraces ? &kBracesStyle
                             : value.kind == Value::Kind::kCall   ? &kArgumentStyle
                                                                  : nullptr;
    if (style == nullptr) {
      print_flat(value, out_);
      return;
    }
    if (value.kind == Value::Kind::kCall) out_ += value.text;
    items(value.items, *style, indent);
    if (value.nullable) out_ += '?';
  }

  void items(const std::vector<Item>& items, const ListStyle& style, size_t indent) {
    if (!has_comments(items)) {
      std::string line;
      print_flat(items, style, line);
      if (fits(line) || items.empty()) {
        out_ += line;
        return;
      }
    }
    lines(items, style.open, style.close, indent, [&](const Item& item) {
      print_key(item, style, out_);
      value(item.value, indent + kIndent);
    });
  }

  void formals(const std::vector<Parameter>& formals, size_t indent) {
    const bool comments = std::any_of(formals.begin(), formals.end(), [](const Parameter& formal) {
      return !formal.comments.empty() || (formal.type && has_comments(*formal.type)) ||
             (formal.value && has_comments(*formal.value));
    });
    std::string line = "(";
    for (const Parameter& formal : formals) {
      if (line.size() > 1) line += ", ";
      print_flat(formal, line);
    }
    line += ')';
    if (!comments && fits(line)) {
      out_ += line;
      return;
    }
    lines(formals, "(", ")", indent, [&](const Parameter& formal) { parameter(formal, indent + kIndent); });
  }

  void parameter(const Parameter& parameter, size_t indent) {
    out_ += print_name(parameter.name.text);
    if (parameter.type) {
      out_ += ": ";
      value(*parameter.type, indent);
    }
    if (parameter.value) {
      out_ += " = ";
      value(*parameter.value, indent);
    }
  }

  // One part a line between brackets.
  template <typename T, typename Print>
  void lines(const std::vector<T>& parts, std::string_view open, std::string_view close, size_t indent, Print print) {
    out_ += open;
    out_ += '\n';
    for (size_t i = 0; i < parts.size(); ++i) {
      comments_above(parts[i].comments.before, indent + kIndent, i == 0);
      margin(indent + kIndent);
      print(parts[i]);
      if (i + 1 < parts.size()) out_ += ',';
      comments_behind(parts[i].comments.after);
      out_ += '\n';
    }
    margin(indent);
    out_ += close;
  }

  std::string out_;
};

}  // namespace

std::string print(const Body& body) {
  Printer printer;
  printer.body(body, 0);
  return printer.take();
}

std::string print(const Value& value) { return flat(value); }

std::string print(const Call& call, const Settings& settings) {
  std::string out = flat(call);
  if (settings.items.empty()) return out;
  out += ' ';
  print_flat(settings.items, kSettingsStyle, out);
  return out;
}

std::string print(const Chain& chain) {
  Printer printer;
  printer.chain(chain, 0);
  return printer.take();
}

}  // namespace blox::dsl
