#include "dsl/resolver.h"

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

#include "dsl/compound.h"
#include "dsl/formals.h"
#include "dsl/parameters.h"
#include "dsl/wiring.h"

namespace blox::dsl {
namespace {

constexpr std::string_view kInherited[] = {"at", "isolate", "restart", "on_error", "shards", "by"};

class Resolver {
 public:
  Resolver(const ResolverInput& input, const Outside& outside, Diagnostics& diagnostics)
      : input_(input), diagnostics_(diagnostics), evaluator_(outside, diagnostics) {}

  Resolved run() {
    Resolved out;
    Scope scope(nullptr, nullptr);
    scope.incomplete = input_.incomplete;
    scope.names_lost = input_.names_lost;
    if (scope.names_lost) scope.environment.lose_names();
    scope.lost.insert(input_.lost.begin(), input_.lost.end());
    out.parameters = bind_parameters(input_, evaluator_, scope.environment, diagnostics_);
    std::vector<const Statement*> statements;
    statements.reserve(input_.statements.size());
    for (const GlobalStatement& global : input_.statements) statements.push_back(global.statement);
    for (const Statement* statement : statements) {
      if (const auto* require = std::get_if<Require>(&statement->what)) guarantee(require->name);
    }
    body(scope, statements);
    for (const auto& [name, found] : scope.classes) graph_.declared_classes.emplace_back(name);
    std::sort(graph_.declared_classes.begin(), graph_.declared_classes.end());
    graph_.names_lost = scope.names_lost;
    try_unused(scope);
    if (!wiring_.connect(graph_)) {
      const Span first = graph_.elements.empty() ? Span{} : graph_.elements[0].class_span;
      error("E0210", first,
            "the compounds of this topology multiply its connections beyond " + std::to_string(kMaxSteps));
      graph_.incomplete = true;
    }
    graph_.incomplete = graph_.incomplete || scope.incomplete;
    out.graph = std::move(graph_);
    return out;
  }

 private:
  void error(std::string_view code, Span span, std::string message, std::string fix = {},
             const std::vector<Use>& uses = {}, std::vector<Note> notes = {}) {
    report({Severity::kError, std::string(code), span, std::move(message), std::move(notes), std::move(fix)}, uses,
           diagnostics_);
  }

