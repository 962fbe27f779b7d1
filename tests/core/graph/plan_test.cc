#include "core/graph/plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/support/graph_elements.h"
#include "tests/support/graph_maker.h"
#include "tests/support/plan_laws.h"

namespace blox::testing {
namespace {

Checked checked(const Graph& graph) {
  Diagnostics found;
  std::optional<Checked> out = check(graph, graph_elements(), nullptr, found);
  REQUIRE_MESSAGE(out.has_value(), text_of(found));
  return *std::move(out);
}

// "a b | c": the elements of each task.
std::string tasks(const Checked& topology, const Plan& plan) {
  std::string out;
  for (const PlannedTask& task : plan.tasks) {
    if (!out.empty()) out += " | ";
    for (size_t i = 0; i < task.elements.size(); ++i) {
      out += (i == 0 ? "" : " ") + topology.elements[task.elements[i]].path;
    }
    if (task.blocking) out += "!";
  }
  return out;
}

std::string tasks(const GraphMaker& g) {
  const Checked topology = checked(g.graph);
  return tasks(topology, plan(topology));
}

const NamedLiteral kQueue{"queue", Literal::of(int64_t{8})};

TEST_CASE("a chain is one task, upstream first") {
  GraphMaker g;
  g.element("s", "Sink").element("r", "Relay").element("w", "Words").connect("w -> r").connect("r -> s");
  CHECK(tasks(g) == "w r s");
}

TEST_CASE("fan-out and fan-in stay in one task") {
  GraphMaker g;
  g.element("w", "Words").element("a", "Relay").element("b", "Relay").element("s", "Sink").element("v", "Words");
  g.connect("w -> a").connect("w -> b").connect("a -> s").connect("b -> s").connect("v -> s");
  CHECK(tasks(g) == "w a b v s");
}

TEST_CASE("a queue is where one is asked for, and around what blocks or is isolated") {
  GraphMaker g;
  g.element("w", "Words").element("a", "Relay").element("b", "Slow").element("c", "Relay");
  g.element("d", "Relay", {}, {{"isolate", boolean(true)}}).element("s", "Sink");
  g.connect("w -> a", {kQueue}).connect("a -> b").connect("b -> c").connect("c -> d").connect("d -> s");
  CHECK(tasks(g) == "w | a | b! | c | d | s");
}

TEST_CASE("asker and answerer take turns in tasks of their own") {
  GraphMaker g;
  g.element("w", "Words").element("e", "Enrich").element("t", "Table").element("s", "Sink");
  g.connect("w -> e").connect("w -> [in] t").connect("e [ask] => [get] t").connect("e -> s");
  CHECK(tasks(g) == "w e s | t");
}

TEST_CASE("what also reaches an element through a queue is not fused with it") {
  GraphMaker g;  // a and b in one task, with a queue from a to c to b, would wait for each other
  g.element("a", "Words").element("b", "Sink").element("c", "Relay");
  g.connect("a -> b").connect("a -> c", {kQueue}).connect("c -> b");
  CHECK(tasks(g) == "a | c b");
  GraphMaker both;
  both.element("a", "Words").element("b", "Sink").element("c", "Relay");
  both.connect("a -> b").connect("a -> c", {kQueue}).connect("c -> b", {kQueue});
  CHECK(tasks(both) == "a | b | c");
}

TEST_CASE("a queue inside a task splits it") {
  GraphMaker g;
  g.element("a", "Words").element("b", "Relay").element("c", "Double").element("s", "Sink");
  g.connect("a -> b").connect("b -> c").connect("b -> [extra] c", {kQueue}).connect("c -> s");
  CHECK(tasks(g) == "a b | c s");
}

TEST_CASE("a side input joins the task it feeds") {
  GraphMaker g;  // `v` has no queue in front of it, but waits for nobody either
  g.element("a", "Words").element("b", "Relay").element("c", "Double").element("s", "Sink").element("v", "Words");
  g.connect("a -> b").connect("b -> c").connect("b -> [extra] c", {kQueue}).connect("c -> s").connect("v -> s");
  CHECK(tasks(g) == "a b | c v s");
}

TEST_CASE("two tasks that would feed each other are split") {
  GraphMaker g;
  g.element("a", "Words").element("b", "Double").element("c", "Words").element("d", "Double").element("s", "Sink");
  g.connect("a -> b").connect("c -> d").connect("a -> [extra] d", {kQueue}).connect("c -> [extra] b", {kQueue});
  g.connect("b -> s").connect("d -> s");
  CHECK(tasks(g) == "a | b d s | c");
}

TEST_CASE("a very long chain becomes several tasks, so that calls do not nest without bound") {
  constexpr size_t kLength = 1'000;
  GraphMaker g;
  g.element("n0", "Node");
  for (size_t i = 1; i < kLength; ++i) {
    g.element("n" + std::to_string(i), "Node");
    g.connect("n" + std::to_string(i - 1) + " [out] -> [in] n" + std::to_string(i));
  }
  const Plan made = plan(checked(g.graph));
  REQUIRE(made.tasks.size() == 4);
  for (const PlannedTask& task : made.tasks) CHECK(task.elements.size() <= 256);
}

// ---- properties on random graphs ----

class RandomGraph {
 public:
  explicit RandomGraph(uint32_t seed) : random_(seed) {}

