#include "core/data/type.h"

#include <doctest/doctest.h>

#include "core/data/schema.h"

using namespace blox;

TEST_CASE("what types print is what they read") {
  for (const char* text :
       {"int", "any?", "[string]", "[[bytes?]]?", "{}", "{a: int, `b c`: float?, `x``y`: {t: time}}?"}) {
    const Result<Type> type = Type::parse(text);
    REQUIRE(type.is_ok());
    CHECK(type->to_string() == text);
    CHECK(*Type::parse(type->to_string()) == *type);
  }
}

TEST_CASE("a type that is none says where") {
  const auto error = [](const char* text) { return Type::parse(text).status().to_string(); };
  CHECK(error("") ==
        "expected a type (bool int float string bytes time any, [T] or {name: T}) at byte 0, found the end");
  CHECK(error("{a int}") == "expected `:` after the name of a field at byte 3, found `int`");
  CHECK(error("{a: int, a: int}") == "the field a stands twice, again at byte 9");
  CHECK(error("[int") == "expected `]` after the type of the items at byte 4, found the end");
  CHECK(error("int int") == "expected the end of the type at byte 4, found `int`");
  CHECK(error("{`a: int}") == "expected a closing backquote at byte 9, found the end");
  CHECK(error("{a: int b}") == "expected `,` or `}` after a field at byte 8, found `b`");
  CHECK(error("intt").find("found `intt`") != std::string::npos);
}

TEST_CASE("a type nested without end is refused") {
  CHECK_FALSE(Type::parse(std::string(1'000, '[')).is_ok());
  CHECK(Type::parse(std::string(64, '[') + "int" + std::string(64, ']')).is_ok());
}

TEST_CASE("only null and float may be added by themselves") {
  const auto fit = [](const char* from, const char* to) { return fits(*Type::parse(from), *Type::parse(to)); };
  CHECK(fit("int", "int?"));
  CHECK(fit("int", "float"));
  CHECK(fit("int", "float?"));
  CHECK(fit("[int]", "[int?]?"));
  CHECK_FALSE(fit("int?", "int"));
  CHECK_FALSE(fit("int?", "float"));
  CHECK_FALSE(fit("[int]", "[float]"));
  CHECK_FALSE(fit("float", "int"));
  CHECK_FALSE(fit("{a: int}", "{b: int}"));
  CHECK_FALSE(fit("string", "any"));
}

TEST_CASE("two writers meet in the nullable type") {
  CHECK(meet(Kind::kInt, Type(Kind::kInt, true)) == Type(Kind::kInt, true));
  CHECK(meet(Kind::kInt, Kind::kInt) == Type(Kind::kInt));
  CHECK_FALSE(meet(Kind::kInt, Kind::kFloat).has_value());
}

TEST_CASE("a schema prints its fields, key, mode and time") {
  const Schema schema({{"word", Kind::kString}, {"at", Kind::kTime}}, {"word"}, Mode::kFull, "at");
  CHECK(schema.to_string() == "{word: string, at: time} key(word) changelog time(at)");
  CHECK(schema == Schema::from(schema.as_type()).with_key({"word"}).with_mode(Mode::kFull).with_time_field("at"));
  CHECK(schema.find("at") == 1);
  CHECK_FALSE(schema.find("nowhere").has_value());
}