  void guarantee(const Name& name) {
    if (name.text != "exactly_once") {
      return error("E0207", name.span,
                   "unknown guarantee `" + name.text + "`" + did_you_mean(name.text, {"exactly_once"}),
                   "there is `require exactly_once;`");
    }
    graph_.require_exactly_once = true;
    graph_.require_span = name.span;
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
          if (node.call) by_node_[&node] = element(scope, node.name ? &*node.name : nullptr, *node.call, node.settings);
        }
      }
    }
    for (const Statement* statement : statements) {
      if (const auto* chain = std::get_if<Chain>(&statement->what)) wires(scope, *chain);
    }
  }

  void declare_class(Scope& scope, const Class& declared) {
    const auto [place, fresh] = scope.classes.emplace(declared.name.text, DeclaredClass{&declared, &scope});
    if (fresh) return;
    error("E0204", declared.name.span, "the element class `" + declared.name.text + "` is declared twice", {},
          scope.uses, {{"first declared here", place->second.declared->name.span}});
  }

  // ---- elements -----------------------------------------------------------------------------------------------

  Instance element(Scope& scope, const Name* name, const Call& call, const Settings& settings) {
    if (name != nullptr) {
      if (scope.ports != nullptr && (name->text == "input" || name->text == "output")) {
        error("E0211", name->span, "`" + name->text + "` stands for the ports of the compound here",
              "choose another name", scope.uses);
        return {};
      }
      const auto [place, fresh] = scope.elements.emplace(name->text, Scope::Element{{}, name->span});
      if (!fresh) {
        error("E0204", name->span, "the element `" + name->text + "` is declared twice", {}, scope.uses,
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
      std::optional<Literal> value = evaluator_.evaluate(item.value, scope.environment, scope.uses);
      if (!value) {
        known = false;
        continue;
      }
      out.args.push_back({item.key ? item.key->text : "", item.key ? item.key->span : Span{}, std::move(*value)});
    }
    out.settings = scope.inherited;
    std::vector<Setting> own = read_settings(scope, settings);
    out.settings.insert(out.settings.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    if (!known || !room(call.span, scope.uses)) return {};
    out.path = std::move(path);
    out.named = named;
    out.class_name = call.class_name.text;
    out.class_span = call.class_name.span;
    out.uses = scope.uses;
    graph_.elements.push_back(std::move(out));
    return {Instance::Kind::kElement, graph_.elements.size() - 1};
  }

  bool room(Span span, const std::vector<Use>& uses) {
    if (graph_.elements.size() < kMaxElements && compounds_.size() < kMaxElements) return true;
    if (!full_)
      error("E0210", span, "this topology has more than " + std::to_string(kMaxElements) + " elements", {}, uses);
    full_ = true;
    return false;
  }

  std::vector<Setting> read_settings(const Scope& scope, const Settings& settings) {
    std::vector<Setting> out;
    out.reserve(settings.items.size());
    for (const Item& item : settings.items) {
      std::optional<Literal> value = evaluator_.evaluate(item.value, scope.environment, scope.uses);
      if (value) out.push_back({item.key->text, item.key->span, std::move(*value)});
    }
    return out;
  }

  // ---- compounds ----------------------------------------------------------------------------------------------

  Instance compound(Scope& around, const DeclaredClass& found, std::string path, bool named, const Call& call,
                    const Settings& settings) {
    const Class& declared = *found.declared;
    const auto use_of = [&](const Class* open) { return open == &declared; };
    if (std::any_of(open_.begin(), open_.end(), use_of)) {
      error("E0205", call.class_name.span, "`" + declared.name.text + "` contains itself", {}, around.uses,
            {{"declared here", declared.name.span}});
      return {};
    }
    if (open_.size() >= kMaxCompoundDepth) {
      error("E0210", call.class_name.span,
            "compounds stand more than " + std::to_string(kMaxCompoundDepth) + " deep in one another", {}, around.uses);
      return {};
    }
    used_.insert(&declared);
    Scope scope(found.home, &found.home->environment);
    if (!bind_formals(declared, call, around, evaluator_, diagnostics_, scope.environment)) return {};
    if (full_ || !room(call.span, around.uses)) return {};
    scope.prefix = std::move(path) + "/";
    scope.named = named;
    scope.uses = around.uses;
    scope.uses.push_back({declared.name.text, call.class_name.span});
    scope.inherited = around.inherited;
    for (Setting& setting : read_settings(around, settings)) {
      if (std::find(std::begin(kInherited), std::end(kInherited), setting.name) == std::end(kInherited)) {
        error(
            "E0407", setting.name_span, "`" + setting.name + "` is no setting of a compound",
            "a compound takes at, by, isolate, on_error, restart and shards; write this one inside, behind an element",
            around.uses);
        continue;
      }
      scope.inherited.push_back(std::move(setting));
    }
    CompoundPorts ports;
    inside(scope, declared, ports);
    compounds_.push_back(std::move(ports));
    return {Instance::Kind::kCompound, compounds_.size() - 1};
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
    graph_.incomplete = graph_.incomplete || scope.incomplete;
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
    Graph kept = std::move(graph_);
    const Wiring wires_kept = std::move(wiring_);
    for (const auto& [declared, found] : unused) {
      if (used_.contains(declared)) continue;  // by an unused one before it
      graph_ = Graph();
      wiring_ = Wiring();
      Scope trial(&scope, &scope.environment);
      for (const Parameter& formal : declared->formals) trial.environment.lose(formal.name.text);
      CompoundPorts ports;
      inside(trial, *declared, ports);
    }
    graph_ = std::move(kept);
    wiring_ = wires_kept;
  }

  // ---- connections --------------------------------------------------------------------------------------------

  void wires(Scope& scope, const Chain& chain) {
    const Node& first = chain.nodes.front();
    const Node& last = chain.nodes.back();
    if (first.in) idle_port(scope, *first.in, "in front of it");
    if (last.out) idle_port(scope, *last.out, "behind it");
    for (size_t i = 0; i < chain.links.size(); ++i) {
      const Link& link = chain.links[i];
      Wire wire;
      wire.kind = link.query ? PortKind::kQuery : PortKind::kPush;
      wire.arrow = link.arrow;
      wire.uses = scope.uses;
      const bool from = end(scope, chain.nodes[i], chain.nodes[i].out, Direction::kOut, wire);
      const bool to = end(scope, chain.nodes[i + 1], chain.nodes[i + 1].in, Direction::kIn, wire);
      wire.settings = read_settings(scope, link.settings);
      if (!from || !to) {
        scope.incomplete = true;
        continue;
      }
      wiring_.add(std::move(wire));
    }
    // A chain of one name connects nothing, but the name must be known.
    if (chain.links.empty() && first.name && !first.call) find(scope, *first.name);
  }

  void idle_port(const Scope& scope, const Port& port, std::string_view where) {
    error("E0209", port.span, "nothing is connected to this port: the chain has no arrow " + std::string(where), {},
          scope.uses);
  }

  // Fills in the wire's end at `node`: `direction` is that of the port, out on the left of the arrow.
  bool end(Scope& scope, const Node& node, const std::optional<Port>& port, Direction direction, Wire& wire) {
    WireEnd& out = direction == Direction::kOut ? wire.from : wire.to;
    if (port) {
      out.end.port = port->name.text;
      out.end.span = port->name.span;
      if (port->type) {
        std::optional<Literal> type = evaluator_.evaluate(*port->type, scope.environment, scope.uses);
        if (!type) return false;
        out.end.annotated = true;
        out.end.type = std::move(*type);
      }
    } else {
      out.end.span = node.name ? node.name->span : node.call->class_name.span;
    }
    const bool boundary =
        !node.call && scope.ports != nullptr && (node.name->text == "input" || node.name->text == "output");
    if (boundary) return port_of_this(scope, *node.name, direction, wire.kind, out);
    const Instance instance = node.call ? by_node_.at(&node) : find(scope, *node.name);
    switch (instance.kind) {
      case Instance::Kind::kLost:
        return false;
      case Instance::Kind::kElement:
        out.end.element = instance.index;
        return true;
      case Instance::Kind::kCompound:
        return port_of_compound(scope, node, compounds_[instance.index], direction, wire.kind, out);
    }
    return false;
  }

  // `input` gives what comes in: inside it stands on the left, and is an in port outside.
  bool port_of_this(Scope& scope, const Name& name, Direction direction, PortKind kind, WireEnd& out) {
    const bool input = name.text == "input";
    if (input != (direction == Direction::kOut)) {
      error("E0302", name.span,
            input ? "`input` gives what comes into the compound: it stands in front of an arrow"
                  : "`output` takes what leaves the compound: it stands behind an arrow",
            {}, scope.uses);
      return false;
    }
    const CompoundPorts::Key key{input ? Direction::kIn : Direction::kOut, kind, out.end.port};
    const auto found = scope.ports->junctions.find(key);
    out.is_junction = true;
    if (found != scope.ports->junctions.end()) {
      out.junction = found->second;
      return true;
    }
    out.junction = wiring_.add_junction();
    scope.ports->junctions.emplace(key, out.junction);
    scope.ports->order.push_back(key);
    return true;
  }

  bool port_of_compound(const Scope& scope, const Node& node, const CompoundPorts& ports, Direction direction,
                        PortKind kind, WireEnd& out) {
    const std::string& name = out.end.port;
    const size_t* junction = name.empty() ? ports.main(direction, kind) : ports.find(direction, kind, name);
    if (junction != nullptr) {
      out.is_junction = true;
      out.junction = *junction;
      return true;
    }
    if (ports.incomplete) return false;
    const std::string what = node.name ? node.name->text : node.call->class_name.text;
    const PortKind other = kind == PortKind::kPush ? PortKind::kQuery : PortKind::kPush;
    const std::string_view side = direction == Direction::kIn ? "in" : "out";
    const bool other_kind =
        (name.empty() ? ports.main(direction, other) : ports.find(direction, other, name)) != nullptr;
    if (other_kind) {
      error("E0301", out.end.span,
            "this " + std::string(side) + " port of `" + what + "` is a " +
                (other == PortKind::kQuery ? "query" : "push") + " port",
            std::string("connect it with `") + (other == PortKind::kQuery ? "=>" : "->") + "`", scope.uses);
    } else if (name.empty()) {
      const bool query = kind == PortKind::kQuery;
      error("E0304", out.end.span,
            "the compound `" + what + "` has no main " + (query ? "query " : "push ") + std::string(side) + " port",
            direction == Direction::kIn ? std::string("inside it, write `input ") + (query ? "=>" : "->") + " …`"
                                        : std::string("inside it, write `… ") + (query ? "=>" : "->") + " output`",
            scope.uses);
    } else {
      error("E0303", out.end.span,
            "the compound `" + what + "` has no " + std::string(side) + " port `" + name + "`" +
                did_you_mean(name, ports.names(direction)),
            {}, scope.uses);
    }
    return false;
  }

  Instance find(Scope& scope, const Name& name) {
    const auto found = scope.elements.find(name.text);
    if (found != scope.elements.end()) return found->second.instance;
    scope.incomplete = true;
    if (scope.names_lost || !scope.lost.insert(name.text).second) return {};
    if (name.text == "input" || name.text == "output") {
      error("E0202", name.span, "`" + name.text + "` stands for the ports of a compound, and this is none",
            "write it inside an `elementclass`", scope.uses);
      return {};
    }
    std::vector<std::string> names;
    for (const auto& [known, element] : scope.elements) names.emplace_back(known);
    std::sort(names.begin(), names.end());
    const std::string near = did_you_mean(name.text, names);
    error("E0202", name.span, "unknown element `" + name.text + "`" + near,
          near.empty() ? "declare it: `" + name.text + " :: Class;`" : "", scope.uses);
    return {};
  }

  const ResolverInput& input_;
  Diagnostics& diagnostics_;
  Evaluator evaluator_;
  Graph graph_;
  Wiring wiring_;
  std::vector<CompoundPorts> compounds_;
  std::unordered_map<const Node*, Instance> by_node_;  // of the body being resolved: overwritten by each use
  std::vector<const Class*> open_;                     // the compounds around what is being resolved
  std::unordered_set<const Class*> used_;
  bool full_ = false;
};

}  // namespace

Resolved resolve(const ResolverInput& input, const Outside& outside, Diagnostics& diagnostics) {
  return Resolver(input, outside, diagnostics).run();
}

}  // namespace blox::dsl
