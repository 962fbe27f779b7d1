#include "core/data/codec.h"

#include <doctest/doctest.h>

#include "core/data/messagepack.h"
#include "tests/support/random_log.h"

using namespace blox;
using testing::Random;

TEST_CASE("what goes through the codec comes back, whatever its layout") {
  LogEncoder encoder;
  LogDecoder decoder;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Schema schema = testing::random_schema(random);
    const testing::Twin twin = testing::random_log(random, schema, random.below(60));
    const std::vector<Buffer> frames = encoder.encode(twin.log);
    REQUIRE(frames.size() == 1);
    const Result<Log> back = decoder.decode(frames);
    REQUIRE(back.is_ok());
    CHECK(back->schema() == schema);
    CHECK(back->born() == twin.log.born());
    CHECK(equal(*back, twin.log));
    CHECK(testing::rows_of(*back) == twin.rows);
  }
}

TEST_CASE("large buffers travel as frames of their own and are shared, not copied") {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const testing::Twin twin = testing::random_log(random, testing::random_schema(random), 50);
    const std::vector<Buffer> frames = encode_log(twin.log, {.split = 1 + random.below(100)});
    const Result<Log> back = decode_log(frames);
    REQUIRE(back.is_ok());
    CHECK(equal(*back, twin.log));
  }
  LogBuilder builder(Schema({{"n", Kind::kInt}, {"b", Kind::kBool}}));
  for (int i = 0; i < 20'000; ++i) {
    builder.column(0).append_int(i);
    builder.column(1).append_bool(i % 3 == 0);
    builder.end_row();
  }
  const Log log = builder.finish(1);
  const std::vector<Buffer> frames = encode_log(log);
  REQUIRE(frames.size() == 2);
  CHECK(frames[1].identity() == log.column(0).values.identity());
  const Result<Log> back = decode_log(frames);
  CHECK(back->column(0).values.identity() == log.column(0).values.identity());
  CHECK(back->column(1).values.identity() == frames[0].identity());
}

TEST_CASE("a frame that is not aligned is copied, with the same result") {
  Random random(7);
  const testing::Twin twin = testing::random_log(random, testing::random_schema(random), 30);
  const std::vector<Buffer> frames = encode_log(twin.log, {.split = EncodeOptions::kOneFrame});
  std::string shifted = "x" + std::string(frames[0].view());
  const Buffer crooked = Buffer::copy_of(shifted).slice(1, frames[0].size());
  const Result<Log> back = decode_log({&crooked, 1});
  REQUIRE(back.is_ok());
  CHECK(equal(*back, twin.log));
}

TEST_CASE("a frame cut or damaged anywhere is refused or still a sound log") {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const testing::Twin twin = testing::random_log(random, testing::random_schema(random), 10);
    const std::string whole(encode_log(twin.log)[0].view());
    for (int i = 0; i < 200; ++i) {
      std::string damaged = whole;
      if (random.chance(20)) damaged.resize(random.below(static_cast<uint32_t>(whole.size())));
      for (uint32_t flips = random.below(4); flips > 0 && !damaged.empty(); --flips) {
        damaged[random.below(static_cast<uint32_t>(damaged.size()))] = static_cast<char>(random.next());
      }
      const Buffer frame = Buffer::copy_of(damaged);
      const Result<Log> log = decode_log({&frame, 1});
      if (log.is_ok()) CHECK(testing::rows_of(*log).size() == log->rows());
    }
  }
}

namespace {

// A frame with a layout of one's own making, for one field of the given type.
Result<Log> decode_forged(const Schema& schema, int64_t rows, std::vector<int64_t> layout,
                          const std::vector<std::string>& buffers) {
  BufferBuilder frame;
  MessagePackWriter writer(&frame);
  writer.array(6);
  writer.integer(1);
  writer.integer(rows);
  writer.integer(0);
  writer.integer(INT64_MAX);
  BufferBuilder schema_bytes;
  encode_schema(schema, &schema_bytes);
  writer.binary(schema_bytes.finish().view());
  writer.array(static_cast<uint32_t>(layout.size()));
  for (const int64_t number : layout) writer.integer(number);
  for (const std::string& buffer : buffers) {
    while (frame.size() % 64 != 0) frame.push(char{0});
    frame.append(buffer.data(), buffer.size());
  }
  const Buffer whole = frame.finish();
  return decode_log({&whole, 1});
}

std::string bytes_of(std::vector<int32_t> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * 4};
}

}  // namespace

