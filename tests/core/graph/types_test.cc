#include "core/graph/types.h"

#include <doctest/doctest.h>

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

Checked checked(const GraphMaker& g) {
  Diagnostics found;
  std::optional<Checked> out = check(g.graph, graph_elements(), nullptr, found);
  REQUIRE_MESSAGE(out.has_value(), text_of(found));
  return *std::move(out);
}

Literal field(const char* text) { return name(text); }

TEST_CASE("a field that does not arrive is an error at the reader, which says what does") {
  GraphMaker g;
  g.element("files", "Paths").element("Split@1", "Split", {{"field", field("content")}}).element("s", "Sink");
  g.connect("files -> Split@1").connect("Split@1 -> s");
  Diagnostics found;
  CHECK_FALSE(check(g.graph, graph_elements(), nullptr, found).has_value());
  CHECK(
      text_of(found).starts_with("E0501 `Split` needs the field `content: string`, which does not arrive\n"
                                 "  = arrives: {path: string, size: int} from `files`\n"));
  CHECK(found.all()[0].span == g.graph.connections[0].to.span);
}

TEST_CASE("a misspelt field is an error where it is named") {
  GraphMaker g;
  g.element("files", "Paths").element("split", "Split", {{"field", field("paht")}}).element("s", "Sink");
  g.connect("files -> split").connect("split -> s");
  Diagnostics found;
  CHECK_FALSE(check(g.graph, graph_elements(), nullptr, found).has_value());
  CHECK(text_of(found) ==
        "E0501 `Split` needs the field `paht: string`, which does not arrive; did you mean `path`?\n"
        "  = arrives: {path: string, size: int} from `files`\n");
  CHECK(found.all()[0].span == g.graph.elements[1].args[0].value.span);
}

TEST_CASE("what follows from an error is not reported") {
  GraphMaker g;
  g.element("files", "Paths").element("a", "Split", {{"field", field("content")}});
  g.element("b", "Split", {{"field", field("nothing")}}).element("s", "Sink");
  g.element("c", "Tally").element("d", "Split", {{"field", field("whatever")}});
  g.connect("files -> a").connect("a -> b").connect("b -> s");
  g.connect("files -> c").connect("c -> d").connect("d -> s");
  Diagnostics found;
  CHECK_FALSE(check(g.graph, graph_elements(), nullptr, found).has_value());
  CHECK(codes_of(found) == "E0404 E0501");
}

TEST_CASE("writers of one port may differ in order and nullability") {
  GraphMaker g;
  g.element("a", "Words").element("b", "Swapped").element("s", "Sink");
  g.connect("a -> s").connect("b -> s");
  const Checked out = checked(g);
  CHECK(out.connections[0].to_port->schema().to_string() == "{word: string, size: int?}");
  CHECK(out.connections[0].from_port->schema().to_string() == "{word: string, size: int}");
}

TEST_CASE("writers of one port that differ in fields are an error") {
  GraphMaker g;
  g.element("a", "Words").element("b", "Paths").element("s", "Sink");
  g.connect("a -> s").connect("b -> s");
  CHECK(errors(g) ==
        "E0508 the writers of `s` differ: `a` gives the field `word`, `b` does not\n"
        "  = arrives: {word: string, size: int} from `a`\n"
        "  = arrives: {path: string, size: int} from `b`\n"
        "  = fix: let both go through `Union(missing = null)` before `s`\n");
}

TEST_CASE("a changelog is not fed to what takes append-only logs, nor mixed with them") {
  GraphMaker g;
  g.element("c", "Changes").element("r", "Relay").element("a", "Append");
  g.connect("c -> r").connect("r -> a");
  CHECK(errors(g) ==
        "E0505 `Append` takes only append-only logs, and a changelog arrives\n"
        "  = arrives: {word: string} key(word) changelog from `r`\n");
  GraphMaker mixed;
  mixed.element("c", "Changes").element("t", "Tally", {{"by", field("word")}}).element("s", "Sink");
  mixed.element("p", "Paths").element("x", "Split", {{"field", field("path")}}).element("w", "Words");
  mixed.connect("c -> s").connect("w -> t").connect("t -> s").connect("p -> x").connect("x -> s");
  CHECK(errors(mixed).starts_with("E0508 "));
}