  Graph make() {
    Graph graph;
    const size_t count = 2 + pick(30);
    for (size_t i = 0; i < count; ++i) {
      GraphElement element;
      element.path = "n" + std::to_string(i);
      const size_t kind = pick(12);
      element.class_name = kind == 0 ? "Slow" : "Node";
      if (kind == 1) element.settings.push_back({"isolate", {}, boolean(true)});
      graph.elements.push_back(std::move(element));
    }
    std::vector<size_t> order(count);
    for (size_t i = 0; i < count; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random_);
    const size_t connections = pick(3 * count);
    for (size_t i = 0; i < connections; ++i) {
      size_t a = pick(count), b = pick(count);
      if (a == b) continue;
      if (a > b) std::swap(a, b);
      connect(graph, order[a], order[b]);
    }
    // What blocks has ports that must be connected.
    for (size_t i = 0; i < count; ++i) {
      if (graph.elements[i].class_name != "Slow") continue;
      GraphElement source{"from" + std::to_string(i), true, "Node", {}, {}, {}, {}};
      GraphElement sink{"to" + std::to_string(i), true, "Node", {}, {}, {}, {}};
      graph.elements.push_back(source);
      push(graph, graph.elements.size() - 1, i);
      graph.elements.push_back(sink);
      push(graph, i, graph.elements.size() - 1);
    }
    return graph;
  }

 private:
  size_t pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }

  void connect(Graph& graph, size_t from, size_t to) {
    const bool query =
        pick(5) == 0 && graph.elements[from].class_name == "Node" && graph.elements[to].class_name == "Node";
    if (!query) return push(graph, from, to);
    GraphConnection out;
    out.kind = PortKind::kQuery;
    out.from.element = from;
    out.from.port = "ask" + std::to_string(graph.connections.size());
    out.to.element = to;
    out.to.port = "q";
    graph.connections.push_back(std::move(out));
  }

  void push(Graph& graph, size_t from, size_t to) {
    GraphConnection out;
    out.from.element = from;
    out.from.port = "out";
    out.to.element = to;
    out.to.port = "in";
    if (pick(6) == 0) out.settings.push_back({"queue", {}, Literal::of(int64_t{4})});
    graph.connections.push_back(std::move(out));
  }

  std::mt19937 random_;
};

TEST_CASE("plans of random graphs keep the laws, and the same graph gives the same plan") {
  for (uint32_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    const Graph graph = RandomGraph(seed).make();
    const Checked topology = checked(graph);
    const Plan made = plan(topology);
    CHECK(broken_law(topology, made) == "");
    CHECK(tasks(topology, made) == tasks(topology, plan(checked(graph))));
  }
}

TEST_CASE("what can be one task without waiting for itself is one task") {
  // Without queues, queries and blocking elements each connected part is one task, whatever its form.
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Graph graph = RandomGraph(seed).make();
    std::erase_if(graph.connections, [](const GraphConnection& c) { return c.kind == PortKind::kQuery; });
    for (GraphConnection& connection : graph.connections) connection.settings.clear();
    for (GraphElement& element : graph.elements) {
      element.settings.clear();
      if (element.class_name == "Slow") element.class_name = "Node";
    }
    const Checked topology = checked(graph);
    for (const PlannedConnection& connection : plan(topology).connections) CHECK(connection.fused);
  }
}

}  // namespace
}  // namespace blox::testing
