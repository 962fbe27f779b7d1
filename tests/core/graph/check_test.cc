#include "core/graph/check.h"

#include <doctest/doctest.h>

#include "tests/support/graph_elements.h"
#include "tests/support/graph_maker.h"

namespace blox::testing {
namespace {

std::string errors(const GraphMaker& g, const ClusterFacts* cluster = nullptr) {
  Diagnostics found;
  const std::optional<Checked> checked = check(g.graph, graph_elements(), cluster, found);
  CHECK(checked.has_value() == !found.has_errors());
  return text_of(found);
}

Checked checked(const GraphMaker& g) {
  Diagnostics found;
  std::optional<Checked> out = check(g.graph, graph_elements(), nullptr, found);
  REQUIRE_MESSAGE(out.has_value(), text_of(found));
  return *std::move(out);
}

NamedLiteral by(std::string field) { return {"by", name(std::move(field))}; }

TEST_CASE("a sound topology gets elements with arguments and ports with types") {
  GraphMaker g;
  g.element("words", "Words").element("t", "Tally", {{"", name("word")}}).element("Sink@1", "Sink");
  g.connect("words -> t").connect("t -> Sink@1", {{"queue", Literal::of(int64_t{8})}});
  const Checked out = checked(g);
  REQUIRE(out.elements.size() == 3);
  CHECK(out.elements[1].element->path() == "t");
  CHECK(out.elements[1].named);
  CHECK_FALSE(out.elements[2].named);
  CHECK(out.connections[0].to_port->schema().to_string() == "{word: string, size: int}");
  CHECK(out.connections[1].from_port->schema().to_string() == "{word: string, count: int} key(word)");
  CHECK(out.connections[1].to_port->schema().key() == std::vector<std::string>{"word"});
  CHECK(out.connections[1].queue.logs == 8);
  CHECK(out.connections[1].to_port->connected());
  CHECK(out.elements[0].element->errors().schema() == Element::error_schema());
}

// ---- names and arguments ----

TEST_CASE("an unknown class names the nearest one, and nothing follows from it") {
  GraphMaker g;
  g.element("words", "Wrods").element("t", "tally", {by("word")}).element("x", "Nonsense");
  g.connect("words -> t").connect("t [what] -> [ever] x").connect("x -> words");
  CHECK(errors(g) ==
        "E0201 unknown element class `Wrods`; did you mean `Words`?\n"
        "E0201 unknown element class `tally`; did you mean `Tally`?\n"
        "E0201 unknown element class `Nonsense`\n  = fix: `blox list` shows all classes\n");
}

TEST_CASE("an error inside a compound shows where it was used") {
  GraphMaker g;
  g.element("outer/inner/w", "Wrods");
  g.graph.elements[0].uses = {{"Outer", {0, 90, 1}}, {"Inner", {0, 80, 1}}};
  CHECK(errors(g) ==
        "E0201 unknown element class `Wrods`; did you mean `Words`?\n"
        "  = inside `Inner`, used here\n  = inside `Outer`, used here\n");
}

TEST_CASE("arguments are given by name or by position") {
  GraphMaker g;
  g.element("words", "Words").element("t", "Tally", {{"limit", Literal::of(int64_t{3})}, {"", name("word")}});
  g.element("s", "Sink").connect("words -> t").connect("t -> s");
  CHECK(errors(g).empty());
}

TEST_CASE("unknown, missing, repeated and surplus arguments are errors at their place") {
  GraphMaker g;
  g.element("w", "Words", {{"", Literal::of(int64_t{1})}});
  g.element("a", "Tally", {by("word"), {"limt", Literal::of(int64_t{1})}});
  g.element("b", "Tally");
  g.element("c", "Tally", {{"", name("word")}, by("size")});
  g.element("d", "Tally", {{"", name("word")}, {"", Literal::of(int64_t{1})}, {"", Literal::of(int64_t{2})}});
  g.element("e", "Tally", {by("word"), {"limit", Literal::of(int64_t{0})}});
  g.element("f", "Tally", {by("word"), {"limit", Literal::of(std::string("many"))}});
  g.element("s", "Sink");
  for (const char* t : {"a", "b", "c", "d", "e", "f"}) {
    g.connect("w -> " + std::string(t)).connect(std::string(t) + " -> s");
  }
  CHECK(errors(g) ==
        "E0430 `Words` takes no arguments without a name, and this is one more\n"
        "E0401 `Tally` has no argument `limt`; did you mean `limit`?\n"
        "E0404 `Tally` needs the argument `by`\n  = fix: give it, as in `Tally(by = …)`: the key ([field])\n"
        "E0409 the argument `by` is given twice\n  = first given here\n"
        "E0430 `Tally` takes 2 arguments, and this is one more\n  = fix: they are `by` and `limit`\n"
        "E0403 `limit` must be at least 1, not `0`\n"
        "E0402 `limit` needs an int, not a string `\"many\"`\n");
}

// ---- ports ----

TEST_CASE("a port that there is not names the nearest one") {
  GraphMaker g;
  g.element("w", "Words").element("d", "Double").element("s", "Sink");
  g.connect("w [otu] -> d").connect("w -> [extar] d").connect("d [result] -> s");
  CHECK(errors(g) ==
        "E0303 `w` has no out port `otu`; did you mean `out`?\n"
        "E0303 `d` has no in port `extar`; did you mean `extra`?\n"
        "E0303 `d` has no out port `result`\n  = fix: its out ports: `out` and `errors`\n");
}

TEST_CASE("push goes to push and query to query") {
  GraphMaker g;
  g.element("w", "Words").element("e", "Enrich").element("t", "Table").element("s", "Sink");
  g.connect("w => e").connect("w -> [get] t").connect("e [ask] -> s").connect("e -> s");
  const std::string found = errors(g);
  CHECK(found.find("E0301 `out` of `w` is a push port, and `=>` connects query ports\n  = fix: push with `->`\n") !=
        std::string::npos);
  CHECK(found.find("E0301 `get` of `t` is a query port, and `->` connects push ports\n  = fix: ask with `=>`\n") !=
        std::string::npos);
  CHECK(found.find("E0301 `ask` of `e` is a query port, and `->` connects push ports\n") != std::string::npos);
}

TEST_CASE("an in port stands behind the arrow and an out port in front of it") {
  GraphMaker g;
  g.element("w", "Words").element("r", "Relay").element("s", "Sink");
  g.connect("r [in] -> s").connect("w -> [out] r");
  CHECK(errors(g) ==
        "E0302 `in` is an in port of `r`: it stands behind the arrow\n  = fix: `… -> [in] r`\n"
        "E0302 `out` is an out port of `r`: it stands in front of the arrow\n  = fix: `r [out] -> …`\n");
}

TEST_CASE("without a main port one must be named") {
  GraphMaker g;
  g.element("w", "Words").element("all", "Gather").element("s", "Sink").element("n", "Node");
  g.connect("w -> all").connect("s -> n").connect("w -> n").connect("all -> s");
  CHECK(errors(g) ==
        "E0304 `all` has no main push in port\n  = fix: give it a name of your choice: `… -> [a] all`\n"
        "E0304 `s` has no main push out port\n  = fix: name one: `errors`\n");
}

TEST_CASE("ports of families come into being by the connections that name them") {
  GraphMaker g;
  g.element("w", "Words").element("p", "Paths").element("all", "Gather").element("s", "Sink");
  g.connect("w -> [b] all").connect("p -> [a] all").connect("w -> [b] all").connect("all -> s");
  const Checked out = checked(g);
  CHECK(out.connections[0].to_port == out.connections[2].to_port);
  CHECK(out.connections[3].to_port->schema().to_string() == "{word: string, size: int, path: string}");
}

TEST_CASE("ports that are not optional must be connected") {
  GraphMaker g;
  g.element("w", "Words").element("r", "Relay").element("e", "Enrich").element("s", "Sink");
  g.connect("w -> e").connect("e -> s");
  CHECK(errors(g) ==
        "E0306 the in port `in` of `r` is not connected\n  = fix: connect it: `… -> r`\n"
        "E0306 the out port `out` of `r` is not connected\n"
        "  = fix: connect it, if only to get rid of what it gives: `r -> Discard`\n"
        "E0306 the query out port `ask` of `e` is not connected\n  = fix: connect it: `e [ask] => …`\n");
}

TEST_CASE("a graph that has lost parts to errors complains of nothing that may follow from them, and is not sound") {
  GraphMaker g;
  g.element("r", "Relay").element("s", "Sink");
  g.graph.incomplete = true;
  GraphMaker names;
  names.element("a", "Lost").element("b", "Relay").element("s", "Sink").connect("a -> b").connect("b -> s");
  names.graph.names_lost = true;
  for (const Graph* graph : {&g.graph, &names.graph}) {
    Diagnostics found;
    CHECK_FALSE(check(*graph, graph_elements(), nullptr, found).has_value());
    CHECK(text_of(found) == "");
  }
}

TEST_CASE("a query port asks one answerer") {
  GraphMaker g;
  g.element("w", "Words").element("e", "Enrich").element("t", "Table").element("u", "Table").element("s", "Sink");
  g.connect("w -> e").connect("w -> [in] t").connect("w -> [in] u").connect("e -> s");
  g.connect("e [ask] => [get] t").connect("e [ask] => [get] u");
  CHECK(errors(g) == "E0305 `ask` of `e` asks already: a query port has one connection\n  = connected here\n");
}

// ---- places ----

TEST_CASE("sharding is refused where the class does not allow it, and where its settings say nothing") {
  GraphMaker g;
  const NamedLiteral four{"shards", Literal::of(int64_t{4})};
  const NamedLiteral word = by("word");
  g.element("w", "Words", {}, {four})
      .element("r", "Relay", {}, {four, word})
      .element("t", "Tally", {by("word")}, {word});
  g.element("s", "Sink").connect("w -> r").connect("r -> t").connect("t -> s");
  CHECK(errors(g) ==
        "E0407 `Words` cannot be sharded: each replica would do all of the work\n"
        "E0407 `by` says how records are given to replicas, and there is one only\n"
        "  = fix: add `shards`, or leave `by` out\n");
}

TEST_CASE("places are checked where a cluster is known") {
  const auto at = [](const char* place) { return NamedLiteral{"at", Literal::of(std::string(place))}; };
  GraphMaker g;
  g.element("w", "Words", {}, {at("node-1")}).element("a", "Relay", {}, {at("nod-1")});
  g.element("b", "Relay", {}, {at("disk=sdd")}).element("c", "Relay", {}, {at("gpu=yes")});
  g.element("d", "Relay", {}, {at("node-1")}).element("s", "Sink", {}, {at("node-1")});
  g.connect("w -> a").connect("a -> b").connect("b -> c").connect("c -> d").connect("d -> s");
  CHECK(errors(g).empty());
  const ClusterFacts cluster{{{"node-1", {"disk=ssd"}, 2}, {"node-2", {"disk=hdd", "zone=a"}, 0}}};
  CHECK(errors(g, &cluster) ==
        "E0702 there is no node `nod-1`; did you mean `node-1`?\n"
        "E0703 no node has the label `disk=sdd`; did you mean `disk=hdd`?\n"
        "E0703 no node has the label `gpu=yes`\n  = fix: there is `disk=hdd`, `disk=ssd` and `zone=a`\n"
        "E0704 there is no room for `s` at `node-1`, which takes 2 elements\n"
        "  = fix: move some elsewhere, or raise the capacity of the node\n");
}

TEST_CASE("a cluster that is too small is refused") {
  GraphMaker g;
  g.element("w", "Words").element("r", "Relay").element("s", "Sink").connect("w -> r").connect("r -> s");
  const ClusterFacts cluster{{{"node-1", {}, 1}, {"node-2", {}, 1}}};
  CHECK(errors(g, &cluster) ==
        "E0704 the cluster takes 2 elements, and the topology has 3\n"
        "  = fix: add a node, or raise the capacity of one\n");
}

}  // namespace
}  // namespace blox::testing