TEST_CASE("question types go with the arrow and answers against it") {
  GraphMaker g;
  g.element("w", "Words").element("e", "Enrich").element("t", "Table").element("s", "Sink");
  g.connect("e -> s").connect("w -> e").connect("e [ask] => [get] t").connect("w -> [in] t");
  const Checked out = checked(g);
  CHECK(out.connections[2].from_port->schema().to_string() == "{word: string, size: int}");
  CHECK(out.connections[2].to_port->answer_schema().to_string() == "{word: string, size: int}");
  CHECK(out.connections[0].from_port->schema().to_string() == "{word: string, size: int}");

  GraphMaker wrong;
  wrong.element("p", "Paths").element("e", "Enrich").element("t", "Table").element("s", "Sink").element("w", "Words");
  wrong.connect("p -> e").connect("e [ask] => [get] t").connect("e -> s").connect("w -> [in] t");
  CHECK(
      errors(wrong).starts_with("E0501 `Table` needs the field `word: string`, which does not arrive\n"
                                "  = arrives: {path: string, size: int} from `e`\n"));
}

TEST_CASE("several askers of one port agree like writers") {
  GraphMaker g;
  g.element("a", "Words").element("b", "Swapped").element("e", "Enrich").element("f", "Enrich");
  g.element("t", "Table").element("s", "Sink");
  g.connect("a -> e").connect("b -> f").connect("a -> [in] t").connect("e -> s").connect("f -> s");
  g.connect("e [ask] => [get] t").connect("f [ask] => [get] t");
  const Checked out = checked(g);
  CHECK(out.connections[5].to_port->schema().to_string() == "{word: string, size: int?}");
}

TEST_CASE("a type that nothing gives is reported once") {
  GraphMaker g;
  g.element("w", "Words").element("e", "Enrich").element("t", "Table").element("r", "Relay").element("s", "Sink");
  g.connect("w -> e").connect("e [ask] => [get] t").connect("e -> r").connect("r -> s");
  CHECK(errors(g) == "E0514 the type of the answers at `get` of `t` cannot be known\n  = fix: connect `in` of `t`\n");
}

TEST_CASE("annotations are checked against what passes") {
  GraphMaker g;
  g.element("w", "Words").element("r", "Relay").element("s", "Sink");
  g.connect("w [out: {size: int, word: string}] -> r").connect("r -> [in: {word: string, size: int?}] s");
  CHECK(errors(g).empty());
  GraphMaker wrong;
  wrong.element("w", "Words").element("r", "Relay").element("s", "Sink");
  wrong.connect("w [out: {word: string}] -> r").connect("r -> [in: string] s");
  CHECK(errors(wrong) ==
        "E0510 the type of `out` of `w` is not what stands here\n  = it gives: {word: string, size: int}\n"
        "E0511 a port passes records, and `string` is no record type\n"
        "  = fix: as in `[out: {word: string, count: int}]`\n");
}

TEST_CASE("a class cannot give what it does not get") {
  GraphMaker g;
  g.element("w", "Words").element("x", "Without", {{"field", field("wrod")}}).element("s", "Sink");
  g.connect("w -> x").connect("x -> s");
  CHECK(errors(g) ==
        "E0504 `Without` removes the field `wrod`, which does not arrive\n  = arrives: {word: string, size: int}\n");
}

TEST_CASE("a class that takes what nobody gives is found out") {
  GraphMaker g;
  g.element("w", "Words").element("x", "Greedy").connect("w -> x");
  CHECK(errors(g) ==
        "E0513 what `out` of `w` gives does not fit what `in` of `x` takes\n"
        "  = it gives: {word: string, size: int}\n  = it takes: {gold: int}\n");
}

