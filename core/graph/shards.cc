#include "core/graph/shards.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/graph/gather.h"
#include "core/graph/spread.h"
#include "core/graph/work.h"

namespace blox {
namespace {

// The types that the checker has found for the element that a replica is a copy of.
class KnownTypes final : public Types {
 public:
  KnownTypes(const Checked& checked, std::map<const Port*, const Port*> original)
      : checked_(checked), original_(std::move(original)) {}

  std::optional<Schema> of(const Port& port) override {
    const Port& known = *original_.at(&port);
    const bool answers = port.kind() == PortKind::kQuery && port.direction() == Direction::kOut;
    if ((answers || port.direction() == Direction::kIn) && !known.connected()) return std::nullopt;
    return answers ? known.answer_schema() : known.schema();
  }
  std::vector<Schema> writers(const Port& port) override {
    std::vector<Schema> out;
    for (const CheckedConnection& connection : checked_.connections) {
      if (connection.to_port == original_.at(&port)) out.push_back(connection.from_port->schema());
    }
    return out;
  }
  // What is wrong was said of the original.
  void report(Diagnostic) override {}
  void error(std::string_view, Span, std::string, std::string) override {}

 private:
  const Checked& checked_;
  std::map<const Port*, const Port*> original_;
};

class Expansion {
 public:
  Expansion(const Graph& graph, Checked checked)
      : work_(graph, registry_, nullptr, nobody_reads_), checked_(std::move(checked)) {}

  Checked run() {
    const size_t written = checked_.elements.size();
    for (size_t i = 0; i < written; ++i) {
      if (checked_.elements[i].shard) take_apart(i);
    }
    return std::move(checked_);
  }

 private:
  // ---- replicas ----

  std::unique_ptr<Element> copy(size_t shard, const Element& original, const std::string& path) {
    const CheckedElement& of = checked_.elements[shard];
    std::unique_ptr<Element> made = of.element_class->make();
    made->set_class(of.element_class);
    made->attach(nullptr, path);
    const bool read = read_arguments_of(work_, work_.graph.elements[shard], *made);
    BLOX_CHECK(read, "arguments of a replica that the checker took before");
    std::map<const Port*, const Port*> known;
    for (const Port* port : original.ports()) known.emplace(&same_port(*made, *port), port);
    Diagnostics nobody;
    made->check(nobody);
    resolve(*made, known);
    return made;
  }

  static Port& same_port(Element& element, const Port& port) {
    Port* found = element.find_port(port.name(), port.direction());
    for (FamilyBase* family : element.families()) {
      if (found != nullptr) break;
      if (family->kind() == port.kind() && family->direction() == port.direction()) found = &family->port(port.name());
    }
    BLOX_CHECK(found != nullptr, "a replica without a port of its original");
    found->set_connected(port.connected());
    return *found;
  }

  // A class may keep what it has worked out of the types, so a replica works it out, too.
  void resolve(Element& made, const std::map<const Port*, const Port*>& known) {
    KnownTypes types(checked_, known);
    for (const bool arriving : {true, false}) {
      for (Port* port : made.ports()) {
        const Port& original = *known.at(port);
        const bool in = port->direction() == Direction::kIn;
        if (port != &made.errors()) {
          if (in == arriving && (!in || port->connected())) (void)made.resolve(*port, types);
          const bool asks = port->kind() == PortKind::kQuery;
          if (asks && in != arriving && (in || port->connected())) (void)made.resolve_answer(*port, types);
        }
        port->set_schema(original.schema());
        port->set_answer_schema(original.answer_schema());
      }
    }
  }

  // ---- one shard ----

