// Any bytes are imported without a crash; what comes out is a topology in the layout of the printer.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "dsl/parser.h"
#include "dsl/printer.h"
#include "dsl/render.h"
#include "tools/blox/import/translate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace blox;
  Sources sources;
  Diagnostics diagnostics;
  const uint32_t file = sources.add("fuzz.json", std::string(reinterpret_cast<const char*>(data), size));
  const std::string made = tools::import_text(sources.at(file).text, file, "fuzz.json", diagnostics);
  (void)dsl::render_text(diagnostics, sources);
  for (const Diagnostic& one : diagnostics.all()) {
    BLOX_CHECK(!one.message.starts_with("what came out of this is no topology: "), "what comes out can be read");
  }
  BLOX_CHECK(made.empty() == diagnostics.has_errors(), "there is a topology, or a reason why not");
  if (made.empty()) return 0;
  Diagnostics none;
  const dsl::Body body = dsl::parse({.text = made, .file = 0}, none);
  BLOX_CHECK(!none.has_errors() && dsl::print(body) == made, "it is laid out");
  return 0;
}
