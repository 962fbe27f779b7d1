#include "dsl/resolver.h"

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

#include "dsl/connector.h"
#include "dsl/formals.h"
#include "dsl/parameters.h"

namespace blox::dsl {
namespace {

constexpr std::string_view kInherited[] = {"at", "isolate", "restart", "on_error", "shards",
                                           "by", "sharder", "values",  "order"};

class Resolver {
 public:
  Resolver(const ResolverInput& input, const Outside& outside, Diagnostics& diagnostics)
      : input_(input), flat_(outside, diagnostics) {}

  Resolved run() {
    Resolved out;
    Scope scope(nullptr, nullptr);
    scope.incomplete = input_.incomplete;
    scope.names_lost = input_.names_lost;
    if (scope.names_lost) scope.environment.lose_names();
    scope.lost.insert(input_.lost.begin(), input_.lost.end());
    out.parameters = bind_parameters(input_, flat_.evaluator, scope.environment, flat_.diagnostics);
    std::vector<const Statement*> statements;
    statements.reserve(input_.statements.size());
    for (const GlobalStatement& global : input_.statements) statements.push_back(global.statement);
    for (const Statement* statement : statements) {
      if (const auto* require = std::get_if<Require>(&statement->what)) guarantee(require->name);
    }
    body(scope, statements);
    for (const auto& [name, found] : scope.classes) flat_.graph.declared_classes.emplace_back(name);
    std::sort(flat_.graph.declared_classes.begin(), flat_.graph.declared_classes.end());
    flat_.graph.names_lost = scope.names_lost;
    try_unused(scope);
    if (!flat_.wiring.connect(flat_.graph)) {
      const Span first = flat_.graph.elements.empty() ? Span{} : flat_.graph.elements[0].class_span;
      flat_.error("E0210", first,
                  "the compounds of this topology multiply its connections beyond " + std::to_string(kMaxSteps));
      flat_.graph.incomplete = true;
    }
    flat_.graph.incomplete = flat_.graph.incomplete || scope.incomplete;
    out.graph = std::move(flat_.graph);
    return out;
  }

 private:
  void guarantee(const Name& name) {
    if (name.text != "exactly_once") {
      return flat_.error("E0207", name.span,
                         "unknown guarantee `" + name.text + "`" + did_you_mean(name.text, {"exactly_once"}),
                         "there is `require exactly_once;`");
    }
    flat_.graph.require_exactly_once = true;
    flat_.graph.require_span = name.span;
  }

  // ---- bodies -------------------------------------------------------------------------------------------------

  void body(Scope& scope, const std::vector<const Statement*>& statements) {
    for (const Statement* statement : statements) {
      if (const auto* declared = std::get_if<Class>(&statement->what)) declare_class(scope, *declared);
    }
    for (const Statement* statement : statements) {
      if (const auto* declare = std::get_if<Declare>(&statement->what)) {
        for (const Name& name : declare->names) element(scope, &name, declare->call, declare->settings);
      } else if (const auto* chain = std::get_if<Chain>(&statement->what)) {
        for (const Node& node : chain->nodes) {
          if (node.call)
            flat_.by_node[&node] = element(scope, node.name ? &*node.name : nullptr, *node.call, node.settings);
        }
      }
    }
    for (const Statement* statement : statements) {
      if (const auto* chain = std::get_if<Chain>(&statement->what)) connect(flat_, scope, *chain);
    }
  }

  void declare_class(Scope& scope, const Class& declared) {
    const auto [place, fresh] = scope.classes.emplace(declared.name.text, DeclaredClass{&declared, &scope});
    if (fresh) return;
    flat_.error("E0204", declared.name.span, "the element class `" + declared.name.text + "` is declared twice", {},
                scope.uses, {{"first declared here", place->second.declared->name.span}});
  }

  // ---- elements -----------------------------------------------------------------------------------------------

  Instance element(Scope& scope, const Name* name, const Call& call, const Settings& settings) {
    if (name != nullptr) {
      if (name->text == "input" || name->text == "output") {
        flat_.error("E0211", name->span,
                    "`" + name->text + "` stands for the ports of " +
                        (scope.ports != nullptr ? "the compound here" : "a compound, and names no element"),
                    "choose another name", scope.uses);
        return {};
      }
      const auto [place, fresh] = scope.elements.emplace(name->text, Scope::Element{{}, name->span});
      if (!fresh) {
        flat_.error("E0204", name->span, "the element `" + name->text + "` is declared twice", {}, scope.uses,
                    {{"first declared here", place->second.span}});
        return place->second.instance;
      }
    }
    const std::string& class_name = call.class_name.text;
    std::string path = scope.prefix;
    if (name != nullptr) {
      path += name->text;
    } else {
      path += class_name + "@" + std::to_string(++scope.anonymous[class_name]);
    }
    const bool named = scope.named && name != nullptr;
    const DeclaredClass* declared = scope.find_class(class_name);
    Instance out;
    if (declared != nullptr) {
      out = compound(scope, *declared, std::move(path), named, call, settings);
    } else if (!scope.is_lost_class(class_name)) {
      out = plain(scope, std::move(path), named, call, settings);
    }
    if (out.kind == Instance::Kind::kLost) scope.incomplete = true;
    if (name != nullptr) scope.elements[name->text].instance = out;
    return out;
  }

