// Compiles arbitrary text; what compiles is evaluated over a random log, whole and record by record.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tests/support/expressions.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace blox;
  uint64_t seed = size;
  for (size_t i = 0; i < size; ++i) seed = seed * 31 + data[i];
  std::string text(reinterpret_cast<const char*>(data), size);
  // Few mutations of text are expressions: an input that begins with `#` is a seed for one that is.
  if (size > 0 && data[0] == '#') {
    testing::Random random(seed);
    text = expr::random_expression(random, 4);
  }
  (void)expr::Program::compile_targets(text, expr::all_kinds());
  const std::string wrong = expr::difference(text, seed);
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s\n%s\n", text.c_str(), wrong.c_str());
  std::abort();
}
