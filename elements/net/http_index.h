// What an Http element says about itself: its methods as JSON, and as OpenAPI 3.1.
//
// Threads  functions; any thread
#pragma once

#include <string>
#include <vector>

#include "core/data/schema.h"

namespace blox {

struct HttpMethodInfo {
  std::string name;
  Schema question;
  Schema answer;
};

/// {"methods": [{"name", "path", "question", "answer"}, …]}
std::string http_index(const std::vector<HttpMethodInfo>& methods);
/// Source: https://spec.openapis.org/oas/v3.1.0 and JSON Schema 2020-12.
std::string http_openapi(const std::vector<HttpMethodInfo>& methods, const std::string& title);

}  // namespace blox
