#include "tools/blox/lsp/names.h"

#include <algorithm>

#include "core/element/describe.h"

namespace blox::tools::lsp {
namespace {

size_t find(const std::unordered_map<std::string, size_t>& names, const std::string& name) {
  const auto place = names.find(name);
  return place == names.end() ? kNone : place->second;
}

}  // namespace

// First all declarations, since order in a file does not matter, then all mentions.
class NamesBuilder {
 public:
  NamesBuilder(Names& names, const dsl::Program& program, const Registry& registry)
      : names_(names), registry_(registry) {
    names_.scopes_.emplace_back();
    for (const auto& file : program.files) declare(file->body, 0);
    for (const auto& file : program.files) mention(file->body, 0);
    std::sort(names_.mentions_.begin(), names_.mentions_.end(), [](const Mention& a, const Mention& b) {
      return std::tie(a.span.file, a.span.offset) < std::tie(b.span.file, b.span.offset);
    });
  }

 private:
  void add(Symbol symbol, std::unordered_map<std::string, size_t> NameScope::*table) {
    (names_.scopes_[symbol.scope].*table).emplace(symbol.name, names_.symbols_.size());  // the first one counts
    names_.symbols_.push_back(std::move(symbol));
  }

  void declare_element(const dsl::Name& name, const dsl::Call& call, size_t scope, const dsl::Comments& comments) {
    add({Symbol::Kind::kElement, name.text, name.span, scope, &call, nullptr, nullptr, &comments},
        &NameScope::elements);
  }

  void declare(const dsl::Body& body, size_t scope) {
    for (const dsl::Statement& statement : body.statements) {
      if (const auto* several = std::get_if<dsl::Declare>(&statement.what)) {
        for (const dsl::Name& name : several->names) declare_element(name, several->call, scope, statement.comments);
      } else if (const auto* chain = std::get_if<dsl::Chain>(&statement.what)) {
        for (const dsl::Node& node : chain->nodes) {
          if (node.name && node.call) declare_element(*node.name, *node.call, scope, statement.comments);
        }
      } else if (const auto* parameter = std::get_if<dsl::Parameter>(&statement.what)) {
        add({Symbol::Kind::kParameter, parameter->name.text, parameter->name.span, scope, nullptr, nullptr, parameter,
             &statement.comments},
            &NameScope::parameters);
      } else if (const auto* compound = std::get_if<dsl::Class>(&statement.what)) {
        add({Symbol::Kind::kCompound, compound->name.text, compound->name.span, scope, nullptr, compound, nullptr,
             &statement.comments},
            &NameScope::compounds);
        const size_t inner = names_.scopes_.size();
        inside_.emplace(compound, inner);
        names_.scopes_.emplace_back();
        names_.scopes_.back().outer = scope;
        names_.scopes_.back().span = statement.span;
        for (const dsl::Parameter& formal : compound->formals) {
          add({Symbol::Kind::kFormal, formal.name.text, formal.name.span, inner, nullptr, nullptr, &formal,
               &formal.comments},
              &NameScope::parameters);
        }
        declare(compound->body, inner);
      }
    }
  }

  void mention(const dsl::Body& body, size_t scope) {
    for (const dsl::Statement& statement : body.statements) {
      std::visit([&](const auto& what) { mention(what, scope); }, statement.what);
    }
  }

  void mention(const dsl::Declare& declare, size_t scope) {
    for (const dsl::Name& name : declare.names) symbol(name, names_.element(scope, name.text), true);
    call(declare.call, declare.names.front().text, scope);
    settings(declare.settings, scope, false);
  }

