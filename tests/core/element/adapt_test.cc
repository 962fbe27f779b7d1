#include "core/element/adapt.h"

#include <doctest/doctest.h>

#include "core/data/builder.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

Schema schema_of(std::string_view record) { return Schema::from(*Type::parse(record)); }

TEST_CASE("a log of the port's own schema passes as it is") {
  const Schema schema = schema_of("{a: int, b: string}");
  const auto adapter = Adapter::between(schema, schema);
  REQUIRE(adapter);
  CHECK(adapter->idle());
  const Log log = *log_from(schema, {{1, "x"}});
  CHECK(&(*adapter)(log).columns() == &log.columns());
}

TEST_CASE("fields are matched by name, left out, widened and made float") {
  const Schema from = schema_of("{a: int, b: string, c: int?, d: bool}");
  const Schema to = schema_of("{c: float?, b: string?, a: float}");
  const auto adapter = Adapter::between(from, to);
  REQUIRE(adapter);
  const Log log = *log_from(from, {{1, "x", Datum(), true}, {2, "y", 5, false}, {3, "z", 7, false}}, 42);
  const Log out = (*adapter)(log.select(std::vector<uint32_t>{0, 2}));
  CHECK(out.schema() == to);
  CHECK(out.born() == 42);
  CHECK(testing::rows_of(out) == testing::Rows{{Datum(), "x", 1.0}, {7.0, "z", 3.0}});
}

TEST_CASE("key, mode and operations become those of the port") {
  const Schema from = schema_of("{k: int, v: int}").with_key({"k"}).with_mode(Mode::kUpsert);
  const Schema to = schema_of("{v: int}").with_mode(Mode::kUpsert);
  const auto adapter = Adapter::between(from, to);
  REQUIRE(adapter);
  const Log out = (*adapter)(*log_from(from, {{1, 2}, {1, 3}}, 0, {Op::kInsert, Op::kDelete}));
  CHECK(out.schema() == to);
  CHECK(out.op(1) == Op::kDelete);
}

TEST_CASE("what cannot be adapted is nothing") {
  CHECK_FALSE(Adapter::between(schema_of("{a: int}"), schema_of("{b: int}")));
  CHECK_FALSE(Adapter::between(schema_of("{a: int?}"), schema_of("{a: int}")));
  CHECK_FALSE(Adapter::between(schema_of("{a: string}"), schema_of("{a: int}")));
}

}  // namespace
}  // namespace blox