TEST_CASE("a type that depends on itself must be written down") {
  GraphMaker g;
  g.element("l", "Loop").element("e", "Echo").element("s", "Sink").connect("l [ask] => [get] e").connect("l -> s");
  CHECK(errors(g) ==
        "E0515 the type of the answers at `ask` of `l` depends on itself\n"
        "  = the circle: the answers at `ask` of `l` <- the answers at `get` of `e` <- `get` of `e` <- `ask` of `l` <- "
        "the "
        "answers at `ask` of `l`\n"
        "  = fix: write it down, as in `[ask: {word: string}]`\n");
  for (const char* annotated : {"l [ask: {n: int}] => [get] e", "l [ask] => [get: {n: int}] e"}) {
    GraphMaker written;
    written.element("l", "Loop").element("e", "Echo").element("s", "Sink").connect(annotated).connect("l -> s");
    CHECK(checked(written).connections[1].to_port->schema().to_string() == "{n: int}");
  }
}

TEST_CASE("an annotation stands in for a type lost to an error") {
  GraphMaker g;
  g.element("w", "Wrods").element("t", "Tally").element("x", "Split", {{"field", field("text")}}).element("s", "Sink");
  g.connect("w -> t").connect("t [out: {word: string}] -> x").connect("x -> s");
  Diagnostics found;
  CHECK_FALSE(check(g.graph, graph_elements(), nullptr, found).has_value());
  CHECK(codes_of(found) == "E0201 E0404 E0501");
}

TEST_CASE("a chain of a hundred thousand elements in the wrong order needs no deep stack") {
  constexpr int kLength = 100'000;
  GraphMaker g;
  g.graph.elements.reserve(kLength);
  for (int i = 0; i < kLength; ++i) {
    GraphElement element;
    element.path = "r" + std::to_string(i);
    element.class_name = i + 1 == kLength ? "Words" : i == 0 ? "Sink" : "Relay";
    g.graph.elements.push_back(std::move(element));
    if (i == 0) continue;
    GraphConnection connection;
    connection.from.element = static_cast<size_t>(i);
    connection.to.element = static_cast<size_t>(i) - 1;
    g.graph.connections.push_back(std::move(connection));
  }
  CHECK(checked(g).connections[0].to_port->schema().to_string() == "{word: string, size: int}");
}

TEST_CASE("a deep dependency against the direction of the data needs no deep stack") {
  // Answers depend on answers: each Enrich asks the next one through a Table fed by it.
  constexpr int kLength = 2'000;
  GraphMaker g;
  const auto connect = [&](PortKind kind, size_t from, const char* out, size_t to, const char* in) {
    GraphConnection connection;
    connection.kind = kind;
    connection.from.element = from;
    connection.from.port = out;
    connection.to.element = to;
    connection.to.port = in;
    g.graph.connections.push_back(std::move(connection));
  };
  const auto add = [&](const char* class_name) {
    GraphElement element;
    element.path = class_name + std::to_string(g.graph.elements.size());
    element.class_name = class_name;
    g.graph.elements.push_back(std::move(element));
    return g.graph.elements.size() - 1;
  };
  const size_t words = add("Words"), sink = add("Sink");
  size_t last = words;
  for (int i = 0; i < kLength; ++i) {
    const size_t enrich = add("Enrich"), table = add("Table");
    connect(PortKind::kPush, words, "", enrich, "");
    connect(PortKind::kQuery, enrich, "ask", table, "get");
    connect(PortKind::kPush, last, "", table, "in");
    last = enrich;
  }
  connect(PortKind::kPush, last, "", sink, "");
  CHECK(checked(g).connections.back().to_port->schema().to_string() == "{word: string, size: int}");
}

}  // namespace
}  // namespace blox::testing