  void mention(const dsl::Chain& chain, size_t scope) {
    for (size_t i = 0; i < chain.nodes.size(); ++i) {
      const dsl::Node& node = chain.nodes[i];
      const Target target = target_of(node, scope);
      if (node.in) port(*node.in, target, Direction::kIn);
      if (node.name) symbol(*node.name, names_.element(scope, node.name->text), node.call.has_value());
      if (node.call) call(*node.call, target.name, scope);
      settings(node.settings, scope, false);
      if (node.out) port(*node.out, target, Direction::kOut);
      if (i == 0) continue;
      const dsl::Link& link = chain.links[i - 1];
      settings(link.settings, scope, true);
      Mention& arrow = add(Mention::Kind::kArrow, link.arrow, {});
      arrow.from = target_of(chain.nodes[i - 1], scope);
      arrow.target = target;
    }
  }

  void mention(const dsl::Class& compound, size_t scope) {
    symbol(compound.name, names_.compound(scope, compound.name.text), true);
    const size_t inner = inside_.at(&compound);
    for (const dsl::Parameter& formal : compound.formals) {
      symbol(formal.name, names_.parameter(inner, formal.name.text), true);
      if (formal.value) value(*formal.value, inner, false);
    }
    mention(compound.body, inner);
  }

  void mention(const dsl::Parameter& parameter, size_t scope) {
    symbol(parameter.name, names_.parameter(scope, parameter.name.text), true);
    if (parameter.value) value(*parameter.value, scope, false);
  }

  void mention(const dsl::Assignment& assignment, size_t scope) {
    symbol(assignment.name, names_.parameter(0, assignment.name.text), false);
    value(assignment.value, scope, false);
  }

  void mention(const dsl::Include& include, size_t) {
    add(Mention::Kind::kInclude, include.path.span, include.path.text);
  }
  void mention(const dsl::Plugin&, size_t) {}
  void mention(const dsl::Require&, size_t) {}

  void call(const dsl::Call& call, const std::string& name, size_t scope) {
    const size_t compound = names_.compound(scope, call.class_name.text);
    if (compound != kNone) {
      symbol(call.class_name, compound, false);
    } else {
      add(Mention::Kind::kClass, call.class_name.span, call.class_name.text).target = {&call, name};
    }
    for (size_t i = 0; i < call.args.size(); ++i) {
      const dsl::Item& item = call.args[i];
      if (item.key) {
        Mention& argument = add(Mention::Kind::kArgument, item.key->span, item.key->text);
        argument.target = {&call, name};
        if (compound != kNone) argument.symbol = formal(compound, item.key->text);
      }
      value(item.value, scope,
            compound == kNone ? is_expression(call.class_name.text, item, i)
                              : becomes_expression(*names_.symbols_[compound].compound, item, i));
    }
  }

  size_t formal(size_t compound, const std::string& name) const {
    return find(names_.scopes_[inside_.at(names_.symbols_[compound].compound)].parameters, name);
  }

  void settings(const dsl::Settings& settings, size_t scope, bool on_arrow) {
    for (const dsl::Item& item : settings.items) {
      if (item.key) add(Mention::Kind::kSetting, item.key->span, item.key->text).on_arrow = on_arrow;
      value(item.value, scope, false);
    }
  }

  void port(const dsl::Port& port, const Target& target, Direction direction) {
    Mention& mention = add(Mention::Kind::kPort, port.name.span, port.name.text);
    mention.target = target;
    mention.direction = direction;
  }

  // Raw strings refer to parameters only where they are expressions.
  void value(const dsl::Value& value, size_t scope, bool expression) {
    if (value.kind == dsl::Value::Kind::kParam) {
      symbol({value.text, value.span}, names_.parameter(scope, value.text), false);
    }
    if (value.kind == dsl::Value::Kind::kText && (value.quotes != dsl::Value::Quotes::kRaw || expression)) {
      for (const dsl::Reference& reference : value.references) {
        symbol({reference.name, reference.span}, names_.parameter(scope, reference.name), false);
      }
    }
    for (const dsl::Item& item : value.items) this->value(item.value, scope, expression);
  }

