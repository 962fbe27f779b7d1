// A text that is a type prints as one, which reads as the same type and prints as the same text.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/data/type.h"

using namespace blox;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<Type> type = Type::parse({reinterpret_cast<const char*>(data), size});
  if (!type.is_ok()) return 0;
  const std::string text = type->to_string();
  const Result<Type> again = Type::parse(text);
  BLOX_CHECK(again.is_ok() && *again == *type && again->to_string() == text, "a type that is printed reads as another");
  return 0;
}
