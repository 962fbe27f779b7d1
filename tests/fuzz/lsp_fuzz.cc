// Any bytes on the language server's input: it goes on, and what it writes is JSON with a version.
#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "core/data/json.h"
#include "tools/blox/lsp/server.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace blox;
  using namespace blox::tools;
  lsp::Rules rules;
  rules.load.read = [](const std::string&) -> Result<std::string> {
    return std::string("elementclass Top { input -> output }");
  };
  lsp::Server server(std::move(rules));
  const auto check = [](const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      const Result<Datum> read = datum_from_json(message);
      BLOX_CHECK(read.is_ok() && lsp::text_member(*read, "jsonrpc") != nullptr, "what is sent is a message");
    }
  };
  lsp::Framing framing;
  framing.feed({reinterpret_cast<const char*>(data), size});
  while (const std::optional<lsp::Frame> frame = framing.next()) check(server.take(*frame));
  check(server.settle());
  return 0;
}
