#include "dsl/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dsl/code_point.h"
#include "dsl/printer.h"

namespace blox::dsl {
namespace {

// Read by YAML itself as nothing.
bool is_null_word(std::string_view word) { return word == "null" || word == "Null" || word == "NULL" || word == "~"; }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode(text, i);
    const std::string_view bytes = text.substr(i, point.length);
    i += point.length;
    if (point.value == '"' || point.value == '\\') {
      out += '\\';
      out += bytes;
    } else if (point.value == '\n') {
      out += "\\n";
    } else if (point.value == '\t') {
      out += "\\t";
    } else if (point.value < 0x20 || (point.value >= 0x7F && point.value <= 0xA0)) {
      out += fmt::format("\\x{:02x}", static_cast<uint32_t>(point.value));
    } else if (point.value == 0x2028 || point.value == 0x2029 || point.value == 0xFEFF) {
      out += fmt::format("\\u{:04x}", static_cast<uint32_t>(point.value));
    } else {
      out += bytes;
    }
  }
  return out + '"';
}

std::string key(std::string_view name) {
  return is_plain_name(name) && !is_null_word(name) ? std::string(name) : quoted(name);
}

// YAML reads no key of more than 1,024 characters.
bool is_long_key(std::string_view name) {
  constexpr size_t kLongest = 1'000;
  return key(name).size() > kLongest;
}

bool has_long_key(const std::vector<Item>& items) {
  return std::any_of(items.begin(), items.end(),
                     [](const Item& item) { return item.key && is_long_key(item.key->text); });
}

Status long_key() { return Status::user("yaml.key", "a name of more than 1,000 characters cannot be a key in YAML"); }

std::string value(const Value& value);

std::string entries(const std::vector<Item>& items) {
  std::string out = "{";
  for (const Item& item : items) {
    if (out.size() > 1) out += ", ";
    out += key(item.key->text) + ": " + value(item.value);
  }
  return out + "}";
}

// The words of the language, behind a tag.
std::string spelled(const Value& value) { return "!blox " + quoted(print(value)); }

std::string value(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kText:
      if (value.nullable) return spelled(value);
      if (value.quotes == Value::Quotes::kRaw && !value.references.empty()) {
        return "!raw " + quoted(write_yaml_text(value.as_text(), true));
      }
      return quoted(write_yaml_text(value.as_text(), false));
    case Value::Kind::kList: {
      if (value.nullable) return spelled(value);
      std::string out = "[";
      for (const Item& item : value.items) {
        if (out.size() > 1) out += ", ";
        out += dsl::value(item.value);
      }
      return out + "]";
    }
    case Value::Kind::kBraces:
      return value.nullable || has_long_key(value.items) ? spelled(value) : entries(value.items);
    default: break;
  }
  // Plain where YAML's reader gets the same word and no sign of its own (yaml-cpp ends a word at `?` inside of braces).
  const std::string flat = print(value);
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '(' ||
           c == ')' || c == '.' || c == '%' || c == '$' || c == '-' || c == '+' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
  };
  const bool null = value.kind == Value::Kind::kNull && !value.nullable;
  const bool plain = std::all_of(flat.begin(), flat.end(), harmless) && (null || !is_null_word(flat));
  return plain ? flat : spelled(value);
}

class Writer {
 public:
  Status body(const Body& body, size_t indent) {
    const auto list = [&](std::string_view name, auto&& text) {
      std::string items;
      for (const Statement& statement : body.statements) {
        const std::string item = text(statement);
        if (!item.empty()) items += (items.empty() ? "" : ", ") + item;
      }
      if (!items.empty()) line(indent, std::string(name) + ": [" + items + "]");
    };
    list("require", [](const Statement& s) {
      const auto* require = std::get_if<Require>(&s.what);
      return require == nullptr ? "" : key(require->name.text);
    });
    list("plugins", [](const Statement& s) {
      const auto* plugin = std::get_if<Plugin>(&s.what);
      return plugin == nullptr ? "" : quoted(plugin->path.text);
    });
    list("include", [](const Statement& s) {
      const auto* include = std::get_if<Include>(&s.what);
      return include == nullptr ? "" : quoted(include->path.text);
    });
    BLOX_TRY(section<Parameter>(body, "params", indent, [&](const Parameter& p) { return parameter(p, indent + 2); }));
    BLOX_TRY(section<Assignment>(body, "set", indent, [&](const Assignment& a) { return assignment(a, indent + 2); }));
    BLOX_TRY(section<Class>(body, "classes", indent,
                            [&](const Class& declared) { return declared_class(declared, indent + 2); }));
    BLOX_TRY(section<Declare>(body, "elements", indent,
                              [&](const Declare& declare) { return elements(declare, indent + 2); }));
    connections(body, indent);
    return Status::ok();
  }

  std::string take() { return std::move(out_); }

 private:
  void line(size_t indent, const std::string& text) {
    out_.append(indent, ' ');
    out_ += text;
    out_ += '\n';
  }

  Status fresh(const std::string& name) {
    if (is_long_key(name)) return long_key();
    if (names_.insert(name).second) return Status::ok();
    return Status::user("yaml.twice", "`" + name + "` is declared twice, and YAML has one key of a name");
  }

  template <typename Kind, typename Write>
  Status section(const Body& body, const std::string& name, size_t indent, Write write) {
    bool begun = false;
    std::set<std::string> outer = std::exchange(names_, {});
    for (const Statement& statement : body.statements) {
      const Kind* found = std::get_if<Kind>(&statement.what);
      if (found == nullptr) continue;
      if (!begun) line(indent, name + ":");
      begun = true;
      BLOX_TRY(write(*found));
    }
    names_ = std::move(outer);
    return Status::ok();
  }

