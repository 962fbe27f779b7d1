#include <doctest/doctest.h>

#include <algorithm>

#include "tests/tools/blox/lsp/editor.h"
#include "tools/blox/lsp/context.h"

namespace blox::tools::lsp {
namespace {

using Labels = std::vector<std::string>;

Labels labels(const Datum& answer) {
  Labels out;
  const Datum* const items = member(answer, "result.items");
  REQUIRE(items != nullptr);
  for (const Datum& item : *items->get_if<Datum::List>()) out.push_back(*text_member(item, "label"));
  return out;
}

Labels completed(std::string_view text) {
  Editor editor;
  return labels(editor.ask("completion", text));
}

bool has(const Labels& all, const std::string& label) { return std::find(all.begin(), all.end(), label) != all.end(); }

TEST_CASE("a statement begins with a keyword, an element or a class") {
  const Labels all = completed("a :: Counter(limit = 1);\nelementclass Top { input -> output }\nparam n = 1;\n‸");
  for (const char* label : {"param", "elementclass", "a", "Top", "Counter"}) CHECK(has(all, label));
  CHECK(!has(all, "input"));
  CHECK(!has(all, "n"));
}

TEST_CASE("behind an arrow stand elements and classes, and in a compound those of its scope") {
  const Labels all = completed("a :: Print;\nCounter(limit = 1) -> ‸");
  CHECK(has(all, "a"));
  CHECK(has(all, "Count"));
  CHECK(!has(all, "param"));
  const Labels inside = completed("a :: Print;\nelementclass Top { b :: Head(1); input -> b -> ‸; }\n");
  CHECK(has(inside, "b"));
  CHECK(has(inside, "output"));
  CHECK(!has(inside, "a"));
  CHECK(has(completed("a :: Print;\nCounter(limit = 1) -> { queue = 3 } ‸"), "a"));
  CHECK(has(completed("a :: Cou‸"), "Count"));
  CHECK(!has(completed("a :: Cou‸"), "a"));
}

TEST_CASE("a call takes its arguments by name, and values of their types") {
  CHECK(has(completed("Counter(li‸"), "limit"));
  CHECK(has(completed("Counter(limit = 1, ‸) -> Print;"), "limit"));
  const Labels emit = completed("Counter(limit = 1) -> Count(by = [value], emit = ‸) -> Print;");
  CHECK(emit == Labels{"end", "change", "every(duration)"});
  CHECK(completed("elementclass Top(n: int = 1, m) { input -> output }\nCounter(limit = 1) -> Top(‸) -> Print;") ==
        Labels{"n", "m"});
  CHECK(completed("Counter(limit = 1 ‸) -> Print;").empty());
}

TEST_CASE("fields that arrive are offered where fields are wanted, however little is typed") {
  for (const std::string text :
       {"Counter(limit = 1) -> Count(by = [‸]) -> Print;", "Counter(limit = 1) -> Count(by = [v‸]) -> Print;",
        "Counter(limit = 1) -> Count(by = [‸", "Counter(limit = 1) -> Count([va‸\nPrint;",
        "Counter(limit = 1) -> Map(half = \"value / 2\") -> Count(by = [half, ‸\nparam x = 1;"}) {
    CHECK(has(completed(text), "value"));
  }
  CHECK(has(completed("Counter(limit = 1) -> Map(half = \"value / 2\") -> Count(by = [ha‸"), "half"));
  CHECK(completed("Counter(limit = 1) -> Filter(\"va‸") == Labels{"value"});
  CHECK(completed("Counter(limit = 1) -> Filter(\"value > 3 AND va‸\") -> Print;") == Labels{"value"});
  CHECK(completed("Counter(limit = 1) -> Print(label = \"va‸\");").empty());
  CHECK(has(completed("elementclass C { input -> Count(by = [‸]) -> output }\nCounter(limit = 1) -> C -> Print;"),
            "value"));
}

TEST_CASE("parameters are offered behind a dollar sign, formals inside their compound only") {
  const std::string_view head = "param most = 1;\nelementclass Top(n = 1) { input -> Head(count = ";
  CHECK(completed(std::string(head) + "$‸) -> output }") == Labels{"most", "n"});
  CHECK(completed(std::string(head) + "${m‸}) -> output }") == Labels{"most", "n"});
  CHECK(completed(std::string(head) + "1) -> output }\nCounter(limit = $‸") == Labels{"most"});
  CHECK(has(completed(std::string(head) + "1) -> output }\nCounter(limit = ‸"), "$most"));
  CHECK(completed("param most = 1;\nCounter(limit = 1) -> Filter('value > $‸') -> Print;") == Labels{"most"});
  CHECK(completed("param most = 1;\nset ‸") == Labels{"most"});
}

TEST_CASE("settings are those of elements or of connections") {
  const Labels element = completed("Counter(limit = 1) { ‸ } -> Print;");
  CHECK(has(element, "on_error"));
  CHECK(!has(element, "deadline"));
  const Labels connection = completed("Counter(limit = 1) -> { fu‸ } Print;");
  CHECK(has(connection, "deadline"));
  CHECK(!has(connection, "on_error"));
  CHECK(completed("Counter(limit = 1) -> { full = ‸ } Print;") == Labels{"block", "drop_new", "drop_old", "spill"});
  CHECK(completed("Counter(limit = 1) -> Print { restart = ‸") == Labels{"never", "always", "on_failure"});
}

TEST_CASE("ports are those of the element and the side") {
  CHECK(completed("Counter(limit = 1) [‸] -> Print;") == Labels{"out", "errors"});
  CHECK(completed("c :: Count(by = [value]);\nc [‸") == Labels{"out", "errors"});
  CHECK(completed("Counter(limit = 1) -> [‸] Print;") == Labels{"in"});
  CHECK(completed("p :: Print;\nCounter(limit = 1) -> [‸] p;") == Labels{"in"});
  CHECK(completed("elementclass C { input [left] -> Head(1) -> [good] output }\nc :: C;\nc [‸] -> Print;") ==
        Labels{"good"});
  CHECK(completed("elementclass C { input [left] -> Head(1) -> [good] output }\nCounter(limit = 1) -> [‸] C;") ==
        Labels{"left"});
}

TEST_CASE("types and guarantees have their places") {
  CHECK(has(completed("param n: ‸"), "duration"));
  CHECK(has(completed("elementclass C(n: ‸"), "field"));
  CHECK(completed("require ‸") == Labels{"exactly_once"});
}

TEST_CASE("nothing is offered in comments, numbers and new names") {
  for (const std::string text : {"// Cou‸", "// Cou ‸\nPrint;", "/* Cou‸ */", "Counter(limit = 12‸", "param ‸",
                                 "elementclass T‸", "a ‸", "Counter(limit = ) -> Print(label = \"x\"‸"}) {
    CHECK(completed(text).empty());
  }
}

TEST_CASE("the word being typed is what is replaced") {
  Editor editor;
  const Datum answer = editor.ask("completion", "/* 😀 */ Coun‸ter(limit = 1);");
  const Datum& item = (*member(answer, "result.items")->get_if<Datum::List>())[0];
  CHECK(Editor::where(*member(item, "textEdit.range")) == "0:9-0:13");
}

TEST_CASE("any place of any prefix has an answer") {
  const std::string text =
      "include \"x.blox\"; param n: int = 1; set n = 2;\nelementclass C(f: field = value) { input [a: {x: int}] -> "
      "Filter('x > ${n}') { queue = [1, 2KiB] } -> [b] output };\n`a b`, d :: C(f = [\"$n\", env(\"X\", 1)]) { at = "
      "\"x\" "
      "};\n/* c */ `a b` [b] => { full = block } [get] d; // end";
  for (size_t end = 0; end <= text.size(); ++end) {
    context_at(text, end);
    context_at(text.substr(0, end), end);
    context_at(text.substr(end), 0);
    context_at(text.substr(end), text.size() - end);
  }
}

}  // namespace
}  // namespace blox::tools::lsp
