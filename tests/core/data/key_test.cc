#include "core/data/key.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/random_log.h"

namespace blox {
namespace {

using testing::Random;
using testing::Rows;

struct Golden {
  const char* type;
  std::vector<Datum> values;
  std::string encoding;
  uint32_t group;
};

std::string bytes(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 3) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
    out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return out;
}

// Those of core/state/KEYS.md. They never change.
const Golden kGolden[] = {
    {"{n: int}", {1}, bytes("80 00 00 00 00 00 00 01"), 3345},
    {"{n: int}", {-1}, bytes("7F FF FF FF FF FF FF FF"), 1425},
    {"{s: string}", {"a"}, bytes("61 00 00"), 1039},
    {"{s: string}", {""}, bytes("00 00"), 1285},
    {"{s: string?}", {Datum()}, bytes("00"), 3291},
    {"{s: string?}", {"a"}, bytes("01 61 00 00"), 2007},
    {"{f: float}", {1.5}, bytes("BF F8 00 00 00 00 00 00"), 1549},
    {"{s: string, b: bool}", {std::string("x\0y", 3), true}, bytes("78 00 FF 79 00 00 01"), 2845},
    {"{l: [int]}", {Datum(Datum::List{1})}, bytes("01 80 00 00 00 00 00 00 01 00"), 2225},
};

TEST_CASE("the canonical encoding and the key group are what they always were") {
  for (const Golden& golden : kGolden) {
    const Schema schema = Schema::from(*Type::parse(golden.type));
    const Log log = *log_from(schema, {golden.values});
    KeyReader reader(schema, schema.names());
    const std::string table_key(reader.read(log).keys[0]);
    CHECK(reader.canonical(table_key) == golden.encoding);
    CHECK(reader.group(table_key) == golden.group);
    CHECK(reader.read_canonical(log)[0] == golden.encoding);
  }
}

TEST_CASE("the table key of one string is the string itself, without a copy") {
  const Schema schema = Schema::from(*Type::parse("{other: int, word: string}"));
  const Log log = *log_from(schema, {{1, "one"}, {2, "two"}, {3, ""}});
  KeyReader reader(schema, {"word"});
  const KeyBatch batch = reader.read(log);
  CHECK(batch.keys[1] == "two");
  CHECK(batch.keys[1].data() == log.column(1).string_at(1).data());
  CHECK(batch.hashes[1] == hash_key("two"));
}

TEST_CASE("encodings compare as the values do") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> floats = {-inf, -1e300, -1.5, -1e-300, 0.0, 1e-300, 1.5, 1e300, inf, std::nan("")};
  const std::vector<int64_t> ints = {INT64_MIN, -256, -1, 0, 1, 255, 256, INT64_MAX};
  const std::vector<std::string> texts = {"",
                                          std::string(1, '\0'),
                                          std::string("\0a", 2),
                                          std::string(1, '\1'),
                                          "a",
                                          std::string("a\0", 2),
                                          "a\1",
                                          "aa",
                                          "b",
                                          "\xC3\x9F"};
  const auto ascends = [](const char* type, const auto& values) {
    const Schema schema = Schema::from(*Type::parse(type));
    Rows rows;
    for (const auto& value : values) rows.push_back({Datum(value)});
    KeyReader reader(schema, schema.names());
    const Log log = *log_from(schema, rows);
    const auto keys = reader.read_canonical(log);
    for (size_t i = 1; i < keys.size(); ++i) CHECK(keys[i - 1] < keys[i]);
  };
  ascends("{f: float}", floats);
  ascends("{f: float?}", floats);
  ascends("{n: int}", ints);
  ascends("{s: string}", texts);
  ascends("{s: string?}", texts);
}

TEST_CASE("minus zero is zero and every NaN is one") {
  const Schema schema = Schema::from(*Type::parse("{f: float}"));
  KeyReader reader(schema, {"f"});
  const Log log = *log_from(schema, {{0.0}, {-0.0}, {std::nan("1")}, {-std::nan("2")}});
  const KeyBatch batch = reader.read(log);
  CHECK(batch.keys[0] == batch.keys[1]);
  CHECK(batch.keys[2] == batch.keys[3]);
}

