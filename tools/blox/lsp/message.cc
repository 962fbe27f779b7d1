#include "tools/blox/lsp/message.h"

#include "core/data/json.h"
#include "core/data/utf8.h"

namespace blox::tools::lsp {
namespace {

constexpr const char* kVersion = "2.0";

std::string written(Datum::Struct message) { return to_utf8(to_json(Datum(std::move(message)))); }

}  // namespace

const Datum* member(const Datum& value, std::string_view path) {
  const Datum* at = &value;
  while (!path.empty()) {
    const size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    const Datum::Struct* const object = at->get_if<Datum::Struct>();
    if (object == nullptr) return nullptr;
    at = nullptr;
    for (const auto& [key, inner] : *object) {
      if (key == name) at = &inner;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

const std::string* text_member(const Datum& value, std::string_view path) {
  const Datum* const found = member(value, path);
  return found == nullptr ? nullptr : found->get_if<std::string>();
}

std::optional<uint32_t> number_member(const Datum& value, std::string_view path) {
  const Datum* const found = member(value, path);
  const int64_t* const number = found == nullptr ? nullptr : found->get_if<int64_t>();
  if (number == nullptr || *number < 0 || *number > INT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

std::string response(const Datum& id, Datum result) {
  return written({{"jsonrpc", kVersion}, {"id", id}, {"result", std::move(result)}});
}

std::string error_response(const Datum& id, ErrorCode code, std::string message) {
  Datum::Struct error{{"code", static_cast<int64_t>(code)}, {"message", std::move(message)}};
  return written({{"jsonrpc", kVersion}, {"id", id}, {"error", std::move(error)}});
}

std::string notification(std::string method, Datum params) {
  return written({{"jsonrpc", kVersion}, {"method", std::move(method)}, {"params", std::move(params)}});
}

}  // namespace blox::tools::lsp