  Instance plain(Scope& scope, std::string path, bool named, const Call& call, const Settings& settings) {
    GraphElement out;
    bool known = true;
    out.args.reserve(call.args.size());
    for (const Item& item : call.args) {
      std::optional<Literal> value = flat_.evaluator.evaluate(item.value, scope.environment, scope.uses);
      if (!value) {
        known = false;
        continue;
      }
      out.args.push_back({item.key ? item.key->text : "", item.key ? item.key->span : Span{}, std::move(*value)});
    }
    out.settings = scope.inherited;
    std::vector<Setting> own = flat_.read_settings(scope, settings);
    out.settings.insert(out.settings.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    if (!known || !room(call.span, scope.uses)) return {};
    out.path = std::move(path);
    out.named = named;
    out.class_name = call.class_name.text;
    out.class_span = call.class_name.span;
    out.uses = scope.uses;
    flat_.graph.elements.push_back(std::move(out));
    return {Instance::Kind::kElement, flat_.graph.elements.size() - 1};
  }

  bool room(Span span, const std::vector<Use>& uses) {
    if (flat_.graph.elements.size() < kMaxElements && flat_.compounds.size() < kMaxElements) return true;
    if (!full_)
      flat_.error("E0210", span, "this topology has more than " + std::to_string(kMaxElements) + " elements", {}, uses);
    full_ = true;
    return false;
  }

  // ---- compounds ----------------------------------------------------------------------------------------------

  Instance compound(Scope& around, const DeclaredClass& found, std::string path, bool named, const Call& call,
                    const Settings& settings) {
    const Class& declared = *found.declared;
    const auto use_of = [&](const Class* open) { return open == &declared; };
    if (std::any_of(open_.begin(), open_.end(), use_of)) {
      flat_.error("E0205", call.class_name.span, "`" + declared.name.text + "` contains itself", {}, around.uses,
                  {{"declared here", declared.name.span}});
      return {};
    }
    if (open_.size() >= kMaxCompoundDepth) {
      flat_.error("E0210", call.class_name.span,
                  "compounds stand more than " + std::to_string(kMaxCompoundDepth) + " deep in one another", {},
                  around.uses);
      return {};
    }
    used_.insert(&declared);
    Scope scope(found.home, &found.home->environment);
    if (!bind_formals(declared, call, around, flat_.evaluator, flat_.diagnostics, scope.environment)) return {};
    if (full_ || !room(call.span, around.uses)) return {};
    scope.prefix = std::move(path) + "/";
    scope.named = named;
    scope.uses = around.uses;
    scope.uses.push_back({declared.name.text, call.class_name.span});
    scope.inherited = around.inherited;
    for (Setting& setting : flat_.read_settings(around, settings)) {
      if (std::find(std::begin(kInherited), std::end(kInherited), setting.name) == std::end(kInherited)) {
        flat_.error(
            "E0407", setting.name_span, "`" + setting.name + "` is no setting of a compound",
            "a compound takes at, by, isolate, on_error, order, restart, sharder, shards and values; write this one "
            "inside, behind an element",
            around.uses);
        continue;
      }
      scope.inherited.push_back(std::move(setting));
    }
    CompoundPorts ports;
    inside(scope, declared, ports);
    flat_.compounds.push_back(std::move(ports));
    return {Instance::Kind::kCompound, flat_.compounds.size() - 1};
  }

  void inside(Scope& scope, const Class& declared, CompoundPorts& ports) {
    scope.ports = &ports;
    scope.lost.insert(declared.body.lost.begin(), declared.body.lost.end());
    scope.incomplete = declared.body.incomplete;
    scope.names_lost = declared.body.names_lost;
    if (scope.names_lost) scope.environment.lose_names();
    std::vector<const Statement*> statements;
    statements.reserve(declared.body.statements.size());
    for (const Statement& statement : declared.body.statements) statements.push_back(&statement);
    open_.push_back(&declared);
    body(scope, statements);
    open_.pop_back();
    ports.incomplete = scope.incomplete;
    flat_.graph.incomplete = flat_.graph.incomplete || scope.incomplete;
  }

  // A class that nobody uses is checked for its names all the same; what it would become is thrown away.
  void try_unused(Scope& scope) {
    std::vector<std::pair<const Class*, DeclaredClass>> unused;
    for (const auto& [name, found] : scope.classes) {
      if (!used_.contains(found.declared)) unused.emplace_back(found.declared, found);
    }
    if (unused.empty()) return;
    const auto by_place = [](const auto& a, const auto& b) {
      return std::pair(a.first->name.span.file, a.first->name.span.offset) <
             std::pair(b.first->name.span.file, b.first->name.span.offset);
    };
    std::sort(unused.begin(), unused.end(), by_place);
    Graph kept = std::move(flat_.graph);
    Wiring wires_kept = std::move(flat_.wiring);
    for (const auto& [declared, found] : unused) {
      if (used_.contains(declared)) continue;  // by an unused one before it
      flat_.graph = Graph();
      flat_.wiring = Wiring();
      Scope trial(&scope, &scope.environment);
      for (const Parameter& formal : declared->formals) trial.environment.lose(formal.name.text);
      CompoundPorts ports;
      inside(trial, *declared, ports);
    }
    flat_.graph = std::move(kept);
    flat_.wiring = std::move(wires_kept);
  }

  const ResolverInput& input_;
  Flattening flat_;
  std::vector<const Class*> open_;  // the compounds around what is being resolved
  std::unordered_set<const Class*> used_;
  bool full_ = false;
};

}  // namespace

Resolved resolve(const ResolverInput& input, const Outside& outside, Diagnostics& diagnostics) {
  return Resolver(input, outside, diagnostics).run();
}

}  // namespace blox::dsl
