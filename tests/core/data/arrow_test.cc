#include "core/data/arrow.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/random_log.h"

using namespace blox;
using testing::Random;

namespace {

Result<Log> through_arrow(const Log& log) {
  ArrowSchema schema;
  ArrowArray array;
  export_log(log, &schema, &array);
  Result<Log> back = import_log(&schema, &array, log.born());
  CHECK((schema.release == nullptr));
  CHECK((array.release == nullptr));
  return back;
}

// An array of one level, as a foreign library would hand it in; counts its releases.
struct Foreign {
  Foreign(const char* format, int64_t length, std::vector<const void*> with) : buffers(std::move(with)) {
    schema.format = format;
    schema.name = "f";
    schema.flags = ARROW_FLAG_NULLABLE;
    schema.release = [](ArrowSchema* self) { self->release = nullptr; };
    array.length = length;
    array.null_count = -1;
    array.n_buffers = static_cast<int64_t>(buffers.size());
    array.buffers = buffers.data();
    array.private_data = this;
    array.release = [](ArrowArray* self) {
      ++static_cast<Foreign*>(self->private_data)->released;
      self->release = nullptr;
    };
  }
  std::vector<const void*> buffers;
  ArrowSchema schema = {};
  ArrowArray array = {};
  int released = 0;
};

std::vector<Datum> values_of(const Result<ColumnPtr>& column) {
  REQUIRE(column.is_ok());
  std::vector<Datum> out;
  for (uint32_t row = 0; row < (*column)->rows; ++row) out.push_back((*column)->datum_at(row));
  return out;
}

using Values = std::vector<Datum>;

}  // namespace

TEST_CASE("a log that is lent through Arrow and borrowed back is the same, whatever its layout") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Schema schema = testing::random_schema(random).with_key({}).with_mode(Mode::kAppend);
    const testing::Twin twin = testing::random_log(random, schema, random.below(50));
    const Result<Log> back = through_arrow(twin.log);
    REQUIRE(back.is_ok());
    CHECK(back->schema() == schema);
    CHECK(testing::rows_of(*back) == twin.rows);
    const uint32_t from = random.below(back->rows() + 1);
    const Result<Log> part = through_arrow(back->slice(from, back->rows() - from));
    REQUIRE(part.is_ok());
    CHECK(testing::rows_of(*part) == testing::Rows(twin.rows.begin() + from, twin.rows.end()));
  }
}

TEST_CASE("lending copies no values") {
  const Log log = *log_from(Schema({{"n", Kind::kInt}, {"s", Kind::kString}}), {{1, "a"}, {2, "b"}});
  const Result<Log> back = through_arrow(log);
  CHECK(back->column(0).values.data() == log.column(0).values.data());
  CHECK(back->column(1).values.data() == log.column(1).values.data());
}

TEST_CASE("a child that was moved away outlives its parent") {
  ArrowSchema schema;
  ArrowArray array;
  export_log(*log_from(Schema({{"n", Kind::kInt}, {"s", Kind::kString}}), {{1, "a"}}), &schema, &array);
  ArrowArray moved = *array.children[1];
  array.children[1]->release = nullptr;
  array.release(&array);
  ArrowSchema moved_schema = *schema.children[1];
  schema.children[1]->release = nullptr;
  schema.release(&schema);
  CHECK(values_of(import_column(&moved_schema, &moved)) == Values{"a"});
}

TEST_CASE("numbers of other widths, times of other units and large strings are converted") {
  alignas(8) const int8_t small[] = {1, -2, 3};
  alignas(8) const uint64_t huge[] = {1, UINT64_MAX, 3};
  alignas(8) const uint8_t second_null[] = {0b101};
  alignas(8) const float floats[] = {0.5f, -1.0f};
  alignas(8) const int64_t nanos[] = {1'500, -1};
  alignas(8) const int32_t days[] = {1, -1};
  alignas(8) const int64_t offsets[] = {0, 1, 3};
  const auto read = [](Foreign foreign) { return import_column(&foreign.schema, &foreign.array); };
  CHECK(values_of(read({"c", 3, {nullptr, small}})) == Values{1, -2, 3});
  CHECK(values_of(read({"L", 3, {second_null, huge}})) == Values{1, Datum(), 3});
  CHECK_FALSE(read({"L", 3, {nullptr, huge}}).is_ok());
  CHECK(values_of(read({"f", 2, {nullptr, floats}})) == Values{0.5, -1.0});
  CHECK(values_of(read({"tsn:", 2, {nullptr, nanos}})) == Values{Datum::Time{1}, Datum::Time{-1}});
  CHECK(values_of(read({"tdD", 2, {nullptr, days}})) ==
        Values{Datum::Time{86'400'000'000}, Datum::Time{-86'400'000'000}});
  CHECK(values_of(read({"U", 2, {nullptr, offsets, "abc"}})) == Values{"a", "bc"});
  CHECK(values_of(read({"n", 2, {}})) == Values{Datum(), Datum()});
}

TEST_CASE("dictionaries with nulls, small codes or nothing in them are read") {
  alignas(8) const int8_t codes[] = {1, 0, 1};
  alignas(8) const uint8_t second_null[] = {0b101};
  alignas(8) const int32_t offsets[] = {0, 1, 2};
  const auto read = [&](std::vector<const void*> values, int64_t length) {
    Foreign dictionary("u", length, std::move(values));
    Foreign foreign("c", 3, {second_null, codes});
    foreign.schema.dictionary = &dictionary.schema;
    foreign.array.dictionary = &dictionary.array;
    const Result<ColumnPtr> column = import_column(&foreign.schema, &foreign.array);
    return column.is_ok() ? values_of(column) : Values{"refused"};
  };
  CHECK(read({nullptr, offsets, "xy"}, 2) == Values{"y", Datum(), "y"});
  CHECK(read({second_null, offsets, "xy"}, 2) == Values{Datum(), Datum(), Datum()});
  CHECK(read({nullptr, offsets, "xy"}, 1) == Values{"refused"});
}

TEST_CASE("what breaks the rules is refused, and released all the same") {
  alignas(8) const int32_t falling[] = {0, 2, 1};
  alignas(8) const int32_t offsets[] = {0, 1, 2};
  const auto refused = [](const char* format, int64_t length, std::vector<const void*> buffers) {
    Foreign foreign(format, length, std::move(buffers));
    const Result<ColumnPtr> column = import_column(&foreign.schema, &foreign.array);
    return !column.is_ok() && foreign.released == 1 && foreign.array.release == nullptr &&
           foreign.schema.release == nullptr;
  };
  CHECK(refused("u", 2, {nullptr, falling, "ab"}));
  CHECK(refused("u", 2, {nullptr, offsets, "\xff\xff"}));
  CHECK(refused("u", 2, {nullptr, offsets}));
  CHECK(refused("l", 2, {nullptr, nullptr}));
  CHECK(refused("l", -1, {nullptr, offsets}));
  CHECK(refused("e", 2, {nullptr, offsets}));
  CHECK(refused("+m", 2, {nullptr, offsets}));
  CHECK(refused("+s", 2, {nullptr, offsets}) == false);  // a struct without fields is one
}

TEST_CASE("what is borrowed is released when its last user goes") {
  alignas(8) const int64_t numbers[] = {1, 2};
  Foreign foreign("l", 2, {nullptr, numbers});
  {
    const Result<ColumnPtr> column = import_column(&foreign.schema, &foreign.array);
    const ColumnPtr part = slice(*column, 1, 1);
    CHECK(foreign.released == 0);
    CHECK(part->int_at(0) == 2);
  }
  CHECK(foreign.released == 1);
}
