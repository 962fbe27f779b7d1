// Ports: each end of a connection finds its port, and ports that must be connected are.
#include "core/graph/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace blox {
namespace {

std::string_view kind_word(PortKind kind) { return kind == PortKind::kPush ? "push" : "query"; }
std::string_view side_word(Direction direction) { return direction == Direction::kIn ? "in" : "out"; }
std::string_view arrow_word(PortKind kind) { return kind == PortKind::kPush ? "->" : "=>"; }

// "in port `in`", "query in port `get`".
std::string describe(const Port& port) {
  const std::string_view kind = port.kind() == PortKind::kQuery ? "query " : "";
  return fmt::format("{}{} port `{}`", kind, side_word(port.direction()), port.name());
}

// One end of a connection on its way to a port.
class End {
 public:
  End(Work& work, const GraphConnection& connection, Direction direction)
      : work_(work),
        connection_(connection),
        end_(direction == Direction::kOut ? connection.from : connection.to),
        direction_(direction),
        kind_(connection.kind) {}

  /// Null where there is none; reported, but for elements whose class is unknown.
  Port* find() {
    if (work_.nodes[end_.element].lost) return nullptr;
    Port* const port = end_.port.empty() ? main() : named();
    if (port != nullptr) {
      port->set_connected(true);
    } else {
      give_up();
    }
    return port;
  }
  /// The connection may have been meant for any of the ports on this side.
  void give_up() { (direction_ == Direction::kIn ? node().in_lost : node().out_lost) = true; }
  /// The arrow was of the wrong kind for this end: then nothing can be said of the other one.
  bool wrong_arrow() const { return wrong_arrow_; }

 private:
  Element& element() { return *work_.elements[end_.element].element; }
  Work::Node& node() { return work_.nodes[end_.element]; }
  std::string name() const { return work_.name(end_.element); }
  Direction other_direction() const { return direction_ == Direction::kIn ? Direction::kOut : Direction::kIn; }
  PortKind other_kind() const { return kind_ == PortKind::kPush ? PortKind::kQuery : PortKind::kPush; }

  Port* main() {
    if (Port* const port = element().main_port(kind_, direction_)) return port;
    if (const Port* const other = element().main_port(other_kind(), direction_); other != nullptr && ports().empty()) {
      wrong_kind(*other);
      return nullptr;
    }
    const std::vector<std::string> known = ports();
    std::string fix;
    if (!known.empty()) {
      fix = fmt::format("name one: {}", list_names(known));
    } else if (family(kind_, direction_) != nullptr) {
      fix = direction_ == Direction::kIn
                ? fmt::format("give it a name of your choice: `… {} [a] {}`", arrow_word(kind_), name())
                : fmt::format("give it a name of your choice: `{} [a] {} …`", name(), arrow_word(kind_));
    }
    error("E0304", fmt::format("`{}` has no main {} {} port", name(), kind_word(kind_), side_word(direction_)), fix);
    return nullptr;
  }

  Port* named() {
    Port* const port = element().find_port(end_.port, direction_);
    if (port != nullptr) {
      if (port->kind() == kind_) return port;
      wrong_kind(*port);
      return nullptr;
    }
    if (const Port* const other = element().find_port(end_.port, other_direction())) {
      const bool is_in = other->direction() == Direction::kIn;
      error("E0302",
            fmt::format("`{}` is an {} port of `{}`: it stands {} the arrow", end_.port, side_word(other->direction()),
                        name(), is_in ? "behind" : "in front of"),
            is_in ? fmt::format("`… {} [{}] {}`", arrow_word(other->kind()), end_.port, name())
                  : fmt::format("`{} [{}] {} …`", name(), end_.port, arrow_word(other->kind())));
      return nullptr;
    }
    if (FamilyBase* const members = family(kind_, direction_)) return &members->port(end_.port);
    if (family(other_kind(), direction_) != nullptr) {
      error("E0301",
            fmt::format("the {} ports of `{}` are {} ports", side_word(direction_), name(), kind_word(other_kind())),
            fmt::format("connect them with `{}`", arrow_word(other_kind())), true);
      return nullptr;
    }
    unknown();
    return nullptr;
  }

