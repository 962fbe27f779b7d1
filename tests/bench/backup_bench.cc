// What a chunk store costs beside the hash that it cannot do without, for contents that it has and for new ones.
#include <openssl/evp.h>

#include <string>
#include <vector>

#include "core/data/builder.h"
#include "tests/support/compare.h"
#include "tests/support/element_run.h"
#include "tests/support/solo.h"
#include "tests/support/temporary_folder.h"

using namespace blox;

namespace {

constexpr size_t kContent = 64 << 20;
constexpr size_t kChunk = 64 << 10;

std::string noise(uint64_t state) {
  std::string out(kContent, '\0');
  for (char& byte : out) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<char>(state >> 56);
  }
  return out;
}

std::vector<Log> chunks(const std::string& content, int64_t snapshot) {
  std::vector<Log> out;
  LogBuilder builder(testing::schema_of("{snapshot: int, index: int, data: bytes}"));
  for (size_t at = 0; at < content.size(); at += kChunk) {
    builder.column(0).append_int(snapshot);
    builder.column(1).append_int(static_cast<int64_t>(at / kChunk));
    builder.column(2).append_string(std::string_view(content).substr(at, kChunk));
    builder.end_row();
    if (builder.rows() == 16) out.push_back(builder.finish(1));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const testing::TemporaryFolder folder;
  testing::Solo solo("ChunkStore");
  solo.arg("path", testing::text(folder.file("s"))).arg("sync", Literal::name("never"));
  solo.arg("key", testing::list({Literal::name("snapshot"), Literal::name("index")}));
  solo.in("in", testing::schema_of("{snapshot: int, index: int, data: bytes}"));
  solo.open();
  int64_t snapshot = 0;
  const auto store = [&](const std::string& content) {
    const std::vector<Log> logs = chunks(content, ++snapshot);
    return bench::cpu_seconds([&] {
      for (const Log& log : logs) solo.push("in", log);
      solo.flush();
    });
  };
  const std::string known = noise(0);
  store(known);
  const bench::Run sha256 = [&]() -> std::optional<double> {
    unsigned char print[EVP_MAX_MD_SIZE];
    return bench::cpu_seconds([&] {
      for (size_t at = 0; at < kContent; at += kChunk) {
        EVP_Digest(known.data() + at, kChunk, print, nullptr, EVP_sha256(), nullptr);
        bench::keep(print[0]);
      }
    });
  };
  const auto bytes = static_cast<double>(kContent);
  bench.compare({"backup: chunks of 64 KiB that the store has", "EVP_Digest, SHA-256", bench::Bar::at_most(1.2),
                 [&]() -> std::optional<double> { return store(known); }, sha256, bytes, "B"});
  uint64_t seed = 1;
  bench.compare({"backup: new chunks, compressed in vain",
                 "EVP_Digest, SHA-256",
                 {},
                 [&]() -> std::optional<double> { return store(noise(seed++)); },
                 sha256,
                 bytes,
                 "B"});
}
