#include "dsl/render.h"

#include <doctest/doctest.h>

namespace blox::dsl {
namespace {

TEST_CASE("an error looks as the language says") {
  Sources sources;
  const uint32_t file = sources.add("file_index.blox",
                                    std::string(14, '\n') + "files -> Tokenize(field = content) -> counts -> store;\n");
  Diagnostics diagnostics;
  diagnostics.add(Diagnostic{Severity::kError,
                             "E0501",
                             {file, 23, 8},
                             "`Tokenize` needs the field `content: string`, which does not arrive",
                             {},
                             {}}
                      .note("arrives: {path: string, size: int, mtime: time} from `files`")
                      .with_fix("put `FileReader` before it: it adds `content`"));
  CHECK(render_text(diagnostics, sources) ==
        "file_index.blox:15:10: error[E0501]: `Tokenize` needs the field `content: string`, which does not arrive\n"
        "   15 | files -> Tokenize(field = content) -> counts -> store;\n"
        "      |          ^~~~~~~~\n"
        "      = arrives: {path: string, size: int, mtime: time} from `files`\n"
        "      = fix: put `FileReader` before it: it adds `content`\n");
}

TEST_CASE("colours come only when asked for") {
  Sources sources;
  const uint32_t file = sources.add("a.blox", "a");
  Diagnostics diagnostics;
  diagnostics.warning("W0601", {file, 0, 1}, "nothing reaches `a`");
  CHECK(render_text(diagnostics, sources).find('\x1b') == std::string::npos);
  CHECK(render_text(diagnostics, sources, {true}).find("\x1b[1;33mwarning[W0601]:\x1b[0m") != std::string::npos);
}

TEST_CASE("a place that is not known has no line") {
  Diagnostics diagnostics;
  diagnostics.error("E0901", {}, "no such file");
  CHECK(render_text(diagnostics, Sources()) == "blox: error[E0901]: no such file\n");
}

TEST_CASE("a span at the end of the text, beyond it, or over several lines stays on its line") {
  Sources sources;
  const uint32_t file = sources.add("a.blox", "ab\ncd");
  Diagnostics diagnostics;
  diagnostics.error("E1", {file, 1, 4}, "over two lines");
  diagnostics.error("E2", {file, 5, 0}, "the end");
  diagnostics.error("E3", {file, 90, 7}, "beyond");
  CHECK(render_text(diagnostics, sources) ==
        "a.blox:1:2: error[E1]: over two lines\n    1 | ab\n      |  ^\n"
        "a.blox:2:3: error[E2]: the end\n    2 | cd\n      |   ^\n"
        "a.blox:2:3: error[E3]: beyond\n    2 | cd\n      |   ^\n");
}

TEST_CASE("a long line is shown around its caret") {
  Sources sources;
  const uint32_t file = sources.add("a.blox", std::string(100'000, 'x') + "HERE" + std::string(100'000, 'y'));
  Diagnostics diagnostics;
  diagnostics.error("E1", {file, 100'000, 4}, "here");
  const std::string text = render_text(diagnostics, sources);
  CHECK(text.size() < 500);
  CHECK(text.find("…" + std::string(60, 'x') + "HERE") != std::string::npos);
  CHECK(text.find("      | " + std::string(61, ' ') + "^~~~\n") != std::string::npos);
}

TEST_CASE("JSON is one document with the same content") {
  Sources sources;
  const uint32_t file = sources.add("a\"b.blox", "é a\n");
  Diagnostics diagnostics;
  diagnostics.add(Diagnostic{Severity::kError, "E0201", {file, 3, 1}, "no \"a\"\x01", {}, {}}
                      .note("first", {file, 0, 2})
                      .note("plain"));
  diagnostics.warning("W1", {}, "w");
  CHECK(
      render_json(diagnostics, sources) ==
      "{\"diagnostics\": [\n"
      "  {\"file\": \"a\\\"b.blox\", \"line\": 1, \"column\": 3, \"length\": 1, \"severity\": \"error\", \"code\": "
      "\"E0201\", "
      "\"message\": \"no \\\"a\\\"\\u0001\", \"notes\": [{\"text\": \"first\", \"file\": \"a\\\"b.blox\", \"line\": 1, "
      "\"column\": 1, \"length\": 1}, {\"text\": \"plain\"}], \"fix\": null},\n"
      "  {\"file\": null, \"line\": null, \"column\": null, \"length\": null, \"severity\": \"warning\", \"code\": "
      "\"W1\", "
      "\"message\": \"w\", \"notes\": [], \"fix\": null}\n"
      "], \"errors\": 1, \"warnings\": 1}\n");
  CHECK(render_json(Diagnostics(), sources) == "{\"diagnostics\": [], \"errors\": 0, \"warnings\": 0}\n");
}

}  // namespace
}  // namespace blox::dsl