TEST_CASE("hostile frames are refused with the reason") {
  const Schema strings({{"s", Kind::kString}});
  const auto error = [](const Result<Log>& log) { return log.is_ok() ? "ok" : log.status().error().text; };
  CHECK(error(decode_forged(strings, 2, {0, 0, 4}, {bytes_of({0, 2, 4}), "abcd"})) == "ok");
  CHECK(error(decode_forged(strings, 2, {0, 0, 4}, {bytes_of({0, 5, 4}), "abcd"})) ==
        "offsets do not ascend within their values");
  CHECK(error(decode_forged(strings, 2, {0, 0, 4}, {bytes_of({0, 2, 5}), "abcd"})) ==
        "offsets do not ascend within their values");
  CHECK(error(decode_forged(strings, 2, {0, 0, 4}, {bytes_of({-1, 2, 4}), "abcd"})) ==
        "offsets do not ascend within their values");
  CHECK(error(decode_forged(strings, 2, {0, 0, 4},
                            {bytes_of({0, 2, 4}),
                             "ab\xff"
                             "d"})) == "a string is no valid UTF-8");
  CHECK(error(decode_forged(strings, 2, {0, 0, 2}, {bytes_of({0, 1, 2}), "é"})) == "a string is no valid UTF-8");
  CHECK(error(decode_forged(strings, 2, {0, 0, 400}, {bytes_of({0, 2, 4}), "abcd"})) == "the frame is cut");
  CHECK(error(decode_forged(strings, 2, {0, 4, 4}, {"x", bytes_of({0, 2, 4}), "abcd"})) ==
        "a column that has no nulls has a bitmap for them");
  CHECK(error(decode_forged(strings, 2, {0, 3, 4}, {})) == "the flags of a column are unknown");
  CHECK(error(decode_forged(strings, 2, {0}, {})) == "the flags of a column are unknown");
  CHECK(error(decode_forged(strings, 2, {0, 0, 4, 9}, {bytes_of({0, 2, 4}), "abcd"})) ==
        "the frame has parts that belong to no column");
  CHECK(error(decode_forged(strings, 2, {1, 0, 4}, {bytes_of({0, 2, 4}), "abcd"})) == "the operations are malformed");
  CHECK(error(decode_forged(strings, 2, {0, 2, 1, 0, 1}, {bytes_of({0, 1}), bytes_of({0, 1}), "a"})) ==
        "a code is outside its dictionary");
  CHECK(error(decode_forged(strings, 2, {0, 2, 1, 1, 1}, {bytes_of({0, 0}), bytes_of({0, 1}), "a"})) ==
        "a dictionary is not plain");
  CHECK(error(decode_forged(strings, -1, {0}, {})) == "the log has more rows than its frame justifies");
  const Schema ints({{"n", Kind::kInt}});
  CHECK(error(decode_forged(ints, INT32_MAX, {0, 1}, {std::string(8, 'x')})) ==
        "the log has more rows than its frame justifies");
  CHECK(error(decode_forged(ints, 60'000, {0, 1}, {std::string(8, 'x')})) == "ok");
  const Schema anys({{"v", Kind::kAny}});
  CHECK(error(decode_forged(anys, 1, {0, 0, 1}, {bytes_of({0, 1}), "\xc1"})) == "an `any` is no MessagePack value");
  CHECK(error(decode_forged(anys, 1, {0, 0, 0}, {bytes_of({0, 0})})) == "an `any` is no MessagePack value");
}

TEST_CASE("a log of rows without bytes makes a frame that justifies it") {
  const Log log = Log::make(Schema({{"n", Kind::kInt}}), {constant_column(Kind::kInt, 5, 1'000'000)}, 1'000'000, 0);
  const std::vector<Buffer> frames = encode_log(log);
  CHECK(frames[0].size() >= (1'000'000 - 65'536) / 8);
  const Result<Log> back = decode_log(frames);
  REQUIRE(back.is_ok());
  CHECK(back->rows() == 1'000'000);
  CHECK(back->column(0).int_at(999'999) == 5);
}

TEST_CASE("a frame of another version is refused as such") {
  const Buffer frame = Buffer::copy_of("\x96\x02 and what that version needs");
  CHECK(decode_log({&frame, 1}).status().error().code == "frame.version");
  CHECK(decode_log({}).status().error().code == "frame.invalid");
}
