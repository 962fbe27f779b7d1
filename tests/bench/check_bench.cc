// The checker and the planner on generated graphs: their share of the time that `blox check` may take.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/graph/plan.h"
#include "tests/support/compare.h"
#include "tests/support/graph_elements.h"

using namespace blox;

namespace {

void add(Graph& graph, std::string path, const char* class_name, std::vector<GraphArg> args = {}) {
  GraphElement element;
  element.path = std::move(path);
  element.named = true;
  element.class_name = class_name;
  element.args = std::move(args);
  graph.elements.push_back(std::move(element));
}

void push(Graph& graph, size_t from, size_t to, std::string port = {}) {
  GraphConnection connection;
  connection.from.element = from;
  connection.to.element = to;
  connection.to.port = std::move(port);
  graph.connections.push_back(std::move(connection));
}

Graph chain(size_t count) {
  Graph graph;
  add(graph, "words", "Words");
  for (size_t i = 1; i + 1 < count; ++i) {
    add(graph, fmt::format("r{}", i), "Relay");
    push(graph, i - 1, i);
  }
  add(graph, "sink", "Sink");
  push(graph, count - 2, count - 1);
  return graph;
}

// Half of the elements feed one in port, the other half one family of ports.
Graph fan_in(size_t count) {
  Graph graph;
  add(graph, "all", "Gather");
  add(graph, "sink", "Sink");
  push(graph, 0, 1);
  for (size_t i = 2; i < count; ++i) {
    add(graph, fmt::format("w{}", i), i % 4 < 2 ? "Words" : "Swapped");
    if (i % 2 == 0) {
      push(graph, i, 0, fmt::format("p{}", i));
    } else {
      push(graph, i, 0, "all");
    }
  }
  return graph;
}

// Uses of one compound `input -> Load -> Split(field = content) -> Tally(by = [word]) -> output`.
Graph compounds(size_t count) {
  Graph graph;
  add(graph, "files", "Paths");
  for (size_t i = 0; graph.elements.size() + 4 <= count; ++i) {
    const size_t first = graph.elements.size();
    add(graph, fmt::format("c{}/Load@1", i), "Load");
    add(graph, fmt::format("c{}/Split@2", i), "Split", {{"field", {}, Literal::name("content")}});
    add(graph, fmt::format("c{}/Tally@3", i), "Tally", {{"by", {}, Literal::name("word")}});
    add(graph, fmt::format("c{}/Sink@4", i), "Sink");
    push(graph, 0, first);
    for (size_t k = first; k < first + 3; ++k) push(graph, k, k + 1);
  }
  return graph;
}

double milliseconds(const Graph& graph, int rounds) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    Diagnostics diagnostics;
    std::optional<Checked> checked = check(graph, testing::graph_elements(), nullptr, diagnostics);
    if (!checked) {
      fmt::print(stderr, "the sample has errors: {}\n", diagnostics.all()[0].message);
      std::exit(1);
    }
    const Plan made = plan(*checked);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    bench::keep(made.tasks.data());
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<size_t>(rounds) / 2];
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  struct Shape {
    const char* name;
    Graph (*make)(size_t);
  };
  for (const Shape& shape : {Shape{"a chain", chain}, Shape{"a wide fan-in", fan_in}, Shape{"compounds", compounds}}) {
    for (const auto& [count, most] : {std::pair<size_t, double>{1'000, 20}, {10'000, 200}}) {
      const std::string work = fmt::format("check and plan {} elements: {}", count, shape.name);
      if (!bench.wanted(work)) continue;
      const double took = milliseconds(shape.make(count), bench.pairs());
      bench.figure(work, fmt::format("{:.1f} ms", took), fmt::format("≤ {:.0f} ms", most), took <= most);
    }
  }
}
