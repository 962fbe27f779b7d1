// Every operation on columns and logs against its dumb twin: the same records as rows of data.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "core/data/log.h"
#include "tests/support/random_log.h"

using namespace blox;
using testing::Random;
using testing::Rows;
using testing::rows_of;

namespace {

constexpr uint64_t kSeeds = 200;

std::vector<Datum> values_of(const Column& column) {
  std::vector<Datum> out;
  for (uint32_t row = 0; row < column.rows; ++row) out.push_back(column.datum_at(row));
  return out;
}

std::vector<uint32_t> random_subset(Random& random, uint32_t rows) {
  std::vector<uint32_t> out;
  for (uint32_t row = 0; row < rows; ++row) {
    if (random.chance(40)) out.push_back(row);
  }
  return out;
}

Rows pick(const Rows& rows, const std::vector<uint32_t>& which) {
  Rows out;
  for (const uint32_t row : which) out.push_back(rows[row]);
  return out;
}

template <typename Check>
void with_random_logs(const Check& check) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Schema schema = testing::random_schema(random);
    const testing::Twin twin = testing::random_log(random, schema, random.below(50));
    REQUIRE(rows_of(twin.log) == twin.rows);
    check(random, twin);
  }
}

}  // namespace

TEST_CASE("columns: take, slice, concatenate and plain agree with the twin") {
  with_random_logs([](Random& random, const testing::Twin& twin) {
    for (const ColumnPtr& column : twin.log.columns()) {
      const std::vector<Datum> all = values_of(*column);
      std::vector<uint32_t> rows;
      for (uint32_t i = random.below(30); i > 0 && !all.empty(); --i) rows.push_back(random.below(column->rows));
      std::vector<Datum> taken;
      for (const uint32_t row : rows) taken.push_back(all[row]);
      CHECK(values_of(*take(column, rows)) == taken);

      const uint32_t from = random.below(column->rows + 1);
      const uint32_t count = random.below(column->rows - from + 1);
      const ColumnPtr part = slice(column, from, count);
      CHECK(values_of(*part) == std::vector<Datum>(all.begin() + from, all.begin() + from + count));

      const ColumnPtr parts[] = {column, part, take(column, rows), column};
      std::vector<Datum> joined = all;
      const std::vector<Datum> sliced = values_of(*part);
      joined.insert(joined.end(), sliced.begin(), sliced.end());
      joined.insert(joined.end(), taken.begin(), taken.end());
      joined.insert(joined.end(), all.begin(), all.end());
      const ColumnPtr together = concatenate(parts);
      CHECK(values_of(*together) == joined);
      CHECK(together->is_plain());
      CHECK(together->offset == 0);

      const ColumnPtr flat = plain(part);
      CHECK(flat->is_plain());
      CHECK(flat->offset == 0);
      CHECK(equal(*flat, *part));
      CHECK(values_of(*flat) == sliced);
    }
  });
}

TEST_CASE("columns: a builder takes rows from data and from columns, and gives them back") {
  with_random_logs([](Random& random, const testing::Twin& twin) {
    for (const ColumnPtr& column : twin.log.columns()) {
      ColumnBuilder builder(column->type);
      std::vector<Datum> expected;
      for (uint32_t row = 0; row < column->rows; ++row) {
        const Datum value = column->datum_at(row);
        CHECK((random.chance(50) ? builder.append(value) : builder.append_from(*column, row)));
        expected.push_back(value);
        while (random.chance(30) && builder.rows() > 0) {
          builder.pop();
          expected.pop_back();
        }
      }
      const ColumnPtr built = builder.finish();
      CHECK(values_of(*built) == expected);
      CHECK(builder.rows() == 0);
      CHECK(builder.finish()->rows == 0);
    }
  });
}

TEST_CASE("logs: select, slice, project, dense and compact agree with the twin") {
  with_random_logs([](Random& random, const testing::Twin& twin) {
    const std::vector<uint32_t> chosen = random_subset(random, twin.log.rows());
    const Log selected = twin.log.select(chosen);
    const Rows expected = pick(twin.rows, chosen);
    CHECK(rows_of(selected) == expected);
    CHECK(rows_of(selected.dense()) == expected);
    CHECK(rows_of(selected.compact()) == expected);
    CHECK(equal(selected, selected.dense()));
    CHECK(selected.born() == twin.log.born());

    const uint32_t from = random.below(selected.rows() + 1);
    const uint32_t count = random.below(selected.rows() - from + 1);
    CHECK(rows_of(selected.slice(from, count)) == Rows(expected.begin() + from, expected.begin() + from + count));

    for (uint32_t record = 0; record < selected.rows(); ++record) {
      CHECK(selected.op(record) == (twin.ops.empty() ? Op::kInsert : twin.ops[chosen[record]]));
      CHECK(selected.dense().op(record) == selected.op(record));
    }

    std::vector<size_t> fields(twin.log.schema().size());
    std::iota(fields.begin(), fields.end(), size_t{0});
    std::reverse(fields.begin(), fields.end());
    fields.resize(1 + random.below(static_cast<uint32_t>(fields.size())));
    std::vector<Field> kept;
    for (const size_t field : fields) kept.push_back(twin.log.schema().at(field));
    const Log projected = selected.project(Schema(kept), fields);
    Rows narrow;
    for (const std::vector<Datum>& row : expected) {
      std::vector<Datum>& to = narrow.emplace_back();
      for (const size_t field : fields) to.push_back(row[field]);
    }
    CHECK(rows_of(projected) == narrow);
  });
}

TEST_CASE("logs: concatenation agrees with the twin") {
  with_random_logs([](Random& random, const testing::Twin& twin) {
    const Log again = testing::laid_out_anew(random, twin.log.schema(), twin.rows, twin.ops);
    CHECK(equal(again, twin.log));
    const testing::Twin other = testing::random_log(random, twin.log.schema(), random.below(10));
    const Log logs[] = {twin.log, other.log, again};
    Rows rows = twin.rows;
    rows.insert(rows.end(), other.rows.begin(), other.rows.end());
    rows.insert(rows.end(), twin.rows.begin(), twin.rows.end());
    const Log joined = concatenate(logs);
    CHECK(rows_of(joined) == rows);
    CHECK(joined.born() == std::min({twin.log.born(), other.log.born(), again.born()}));
    if (!twin.ops.empty() && !other.ops.empty()) CHECK(joined.op(twin.log.rows()) == other.ops[0]);
  });
}

TEST_CASE("logs: bytes and charge stay near the truth") {
  with_random_logs([](Random&, const testing::Twin& twin) {
    const Log dense = twin.log.dense();
    CHECK(dense.bytes() <= dense.charge());
  });
}
