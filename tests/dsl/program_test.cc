#include "dsl/program.h"

#include <doctest/doctest.h>

#include <map>

#include "dsl/render.h"

namespace blox::dsl {
namespace {

using Files = std::map<std::string, std::string>;

LoadOptions options(Files files, std::vector<std::pair<std::string, std::string>> set = {}) {
  LoadOptions out;
  out.read = [files = std::move(files)](const std::string& path) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return Status::outside("file.open", "cannot read: No such file or directory");
    return found->second;
  };
  out.outside.env = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOME") return "/home/me";
    if (name == "PORT") return "8080";
    return std::nullopt;
  };
  out.outside.secret = [](const std::string& reference) -> Result<std::string> { return "hidden:" + reference; };
  out.set = std::move(set);
  return out;
}

std::string describe(const Literal& literal) { return literal.to_string(); }

std::string describe(const std::vector<Setting>& settings) {
  std::string out;
  for (const Setting& setting : settings) out += " " + setting.name + "=" + describe(setting.value);
  return out.empty() ? out : " {" + out + " }";
}

// One line an element, one a connection.
std::string describe(const Graph& graph) {
  std::string out;
  for (const GraphElement& element : graph.elements) {
    out += element.path + (element.named ? " :: " : " ~ ") + element.class_name;
    for (const GraphArg& arg : element.args)
      out += " " + (arg.name.empty() ? "" : arg.name + "=") + describe(arg.value);
    out += describe(element.settings) + "\n";
  }
  for (const GraphConnection& connection : graph.connections) {
    const auto end = [&](const GraphEnd& e) {
      return graph.elements.at(e.element).path + (e.port.empty() ? "" : "[" + e.port + "]") +
             (e.annotated ? ": " + describe(e.type) : "");
    };
    out += end(connection.from) + (connection.kind == PortKind::kQuery ? " => " : " -> ") + end(connection.to) +
           describe(connection.settings) + "\n";
  }
  return out;
}

Program load(const std::string& text, const std::vector<std::pair<std::string, std::string>>& set = {}) {
  return load_text(text, options({}, set));
}

std::string errors(const Program& program) { return render_text(program.diagnostics, program.sources); }

std::string graph(const std::string& text, const std::vector<std::pair<std::string, std::string>>& set = {}) {
  const Program program = load(text, set);
  CHECK(errors(program) == "");
  CHECK(!program.graph.incomplete);
  return describe(program.graph);
}

TEST_CASE("a program without compounds is its elements and connections") {
  CHECK(graph("a :: X(1, n = 2s) { queue = 64 }; b, c :: Y; a [out: {w: string?}] -> { full = block } [in] b -> Print; "
              "c => store :: Store -> Print; Print;") ==
        "a :: X 1 n=2s { queue=64 }\n"
        "b :: Y\n"
        "c :: Y\n"
        "Print@1 ~ Print\n"
        "store :: Store\n"
        "Print@2 ~ Print\n"
        "Print@3 ~ Print\n"
        "a[out]: {w: string?} -> b[in] { full=block }\n"
        "b -> Print@1\n"
        "c => store\n"
        "store -> Print@2\n");
}

TEST_CASE("names may be used before they are declared") {
  CHECK(graph("a -> b; b :: Y; a :: C; elementclass C { x :: X; x -> output; }") == "b :: Y\na/x :: X\na/x -> b\n");
}

TEST_CASE("a compound is flattened, its arguments bound, its settings handed down") {
  CHECK(graph("param most = 9;\n"
              "elementclass Words(text: field = content, min = 2) {\n"
              "  input -> Tokenize(field = $text) -> Filter(\"length(word) >= $min and n < $most\") -> output;\n"
              "  input [x] -> { queue = 5 } p :: Print { on_error = fail };\n"
              "}\n"
              "w :: Words(min = 3) { at = \"big\" };\n"
              "a :: A; a -> w -> { queue = 7 } b :: B; a -> { full = block } [x] w;\n"
              "Words(body) -> b;") ==
        "w/Tokenize@1 ~ Tokenize field=content { at=\"big\" }\n"
        "w/Filter@1 ~ Filter \"length(word) >= 3 and n < 9\" { at=\"big\" }\n"
        "w/p :: Print { at=\"big\" on_error=fail }\n"
        "a :: A\n"
        "b :: B\n"
        "Words@1/Tokenize@1 ~ Tokenize field=body\n"
        "Words@1/Filter@1 ~ Filter \"length(word) >= 2 and n < 9\"\n"
        "Words@1/p ~ Print { on_error=fail }\n"
        "w/Tokenize@1 -> w/Filter@1\n"
        "Words@1/Tokenize@1 -> Words@1/Filter@1\n"
        "a -> w/Tokenize@1\n"
        "w/Filter@1 -> b { queue=7 }\n"
        "a -> w/p { queue=5 full=block }\n"
        "Words@1/Filter@1 -> b\n");
}