  FamilyBase* family(PortKind kind, Direction direction) {
    for (FamilyBase* candidate : element().families()) {
      if (candidate->kind() == kind && candidate->direction() == direction) return candidate;
    }
    return nullptr;
  }

  // The names of the ports that this end could be: of its kind and direction.
  std::vector<std::string> ports() {
    std::vector<std::string> out;
    for (const Port* port : element().ports()) {
      if (port->kind() == kind_ && port->direction() == direction_) out.push_back(port->name());
    }
    return out;
  }

  void wrong_kind(const Port& port) {
    error("E0301",
          fmt::format("`{}` of `{}` is a {} port, and `{}` connects {} ports", port.name(), name(),
                      kind_word(port.kind()), arrow_word(kind_), kind_word(kind_)),
          port.kind() == PortKind::kQuery ? "ask with `=>`" : "push with `->`", true);
  }

  void unknown() {
    std::vector<std::string> known;
    for (const Port* port : element().ports()) {
      if (port->direction() == direction_) known.push_back(port->name());
    }
    const std::string near = did_you_mean(end_.port, known);
    const std::string fix = known.empty() ? fmt::format("it has no {} ports at all", side_word(direction_))
                                          : fmt::format("its {} ports: {}", side_word(direction_), list_names(known));
    error("E0303", fmt::format("`{}` has no {} port `{}`{}", name(), side_word(direction_), end_.port, near),
          near.empty() ? fix : "");
  }

  void error(std::string_view code, std::string message, std::string fix, bool at_arrow = false) {
    wrong_arrow_ = at_arrow;
    work_.error(code, at_arrow ? connection_.arrow : end_.span, std::move(message), std::move(fix), connection_.uses);
  }

  Work& work_;
  const GraphConnection& connection_;
  const GraphEnd& end_;
  Direction direction_;
  PortKind kind_;
  bool wrong_arrow_ = false;
};

// A question goes to one answerer, or it would have several answers.
void check_asked_once(Work& work) {
  std::unordered_map<const Port*, size_t> first;
  for (size_t i = 0; i < work.connections.size(); ++i) {
    CheckedConnection& connection = work.connections[i];
    if (connection.kind != PortKind::kQuery || connection.from_port == nullptr) continue;
    const auto [entry, is_new] = first.try_emplace(connection.from_port, i);
    if (is_new) continue;
    const GraphConnection& written = work.graph.connections[i];
    work.report({Severity::kError,
                 "E0305",
                 written.from.span,
                 fmt::format("`{}` of `{}` asks already: a query port has one connection", connection.from_port->name(),
                             work.name(connection.from)),
                 {{"connected here", work.graph.connections[entry->second].from.span}},
                 {}},
                written.uses);
    connection.from_port = nullptr;  // so that its types are not looked at
  }
}

void check_all_connected(Work& work, size_t index) {
  const Work::Node& node = work.nodes[index];
  if (node.lost) return;
  for (const Port* port : work.elements[index].element->ports()) {
    const bool is_in = port->direction() == Direction::kIn;
    if (port->connected() || port->optional() || port->in_family() || (is_in ? node.in_lost : node.out_lost)) continue;
    const GraphElement& written = work.graph.elements[index];
    const std::string name = work.name(index);
    const bool query = port->kind() == PortKind::kQuery;
    std::string fix = query   ? fmt::format("connect it: `{} [{}] => …`", name, port->name())
                      : is_in ? fmt::format("connect it: `… -> {}`", name)
                              : fmt::format("connect it, if only to get rid of what it gives: `{} -> Discard`", name);
    work.error("E0306", written.class_span, fmt::format("the {} of `{}` is not connected", describe(*port), name),
               std::move(fix), written.uses);
  }
}

}  // namespace

void connect_ports(Work& work) {
  for (size_t i = 0; i < work.connections.size(); ++i) {
    const GraphConnection& written = work.graph.connections[i];
    End from(work, written, Direction::kOut), to(work, written, Direction::kIn);
    work.connections[i].from_port = from.find();
    if (from.wrong_arrow()) {
      to.give_up();
    } else {
      work.connections[i].to_port = to.find();
    }
  }
  check_asked_once(work);
  if (work.graph.incomplete) return;
  for (size_t i = 0; i < work.elements.size(); ++i) check_all_connected(work, i);
}

}  // namespace blox
