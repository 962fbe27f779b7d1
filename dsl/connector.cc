#include "dsl/connector.h"

#include <algorithm>
#include <utility>

namespace blox::dsl {
namespace {

class Connector {
 public:
  explicit Connector(Flattening& flat) : flat_(flat) {}

  void chain(Scope& scope, const Chain& chain) {
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
      wire.settings = flat_.read_settings(scope, link.settings);
      if (!from || !to) {
        scope.incomplete = true;
        continue;
      }
      flat_.wiring.add(std::move(wire));
    }
    // A chain of one name connects nothing, but the name must be known.
    if (chain.links.empty() && first.name && !first.call) find(scope, *first.name);
  }

 private:
  void idle_port(const Scope& scope, const Port& port, std::string_view where) {
    flat_.error("E0209", port.span, "nothing is connected to this port: the chain has no arrow " + std::string(where),
                {}, scope.uses);
  }

  // Fills in the wire's end at `node`: `direction` is that of the port, out on the left of the arrow.
  bool end(Scope& scope, const Node& node, const std::optional<Port>& port, Direction direction, Wire& wire) {
    WireEnd& out = direction == Direction::kOut ? wire.from : wire.to;
    if (port) {
      out.end.port = port->name.text;
      out.end.span = port->name.span;
      if (port->type) {
        std::optional<Literal> type = flat_.evaluator.evaluate(*port->type, scope.environment, scope.uses);
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
    const Instance instance = node.call ? flat_.by_node.at(&node) : find(scope, *node.name);
    switch (instance.kind) {
      case Instance::Kind::kLost: return false;
      case Instance::Kind::kElement: out.end.element = instance.index; return true;
      case Instance::Kind::kCompound:
        return port_of_compound(scope, node, flat_.compounds[instance.index], direction, wire.kind, out);
    }
    return false;
  }

  // `input` gives what comes in: inside it stands on the left, and is an in port outside.
  bool port_of_this(Scope& scope, const Name& name, Direction direction, PortKind kind, WireEnd& out) {
    const bool input = name.text == "input";
    if (input != (direction == Direction::kOut)) {
      flat_.error("E0302", name.span,
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
    out.junction = flat_.wiring.add_junction();
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
      flat_.error("E0301", out.end.span,
                  "this " + std::string(side) + " port of `" + what + "` is a " +
                      (other == PortKind::kQuery ? "query" : "push") + " port",
                  std::string("connect it with `") + (other == PortKind::kQuery ? "=>" : "->") + "`", scope.uses);
    } else if (name.empty()) {
      const bool query = kind == PortKind::kQuery;
      flat_.error(
          "E0304", out.end.span,
          "the compound `" + what + "` has no main " + (query ? "query " : "push ") + std::string(side) + " port",
          direction == Direction::kIn ? std::string("inside it, write `input ") + (query ? "=>" : "->") + " …`"
                                      : std::string("inside it, write `… ") + (query ? "=>" : "->") + " output`",
          scope.uses);
    } else {
      flat_.error("E0303", out.end.span,
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
      flat_.error("E0202", name.span, "`" + name.text + "` stands for the ports of a compound, and this is none",
                  "write it inside an `elementclass`", scope.uses);
      return {};
    }
    std::vector<std::string> names;
    for (const auto& [known, element] : scope.elements) names.emplace_back(known);
    std::sort(names.begin(), names.end());
    const std::string near = did_you_mean(name.text, names);
    flat_.error("E0202", name.span, "unknown element `" + name.text + "`" + near,
                near.empty() ? "declare it: `" + name.text + " :: Class;`" : "", scope.uses);
    return {};
  }

  Flattening& flat_;
};

}  // namespace

std::vector<Setting> Flattening::read_settings(const Scope& scope, const Settings& settings) {
  std::vector<Setting> out;
  out.reserve(settings.items.size());
  for (const Item& item : settings.items) {
    std::optional<Literal> value = evaluator.evaluate(item.value, scope.environment, scope.uses);
    if (value) out.push_back({item.key->text, item.key->span, std::move(*value)});
  }
  return out;
}

void connect(Flattening& flat, Scope& scope, const Chain& chain) { Connector(flat).chain(scope, chain); }

}  // namespace blox::dsl