TEST_CASE("compounds hold compounds, pass through, fan out and ask") {
  CHECK(graph("elementclass Inner { input -> x :: X -> output; input -> output; input [q] => [get] x; }\n"
              "elementclass Outer { input -> i :: Inner -> output; input [ask] => [q] i; }\n"
              "a :: A; o :: Outer; b :: B;\n"
              "a -> o -> b; a => [ask] o;") ==
        "a :: A\n"
        "o/i/x :: X\n"
        "b :: B\n"
        "a -> o/i/x\n"
        "a -> b\n"
        "o/i/x -> b\n"
        "a => o/i/x[get]\n");
}

TEST_CASE("a class inside a class sees the formals around it") {
  CHECK(graph("elementclass A(n = 1) { elementclass B(m = $n) { X($n, $m); } B; B(m = 5); } A; A(2);") ==
        "A@1/B@1/X@1 ~ X 1 1\nA@1/B@2/X@1 ~ X 1 5\nA@2/B@1/X@1 ~ X 2 2\nA@2/B@2/X@1 ~ X 2 5\n");
}

TEST_CASE("connections of a port family stay in the order of the file whatever comes out of compounds") {
  CHECK(graph("elementclass C { x :: X -> output; } c :: C; a :: A; a -> [one] m :: Merge; c -> [two] m; a -> [three] "
              "m;") == "c/x :: X\na :: A\nm :: Merge\na -> m[one]\nc/x -> m[two]\na -> m[three]\n");
}

TEST_CASE("parameters are typed by their default, set as text, and may need each other") {
  const std::string text =
      "param path = \"$dir/x\"; param dir = \"/usr\"; param n = 5; param rate: float = 1; param by = word;\n"
      "param globs = [\"*.txt\"]; param wait = 1s; param since: time = \"2024-01-01T00:00:00Z\"; param on = true;\n"
      "X($path, $n, $rate, $by, $globs, $wait, $since, $on);";
  CHECK(graph(text) == "X@1 ~ X \"/usr/x\" 5 1.0 word [\"*.txt\"] 1s time(\"2024-01-01T00:00:00Z\") true\n");
  CHECK(graph(text, {{"dir", "/a b\"$"},
                     {"n", "7"},
                     {"rate", "2"},
                     {"by", "two words"},
                     {"globs", "*.gz"},
                     {"wait", "5min"},
                     {"since", "2025-01-01"},
                     {"on", "false"}}) ==
        "X@1 ~ X \"/a b\\\"$/x\" 7 2.0 `two words` [\"*.gz\"] 5min time(\"2025-01-01\") false\n");
  CHECK(graph("param n: int; set n = 3; X($n);") == "X@1 ~ X 3\n");
  CHECK(graph("param n: int; set n = 3; X($n);", {{"n", "4"}}) == "X@1 ~ X 4\n");
}

TEST_CASE("env and secret are asked for") {
  CHECK(graph("X(env(\"HOME\"), env(\"PORT\", 1), env(\"NONE\", 10s), secret(\"file:/k\"));") ==
        "X@1 ~ X \"/home/me\" 8080 10s \"hidden:file:/k\"\n");
}

TEST_CASE("what came from env and secret is named in messages and never shown, inside other values too") {
  const Program program = load(
      "param key = secret(\"file:/k\");"
      "X(secret(\"file:/k\"), env(\"PORT\", 1), \"a $key\", [1, $key], env(\"NONE\", 10s), {a: env(\"HOME\")});");
  CHECK(errors(program) == "");
  std::string shown;
  for (const GraphArg& arg : program.graph.elements.at(0).args) shown += arg.value.shown() + " ";
  CHECK(shown == "secret(…) env(…) secret(…) [1, secret(…)] 10s {a: env(…)} ");
}

TEST_CASE("a list that is set to nothing keeps the type that it was declared with") {
  const Program program = load("param li: [int] = [1]; X($li);", {{"li", "[]"}});
  CHECK(errors(program) == "");
  CHECK(program.graph.elements.at(0).args.at(0).value.items.empty());
  CHECK(program.graph.elements.at(0).args.at(0).value.text == "int");
}