  bool is_expression(const std::string& class_name, const dsl::Item& item, size_t position) {
    const auto [place, is_new] = described_.try_emplace(class_name);
    if (is_new) {
      if (const ElementClass* element_class = registry_.find(class_name)) place->second = describe(*element_class);
    }
    const ClassDescription& about = place->second;
    for (size_t i = 0; i < about.arguments.size(); ++i) {
      if (item.key ? about.arguments[i].name == item.key->text : i == position) {
        return about.arguments[i].type.find("expression") != std::string::npos;
      }
    }
    return about.named_arguments;
  }

  // Does the compound hand this formal on as an expression?
  bool becomes_expression(const dsl::Class& compound, const dsl::Item& item, size_t position) {
    if (!item.key && position >= compound.formals.size()) return false;
    const std::string& formal = item.key ? item.key->text : compound.formals[position].name.text;
    const auto hands_on = [&](const dsl::Call& call) {
      for (size_t i = 0; i < call.args.size(); ++i) {
        const dsl::Value& value = call.args[i].value;
        const bool is_it = value.kind == dsl::Value::Kind::kParam && value.text == formal;
        if (is_it && is_expression(call.class_name.text, call.args[i], i)) return true;
      }
      return false;
    };
    for (const dsl::Statement& statement : compound.body.statements) {
      if (const auto* several = std::get_if<dsl::Declare>(&statement.what); several && hands_on(several->call)) {
        return true;
      }
      const auto* const chain = std::get_if<dsl::Chain>(&statement.what);
      for (size_t i = 0; chain != nullptr && i < chain->nodes.size(); ++i) {
        if (chain->nodes[i].call && hands_on(*chain->nodes[i].call)) return true;
      }
    }
    return false;
  }

  Target target_of(const dsl::Node& node, size_t scope) const {
    Target out;
    if (node.name) out.name = node.name->text;
    if (node.call) {
      out.call = &*node.call;
    } else if (const size_t element = names_.element(scope, out.name); element != kNone) {
      out.call = names_.symbols_[element].call;
    }
    return out;
  }

  void symbol(const dsl::Name& name, size_t symbol, bool declares) {
    if (symbol == kNone) return;
    Mention& mention = add(Mention::Kind::kSymbol, name.span, name.text);
    mention.symbol = symbol;
    mention.declares = declares;
  }

  Mention& add(Mention::Kind kind, Span span, std::string name) {
    Mention& mention = names_.mentions_.emplace_back();
    mention.kind = kind;
    mention.span = span;
    mention.name = std::move(name);
    return mention;
  }

  Names& names_;
  const Registry& registry_;
  std::unordered_map<const dsl::Class*, size_t> inside_;
  std::unordered_map<std::string, ClassDescription> described_;
};

Names::Names(const dsl::Program& program, const Registry& registry) { NamesBuilder(*this, program, registry); }

const Mention* Names::at(uint32_t file, uint32_t offset) const {
  const Mention* ending = nullptr;
  for (const Mention& mention : mentions_) {
    if (mention.span.file != file || mention.span.offset > offset || mention.span.end() < offset) continue;
    if (mention.span.end() > offset) return &mention;
    ending = &mention;
  }
  return ending;
}

size_t Names::scope_at(uint32_t file, uint32_t offset) const {
  size_t innermost = 0;  // inner scopes come behind those around them
  for (size_t i = 1; i < scopes_.size(); ++i) {
    const Span span = scopes_[i].span;
    if (span.file == file && span.offset < offset && offset < span.end()) innermost = i;
  }
  return innermost;
}

size_t Names::element(size_t scope, const std::string& name) const { return find(scopes_[scope].elements, name); }

size_t Names::compound(size_t scope, const std::string& name) const {
  for (; scope != kNone; scope = scopes_[scope].outer) {
    if (const size_t found = find(scopes_[scope].compounds, name); found != kNone) return found;
  }
  return kNone;
}

size_t Names::parameter(size_t scope, const std::string& name) const {
  for (; scope != kNone; scope = scopes_[scope].outer) {
    if (const size_t found = find(scopes_[scope].parameters, name); found != kNone) return found;
  }
  return kNone;
}

}  // namespace blox::tools::lsp
