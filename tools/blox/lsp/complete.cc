#include "tools/blox/lsp/complete.h"

#include <algorithm>

#include "core/element/describe.h"
#include "core/graph/settings.h"
#include "dsl/code_point.h"
#include "dsl/printer.h"
#include "tools/blox/class_text.h"
#include "tools/blox/lsp/hover.h"

namespace blox::tools::lsp {
namespace {

class Completer {
 public:
  Completer(const Analysis& analysis, const Names& names, const Context& context, size_t scope, size_t element)
      : analysis_(analysis), names_(names), context_(context), scope_(scope), element_(element) {}

  std::vector<CompletionItem> items() {
    switch (context_.kind) {
      case Context::Kind::kNothing: break;
      case Context::Kind::kStatement:
        keywords();
        nodes();
        break;
      case Context::Kind::kNode: nodes(); break;
      case Context::Kind::kClass: classes(); break;
      case Context::Kind::kArgument:
        argument_names();
        values();
        break;
      case Context::Kind::kValue: values(); break;
      case Context::Kind::kPlainValue: parameters("$"); break;
      case Context::Kind::kSetting: settings(); break;
      case Context::Kind::kSettingValue: setting_values(); break;
      case Context::Kind::kPort: ports(); break;
      case Context::Kind::kReference: parameters(""); break;
      case Context::Kind::kAssigned: assigned(); break;
      case Context::Kind::kGuarantee: add("exactly_once", ItemKind::kKeyword, "weaker guarantees are errors"); break;
      case Context::Kind::kType: types(); break;
    }
    return std::move(out_);
  }

 private:
  void add(const std::string& label, ItemKind kind, std::string detail) { add(label, kind, std::move(detail), label); }
  void add(const std::string& label, ItemKind kind, std::string detail, std::string text) {
    if (std::any_of(out_.begin(), out_.end(), [&](const CompletionItem& known) { return known.label == label; }))
      return;
    out_.push_back({label, kind, std::move(detail), std::move(text)});
  }

  void keywords() {
    add("elementclass", ItemKind::kKeyword, "declares a compound");
    if (scope_ != 0) return;
    for (const char* word : {"param", "set", "include", "plugin", "require"}) add(word, ItemKind::kKeyword, "");
  }

  void nodes() {
    for (const Symbol& symbol : names_.symbols()) {
      if (symbol.kind != Symbol::Kind::kElement || symbol.scope != scope_) continue;
      add(symbol.name, ItemKind::kElement, symbol.call->class_name.text, dsl::print_name(symbol.name));
    }
    if (scope_ != 0) {
      add("input", ItemKind::kKeyword, "what comes into the compound");
      add("output", ItemKind::kKeyword, "what leaves the compound");
    }
    classes();
  }

  void classes() {
    for (const Symbol& symbol : names_.symbols()) {
      const bool visible = symbol.kind == Symbol::Kind::kCompound && names_.compound(scope_, symbol.name) != kNone &&
                           &names_.symbols()[names_.compound(scope_, symbol.name)] == &symbol;
      if (visible) add(symbol.name, ItemKind::kClass, "a compound of this program");
    }
    for (const ElementClass* one : analysis_.registry.classes()) {
      const std::string_view doc = one->doc;
      const size_t begin = std::min(doc.find_first_not_of(" \n"), doc.size());
      add(one->name, ItemKind::kClass, std::string(doc.substr(begin, doc.find('\n', begin) - begin)));
    }
  }

  const Symbol* compound() const {
    const size_t found = names_.compound(scope_, context_.class_name);
    return found == kNone ? nullptr : &names_.symbols()[found];
  }
  std::optional<ClassDescription> description(const std::string& class_name) const {
    const ElementClass* const found = analysis_.registry.find(class_name);
    return found == nullptr ? std::nullopt : std::optional<ClassDescription>(describe(*found));
  }

  void argument_names() {
    if (const Symbol* declared = compound()) {
      for (const dsl::Parameter& formal : declared->compound->formals) {
        const std::string type = formal.type ? dsl::print(*formal.type) : "";
        const std::string preset = formal.value ? "= " + dsl::print(*formal.value) : "required";
        add(formal.name.text, ItemKind::kArgument, type + (type.empty() ? "" : " ") + preset,
            dsl::print_name(formal.name.text) + " = ");
      }
    } else if (const auto about = description(context_.class_name)) {
      for (const ClassDescription::Argument& argument : about->arguments) {
        if (about->named_arguments && &argument == &about->arguments.back()) continue;
        add(argument.name, ItemKind::kArgument, argument.type + " " + preset(argument) + ": " + argument.doc,
            argument.name + " = ");
      }
    }
  }