  void take_apart(size_t shard) {
    const ShardChoice choice = *std::exchange(checked_.elements[shard].shard, std::nullopt);
    std::unique_ptr<Element> original = std::move(checked_.elements[shard].element);
    const std::string path = checked_.elements[shard].path;
    std::vector<size_t> replicas;
    std::vector<std::unique_ptr<Element>> copies;
    for (size_t i = 1; i < choice.replicas; ++i) {
      copies.push_back(copy(shard, *original, path + "#" + std::to_string(i)));
    }
    original->attach(nullptr, path + "#0");
    copies.insert(copies.begin(), std::move(original));
    for (size_t i = 0; i < copies.size(); ++i) {
      const CheckedElement& of = checked_.elements[shard];
      CheckedElement replica{path + "#" + std::to_string(i),
                             of.named,
                             of.element_class,
                             std::move(copies[i]),
                             of.settings,
                             of.span,
                             std::nullopt,
                             {}};
      replica.place = {ShardPlace::Part::kReplica, shard, i, choice.replicas};
      replicas.push_back(add(std::move(replica)));
    }

    Fronts fronts;
    std::unique_ptr<Spread> spread = make_spread(path, choice, replicas);
    fronts.free = spread.get();
    CheckedElement& front = checked_.elements[shard];
    front.element_class = spread->element_class();
    front.element = std::move(spread);
    const ErrorPolicy on_error = front.settings.on_error;  // of what no replica takes, too
    front.settings = {};
    front.settings.on_error = on_error;
    front.place = {ShardPlace::Part::kSpread, shard, 0, choice.replicas};
    connect(shard, fronts, choice, replicas);
  }

  // What stands before the replicas: one for each push input, one for all questions. The first has the shard's place.
  struct Fronts {
    Spread* free = nullptr;
    std::map<const Port*, std::pair<size_t, Spread*>> inputs;
    std::pair<size_t, Spread*> questions{0, nullptr};
    std::vector<std::pair<size_t, Spread*>> all;
  };

  std::pair<size_t, Spread*> front_of(size_t shard, Fronts& fronts, const CheckedConnection& connection,
                                      const ShardChoice& choice, const std::vector<size_t>& replicas) {
    const bool asks = connection.kind == PortKind::kQuery;
    std::pair<size_t, Spread*>& known = asks ? fronts.questions : fronts.inputs[connection.to_port];
    if (known.second != nullptr) return known;
    if (fronts.free != nullptr) {
      known = {shard, std::exchange(fronts.free, nullptr)};
    } else {
      const CheckedElement& front = checked_.elements[shard];
      const std::string name = front.path + "#" + (asks ? "questions" : connection.to_port->name());
      std::unique_ptr<Spread> made = make_spread(name, choice, replicas);
      known.second = made.get();
      CheckedElement more;
      more.path = name;
      more.named = front.named;
      more.element_class = front.element_class;
      more.element = std::move(made);
      more.span = front.span;
      more.settings.on_error = front.settings.on_error;
      more.place = {ShardPlace::Part::kExtra, shard, 0, choice.replicas};
      known.first = add(std::move(more));
    }
    fronts.all.push_back(known);
    return known;
  }

  std::unique_ptr<Spread> make_spread(const std::string& path, const ShardChoice& choice,
                                      const std::vector<size_t>& replicas) {
    ShardSetup setup{choice.replicas, choice.by, choice.values, {}, choice.names};
    for (const Port* port : checked_.elements[replicas[0]].element->ports()) {
      const bool input = port->kind() == PortKind::kPush && port->direction() == Direction::kIn && port->connected();
      if (input) setup.inputs.push_back(port);
    }
    auto out = std::make_unique<Spread>();
    out->attach(nullptr, path);
    out->use(*choice.sharder, std::move(setup));
    return out;
  }

  size_t add(CheckedElement element) {
    checked_.elements.push_back(std::move(element));
    return checked_.elements.size() - 1;
  }

  // ---- its connections ----

  void connect(size_t shard, Fronts& fronts, const ShardChoice& choice, const std::vector<size_t>& replicas) {
    std::vector<CheckedConnection> connections = std::move(checked_.connections);
    checked_.connections.clear();
    std::map<const Port*, Port*> inside;  // an in port of the shard: that of what spreads
    for (CheckedConnection& connection : connections) {
      if (connection.to != shard) continue;
      const auto [index, spread] = front_of(shard, fronts, connection, choice, replicas);
      Port*& in = inside[connection.to_port];
      if (in == nullptr) in = enter(index, *spread, choice, replicas, connection);
      connection.to = index;
      connection.to_port = in;
      connection.queue.asked = connection.queue.asked || choice.sharder->traits.one_at_a_time;
    }
    std::map<const Port*, std::pair<size_t, Gather*>> behind;  // an out port of the shard: what gathers there
    for (CheckedConnection& connection : connections) {
      if (connection.from != shard) {
        checked_.connections.push_back(connection);
        continue;
      }
      const bool errors = connection.from_port->name() == "errors" && connection.kind == PortKind::kPush;
      if (choice.keep_order && !errors && connection.kind == PortKind::kPush) {
        auto& [index, gather] = behind[connection.from_port];
        if (gather == nullptr) std::tie(index, gather) = leave(shard, *fronts.all[0].second, replicas, connection);
        connection.from = index;
        connection.from_port = &gather->out();
        checked_.connections.push_back(connection);
        continue;
      }
      for (const auto& [index, spread] : fronts.all) {
        if (errors) add_connection(connection, index, spread->errors());
      }
      for (const size_t replica : replicas) {
        add_connection(connection, replica, twin(replica, *connection.from_port));
      }
    }
  }