  Status assignment(const Assignment& assignment, size_t indent) {
    BLOX_TRY(fresh(assignment.name.text));
    line(indent, key(assignment.name.text) + ": " + value(assignment.value));
    return Status::ok();
  }

  Status parameter(const Parameter& parameter, size_t indent) {
    BLOX_TRY(fresh(parameter.name.text));
    std::string text = key(parameter.name.text) + ":";
    const bool ambiguous = parameter.value && (parameter.value->kind == Value::Kind::kBraces ||
                                               parameter.value->kind == Value::Kind::kNull);
    if (parameter.type) {
      text += " {type: " + value(*parameter.type);
      if (parameter.value) text += ", default: " + value(*parameter.value);
      text += "}";
    } else if (ambiguous) {
      text += " {default: " + value(*parameter.value) + "}";
    } else if (parameter.value) {
      text += " " + value(*parameter.value);
    }
    line(indent, text);
    return Status::ok();
  }

  Status declared_class(const Class& declared, size_t indent) {
    BLOX_TRY(fresh(declared.name.text));
    const bool empty = declared.formals.empty() && declared.body.statements.empty();
    line(indent, key(declared.name.text) + (empty ? ": {}" : ":"));
    if (!declared.formals.empty()) {
      line(indent + 2, "params:");
      std::set<std::string> outer = std::exchange(names_, {});
      for (const Parameter& formal : declared.formals) BLOX_TRY(parameter(formal, indent + 4));
      names_ = std::move(outer);
    }
    return body(declared.body, indent + 2);
  }

  Status elements(const Declare& declare, size_t indent) {
    for (const Name& name : declare.names) {
      BLOX_TRY(fresh(name.text));
      std::string text = key(name.text) + ": {class: " + declare.call.class_name.text;
      if (!declare.call.args.empty()) {
        BLOX_ASSIGN(const std::string args, arguments(declare.call.args));
        text += ", args: " + args;
      }
      if (has_long_key(declare.settings.items) || has_long_key(declare.call.args)) return long_key();
      if (!declare.settings.items.empty()) text += ", settings: " + entries(declare.settings.items);
      line(indent, text + "}");
    }
    return Status::ok();
  }

  static Result<std::string> arguments(const std::vector<Item>& args) {
    const auto keyed = [](const Item& item) { return item.key.has_value(); };
    const bool by_position = std::none_of(args.begin(), args.end(), keyed);
    std::string out;
    size_t position = 0;
    for (const Item& item : args) {
      if (!out.empty()) out += ", ";
      if (item.key && item.key->text.find_first_not_of("0123456789") == std::string::npos) {
        return Status::user("yaml.position",
                            "the argument `" + item.key->text + "` would be read as a position in YAML");
      }
      ++position;
      if (!by_position) out += (item.key ? key(item.key->text) : std::to_string(position)) + ": ";
      if (item.key) --position;
      out += value(item.value);
    }
    return by_position ? "[" + out + "]" : "{" + out + "}";
  }

  void connections(const Body& body, size_t indent) {
    std::vector<std::string> chains;
    bool block = true;
    for (const Statement& statement : body.statements) {
      const auto* chain = std::get_if<Chain>(&statement.what);
      if (chain == nullptr) continue;
      chains.push_back(print(*chain) + ";");
      // A block cannot hold what YAML takes for the end of a line, or refuses.
      block = block && std::none_of(chains.back().begin(), chains.back().end(),
                                    [](char c) { return (c >= 0 && c < 0x20 && c != '\n') || c == 0x7F; });
    }
    if (chains.empty()) return;
    line(indent, block ? "connections: |" : "connections:");
    for (const std::string& chain : chains) {
      if (!block) {
        line(indent + 2, "- " + quoted(chain));
        continue;
      }
      for (size_t begin = 0; begin <= chain.size();) {
        const size_t end = std::min(chain.find('\n', begin), chain.size());
        const std::string text = chain.substr(begin, end - begin);
        line(text.empty() ? 0 : indent + 2, text);
        begin = end + 1;
      }
    }
  }

  std::string out_;
  std::set<std::string> names_;  // keys of the section being written
};

}  // namespace

Result<std::string> write_yaml(const Body& body) {
  Writer writer;
  BLOX_TRY(writer.body(body, 0));
  return writer.take();
}

Body in_yaml_order(const Body& body) {
  Body out;
  const auto take = [&](auto* kind, auto&& each) {
    using Kind = std::remove_pointer_t<decltype(kind)>;
    for (const Statement& statement : body.statements) {
      if (const Kind* found = std::get_if<Kind>(&statement.what)) each(statement, *found);
    }
  };
  const auto as_it_is = [&](const Statement& statement, const auto&) { out.statements.push_back(statement); };
  take(static_cast<Require*>(nullptr), as_it_is);
  take(static_cast<Plugin*>(nullptr), as_it_is);
  take(static_cast<Include*>(nullptr), as_it_is);
  take(static_cast<Parameter*>(nullptr), as_it_is);
  take(static_cast<Assignment*>(nullptr), as_it_is);
  take(static_cast<Class*>(nullptr), [&](const Statement& statement, const Class& declared) {
    out.statements.push_back(statement);
    std::get<Class>(out.statements.back().what).body = in_yaml_order(declared.body);
  });
  take(static_cast<Declare*>(nullptr), [&](const Statement& statement, const Declare& declare) {
    for (const Name& name : declare.names) {
      out.statements.push_back(statement);
      std::get<Declare>(out.statements.back().what).names = {name};
    }
  });
  take(static_cast<Chain*>(nullptr), as_it_is);
  return out;
}

}  // namespace blox::dsl
