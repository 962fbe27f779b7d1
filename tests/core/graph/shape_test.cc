#include "core/graph/graph.h"

#include <doctest/doctest.h>

#include "core/graph/check.h"
#include "tests/support/graph_elements.h"
#include "tests/support/graph_maker.h"

namespace blox::testing {
namespace {

std::string errors(const GraphMaker& g) {
  Diagnostics found;
  const std::optional<Checked> checked = check(g.graph, graph_elements(), nullptr, found);
  CHECK(checked.has_value() == !found.has_errors());
  return text_of(found);
}

TEST_CASE("a circle of pushes is refused with its way") {
  GraphMaker g;
  g.element("w", "Words").element("a", "Relay").element("b", "Relay").element("s", "Sink");
  g.connect("w -> a").connect("a -> b").connect("b -> a").connect("b -> s");
  CHECK(errors(g) ==
        "E0601 what `a` gives comes back to it: a circle of pushes needs `spill`, which is not available yet\n"
        "  = the circle: `a` -> `b` -> `a`\n  = fix: take one of these connections out\n");
}

TEST_CASE("an element that feeds itself is a circle") {
  GraphMaker g;
  g.element("w", "Words").element("a", "Relay").connect("w -> a").connect("a -> a");
  CHECK(errors(g) ==
        "E0601 what `a` gives comes back to it: a circle of pushes needs `spill`, which is not available yet\n"
        "  = the circle: `a` -> `a`\n  = fix: take one of these connections out\n");
}

TEST_CASE("a long circle is shown without its middle") {
  GraphMaker g;
  g.element("a0", "Relay");
  for (int i = 1; i < 30; ++i) {
    g.element("a" + std::to_string(i), "Relay");
    g.connect("a" + std::to_string(i - 1) + " -> a" + std::to_string(i));
  }
  g.connect("a29 -> a0");
  CHECK(errors(g).find("`a0` -> `a1` -> `a2` -> `a3` -> `a4` -> `a5` -> `a6` … 18 more … -> `a25` -> `a26` -> `a27` -> "
                       "`a28` -> `a29` -> `a0`") != std::string::npos);
}

TEST_CASE("a circle of queries is refused") {
  GraphMaker g;
  g.element("a", "Node").element("b", "Node");
  g.connect("a [x] => [q] b").connect("b [x] => [q] a");
  CHECK(errors(g) ==
        "E0602 `a` asks itself in the end: a circle of queries waits for its own answer\n"
        "  = the circle: `a` => `b` => `a`\n  = fix: take one of these connections out\n");
}

TEST_CASE("an answerer whose pushes lead back to who asks it is refused") {
  GraphMaker g;
  g.element("a", "Node").element("b", "Node").element("c", "Node");
  g.connect("a [x] => [q] b").connect("b [out] -> [in] c").connect("c [out] -> [in] a");
  CHECK(errors(g) ==
        "E0603 `a` waits for itself: pushes and queries that make a circle can stand still\n"
        "  = the circle: `a` => `b` -> `c` -> `a`\n  = fix: take one of these connections out\n");
}

TEST_CASE("asking what one also writes to is no circle") {
  GraphMaker g;
  g.element("a", "Node").element("b", "Node");
  g.connect("a [x] => [q] b").connect("a [out] -> [in] b");
  CHECK(errors(g).empty());
}

TEST_CASE("a circle inside a larger one is reported once") {
  GraphMaker g;
  g.element("a", "Node").element("b", "Node");
  g.connect("a [out] -> [in] b").connect("b [out] -> [in] a").connect("a [x] => [q] b");
  CHECK(errors(g).find("E0603") == std::string::npos);
  CHECK(errors(g).starts_with("E0601"));
}

TEST_CASE("what nothing can reach is a warning") {
  GraphMaker g;
  g.element("n", "Node").element("t", "Table").element("w", "Words").element("s", "Sink").element("m", "Node");
  g.connect("w -> s").connect("m [out] -> s");
  Diagnostics found;
  GraphMaker only;
  only.element("t", "Table").element("w", "Words").element("a", "Append").connect("w -> a");
  CHECK(check(only.graph, graph_elements(), nullptr, found).has_value());
  CHECK(text_of(found) == "W0604 nothing reaches `t`: it will do nothing\n  = fix: connect it or take it out\n");
}

}  // namespace
}  // namespace blox::testing