// Of NaN and -0 the key keeps one form; everything else comes back as it was.
bool has_float(const Type& type) {
  if (type.kind() == Kind::kFloat) return true;
  if (type.kind() == Kind::kList) return has_float(type.item());
  if (type.kind() != Kind::kStruct) return false;
  for (const Field& field : type.fields()) {
    if (has_float(field.type)) return true;
  }
  return false;
}

TEST_CASE("what goes into a key comes out again, whatever the layout of the log") {
  for (uint64_t seed = 0; seed < 120; ++seed) {
    Random random(seed);
    const Schema whole = testing::random_schema(random);
    const testing::Twin twin = testing::random_log(random, whole, random.below(40));
    KeyReader reader(whole, whole.names());
    const KeyBatch batch = reader.read(twin.log);
    REQUIRE(batch.size() == twin.log.rows());
    const Schema plain(whole.fields());
    LogBuilder builder(plain);
    std::vector<std::string> keys;
    for (size_t i = 0; i < batch.size(); ++i) {
      CHECK(batch.hashes[i] == hash_key(batch.keys[i]));
      keys.emplace_back(batch.keys[i]);
      REQUIRE(reader.append(batch.keys[i], builder, 0));
      builder.end_row();
    }
    const Log back = builder.finish(0);
    const KeyBatch again = reader.read(back);
    for (size_t i = 0; i < keys.size(); ++i) CHECK(again.keys[i] == keys[i]);
    if (!has_float(whole.as_type())) CHECK(testing::rows_of(back) == twin.rows);
  }
}

TEST_CASE("the key groups of a log are those of its keys, whatever its layout") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const Schema whole =
        seed % 2 == 0 ? testing::random_schema(random) : Schema::from(*Type::parse("{text: string, n: int}"));
    const testing::Twin twin = testing::random_log(random, whole, random.below(60));
    const std::vector<std::string> fields =
        seed % 2 == 0 ? whole.names() : std::vector<std::string>{seed % 4 == 1 ? "text" : "n"};
    KeyReader reader(whole, fields), other(whole, fields);
    const KeyBatch keys = reader.read(twin.log);
    const std::span<const uint32_t> groups = other.groups(twin.log);
    REQUIRE(groups.size() == keys.size());
    for (size_t i = 0; i < keys.size(); ++i) CHECK(groups[i] == reader.group(keys.keys[i]));
  }
}

TEST_CASE("a malformed key appends nothing and is said to be so") {
  const Schema schema = Schema::from(*Type::parse("{n: int?, l: [string], s: string}"));
  KeyReader reader(schema, schema.names());
  const Log log = *log_from(schema, {{1, Datum::List{"a", "b"}, "text"}});
  const std::string good(reader.read(log).keys[0]);
  LogBuilder builder(schema);
  Random random(3);
  for (size_t cut = 0; cut < good.size(); ++cut) CHECK_FALSE(reader.append(good.substr(0, cut), builder, 0));
  CHECK_FALSE(reader.append(good + "x", builder, 0));
  for (int round = 0; round < 2'000; ++round) {
    std::string bad = good;
    bad[random.below(static_cast<uint32_t>(bad.size()))] = static_cast<char>(random.below(256));
    if (reader.append(bad, builder, 0)) builder.end_row();
  }
  const Log kept = builder.finish(0);
  for (size_t field = 0; field < 3; ++field) CHECK(kept.column(field).rows == kept.rows());

  KeyReader bare(schema, {"s"});
  LogBuilder strings(Schema::from(*Type::parse("{s: string}")));
  CHECK_FALSE(bare.append("\xFF", strings, 0));
  CHECK(strings.finish(0).rows() == 0);
}

TEST_CASE("key groups spread evenly over all of them") {
  const Schema schema = Schema::from(*Type::parse("{n: int}"));
  KeyReader reader(schema, {"n"});
  std::vector<int> counts(kKeyGroups);
  LogBuilder builder(schema);
  for (int64_t i = 0; i < 40'960; ++i) {
    builder.column(0).append_int(i);
    builder.end_row();
  }
  const Log log = builder.finish(0);
  for (const std::string_view key : reader.read(log).keys) ++counts[reader.group(key)];
  for (const int count : counts) CHECK(count < 40);
}

}  // namespace
}  // namespace blox
