#include "core/element/literal.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

Literal form(Literal::Form form, int64_t integer = 0, double real = 0) {
  Literal out;
  out.form = form;
  out.integer = integer;
  out.real = real;
  return out;
}

using Form = Literal::Form;

TEST_CASE("literals are printed as the language writes them") {
  CHECK(form(Form::kNull).to_string() == "null");
  CHECK(form(Form::kBool, 1).to_string() == "true");
  CHECK(Literal::of(-3).to_string() == "-3");
  CHECK(form(Form::kFloat, 0, 2).to_string() == "2.0");
  CHECK(form(Form::kFloat, 0, 1e300).to_string() == "1e+300");
  CHECK(Literal::of("a\n\"\\$x $5").to_string() == R"("a\n\"\\\$x $5")");
  CHECK(Literal::name("a b").to_string() == "`a b`");
  CHECK(form(Form::kDuration, 5 * 60 * kSecond).to_string() == "5min");
  CHECK(form(Form::kDuration, 90 * kSecond).to_string() == "90s");
  CHECK(form(Form::kDuration, 0).to_string() == "0us");
  CHECK(form(Form::kSize, 3 << 20).to_string() == "3MiB");
  CHECK(form(Form::kSize, 1000).to_string() == "1000B");
  CHECK(form(Form::kShare, 0, 0.125).to_string() == "12.5%");
  Literal map = form(Form::kMap);
  map.keys = {"a", "b c"};
  map.items = {Literal::of(1), form(Form::kList)};
  CHECK(map.to_string() == "{a: 1, `b c`: []}");
  Literal call = form(Form::kCall);
  call.text = "every";
  call.items = {form(Form::kDuration, kSecond)};
  CHECK(call.to_string() == "every(1s)");
}

TEST_CASE("a place in a string is found piece by piece, past escapes") {
  Literal literal = Literal::of("");
  literal.raw = "ab\ncd";  // written "ab\ncd" at 100, with two bytes for the line end
  literal.span = {2, 100, 8};
  literal.pieces = {{0, 101}, {3, 105}};
  CHECK(literal.locate(0, 2) == Span{2, 101, 2});
  CHECK(literal.locate(3, 2) == Span{2, 105, 2});
  CHECK(literal.locate(1, 4) == Span{2, 102, 5});
  CHECK(literal.locate(5, 0) == Span{2, 107, 0});
  CHECK(literal.locate(9, 1) == literal.span);
  CHECK(Literal::of("x").locate(0, 1) == Span{});
}

TEST_CASE("a literal becomes a value, where it is one") {
  CHECK(to_datum(form(Form::kDuration, 5))->to_string() == "5");
  CHECK(to_datum(Literal::name("x"))->to_string() == "\"x\"");
  Literal map = form(Form::kMap);
  map.keys = {"a"};
  map.items = {Literal::of(1)};
  CHECK(to_datum(map)->to_string() == "{a: 1}");
  CHECK(to_datum(form(Form::kRange)).status().error().text == "a range is no value of a record");
  Literal call = form(Form::kCall);
  call.text = "time";
  call.items = {Literal::of("1970-01-01T00:00:01Z")};
  CHECK(to_datum(call)->get_if<Datum::Time>()->micros == kSecond);
  call.text = "every";
  CHECK(to_datum(call).status().error().code == "literal.call");
}

}  // namespace
}  // namespace blox
