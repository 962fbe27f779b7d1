// JSON-RPC 2.0 as the language server protocol uses it: reading members, making answers.
//
// Threads  values
// Errors   a member that is absent, or of another type, is null
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/data/datum.h"

namespace blox::tools::lsp {

/// Codes of JSON-RPC 2.0 and of LSP 3.17.
enum class ErrorCode : int64_t {
  kParse = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kNotInitialized = -32002,
  kRequestFailed = -32803,
};

/// `path` is "textDocument.uri".
const Datum* member(const Datum& value, std::string_view path);
const std::string* text_member(const Datum& value, std::string_view path);
/// Nothing below zero or above 2^31 - 1, which is what the protocol calls an uinteger.
std::optional<uint32_t> number_member(const Datum& value, std::string_view path);

/// Messages as JSON text. Bytes that are no UTF-8 become U+FFFD.
std::string response(const Datum& id, Datum result);
std::string error_response(const Datum& id, ErrorCode code, std::string message);
std::string notification(std::string method, Datum params);

}  // namespace blox::tools::lsp
