#include "core/base/buffer.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/death.h"

namespace blox {
namespace {

TEST_CASE("a copy owns its bytes, aligned to 64") {
  std::string text = "hello";
  const Buffer buffer = Buffer::copy_of(text);
  text = "world";
  CHECK(buffer.view() == "hello");
  CHECK(reinterpret_cast<uintptr_t>(buffer.data()) % 64 == 0);
  CHECK(buffer.capacity() >= 5);
}

TEST_CASE("nothing is held by an empty buffer") {
  CHECK(Buffer().capacity() == 0);
  CHECK(Buffer::copy_of("").identity() == nullptr);
  CHECK(BufferBuilder().finish().empty());
}

TEST_CASE("copies and slices share one allocation and keep it alive") {
  Buffer slice;
  {
    const Buffer whole = Buffer::copy_of("0123456789");
    slice = whole.slice(3, 4);
    CHECK(slice.identity() == whole.identity());
    CHECK(whole.slice(10, 0).empty());
  }
  CHECK(slice.view() == "3456");
  CHECK(slice.capacity() >= 10);  // what a queue charges is what is kept alive
}

TEST_CASE("a slice outside its buffer is a bug") {
  const Buffer buffer = Buffer::copy_of("abc");
  CHECK_FALSE(testing::last_words([&] { (void)buffer.slice(2, 2); }).empty());
  CHECK_FALSE(testing::last_words([&] { (void)buffer.slice(4, 0); }).empty());
  CHECK_FALSE(testing::last_words([&] { (void)buffer.slice(1, SIZE_MAX); }).empty());
}

TEST_CASE("foreign bytes are released once, by the last holder") {
  int released = 0;
  const char* const bytes = "lent";
  Buffer other;
  {
    const Buffer buffer = Buffer::foreign(
        bytes, 4, [](void* context) { ++*static_cast<int*>(context); }, &released);
    other = buffer.slice(1, 2);
    CHECK(buffer.data() == reinterpret_cast<const uint8_t*>(bytes));
  }
  CHECK(released == 0);
  other = Buffer();
  CHECK(released == 1);
}

TEST_CASE("assigning a buffer to itself or moving it keeps its bytes") {
  Buffer buffer = Buffer::copy_of("same");
  const Buffer& alias = buffer;
  buffer = alias;
  CHECK(buffer.view() == "same");
  const Buffer moved = std::move(buffer);
  CHECK(moved.view() == "same");
}

TEST_CASE("a builder agrees with a string, whatever is appended") {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    BufferBuilder builder;
    std::string twin;
    for (int step = 0; step < 40; ++step) {
      const std::string piece(random() % 200, static_cast<char>('a' + random() % 26));
      switch (random() % 4) {
        case 0:
          builder.push<uint32_t>(0x61626364);
          twin += "dcba";
          break;
        case 1:
          builder.truncate(twin.size() / 2);
          twin.resize(twin.size() / 2);
          break;
        case 2:
          builder.reserve(piece.size());
          CHECK(builder.capacity() >= builder.size() + piece.size());
          break;
        default: builder.append(piece.data(), piece.size()); twin += piece;
      }
      CHECK(builder.size() == twin.size());
    }
    const Buffer buffer = builder.finish();
    CHECK(buffer.view() == twin);
    CHECK(builder.size() == 0);
  }
}

TEST_CASE("a builder freezes without a copy") {
  BufferBuilder builder;
  builder.append("abc", 3);
  const uint8_t* const before = builder.data();
  CHECK(builder.finish().data() == before);
}

TEST_CASE("many threads share a buffer, the last one frees it") {
  int released = 0;
  const char* const bytes = "shared";
  {
    const Buffer buffer = Buffer::foreign(
        bytes, 6, [](void* context) { ++*static_cast<int*>(context); }, &released);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([buffer] {
        for (int j = 0; j < 1000; ++j) {
          const Buffer copy = buffer.slice(0, 3);
          if (copy.view() != "sha") std::abort();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(released == 1);
}

}  // namespace
}  // namespace blox
