#include "core/graph/update.h"

#include <doctest/doctest.h>

#include "tests/support/graph_maker.h"

namespace blox {
namespace {

using namespace blox::testing;  // GraphMaker and its literals

/// A checked topology with what it was checked from.
struct Made {
  explicit Made(GraphMaker maker) : definitions(definitions_of(maker.graph)) {
    Diagnostics diagnostics;
    std::optional<Checked> result = check(maker.graph, Registry::builtin(), nullptr, diagnostics);
    REQUIRE_MESSAGE(result.has_value(), text_of(diagnostics));
    checked = *std::move(result);
  }
  Checked checked;
  Definitions definitions;
};

GraphMaker chain(int64_t limit, int64_t head) {
  GraphMaker maker;
  maker.element("source", "Counter", {{"limit", Literal::of(limit)}});
  maker.element("head", "Head", {{"count", Literal::of(head)}});
  maker.element("sink", "Discard");
  for (GraphElement& element : maker.graph.elements) element.named = true;
  return maker;
}

std::vector<std::string> lines(const GraphMaker& before, const GraphMaker& after, const std::vector<bool>& over = {}) {
  const Made old(before), next(after);
  return compare({old.checked, old.definitions}, {next.checked, next.definitions}, over).lines();
}

GraphMaker joined(GraphMaker maker) {
  maker.connect("source -> head").connect("head -> sink");
  return maker;
}

TEST_CASE("the same topology runs on as a whole") {
  CHECK(lines(joined(chain(5, 3)), joined(chain(5, 3))) == std::vector<std::string>{"3 elements run on"});
}

TEST_CASE("another argument makes one element anew, with its state where it has a name") {
  CHECK(lines(joined(chain(5, 3)), joined(chain(5, 4))) ==
        std::vector<std::string>{"changed  head: other arguments or settings; keeps its state", "2 elements run on"});
  GraphMaker nameless = joined(chain(5, 4));
  nameless.graph.elements[1].named = false;
  CHECK(lines(joined(chain(5, 3)), nameless)[0] == "changed  head: other arguments or settings; begins anew");
}

TEST_CASE("a queue is no reason to make elements anew") {
  GraphMaker queued = chain(5, 3);
  queued.connect("source -> head", {{"queue", Literal::of(int64_t{7})}}).connect("head -> sink");
  const Made old(joined(chain(5, 3))), next(queued);
  const Update update = compare({old.checked, old.definitions}, {next.checked, next.definitions});
  CHECK(update.empty());
  CHECK(update.connections[0] == 0);
}

TEST_CASE("an element that goes leaves its neighbours alone") {
  GraphMaker without = chain(5, 3);
  without.graph.elements.erase(without.graph.elements.begin() + 1);
  without.connect("source -> sink");
  CHECK(lines(joined(chain(5, 3)), without) == std::vector<std::string>{"removed  head", "2 elements run on"});
  CHECK(lines(without, joined(chain(5, 3))) == std::vector<std::string>{"added    head", "2 elements run on"});
}

TEST_CASE("what has come to its end cannot take a new connection") {
  GraphMaker without = chain(5, 3);
  without.graph.elements.erase(without.graph.elements.begin() + 1);
  without.connect("source -> sink");
  CHECK(lines(without, joined(chain(5, 3)), {false, true}) ==
        std::vector<std::string>{"added    head",
                                 "changed  sink: it had come to its end, and has a new connection; begins anew",
                                 "1 element runs on"});
}

TEST_CASE("a parameter that an expression names is part of its words") {
  const auto with = [](int64_t least) {
    GraphElement element;
    element.class_name = "Filter";
    Literal text = Literal::of("value > $least");
    text.raw = text.text;
    Bindings bindings{{"least", Literal::of(least)}, {"unused", Literal::of(least)}};
    text.bindings = std::make_shared<const Bindings>(std::move(bindings));
    element.args.push_back({"", {}, text});
    Graph graph;
    graph.elements.push_back(element);
    return definitions_of(graph).begin()->second;
  };
  CHECK(with(1) == with(1));
  CHECK(with(1) != with(2));
}

}  // namespace
}  // namespace blox
