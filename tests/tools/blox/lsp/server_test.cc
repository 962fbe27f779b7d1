#include "tools/blox/lsp/server.h"

#include <doctest/doctest.h>

#include "tests/tools/blox/lsp/editor.h"

namespace blox::tools::lsp {
namespace {

int64_t error_of(const Datum& answer) {
  const Datum* const code = member(answer, "error.code");
  return code == nullptr ? 0 : *code->get_if<int64_t>();
}

TEST_CASE("initialize comes first and once") {
  Editor editor(false);
  CHECK(error_of(editor.request("textDocument/hover", "{}")) == -32002);
  CHECK(error_of(editor.request("shutdown", "null")) == -32002);
  editor.open("/a.blox", "Countr -> Print;");
  CHECK(editor.shown.empty());
  const Datum answer = editor.request("initialize", R"({"processId": null, "capabilities": {}})");
  CHECK(*text_member(answer, "result.serverInfo.name") == "blox");
  CHECK(*number_member(answer, "result.capabilities.textDocumentSync.change") == 2);
  CHECK(error_of(editor.request("initialize", "{}")) == -32600);
}

TEST_CASE("exit ends with 0 after a shutdown and with 1 without") {
  Editor orderly;
  CHECK(member(orderly.request("shutdown", "null"), "result")->is_null());
  CHECK(error_of(orderly.request("textDocument/hover", "{}")) == -32600);
  CHECK(!orderly.server.exit_code());
  orderly.notify("exit", "null");
  CHECK(orderly.server.exit_code() == 0);
  CHECK(orderly.server.take({Frame::Kind::kMessage, R"({"id": 1, "method": "shutdown"})"}).empty());

  Editor hasty;
  hasty.notify("exit", "null");
  CHECK(hasty.server.exit_code() == 1);
  Editor early(false);
  early.notify("exit", "null");
  CHECK(early.server.exit_code() == 1);
}

TEST_CASE("what is no request is answered as the protocol says") {
  Editor editor;
  const auto code = [&](const std::string& body) {
    editor.take(body);
    return error_of(editor.last);
  };
  CHECK(code("{") == -32700);
  CHECK(code("") == -32700);
  CHECK(code("\xff") == -32700);
  CHECK(code(std::string(1'000, '[')) == -32700);
  CHECK(code("[]") == -32600);
  CHECK(code("null") == -32600);
  CHECK(code(R"([{"id": 1, "method": "shutdown"}])") == -32600);
  CHECK(code(R"({"id": 1, "method": 2})") == -32600);
  CHECK(code(R"({"id": {}, "method": "shutdown"})") == -32600);
  CHECK(code(R"({"id": 1, "method": "no/such"})") == -32601);
  CHECK(code(R"({"id": "a", "method": "$/no"})") == -32601);
  CHECK(code(R"({"id": 1, "method": "textDocument/formatting"})") == -32602);
  CHECK(code(R"({"id": 1, "method": "textDocument/formatting", "params": {"textDocument": {"uri": "file:///no"}}})") ==
        -32602);
  CHECK(code(R"({"method": "$/cancelRequest", "params": {"id": 1}})") == 0);
  CHECK(code(R"({"method": "no/such"})") == 0);
  CHECK(code(R"({"id": 1, "result": null})") == 0);
  CHECK(
      code(
          R"({"method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///no"}, "contentChanges": [{}]}})") ==
      0);
  CHECK(editor.server.take({Frame::Kind::kGarbage, {}}).size() == 1);
  CHECK(editor.server.take({Frame::Kind::kTooLarge, {}}).size() == 1);
}

TEST_CASE("diagnostics follow what is typed") {
  Editor editor;
  editor.open("/a.blox", "// 😀 ä\n/* 😀 */ Countr -> Print;\n");
  CHECK(editor.shown_of("/a.blox") == "1:9-1:15 E0201 unknown element class `Countr`; did you mean `Count`?\n");
  editor.notify("textDocument/didChange",
                R"json({"textDocument": {"uri": "file:///a.blox", "version": 5}, "contentChanges":
      [{"range": {"start": {"line": 1, "character": 14}, "end": {"line": 1, "character": 14}}, "text": "e"},
       {"range": {"start": {"line": 1, "character": 16}, "end": {"line": 1, "character": 16}}, "text": "(limit = 1)"}]})json");
  CHECK(editor.shown_of("/a.blox") == "");
  CHECK(*number_member(editor.shown.at("file:///a.blox"), "version") == 5);
  editor.notify("textDocument/didClose", R"({"textDocument": {"uri": "file:///a.blox"}})");
  CHECK(editor.shown_of("/a.blox") == "");
}

TEST_CASE("a compound that hides a class is a warning in an editor, too") {
  Editor editor;
  editor.open("/a.blox",
              "elementclass Count { input -> Filter(\"value > 1\") -> output; }\nCounter -> Count -> Print;\n");
  CHECK(editor.shown_of("/a.blox").starts_with("0:13-0:18 W0214 `Count` hides the class of this name in "));
}

TEST_CASE("notes with a place become related information, and the fix part of the message") {
  Editor editor;
  editor.open("/a.blox", "a :: Counter(limit = 1);\na :: Counter(limit = 2);\na -> Count(by = [x]) -> Print;\n");
  const Datum::List& all = *member(editor.shown.at("file:///a.blox"), "diagnostics")->get_if<Datum::List>();
  REQUIRE(!all.empty());
  const Datum& note = (*member(all[0], "relatedInformation")->get_if<Datum::List>())[0];
  CHECK(*text_member(note, "location.uri") == "file:///a.blox");
  CHECK(Editor::where(*member(note, "location.range")) == "0:0-0:1");
}

TEST_CASE("an open document counts instead of the file that another one includes") {
  Editor editor;
  editor.files["/lib/common.blox"] = "elementclass Top { input -> Head(1) -> output }\n";
  editor.open("/main.blox", "include \"lib/common.blox\";\nCounter(limit = 9) -> Top -> Print;\n");
  CHECK(editor.shown_of("/main.blox") == "");
  editor.open("/lib/common.blox", "elementclass Top { input -> Hed(1) -> output }\n");
  CHECK(editor.shown_of("/lib/common.blox").substr(0, 15) == "0:28-0:31 E0201");
  editor.change("/lib/common.blox", "elementclass Top { input -> Head(1) -> output }\n");
  CHECK(editor.shown_of("/lib/common.blox") == "");
  editor.change("/lib/common.blox", "elementclass Tops { input -> Head(1) -> output }\n");
  CHECK(editor.shown_of("/main.blox").substr(0, 15) == "1:22-1:25 E0201");
  editor.notify("textDocument/didClose", R"({"textDocument": {"uri": "file:///lib/common.blox"}})");
  CHECK(editor.shown_of("/main.blox") == "");
}

TEST_CASE("a file that appears on disk is read again") {
  Editor editor;
  editor.open("/main.blox", "include \"common.blox\";\nCounter(limit = 9) -> Top -> Print;\n");
  CHECK(editor.shown_of("/main.blox").find("E0901") != std::string::npos);
  editor.files["/common.blox"] = "elementclass Top { input -> Head(1) -> output }\n";
  editor.notify("workspace/didChangeWatchedFiles", R"({"changes": [{"uri": "file:///common.blox", "type": 1}]})");
  CHECK(editor.shown_of("/main.blox") == "");
}

TEST_CASE("documents that include each other are one program") {
  Editor editor;
  editor.open("/a.blox", "include \"b.blox\";\nCounter(limit = 1) -> b;\n");
  editor.open("/b.blox", "include \"a.blox\";\nb :: Print;\nCountr -> b;\n");
  CHECK(editor.shown_of("/a.blox") == "");
  CHECK(editor.shown_of("/b.blox").substr(0, 13) == "2:0-2:6 E0201");
}

TEST_CASE("a document past the limit is refused and a change that cannot be applied closes it") {
  Editor editor;
  editor.open("/a.blox", std::string((16 << 20) + 1, ' '));
  CHECK(editor.messages.size() == 1);
  editor.open("/a.blox", "Countr -> Print;");
  editor.notify("textDocument/didChange", R"({"textDocument": {"uri": "file:///a.blox", "version": 2}, "contentChanges":
      [{"range": {"start": {"line": 1, "character": 0}, "end": {"line": 0, "character": 0}}, "text": ""}]})");
  CHECK(editor.messages.size() == 2);
  CHECK(editor.shown_of("/a.blox") == "");
}

TEST_CASE("a plug-in is not loaded unasked, and what may be its class is no error") {
  Editor editor;
  editor.open("/a.blox", "plugin \"libgeo.so\";\nGeo -> Print;\n");
  CHECK(editor.shown_of("/a.blox") == "");
}

TEST_CASE("formatting changes as few lines as it can") {
  Editor editor;
  editor.open("/a.blox", "// one\nCounter(limit=1) -> Print;\n// two\n");
  const Datum answer = editor.request("textDocument/formatting", R"({"textDocument": {"uri": "file:///a.blox"}})");
  const Datum::List& edits = *member(answer, "result")->get_if<Datum::List>();
  REQUIRE(edits.size() == 1);
  CHECK(Editor::where(*member(edits[0], "range")) == "1:0-2:0");
  CHECK(*text_member(edits[0], "newText") == "Counter(limit = 1) -> Print;\n");
  editor.change("/a.blox", "Counter(limit = 1) -> Print;\n");
  CHECK(member(editor.request("textDocument/formatting", R"({"textDocument": {"uri": "file:///a.blox"}})"), "result")
            ->get_if<Datum::List>()
            ->empty());
  editor.change("/a.blox", "Counter(limit = ->");
  CHECK(member(editor.request("textDocument/formatting", R"({"textDocument": {"uri": "file:///a.blox"}})"), "result")
            ->get_if<Datum::List>()
            ->empty());
}

}  // namespace
}  // namespace blox::tools::lsp
