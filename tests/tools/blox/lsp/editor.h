// Plays an editor: requests and notifications in verbs, answers as JSON, files in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/json.h"
#include "tools/blox/lsp/server.h"

namespace blox::tools::lsp {

class Editor {
 public:
  explicit Editor(bool initialize = true) : server(rules()) {
    if (initialize) request("initialize", "{}");
  }

  /// A place is written as `‸` in a text; it is taken out.
  struct Marked {
    std::string text;
    size_t offset = 0;
  };
  static Marked marked(std::string_view text) {
    constexpr std::string_view kMark = "‸";
    const size_t at = text.find(kMark);
    std::string out(text.substr(0, at));
    if (at != std::string_view::npos) out += text.substr(at + kMark.size());
    return {out, at == std::string_view::npos ? out.size() : at};
  }

  /// The whole answer; diagnostics that come before it are kept in `shown`.
  Datum request(const std::string& method, const std::string& params) {
    take(R"({"jsonrpc": "2.0", "id": 7, "method": ")" + method + R"(", "params": )" + params + "}");
    return last;
  }
  void notify(const std::string& method, const std::string& params) {
    take(R"({"jsonrpc": "2.0", "method": ")" + method + R"(", "params": )" + params + "}");
    for (const std::string& message : server.settle()) keep(message);
  }
  void take(const std::string& body) {
    last = Datum();
    for (const std::string& message : server.take({Frame::Kind::kMessage, body})) keep(message);
  }

  void open(const std::string& path, const std::string& text) {
    notify("textDocument/didOpen", R"({"textDocument": {"uri": "file://)" + path + R"(", "version": 1, "text": )" +
                                       to_json(Datum(text)) + "}}");
  }
  void change(const std::string& path, const std::string& text) {
    notify("textDocument/didChange", R"({"textDocument": {"uri": "file://)" + path +
                                         R"(", "version": 2}, "contentChanges": [{"text": )" + to_json(Datum(text)) +
                                         "}]}");
  }
  /// `more` is put into the parameters: `, "newName": "x"`.
  Datum ask_at(const std::string& method, const std::string& path, const Marked& where, const std::string& more = "") {
    const Position at = Lines(where.text).position(where.text, where.offset);
    return request("textDocument/" + method, R"({"textDocument": {"uri": "file://)" + path +
                                                 R"("}, "position": {"line": )" + std::to_string(at.line) +
                                                 R"(, "character": )" + std::to_string(at.character) + "}" + more +
                                                 "}");
  }
  /// Opens a text with a mark, and asks there.
  Datum ask(const std::string& method, std::string_view text, const std::string& more = "") {
    const Marked where = marked(text);
    open("/a.blox", where.text);
    return ask_at(method, "/a.blox", where, more);
  }
  /// "line:character-line:character E0201 message", one a line.
  std::string shown_of(const std::string& path) const {
    std::string out;
    const auto place = shown.find("file://" + path);
    if (place == shown.end()) return "not shown";
    for (const Datum& one : *member(place->second, "diagnostics")->get_if<Datum::List>()) {
      out += where(*member(one, "range")) + " " + *text_member(one, "code") + " " + *text_member(one, "message") + "\n";
    }
    return out;
  }
  static std::string where(const Datum& range) {
    const auto number = [&](const char* name) { return std::to_string(*number_member(range, name)); };
    return number("start.line") + ":" + number("start.character") + "-" + number("end.line") + ":" +
           number("end.character");
  }

  std::map<std::string, std::string> files;
  std::map<std::string, Datum> shown;  ///< by URI: the parameters of the last publishDiagnostics
  std::vector<std::string> messages;   ///< window/showMessage
  Datum last;                          ///< the last answer
  Server server;

 private:
  Rules rules() {
    Rules out;
    out.load.read = [this](const std::string& path) -> Result<std::string> {
      const auto place = files.find(path);
      if (place == files.end()) return Status::outside("file.open", "No such file or directory");
      return place->second;
    };
    return out;
  }
  void keep(const std::string& text) {
    const Datum message = *datum_from_json(text);
    const std::string* const method = text_member(message, "method");
    if (method == nullptr) {
      last = message;
    } else if (*method == "window/showMessage") {
      messages.push_back(*text_member(message, "params.message"));
    } else {
      shown[*text_member(message, "params.uri")] = *member(message, "params");
    }
  }
};

}  // namespace blox::tools::lsp
