#include "core/base/chunker.h"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/base/hash.h"

namespace blox {
namespace {

std::string random_bytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& byte : out) byte = static_cast<char>(random());
  return out;
}

// The chunks, each cut out of as much as `ahead` says or all that is left.
std::vector<std::string> chunks_of(const Chunker& chunker, std::string_view content, size_t ahead) {
  std::vector<std::string> out;
  while (!content.empty()) {
    const size_t length = chunker.cut(content.substr(0, ahead));
    REQUIRE(length > 0);
    out.emplace_back(content.substr(0, length));
    content.remove_prefix(length);
  }
  return out;
}

TEST_CASE("chunks make up the content again and keep their bounds") {
  const Chunker chunker(256, 1024, 4096);
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const std::string content = seed == 0 ? std::string(50'000, 'x') : random_bytes(seed * 5'003, seed);
    const std::vector<std::string> chunks = chunks_of(chunker, content, content.size());
    std::string joined;
    for (size_t i = 0; i < chunks.size(); ++i) {
      joined += chunks[i];
      CHECK(chunks[i].size() <= 4096);
      if (i + 1 < chunks.size()) CHECK(chunks[i].size() >= 256);
    }
    CHECK(joined == content);
  }
}

TEST_CASE("where a chunk ends does not depend on how much more was read") {
  const Chunker chunker(64, 256, 2048);
  const std::string content = random_bytes(200'000, 7);
  CHECK(chunks_of(chunker, content, content.size()) == chunks_of(chunker, content, chunker.max()));
}

TEST_CASE("after an insertion the chunks are soon the same again") {
  const Chunker chunker(1024, 4096, 16384);
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    const std::string content = random_bytes(1'000'000, seed);
    std::string changed = content;
    changed.insert(300'000 + seed * 1'009, "something else");
    const std::vector<std::string> before = chunks_of(chunker, content, content.size());
    std::set<std::string> known(before.begin(), before.end());
    size_t fresh = 0;
    for (const std::string& chunk : chunks_of(chunker, changed, changed.size())) fresh += known.count(chunk) == 0;
    CHECK(fresh <= 8);
    CHECK(before.size() > 100);
  }
}

TEST_CASE("chunks of random bytes are about as long as asked for") {
  const Chunker chunker(2048, 8192, 32768);
  const std::string content = random_bytes(8'000'000, 3);
  const size_t mean = content.size() / chunks_of(chunker, content, chunker.max()).size();
  CHECK(mean > 7'000);
  CHECK(mean < 10'500);
}

TEST_CASE("the places of the cuts never change between releases") {
  const Chunker chunker(64, 256, 1024);
  std::string content;
  for (int i = 0; content.size() < 100'000; ++i) content += std::to_string(i * 7919) + "\n";
  std::string lengths;
  for (const std::string& chunk : chunks_of(chunker, content, content.size())) {
    lengths += std::to_string(chunk.size()) + " ";
  }
  CHECK(hash64(lengths) == 15560529066366588417u);
  CHECK(lengths.substr(0, lengths.find(' ', 20)) == "289 311 361 359 348 367");
}

}  // namespace
}  // namespace blox