  void add_connection(CheckedConnection like, size_t from, Port& from_port) {
    from_port.set_connected(true);
    like.from = from;
    like.from_port = &from_port;
    checked_.connections.push_back(like);
  }

  Port& twin(size_t replica, const Port& port) {
    Port* const found = checked_.elements[replica].element->find_port(port.name(), port.direction());
    BLOX_CHECK(found != nullptr, "a replica without a port of its original");
    return *found;
  }

  Port* enter(size_t front, Spread& spread, const ShardChoice& choice, const std::vector<size_t>& replicas,
              const CheckedConnection& connection) {
    const Port& port = *connection.to_port;
    const bool push = connection.kind == PortKind::kPush;
    Port& in = push ? static_cast<Port&>(spread.add_push(port)) : static_cast<Port&>(spread.add_query(port));
    for (size_t i = 0; i < replicas.size(); ++i) {
      CheckedConnection inner;
      inner.from = front;
      inner.from_port = &spread.to_replica(in, i);
      inner.to = replicas[i];
      inner.to_port = &twin(replicas[i], port);
      inner.kind = connection.kind;
      inner.span = connection.span;
      inner.queue.asked = true;
      inner.queue.deadline = connection.queue.deadline;
      if (choice.sharder->traits.one_at_a_time) {
        inner.queue.logs = 1;
        inner.one_at_a_time = true;
      }
      inner.counted = push && choice.keep_order;
      checked_.connections.push_back(inner);
    }
    return &in;
  }

  std::pair<size_t, Gather*> leave(size_t shard, Spread& spread, const std::vector<size_t>& replicas,
                                   const CheckedConnection& connection) {
    const CheckedElement& front = checked_.elements[shard];
    auto made = std::make_unique<Gather>();
    Gather* const gather = made.get();
    gather->add(*connection.from_port, replicas.size());
    CheckedElement element{front.path + "#" + connection.from_port->name(),
                           front.named,
                           made->element_class(),
                           nullptr,
                           {},
                           front.span,
                           std::nullopt,
                           {ShardPlace::Part::kGather, shard, 0, replicas.size()}};
    made->attach(nullptr, element.path);
    element.element = std::move(made);
    const size_t index = add(std::move(element));
    const auto inner = [&](size_t from, Port& from_port, PushIn& to) -> CheckedConnection& {
      CheckedConnection out;
      out.from = from;
      out.from_port = &from_port;
      out.to = index;
      out.to_port = &to;
      out.queue.asked = true;
      out.span = connection.span;
      return checked_.connections.emplace_back(out);
    };
    spread.order().set_connected(true);
    inner(shard, spread.order(), gather->order());
    for (size_t i = 0; i < replicas.size(); ++i) {
      inner(replicas[i], twin(replicas[i], *connection.from_port), gather->from_replica(i)).marks = true;
    }
    return {index, gather};
  }

  Registry registry_;
  Diagnostics nobody_reads_;
  Work work_;
  Checked checked_;
};

}  // namespace

Checked expand(const Graph& graph, Checked checked) { return Expansion(graph, std::move(checked)).run(); }

std::optional<std::vector<std::string>> key_at(const Element& element, const Port& port) {
  const auto& in = static_cast<const PushIn&>(port);
  for (const ArgBase* arg : element.args()) {
    if (arg->name() != in.key_argument()) continue;
    if (const std::optional<FieldList> fields = arg->as_fields(port.name())) return fields->strings();
  }
  return std::nullopt;
}

const std::string& known_as(const Checked& checked, size_t element) {
  const ShardPlace& place = checked.elements[element].place;
  if (!place.whole.empty()) return place.whole;
  return checked.elements[place.part == ShardPlace::Part::kNone ? element : place.shard].path;
}

}  // namespace blox
