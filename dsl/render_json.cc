#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "dsl/code_point.h"
#include "dsl/render.h"

namespace blox::dsl {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode(text, i);
    i += point.length;
    if (point.value == '"' || point.value == '\\') {
      out += '\\';
      out += static_cast<char>(point.value);
    } else if (point.value == '\n') {
      out += "\\n";
    } else if (point.value == '\t') {
      out += "\\t";
    } else if (point.value < 0x20 || point.value == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<uint32_t>(point.value));
    } else {
      append_utf8(point.value == kInvalid ? U'\uFFFD' : point.value, out);
    }
  }
  return out + '"';
}

std::string place(Span span, const Sources& sources) {
  if (!span.known()) return R"("file": null, "line": null, "column": null, "length": null)";
  const Sources::Position at = sources.position(span.file, span.offset);
  const std::string_view text = sources.text(span);
  const auto length =
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return fmt::format(R"("file": {}, "line": {}, "column": {}, "length": {})", quoted(sources.at(span.file).path),
                     at.line, at.column, length);
}

}  // namespace

std::string render_json(const Diagnostics& diagnostics, const Sources& sources) {
  std::string out = "{\"diagnostics\": [";
  size_t warnings = 0;
  size_t errors = 0;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    const bool error = diagnostic.severity == Severity::kError;
    out += errors + warnings == 0 ? "\n" : ",\n";
    ++(error ? errors : warnings);
    out += fmt::format(R"(  {{{}, "severity": "{}", "code": {}, "message": {}, "notes": [)",
                       place(diagnostic.span, sources), error ? "error" : "warning", quoted(diagnostic.code),
                       quoted(diagnostic.message));
    for (size_t i = 0; i < diagnostic.notes.size(); ++i) {
      const Note& note = diagnostic.notes[i];
      if (i > 0) out += ", ";
      out += fmt::format("{{\"text\": {}", quoted(note.text));
      if (note.span.known()) out += ", " + place(note.span, sources);
      out += '}';
    }
    out += fmt::format("], \"fix\": {}}}", diagnostic.fix.empty() ? "null" : quoted(diagnostic.fix));
  }
  out += fmt::format("{}], \"errors\": {}, \"warnings\": {}}}\n", errors + warnings == 0 ? "" : "\n", errors, warnings);
  return out;
}

}  // namespace blox::dsl
