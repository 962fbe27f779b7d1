#include "core/expr/function.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "core/expr/program.h"
#include "tests/support/expressions.h"

namespace blox::expr {
namespace {

TEST_CASE("every example in the tables gives the result that stands beside it") {
  for (const FunctionDoc& doc : describe_functions()) {
    CAPTURE(doc.signature);
    CAPTURE(doc.example);
    CHECK(evaluate_text(doc.example, Schema()) == doc.result);
  }
}

TEST_CASE("FUNCTIONS.md is what the tables generate") {
  constexpr const char* kPage = "core/expr/FUNCTIONS.md";
  if (std::getenv("BLOX_ACCEPT") != nullptr) std::ofstream(kPage) << functions_page();
  std::ifstream in(kPage);
  const std::string page{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const bool same = page == functions_page();
  CHECK_MESSAGE(same, "BLOX_ACCEPT=1 writes it anew");
}

}  // namespace
}  // namespace blox::expr
