// Any text is loaded and checked with the built-in classes without a crash; a sound one, its shards taken apart, has a plan
// that keeps the laws.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/graph/promises.h"
#include "core/graph/shards.h"
#include "dsl/program.h"
#include "dsl/render.h"
#include "tests/support/plan_laws.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace blox;
  static const Registry registry = Registry::builtin();
  dsl::Program program = dsl::load_text(std::string(reinterpret_cast<const char*>(data), size), {});
  std::optional<Checked> checked = check(program.graph, registry, nullptr, program.diagnostics);
  const std::string text = dsl::render_text(program.diagnostics, program.sources);
  BLOX_CHECK(!program.diagnostics.has_errors() || !text.empty(), "an error is shown");
  BLOX_CHECK(checked.has_value() == !program.diagnostics.has_errors(), "a result or an error");
  if (!checked) return 0;
  checked = expand(program.graph, *std::move(checked));
  const Plan made = plan(*checked);
  const std::string broken = testing::broken_law(*checked, made);
  BLOX_CHECK(broken.empty(), broken.c_str());
  promises(*checked, made);
  return 0;
}
