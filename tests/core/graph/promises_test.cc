#include "core/graph/promises.h"

#include <doctest/doctest.h>

#include "tests/support/graph_elements.h"
#include "tests/support/graph_maker.h"

namespace blox::testing {
namespace {

Promises promises_of(const GraphMaker& g) {
  Diagnostics found;
  const std::optional<Checked> checked = check(g.graph, graph_elements(), nullptr, found);
  REQUIRE_MESSAGE(checked.has_value(), text_of(found));
  return promises(*checked, plan(*checked));
}

GraphMaker sample() {
  GraphMaker g;
  g.element("w", "Words").element("t", "Tally", {{"by", name("word")}}).element("s", "Sink").element("l", "Loose");
  g.connect("w -> t", {{"queue", size(1 << 20)}}).connect("t -> s").connect("t -> l");
  return g;
}

TEST_CASE("each sink says what it promises") {
  const Promises made = promises_of(sample());
  REQUIRE(made.sinks.size() == 2);
  CHECK(made.sinks[0].path == "s");
  CHECK(made.sinks[0].guarantee == "exactly once");
  CHECK(made.sinks[1].guarantee == "at least once");
  CHECK(made.not_deterministic.empty());
}

TEST_CASE("a queue that drops weakens what is behind it, and nothing else") {
  GraphMaker g = sample();
  g.element("v", "Words").element("other", "Sink").connect("v -> other");
  g.graph.connections[0].settings.push_back({"full", {}, name("drop_old")});
  const Promises made = promises_of(g);
  CHECK(made.sinks[0].guarantee == "at most once");
  CHECK(made.sinks[0].why == "logs may be dropped between `w` and `t`");
  CHECK(made.sinks[2].guarantee == "exactly once");
}

TEST_CASE("what pushes answers is not deterministic") {
  GraphMaker g;
  g.element("w", "Words").element("e", "Enrich").element("t", "Table").element("s", "Sink").element("c", "Chance");
  g.connect("w -> e").connect("w -> [in] t").connect("e [ask] => [get] t").connect("e -> c").connect("c -> s");
  CHECK(promises_of(g).not_deterministic == std::vector<std::string>{"e", "c"});
}

TEST_CASE("memory is bounded by queues, calls and state, as far as it is known") {
  const Promises made = promises_of(sample());
  REQUIRE(made.bounds.size() == 4);
  CHECK(made.bounds[0].what == "queue w -> t");
  CHECK(made.bounds[0].bytes == 1 << 20);
  CHECK(made.bounds[1].what == "calls of w");
  CHECK(made.bounds[2].what == "calls of t … l (3 elements)");
  CHECK(made.bounds[2].bytes == 3 << 20);
  CHECK(made.bounds[3].what == "state of t");
  CHECK_FALSE(made.bounds[3].known);
  CHECK_FALSE(made.total_known);
  CHECK(made.total_bytes == 5 << 20);

  GraphMaker g = sample();
  g.graph.elements[1].settings.push_back({"memory", {}, size(1 << 30)});
  CHECK(promises_of(g).total_known);
  CHECK(promises_of(g).total_bytes == (5 << 20) + (1 << 30));
}

TEST_CASE("exactly once can be required") {
  GraphMaker g = sample();
  g.element("x", "Chance").element("s2", "Sink").element("s3", "Sink");
  g.connect("w -> x").connect("x -> s2").connect("x -> s3", {{"full", name("drop_new")}});
  g.graph.require_exactly_once = true;
  Diagnostics found;
  CHECK_FALSE(check(g.graph, graph_elements(), nullptr, found).has_value());
  CHECK(text_of(found) ==
        "E0801 `l` promises at least once, not exactly once\n  = required here\n"
        "E0802 `x` is not deterministic, so `s2` cannot be exactly once\n  = required here\n"
        "E0803 logs may be dropped between `x` and `s3`, so `s3` cannot be exactly once\n  = required here\n"
        "  = fix: use `full = block`\n");
}

}  // namespace
}  // namespace blox::testing
