// Any text is read without a crash; what is read without an error is printed, read back the same, and printed the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "dsl/parser.h"
#include "dsl/printer.h"
#include "dsl/render.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace blox;
  Sources sources;
  const uint32_t file = sources.add("fuzz.blox", std::string(reinterpret_cast<const char*>(data), size));
  Diagnostics diagnostics;
  const dsl::Body body = dsl::parse({sources.at(file).text, file, 0, false, 0, 0}, diagnostics);
  BLOX_CHECK(!dsl::render_text(diagnostics, sources).empty() == diagnostics.has_errors(), "errors and text agree");
  BLOX_CHECK(body.incomplete == diagnostics.has_errors(), "a tree with holes says so");
  if (diagnostics.has_errors()) {
    dsl::render_json(diagnostics, sources);
    return 0;
  }
  const std::string once = dsl::print(body);
  Diagnostics none;
  const dsl::Body again = dsl::parse({once, 0, 0, false, 0, 0}, none);
  BLOX_CHECK(!none.has_errors(), "what is printed can be read");
  BLOX_CHECK(dsl::equal(body, again), "what is printed says the same");
  BLOX_CHECK(dsl::print(again) == once, "printing is idempotent");
  return 0;
}
