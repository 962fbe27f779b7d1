#include "tools/blox/lsp/server.h"

#include "core/data/json.h"
#include "core/element/stamp.h"
#include "tools/blox/lsp/answers.h"
#include "tools/blox/lsp/uri.h"

namespace blox::tools::lsp {
namespace {

Datum initialized() {
  Datum::Struct sync{{"openClose", true}, {"change", 2}};  // 2: incremental; a change without a range is the whole text
  Datum::Struct capabilities{{"positionEncoding", "utf-16"}, {"textDocumentSync", std::move(sync)}};
  for (auto& capability : answer_capabilities()) capabilities.push_back(std::move(capability));
  Datum::Struct info{{"name", "blox"}, {"version", BLOX_RELEASE}};
  return Datum::Struct{{"capabilities", std::move(capabilities)}, {"serverInfo", std::move(info)}};
}

std::string show(const Status& status) {
  return notification("window/showMessage", Datum::Struct{{"type", 1}, {"message", status.to_string()}});
}

}  // namespace

std::vector<std::string> Server::take(const Frame& frame) {
  if (exit_code_) return {};
  if (frame.kind == Frame::Kind::kGarbage) {
    return {error_response({}, ErrorCode::kParse, "no header: a message begins with `Content-Length: N`")};
  }
  if (frame.kind == Frame::Kind::kTooLarge) {
    return {error_response({}, ErrorCode::kInvalidRequest, "a message of more than 32 MiB was passed over")};
  }
  const Result<Datum> message = datum_from_json(frame.body);
  if (!message) return {error_response({}, ErrorCode::kParse, "no JSON: " + message.status().error().text)};
  const Datum* const id = member(*message, "id");
  const bool sound_id = id == nullptr || id->get_if<int64_t>() != nullptr || id->get_if<std::string>() != nullptr;
  const std::string* const method = text_member(*message, "method");
  if (method == nullptr || !sound_id) {
    const bool answer = sound_id && (member(*message, "result") != nullptr || member(*message, "error") != nullptr);
    if (answer) return {};  // we ask the client nothing
    return {error_response(id != nullptr && sound_id ? *id : Datum(), ErrorCode::kInvalidRequest,
                           "neither a request nor a notification: `method` and `id` tell")};
  }
  const Datum* const params = member(*message, "params");
  std::vector<std::string> out;
  if (id == nullptr) {
    notice(*method, params == nullptr ? Datum() : *params, out);
  } else {
    out = settle();
    out.push_back(request(*id, *method, params == nullptr ? Datum() : *params));
  }
  return out;
}

std::vector<std::string> Server::settle() {
  std::vector<std::string> out;
  for (Datum& params : workspace_.settle()) {
    out.push_back(notification("textDocument/publishDiagnostics", std::move(params)));
  }
  return out;
}

std::string Server::request(const Datum& id, const std::string& method, const Datum& params) {
  if (method == "initialize") {
    if (phase_ != Phase::kNew) return error_response(id, ErrorCode::kInvalidRequest, "`initialize` comes once");
    phase_ = Phase::kRunning;
    return response(id, initialized());
  }
  if (phase_ == Phase::kNew) return error_response(id, ErrorCode::kNotInitialized, "`initialize` comes first");
  if (phase_ == Phase::kShutDown) {
    return error_response(id, ErrorCode::kInvalidRequest, "after `shutdown` only `exit` can come");
  }
  if (method == "shutdown") {
    phase_ = Phase::kShutDown;
    return response(id, {});
  }
  const Answer answer = answer_to(method, params, workspace_);
  if (answer.error) return error_response(id, *answer.error, answer.message);
  return response(id, answer.result);
}

void Server::notice(const std::string& method, const Datum& params, std::vector<std::string>& out) {
  if (method == "exit") {
    exit_code_ = phase_ == Phase::kShutDown ? 0 : 1;
    return;
  }
  if (phase_ != Phase::kRunning) return;
  if (method == "workspace/didChangeWatchedFiles") {
    const Datum* const changes = member(params, "changes");
    const Datum::List* const list = changes == nullptr ? nullptr : changes->get_if<Datum::List>();
    for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
      if (const std::string* changed = text_member((*list)[i], "uri")) workspace_.touch(path_of(*changed));
    }
    return;
  }
  const std::string* const uri = text_member(params, "textDocument.uri");
  if (uri == nullptr) return;
  const int64_t version = number_member(params, "textDocument.version").value_or(0);
  Status done = Status::ok();
  if (method == "textDocument/didOpen") {
    const std::string* const text = text_member(params, "textDocument.text");
    if (text != nullptr) done = workspace_.open(*uri, version, *text);
  } else if (method == "textDocument/didChange") {
    const Datum* const changes = member(params, "contentChanges");
    if (changes != nullptr && changes->get_if<Datum::List>() != nullptr) {
      done = workspace_.change(*uri, version, *changes->get_if<Datum::List>());
    }
  } else if (method == "textDocument/didClose") {
    workspace_.close(*uri);
  }
  if (!done.is_ok()) out.push_back(show(done));
}

}  // namespace blox::tools::lsp