  // As the argument's type says; references to parameters can stand everywhere.
  void values() {
    const auto about = compound() == nullptr ? description(context_.class_name) : std::nullopt;
    if (about) {
      const ClassDescription::Argument* wanted = nullptr;
      for (size_t i = 0; i < about->arguments.size(); ++i) {
        const ClassDescription::Argument& argument = about->arguments[i];
        if (context_.key.empty() ? i == context_.position : argument.name == context_.key) wanted = &argument;
      }
      if (wanted == nullptr && about->named_arguments) wanted = &about->arguments.back();
      if (wanted != nullptr) values_of(wanted->type, about->named_arguments && wanted == &about->arguments.back());
    }
    if (!context_.in_string) parameters("$");
  }

  void values_of(const std::string& type, bool named) {
    const bool expression = named || type.find("expression") != std::string::npos;
    if (context_.in_string ? expression : !expression && type.find("field") != std::string::npos) fields();
    if (context_.in_string) return;
    if (type == "bool") words("true|false");
    if (type.find('|') != std::string::npos) words(type);
  }

  void fields() {
    if (element_ == kNone) return;
    for (const Field& field : arriving_fields(analysis_, element_)) {
      if (context_.in_string && !dsl::is_plain_name(field.name)) continue;  // SQL spells it differently
      add(field.name, ItemKind::kField, field.type.to_string(), dsl::print_name(field.name));
    }
  }

  // Of "end|change|every(duration)" the plain words, and the beginnings of the others.
  void words(std::string_view choices) {
    while (!choices.empty()) {
      std::string_view one = choices.substr(0, choices.find('|'));
      choices.remove_prefix(std::min(one.size() + 1, choices.size()));
      while (one.starts_with(' ')) one.remove_prefix(1);
      while (one.ends_with(' ')) one.remove_suffix(1);
      const std::string_view name = one.substr(0, one.find('('));
      if (dsl::is_plain_name(name)) {
        add(std::string(one), ItemKind::kValue, "", std::string(name) + (name == one ? "" : "("));
      }
    }
  }

  void settings() {
    for (const SettingInfo& info : setting_infos()) {
      if (!(context_.on_arrow ? info.on_connection : info.on_element)) continue;
      add(info.name, ItemKind::kArgument, std::string(info.values) + ": " + info.doc, std::string(info.name) + " = ");
    }
  }

  void setting_values() {
    for (const SettingInfo& info : setting_infos()) {
      if (info.name == context_.key) words(info.values);
    }
    parameters("$");
  }

  void ports() {
    std::string class_name = context_.class_name;
    if (const size_t found = names_.element(scope_, context_.element); found != kNone) {
      class_name = names_.symbols()[found].call->class_name.text;
    }
    if (const size_t found = names_.compound(scope_, class_name); found != kNone) {
      return compound_ports(*names_.symbols()[found].compound);
    }
    const auto about = description(class_name);
    if (!about) return;
    for (const ClassDescription::Port& port : about->ports) {
      if (port.direction == context_.direction && !port.family) {
        add(port.name, ItemKind::kPort, port_type(port) + ": " + port_doc(port), dsl::print_name(port.name));
      }
    }
    if (context_.direction == Direction::kOut) add("errors", ItemKind::kPort, "records that were refused, and why");
  }

  // `input [x] -> …` and `… -> [y] output`.
  void compound_ports(const dsl::Class& compound) {
    for (const dsl::Statement& statement : compound.body.statements) {
      const auto* const chain = std::get_if<dsl::Chain>(&statement.what);
      for (size_t i = 0; chain != nullptr && i < chain->nodes.size(); ++i) {
        const dsl::Node& node = chain->nodes[i];
        const bool in = context_.direction == Direction::kIn;
        const std::optional<dsl::Port>& port = in ? node.out : node.in;
        if (node.name && !node.call && port && node.name->text == (in ? "input" : "output")) {
          add(port->name.text, ItemKind::kPort, "of `" + compound.name.text + "`", dsl::print_name(port->name.text));
        }
      }
    }
  }

  void parameters(const std::string& mark) {
    for (const Symbol& symbol : names_.symbols()) {
      const size_t index = static_cast<size_t>(&symbol - names_.symbols().data());
      if (symbol.parameter == nullptr || names_.parameter(scope_, symbol.name) != index) continue;
      const std::string value = symbol.parameter->value ? "= " + dsl::print(*symbol.parameter->value) : "required";
      add(mark + symbol.name, ItemKind::kParameter, value);
    }
  }

  void assigned() {
    for (const Symbol& symbol : names_.symbols()) {
      if (symbol.kind == Symbol::Kind::kParameter) add(symbol.name, ItemKind::kParameter, "", symbol.name + " = ");
    }
  }

  void types() {
    for (const char* type : {"bool", "int", "float", "string", "duration", "size", "time", "field", "type"}) {
      add(type, ItemKind::kType, "");
    }
  }

  const Analysis& analysis_;
  const Names& names_;
  const Context& context_;
  size_t scope_;
  size_t element_;
  std::vector<CompletionItem> out_;
};

}  // namespace

std::vector<CompletionItem> complete(const Analysis& analysis, const Names& names, const Context& context, size_t scope,
                                     size_t element) {
  return Completer(analysis, names, context, scope, element).items();
}

}  // namespace blox::tools::lsp
