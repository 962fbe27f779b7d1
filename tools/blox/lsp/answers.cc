#include "tools/blox/lsp/answers.h"

#include "dsl/program.h"
#include "tools/blox/lsp/complete.h"
#include "tools/blox/lsp/format.h"
#include "tools/blox/lsp/hover.h"
#include "tools/blox/lsp/names.h"
#include "tools/blox/lsp/rename.h"
#include "tools/blox/lsp/repair.h"
#include "tools/blox/lsp/uri.h"

namespace blox::tools::lsp {
namespace {

// A document, its program, and a place in it.
struct Place {
  const Workspace& workspace;
  const Datum& params;
  const Document& document;
  const Analysis& analysis;
  const Names& names;
  uint32_t file;
  uint32_t offset;

  const Mention* mention() const { return names.at(file, offset); }
  Datum location(Span span) const {
    const std::string& path = analysis.program.sources.at(span.file).path;
    return Datum::Struct{{"uri", workspace.uri(path)}, {"range", analysis.range(span)}};
  }
};

Answer refuse(ErrorCode code, std::string message) { return {{}, code, std::move(message)}; }

Answer answer_hover(const Place& place) {
  const Mention* const mention = place.mention();
  const std::optional<std::string> text =
      mention == nullptr ? std::nullopt : hover(place.analysis, place.names, *mention);
  if (!text) return {};
  Datum::Struct contents{{"kind", "markdown"}, {"value", *text}};
  return {Datum::Struct{{"contents", std::move(contents)}, {"range", place.analysis.range(mention->span)}}, {}, {}};
}

Answer answer_definition(const Place& place) {
  const std::optional<Span> span = definition(place.analysis, place.names, place.file, place.offset);
  return span ? Answer{place.location(*span), {}, {}} : Answer{};
}

Answer answer_references(const Place& place) {
  Datum::List out;
  for (const Span& span : references(place.analysis, place.names, place.file, place.offset)) {
    out.push_back(place.location(span));
  }
  return {std::move(out), {}, {}};
}

Answer answer_prepare_rename(const Place& place) {
  for (const Span& span : references(place.analysis, place.names, place.file, place.offset)) {
    if (span.file == place.file && span.offset <= place.offset && place.offset <= span.end()) {
      return {place.analysis.range(span), {}, {}};
    }
  }
  return {};
}

Answer answer_rename(const Place& place) {
  const std::string* const new_name = text_member(place.params, "newName");
  if (new_name == nullptr) return refuse(ErrorCode::kInvalidParams, "`newName` is missing");
  const Reread reread = [&](const std::map<std::string, std::string>& texts) {
    return place.workspace.analyse_with(place.analysis.program.sources.at(0).path, texts);
  };
  const Result<std::vector<Span>> spans =
      rename(place.analysis, place.names, place.file, place.offset, *new_name, reread);
  if (!spans) return refuse(ErrorCode::kRequestFailed, spans.status().error().text);
  std::map<uint32_t, Datum::List> by_file;
  for (const Span& span : *spans) {
    by_file[span.file].push_back(Datum::Struct{{"range", place.analysis.range(span)}, {"newText", *new_name}});
  }
  Datum::Struct changes;
  for (auto& [file, edits] : by_file) {
    changes.emplace_back(place.workspace.uri(place.analysis.program.sources.at(file).path), std::move(edits));
  }
  return {Datum::Struct{{"changes", std::move(changes)}}, {}, {}};
}

Answer answer_completion(const Place& place) {
  const std::string path = place.analysis.program.sources.at(place.file).path;
  if (dsl::syntax_of(path) != dsl::Syntax::kBlox) return {};
  const Context context = context_at(place.document.text, place.offset);
  Datum::List items;
  if (context.kind != Context::Kind::kNothing) {
    const std::string root = place.analysis.program.sources.at(0).path;
    const RereadText reread = [&](const std::string& text) {
      return place.workspace.analyse_with(root, {{path, text}});
    };
    const Repaired repaired = repair(place.analysis, place.file, place.offset, context, reread);
    const Names names(repaired.analysis->program, repaired.analysis->registry);
    const uint32_t file = repaired.analysis->file(path).value_or(place.file);  // an include may have been mended
    const size_t scope = names.scope_at(file, place.offset);
    const Datum range = place.analysis.lines[place.file].range(place.document.text, context.from, place.offset);
    for (CompletionItem& item : complete(*repaired.analysis, names, context, scope, repaired.element)) {
      Datum::Struct edit{{"range", range}, {"newText", std::move(item.text)}};
      items.push_back(Datum::Struct{{"label", std::move(item.label)},
                                    {"kind", static_cast<int64_t>(item.kind)},
                                    {"detail", std::move(item.detail)},
                                    {"textEdit", std::move(edit)}});
    }
  }
  return {Datum::Struct{{"isIncomplete", false}, {"items", std::move(items)}}, {}, {}};
}

struct Method {
  const char* name;
  const char* capability;
  Datum (*options)();
  Answer (*answer)(const Place& place);
};

Datum yes() { return true; }
Datum with_prepare() { return Datum::Struct{{"prepareProvider", true}}; }

Datum completion_options() {
  Datum::List triggers;
  for (const char* character : {"$", ">", "[", "(", "{", ",", "=", ":", " "}) triggers.emplace_back(character);
  return Datum::Struct{{"triggerCharacters", std::move(triggers)}};
}

constexpr Method kMethods[] = {
    {"textDocument/completion", "completionProvider", completion_options, answer_completion},
    {"textDocument/hover", "hoverProvider", yes, answer_hover},
    {"textDocument/definition", "definitionProvider", yes, answer_definition},
    {"textDocument/references", "referencesProvider", yes, answer_references},
    {"textDocument/rename", "renameProvider", with_prepare, answer_rename},
    {"textDocument/prepareRename", nullptr, nullptr, answer_prepare_rename},
};
constexpr const char* kFormatting = "textDocument/formatting";

Answer answer_at(const Method& method, const Datum& params, const Document& document, const Workspace& workspace) {
  const std::optional<uint32_t> line = number_member(params, "position.line");
  const std::optional<uint32_t> character = number_member(params, "position.character");
  if (!line || !character) return refuse(ErrorCode::kInvalidParams, "`position` is missing");
  const std::string path = path_of(document.uri);
  const Analysis* const analysis = workspace.program_of(path);
  const std::optional<uint32_t> file = analysis == nullptr ? std::nullopt : analysis->file(path);
  if (!file) return {};
  const size_t offset = analysis->lines[*file].offset(document.text, {*line, *character});
  const Names names(analysis->program, analysis->registry);
  return method.answer({workspace, params, document, *analysis, names, *file, static_cast<uint32_t>(offset)});
}

Answer answer_formatting(const Document& document) {
  if (dsl::syntax_of(path_of(document.uri)) != dsl::Syntax::kBlox) return {};
  return {format(document.text), {}, {}};
}

}  // namespace

Datum::Struct answer_capabilities() {
  Datum::Struct out{{"documentFormattingProvider", true}};
  for (const Method& method : kMethods) {
    if (method.capability != nullptr) out.emplace_back(method.capability, method.options());
  }
  return out;
}

Answer answer_to(const std::string& method, const Datum& params, const Workspace& workspace) {
  const Method* known = nullptr;
  for (const Method& one : kMethods) {
    if (method == one.name) known = &one;
  }
  if (known == nullptr && method != kFormatting) {
    return refuse(ErrorCode::kMethodNotFound, "`" + method + "` is not known here");
  }
  const std::string* const uri = text_member(params, "textDocument.uri");
  if (uri == nullptr) return refuse(ErrorCode::kInvalidParams, "`textDocument.uri` is missing");
  const Document* const document = workspace.documents().find(path_of(*uri));
  if (document == nullptr) return refuse(ErrorCode::kInvalidParams, "`" + *uri + "` is not open");
  return known == nullptr ? answer_formatting(*document) : answer_at(*known, params, *document, workspace);
}

}  // namespace blox::tools::lsp
