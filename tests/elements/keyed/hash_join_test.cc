// Joins beside a model that compares every record with every other.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/data/builder.h"
#include "tests/support/element_harness.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

using testing::ElementHarness;
using testing::Random;
using testing::Rows;

Rows random_rows(Random& random, uint32_t most, bool nullable, const char* text) {
  Rows rows;
  for (uint32_t i = random.below(most); i > 0; --i) {
    rows.push_back({nullable && random.chance(20) ? Datum() : Datum("k" + std::to_string(random.below(6))),
                    Datum(int64_t{random.below(2)}), Datum(text + std::to_string(random.below(1000)))});
  }
  return rows;
}

Rows join(const Rows& in, const Rows& build, const std::string& kind) {
  Rows out;
  for (const auto& a : in) {
    size_t matches = 0;
    for (const auto& b : build) {
      if (a[0].is_null() || b[0].is_null() || !(a[0] == b[0]) || !(a[1] == b[1])) continue;
      ++matches;
      if (kind == "inner" || kind == "left") out.push_back({a[0], a[1], a[2], b[2]});
    }
    if (kind == "left" && matches == 0) out.push_back({a[0], a[1], a[2], Datum()});
    if ((kind == "semi" && matches > 0) || (kind == "anti" && matches == 0)) out.push_back(a);
  }
  return out;
}

Rows taken(ElementHarness& harness) {
  Rows out;
  for (const Log& log : harness.take("out")) {
    for (auto& row : testing::rows_of(log)) out.push_back(std::move(row));
  }
  return out;
}

TEST_CASE("a join gives what a model gives, also when captured and reloaded between any two calls") {
  for (const char* kind : {"inner", "left", "semi", "anti"}) {
    for (uint64_t seed = 0; seed < 40; ++seed) {
      CAPTURE(kind);
      CAPTURE(seed);
      Random random(seed);
      const bool in_nullable = random.chance(50), build_nullable = random.chance(50);
      const auto schema = [](bool nullable, const char* value) {
        return Schema::from(
            *Type::parse(std::string("{k: string") + (nullable ? "?" : "") + ", n: int, " + value + ": string}"));
      };
      const Schema in_schema = schema(in_nullable, "a"), build_schema = schema(build_nullable, "b");
      Literal on;
      on.form = Literal::Form::kList;
      on.items = {Literal::name("k"), Literal::name("n")};
      ElementHarness harness("HashJoin", {{"on", on}, {"kind", Literal::name(kind)}});
      harness.in("in", in_schema);
      harness.in("build", build_schema);
      REQUIRE(harness.start().to_string() == "ok");
      if (seed % 2 == 1) {
        harness.between_calls([&] { REQUIRE(harness.reload().is_ok()); });
      }
      Rows build, expected, given;
      for (int log = 0; log < 3; ++log) {
        const Rows rows = random_rows(random, 12, build_nullable, "b");
        build.insert(build.end(), rows.begin(), rows.end());
        if (!rows.empty()) harness.push("build", *log_from(build_schema, rows));
      }
      harness.ended("build");
      for (int log = 0; log < 4; ++log) {
        const Rows rows = random_rows(random, 12, in_nullable, "a");
        for (auto& row : join(rows, build, kind)) expected.push_back(std::move(row));
        if (!rows.empty()) harness.push("in", *log_from(in_schema, rows));
        for (auto& row : taken(harness)) given.push_back(std::move(row));
      }
      harness.flush();
      CHECK(given == expected);
    }
  }
}

TEST_CASE("a key that all have is joined in parts, each continued where the last one ended") {
  for (const bool reload : {false, true}) {
    const Schema left = Schema::from(*Type::parse("{k: int, a: int}")),
                 right = Schema::from(*Type::parse("{k: int, b: int}"));
    ElementHarness harness("HashJoin", {{"on", Literal::name("k")}});
    harness.in("in", left);
    harness.in("build", right);
    REQUIRE(harness.start().is_ok());
    if (reload) {
      harness.between_calls([&] { REQUIRE(harness.reload().is_ok()); });
    }
    Rows build, in;
    for (int64_t i = 0; i < 3'000; ++i) build.push_back({Datum(1), Datum(i)});
    for (int64_t i = 0; i < 5; ++i) in.push_back({Datum(1), Datum(i)});
    harness.push("build", *log_from(right, build));
    harness.ended("build");
    harness.push("in", *log_from(left, in));
    const std::vector<Log> logs = harness.take("out");
    CHECK(logs.size() > 3);
    int64_t next = 0;
    for (const Log& log : logs) {
      CHECK(log.rows() <= 4'096);
      for (const Row row : log) {
        CHECK(row.int_at(1) == next / 3'000);
        CHECK(row.int_at(2) == next % 3'000);
        ++next;
      }
    }
    CHECK(next == 15'000);
    CHECK(harness.element().state_bytes() > 3'000 * 16);
  }
}

}  // namespace
}  // namespace blox
