#include "tools/blox/lsp/answers.h"

#include "dsl/program.h"
#include "tools/blox/lsp/format.h"
#include "tools/blox/lsp/uri.h"

namespace blox::tools::lsp {
namespace {

Answer refuse(ErrorCode code, std::string message) { return {{}, code, std::move(message)}; }

Answer format_document(const Document& document) {
  if (dsl::syntax_of(path_of(document.uri)) != dsl::Syntax::kBlox) return {};
  return {format(document.text), {}, {}};
}

}  // namespace

Datum::Struct answer_capabilities() { return {{"documentFormattingProvider", true}}; }

Answer answer_to(const std::string& method, const Datum& params, const Workspace& workspace) {
  if (method != "textDocument/formatting") {
    return refuse(ErrorCode::kMethodNotFound, "`" + method + "` is not known here");
  }
  const std::string* const uri = text_member(params, "textDocument.uri");
  if (uri == nullptr) return refuse(ErrorCode::kInvalidParams, "`textDocument.uri` is missing");
  const Document* const document = workspace.documents().find(path_of(*uri));
  if (document == nullptr) return refuse(ErrorCode::kInvalidParams, "`" + *uri + "` is not open");
  return format_document(*document);
}

}  // namespace blox::tools::lsp
