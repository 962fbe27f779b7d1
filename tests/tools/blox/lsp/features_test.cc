#include <doctest/doctest.h>

#include "core/element/describe.h"
#include "tests/tools/blox/lsp/editor.h"
#include "tools/blox/class_text.h"
#include "tools/blox/lsp/uri.h"

namespace blox::tools::lsp {
namespace {

std::string hover(std::string_view text) {
  Editor editor;
  const Datum answer = editor.ask("hover", text);
  const std::string* const value = text_member(answer, "result.contents.value");
  return value == nullptr ? "" : *value;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("hover shows what describe says, and what flows") {
  const std::string text = hover("Counter(limit = 9) -> Co‸unt(by = [value]) -> Print;");
  CHECK(holds(text, markdown(describe(*Registry::builtin().find("Count")))));
  CHECK(holds(text, "-> [in] {value: int}"));
  CHECK(holds(text, "[out] -> {value: int, count: int} key(value)"));
  CHECK(holds(text, "**Count**: Counts the records of each key.\n"));
}

TEST_CASE("hover on the name of an element shows its declaration, its comments and its class") {
  const std::string text = hover("// What is counted.\nc :: Counter(limit = 9);\n‸c -> Print;");
  CHECK(text.substr(0, 60) == "```blox\nc :: Counter(limit = 9)\n```\n\nWhat is counted.\n\n**Cou");
}

TEST_CASE("hover shows arguments, settings, ports, arrows, parameters and compounds") {
  CHECK(hover("Counter(li‸mit = 9) -> Print;").substr(0, 18) == "```blox\nlimit: int");
  CHECK(holds(hover("Counter(limit = 9) -> Print { on_er‸ror = fail };"), "count|fail|1%"));
  CHECK(holds(hover("Counter(limit = 9) [o‸ut] -> Print;"), "[out] {value: int}"));
  CHECK(hover("Counter(limit = 9) -‸> Print;") == "```blox\n{value: int}\n```\n");
  CHECK(hover("param most: int = 9;\nCounter(limit = $mo‸st) -> Print;") == "```blox\nparam most: int = 9\n```\n");
  CHECK(hover("// The first ones.\nelementclass Top(n: int = 1) { input -> Head($n) -> output }\nCounter(limit = 1) -> "
              "T‸op -> Print;") == "```blox\nelementclass Top(n: int = 1)\n```\n\nThe first ones.\n");
  CHECK(hover("elementclass Top { input -‸> Head(1) -> output }\nCounter(limit = 1) -> Top -> Print;") ==
        "```blox\n{value: int}\n```\n");
  const std::string compound =
      "elementclass C { input [left] -> Head(1) -> [good] output }\nCounter(limit = 1) -> [left] C [good] -> Print;";
  for (const std::string marked : {"[‸left] C", "[goo‸d] -> P", "[left‸] -> H", "[‸good] output"}) {
    const Editor::Marked part = Editor::marked(marked);
    std::string text = compound;
    text.insert(text.find(part.text) + part.offset, "‸");
    CAPTURE(text);
    CHECK(hover(text) == "```blox\n{value: int}\n```\n");
  }
  CHECK(hover("Counter(limit = 9) -> Print;‸") == "");
  CHECK(hover("/* Cou‸nter */ Counter(limit = 9) -> Print;") == "");
}

TEST_CASE("hover knows types in a program that has errors elsewhere") {
  CHECK(hover("Counter(limit = 9) -‸> Print;\nCounter(limit = x) -> Prnt;\na ->;") == "```blox\n{value: int}\n```\n");
}

std::string locations(const Datum& answer) {
  std::string out;
  const Datum* const result = member(answer, "result");
  if (result == nullptr || result->is_null()) return "nothing";
  const Datum::List one{*result};
  const Datum::List* const list = result->get_if<Datum::List>();
  for (const Datum& location : list == nullptr ? one : *list) {
    out += path_of(*text_member(location, "uri")) + " " + Editor::where(*member(location, "range")) + "\n";
  }
  return out;
}

TEST_CASE("go to definition of elements, compounds, parameters, formals and includes") {
  const auto defined = [](std::string_view text) {
    Editor editor;
    editor.files["/common.blox"] = "param deep = 3;\nelementclass Top(n = 1) { input -> Head($n) -> output }\n";
    return locations(editor.ask("definition", text));
  };
  CHECK(defined("a :: Counter(limit = 1);\n‸a -> Print;") == "/a.blox 0:0-0:1\n");
  CHECK(defined("Counter(limit = 1) -> p :: Print;\nCounter(limit = 2) -> p‸;") == "/a.blox 0:22-0:23\n");
  CHECK(defined("include \"common.blox\";\nCounter(limit = 1) -> T‸op -> Print;") == "/common.blox 1:13-1:16\n");
  CHECK(defined("include \"common.blox\";\nCounter(limit = 1) -> Top(‸n = 2) -> Print;") == "/common.blox 1:17-1:18\n");
  CHECK(defined("include \"common.blox\";\nCounter(limit = $de‸ep) -> Print;") == "/common.blox 0:6-0:10\n");
  CHECK(defined("include \"common.blox\";\nset de‸ep = 4;") == "/common.blox 0:6-0:10\n");
  CHECK(defined("include \"com‸mon.blox\";") == "/common.blox 0:0-0:0\n");
  CHECK(defined("param n = 1;\nCounter(limit = 9) -> Filter('value > $‸n') -> Print;") == "/a.blox 0:6-0:7\n");
  CHECK(defined("Coun‸ter(limit = 1) -> Print;") == "nothing");
  CHECK(defined("Counter(limit = 1) -> nowh‸ere;") == "nothing");
}

// The document after a rename, or the reason why not.
std::string renamed(std::string_view text, const std::string& name) {
  Editor editor;
  const Datum answer = editor.ask("rename", text, R"(, "newName": )" + to_json(Datum(name)));
  if (const std::string* error = text_member(answer, "error.message")) return *error;
  std::string out = Editor::marked(text).text;
  const Lines lines(out);
  const auto& [uri, edits] = (*member(answer, "result.changes")->get_if<Datum::Struct>())[0];
  CHECK(uri == "file:///a.blox");
  const Datum::List& all = *edits.get_if<Datum::List>();
  const std::string before = out;
  for (auto edit = all.rbegin(); edit != all.rend(); ++edit) {
    const auto offset = [&](const std::string& end) {
      return lines.offset(before, {*number_member(*edit, "range." + end + ".line"),
                                   *number_member(*edit, "range." + end + ".character")});
    };
    out.replace(offset("start"), offset("end") - offset("start"), *text_member(*edit, "newText"));
  }
  return out;
}

TEST_CASE("rename changes all mentions of a name and nothing else") {
  CHECK(renamed("‸a :: Counter(limit = 1); elementclass C { a :: Head(1); input -> a -> output }\na -> C -> "
                "Print(label = \"a\");",
                "first") ==
        "first :: Counter(limit = 1); elementclass C { a :: Head(1); input -> a -> output }\nfirst -> C -> Print(label "
        "= \"a\");");
  CHECK(
      renamed("param n = 1;\nCounter(limit = $n) -> Filter('value > $‸n') -> Print(label = \"😀 ${n}s and \\$n\");",
              "most") ==
      "param most = 1;\nCounter(limit = $most) -> Filter('value > $most') -> Print(label = \"😀 ${most}s and \\$n\");");
  CHECK(renamed("elementclass To‸p(n = 1) { input -> Head($n) -> output }\nCounter(limit = 1) -> Top(n = 2) -> Print;",
                "First") ==
        "elementclass First(n = 1) { input -> Head($n) -> output }\nCounter(limit = 1) -> First(n = 2) -> Print;");
  CHECK(renamed("elementclass Top(‸n = 1) { input -> Head($n) -> output }\nCounter(limit = 1) -> Top(n = 2) -> Print;",
                "m") ==
        "elementclass Top(m = 1) { input -> Head($m) -> output }\nCounter(limit = 1) -> Top(m = 2) -> Print;");
  CHECK(renamed("`my ‸name` :: Counter(limit = 1);\n`my name` -> Print;", "plain") ==
        "plain :: Counter(limit = 1);\nplain -> Print;");
}

TEST_CASE("rename refuses names that cannot stand there, and those that are taken") {
  CHECK(renamed("‸a :: Counter(limit = 1); a -> Print;", "A") == "this name begins with a small letter");
  CHECK(renamed("‸a :: Counter(limit = 1); a -> Print;", "a b") == "`a b` is no name");
  CHECK(renamed("‸a :: Counter(limit = 1); a -> Print;", "") == "`` is no name");
  CHECK(renamed("‸a :: Counter(limit = 1); a -> Print;", "param") == "`param` means something else in the language");
  CHECK(holds(renamed("‸a :: Counter(limit = 1); a -> b :: Print;", "b"), "is taken"));
  CHECK(holds(renamed("param n = 1; elementclass C(m = 2) { input -> Head(count = $‸n) -> Head($m) -> output }", "m"),
              "is taken"));
  CHECK(renamed("elementclass To‸p { input -> Head(1) -> output }", "Count") ==
        "there is an element class `Count` already");
  CHECK(renamed("elementclass To‸p { input -> Head(1) -> output }", "top") ==
        "element classes begin with a capital letter");
  CHECK(renamed("Coun‸ter(limit = 1) -> Print;", "X") == "here is no name that the program declares");
  CHECK(holds(renamed("‸a :: Counter(limit = 1); a -> ->;", "b"), "mend it first"));
}

TEST_CASE("rename follows a raw string into the expression of a compound, or leaves no error behind") {
  CHECK(renamed("param ‸n = 1;\nelementclass C(e) { input -> Filter($e) -> output }\nCounter(limit = $n) -> "
                "C('value > $n') -> Print;",
                "m") ==
        "param m = 1;\nelementclass C(e) { input -> Filter($e) -> output }\nCounter(limit = $m) -> C('value > $m') -> "
        "Print;");
  const std::string deep = renamed(
      "param ‸n = 1;\nelementclass C(e) { input -> Filter($e) -> output }\nelementclass D(e) { input -> C($e) -> "
      "output "
      "}\nCounter(limit = $n) -> D('value > $n') -> Print;",
      "m");
  CHECK(holds(deep, "there are errors afterwards"));
}

TEST_CASE("rename reaches the files that are included") {
  Editor editor;
  editor.files["/common.blox"] = "param deep = 3;\n";
  const Datum answer =
      editor.ask("rename", "include \"common.blox\";\nCounter(limit = $d‸eep) -> Print;", R"(, "newName": "low")");
  const Datum* const changes = member(answer, "result.changes");
  REQUIRE(changes != nullptr);
  CHECK(
      to_json(*changes) ==
      R"({"file:///a.blox":[{"range":{"start":{"line":1,"character":17},"end":{"line":1,"character":21}},"newText":"low"}],)"
      R"("file:///common.blox":[{"range":{"start":{"line":0,"character":6},"end":{"line":0,"character":10}},"newText":"low"}]})");
}

TEST_CASE("topologies in YAML have definitions and renames too") {
  Editor editor;
  const Editor::Marked where = Editor::marked(
      "params: {most: 3}\nelements:\n  src: {class: Counter, args: {limit: $most}}\nconnections: |\n  ‸src -> "
      "Filter(\"value > $most\") -> Print\n");
  editor.open("/a.yaml", where.text);
  CHECK(editor.shown_of("/a.yaml") == "");
  CHECK(locations(editor.ask_at("definition", "/a.yaml", where)) == "/a.yaml 2:2-2:5\n");
  CHECK(
      to_json(*member(editor.ask_at("rename", "/a.yaml", where, R"(, "newName": "s")"), "result.changes")) ==
      R"({"file:///a.yaml":[{"range":{"start":{"line":2,"character":2},"end":{"line":2,"character":5}},"newText":"s"},)"
      R"({"range":{"start":{"line":4,"character":2},"end":{"line":4,"character":5}},"newText":"s"}]})");
  CHECK(member(editor.ask_at("completion", "/a.yaml", where), "result")->is_null());
  const Datum formatted = editor.request("textDocument/formatting", R"({"textDocument": {"uri": "file:///a.yaml"}})");
  CHECK(member(formatted, "result")->is_null());
}

TEST_CASE("references and the range to be renamed leave the marks of a reference out") {
  Editor editor;
  CHECK(locations(editor.ask("references", "param n = 1;\nCounter(limit = ${‸n}) -> Print;")) ==
        "/a.blox 0:6-0:7\n/a.blox 1:18-1:19\n");
  CHECK(Editor::where(*member(editor.ask("prepareRename", "param n = 1;\nCounter(limit = $‸n) -> Print;"), "result")) ==
        "1:17-1:18");
  CHECK(member(editor.ask("prepareRename", "Coun‸ter(limit = 1) -> Print;"), "result")->is_null());
}

}  // namespace
}  // namespace blox::tools::lsp