TEST_CASE("a string knows its text, its raw form, its places and the parameters in scope") {
  const Program program = load("param min = 2;\nFilter(\"a\\t>= $min\", 'raw $min', \"none\");");
  CHECK(errors(program) == "");
  const GraphElement& element = program.graph.elements.at(0);
  const Literal& text = element.args.at(0).value;
  CHECK(text.text == "a\t>= 2");
  CHECK(text.raw == "a\t>= $min");
  CHECK(program.sources.text(text.locate(5, 4)) == "$min");
  REQUIRE(text.bindings != nullptr);
  CHECK(text.bindings->at("min").integer == 2);
  const Literal& raw = element.args.at(1).value;
  CHECK(raw.text == "raw $min");
  CHECK(raw.raw == "raw $min");
  REQUIRE(raw.bindings != nullptr);
  CHECK(raw.bindings->at("min").integer == 2);
  CHECK(program.sources.text(raw.locate(4, 4)) == "$min");
  CHECK(element.args.at(2).value.bindings == nullptr);
}

TEST_CASE("files are included once, relative to the file that includes them, in a circle too") {
  const Files files{
      {"a/main.blox", "include \"sub/one.blox\"; include \"two.yaml\"; plugin \"libgeo.so\"; x :: C; x -> two;"},
      {"a/sub/one.blox",
       "include \"../main.blox\"; include \"../two.yaml\"; param n = 1; elementclass C { X($n) -> output; }"},
      {"a/two.yaml", "elements: {two: Two}"}};
  const Program program = load_file("a/main.blox", options(files));
  CHECK(errors(program) == "");
  CHECK(describe(program.graph) == "two :: Two\nx/X@1 ~ X 1\nx/X@1 -> two\n");
  CHECK(program.files.size() == 3);
  CHECK(program.sources.at(1).path == "a/sub/one.blox");
  REQUIRE(program.plugins.size() == 1);
  CHECK(program.plugins[0].path == "libgeo.so");
  CHECK(program.plugins[0].directory == "a");
}

TEST_CASE("an error inside a compound stands at its own line, with the use as a note") {
  const Program program = load("elementclass C {\n  X($n);\n}\na :: C;\n");
  CHECK(errors(program) ==
        "<text>:2:5: error[E0203]: unknown parameter `n`\n"
        "    2 |   X($n);\n"
        "      |     ^~\n"
        "      = fix: declare it: `param n = …;`\n"
        "<text>:4:6: note: inside `C`, used here\n"
        "    4 | a :: C;\n"
        "      |      ^\n");
}

TEST_CASE("what depends on something lost says nothing") {
  for (const char* text :
       {"a :: X(; a -> b :: Y; b -> a;", "a :: X($n); a -> b :: Y; a [x] -> b;",
        "elementclass C { a -> ; } c :: C; c [x] -> y :: Y;", "param n = ; X($n); X(\"$n\");",
        "include \"nowhere.blox\"; X($n) -> words; set n = 3;", "elementclass C(; } c :: C; c -> y :: Y;",
        "a -> unknown; unknown -> a; a :: X;", "param a = $b; param b = $a; X($a, $b);"}) {
    CAPTURE(text);
    const Program program = load(text);
    CAPTURE(errors(program));
    CHECK(program.diagnostics.errors() == 1);
    CHECK(program.graph.incomplete);
  }
}

TEST_CASE("compounds that multiply are refused, not followed") {
  std::string text = "elementclass C0 { X; X; }\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string inner = "C" + std::to_string(i - 1);
    text += "elementclass C" + std::to_string(i) + " { " + inner + "; " + inner + "; }\n";
  }
  const Program elements = load(text + "C40;");
  CHECK(elements.diagnostics.errors() == 1);
  CHECK(elements.diagnostics.all().at(0).code == "E0210");

  std::string doubling = "elementclass P { input -> output; input -> output; } a :: A; a";
  for (int i = 0; i < 40; ++i) doubling += " -> P";
  CHECK(load(doubling + " -> a;").diagnostics.all().at(0).code == "E0210");
}

TEST_CASE("pass-through compounds may stand in a long row, or in a circle") {
  std::string text = "elementclass P { input -> output; } a :: A; b :: B; a";
  for (int i = 0; i < 20'000; ++i) text += " -> P";
  const Program program = load(text + " -> b;");
  CHECK(errors(program) == "");
  CHECK(describe(program.graph) == "a :: A\nb :: B\na -> b\n");
  CHECK(graph("elementclass P { input -> output; } p :: P; q :: P; a :: A; a -> p -> q -> p; q -> b :: B;") ==
        "a :: A\nb :: B\na -> b\n");
}

TEST_CASE("a row of parameters that is too long is refused") {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "param p" + std::to_string(i) + " = $p" + std::to_string(i + 1) + ";";
  const Program program = load(text + "param p10000 = 1;");
  CHECK(program.diagnostics.all().at(0).code == "E0208");
}

}  // namespace
}  // namespace blox::dsl
