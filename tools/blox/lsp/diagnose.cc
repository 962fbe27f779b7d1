#include "tools/blox/lsp/diagnose.h"

namespace blox::tools::lsp {
namespace {

Datum to_datum(const Analysis& analysis, const Diagnostic& diagnostic, Span span, const UriOf& uri) {
  std::string message = diagnostic.message;
  Datum::List related;
  for (const Note& note : diagnostic.notes) {
    if (note.span.known()) {
      const std::string& path = analysis.program.sources.at(note.span.file).path;
      Datum::Struct location{{"uri", uri(path)}, {"range", analysis.range(note.span)}};
      related.push_back(Datum::Struct{{"location", std::move(location)}, {"message", note.text}});
    } else {
      message += "\n" + note.text;
    }
  }
  if (!diagnostic.fix.empty()) message += "\nfix: " + diagnostic.fix;
  Datum::Struct out{{"range", analysis.range(span)},
                    {"severity", diagnostic.severity == Severity::kError ? 1 : 2},
                    {"code", diagnostic.code},
                    {"source", "blox"},
                    {"message", std::move(message)}};
  if (!related.empty()) out.emplace_back("relatedInformation", std::move(related));
  return out;
}

}  // namespace

Datum::List diagnose(const Analysis& analysis, uint32_t file, const UriOf& uri) {
  constexpr size_t kMost = 1'000;  // nobody reads more, and editors slow down
  Datum::List out;
  for (const Diagnostic& diagnostic : analysis.program.diagnostics.sorted()) {
    const Span span = diagnostic.span.known() ? diagnostic.span : Span{0, 0, 0};
    if (span.file == file && out.size() < kMost) out.push_back(to_datum(analysis, diagnostic, span, uri));
  }
  return out;
}

}  // namespace blox::tools::lsp
