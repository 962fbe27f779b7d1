// The checker and the planner on generated graphs, and whole processes: `blox check` of a file, and `blox run` up to
// its first record.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
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

// Ten elements a line, two of them with expressions, every third line through a compound.
std::string text(size_t count) {
  std::string out = "elementclass Pass(least = 1) { input -> Filter(\"value > $least\") -> Head(5) -> output; }\n";
  for (size_t i = 0; i < count / 10; ++i) {
    out += fmt::format(
        "a{0} :: Counter(limit = 3); b{0} :: Map(twice = \"value * 2\"); c{0} :: Count(by = [value]);\n"
        "a{0} -> Head(9) -> b{0} -> {1} -> Select([value]) -> Head(7) -> Hash([value]) -> c{0} -> Discard;\n",
        i, i % 3 == 0 ? "Pass(least = 2)" : "Filter(\"value > 1\") -> Head(5)");
  }
  return out;
}

void check_and_plan(const Graph& graph, const Registry& registry, Diagnostics& diagnostics) {
  const std::optional<Checked> checked = check(graph, registry, nullptr, diagnostics);
  if (!checked) {
    fmt::print(stderr, "the sample has errors: {}\n", diagnostics.sorted()[0].message);
    std::exit(1);
  }
  bench::keep(plan(*checked).tasks.data());
}

// The median of processor time: the machine may have other things to do.
template <typename Work>
double milliseconds(int rounds, Work work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) times.push_back(bench::cpu_seconds(work) * 1'000);
  return bench::spread_of(times).median;
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
      const double took = milliseconds(bench.pairs(), [graph = shape.make(count)] {
        Diagnostics diagnostics;
        check_and_plan(graph, testing::graph_elements(), diagnostics);
      });
      bench.figure(work, fmt::format("{:.1f} ms", took), fmt::format("≤ {:.0f} ms", most), took <= most);
    }
  }
  const auto process = [&](const std::string& work, double most, const std::vector<std::string>& command) {
    if (!bench.wanted(work)) return;
    std::vector<double> times;
    for (int i = 0; i < bench.pairs(); ++i) {
      const std::optional<double> took = bench::child_first_byte_seconds(command);
      if (!took) return bench.figure(work, "failed", fmt::format("≤ {:.0f} ms", most), false);
      times.push_back(*took * 1'000);
    }
    const bench::Spread spread = bench::spread_of(times);
    bench.figure(work, fmt::format("{:.1f} ms ({:.1f}…{:.1f})", spread.median, spread.low, spread.high),
                 fmt::format("≤ {:.0f} ms", most), spread.median <= most);
  };
  for (const auto& [count, most] : {std::pair<size_t, double>{1'000, 50}, {10'000, 500}}) {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / fmt::format("blox-bench-{}.blox", count);
    std::FILE* const out = std::fopen(file.c_str(), "wb");
    if (out == nullptr) return 1;
    fmt::print(out, "{}", text(count));
    std::fclose(out);
    process(fmt::format("blox check, {} elements, whole process", count), most, {"build/blox", "check", file.string()});
    std::filesystem::remove(file);
  }
  process("blox run of three elements to its first record", 50,
          {"build/blox", "run", "-q", "-e", "Counter(limit = 10) -> Filter(\"value > 0\") -> Print;"});
}
