// Any YAML is read without a crash; what is read without an error is written as YAML and as text, and read back the
// same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "dsl/parser.h"
#include "dsl/printer.h"
#include "dsl/render.h"
#include "dsl/yaml_reader.h"
#include "dsl/yaml_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace blox;
  Sources sources;
  const uint32_t file = sources.add("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size));
  Diagnostics diagnostics;
  const dsl::Body body = dsl::read_yaml(sources.at(file).text, file, diagnostics);
  dsl::render_text(diagnostics, sources);
  if (diagnostics.has_errors()) return 0;

  Diagnostics none;
  const std::string text = dsl::print(body);
  const dsl::Body from_text = dsl::parse({text, 0, 0, false, 0, 0}, none);
  BLOX_CHECK(!none.has_errors(), "what YAML says can be said in the language");
  BLOX_CHECK(dsl::equal(body, from_text), "and says the same there");

  const Result<std::string> yaml = dsl::write_yaml(from_text);
  if (!yaml) return 0;
  const dsl::Body again = dsl::read_yaml(*yaml, 0, none);
  BLOX_CHECK(!none.has_errors(), "what is written as YAML can be read");
  BLOX_CHECK(dsl::equal(again, dsl::in_yaml_order(body)), "and says the same");
  return 0;
}
