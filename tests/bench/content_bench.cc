// Content-defined chunking against 1 GB/s, and fingerprints beside the libraries under them driven directly.
#include <fmt/format.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include <string>
#include <vector>

#include "core/base/chunker.h"
#include "core/base/digest.h"
#include "core/data/builder.h"
#include "tests/support/compare.h"
#include "tests/support/element_run.h"
#include "tests/support/solo.h"

using namespace blox;

namespace {

constexpr size_t kContent = 64 << 20;
constexpr size_t kRecord = 64 << 10;

std::string make_content() {
  std::string out(kContent, '\0');
  uint64_t state = 1;
  for (char& byte : out) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<char>(state >> 56);
  }
  return out;
}

std::vector<Log> records(const std::string& content, size_t length, size_t a_log) {
  std::vector<Log> out;
  for (size_t at = 0; at < content.size();) {
    LogBuilder builder(testing::schema_of("{data: bytes}"));
    for (size_t end = std::min(at + a_log, content.size()); at < end; at += length) {
      builder.column(0).append_string(std::string_view(content).substr(at, length));
      builder.end_row();
    }
    out.push_back(builder.finish(1));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const std::string content = make_content();
  const double bytes = static_cast<double>(kContent);

  if (bench.wanted("chunk")) {
    const Chunker chunker(16 << 10, 64 << 10, 256 << 10);
    std::vector<double> bare, element;
    const std::vector<Log> logs = records(content, 8 << 20, 8 << 20);
    for (int i = 0; i < bench.pairs(); ++i) {
      bare.push_back(bytes / bench::cpu_seconds([&] {
                       for (std::string_view rest = content; !rest.empty();) rest.remove_prefix(chunker.cut(rest));
                     }));
      testing::Solo solo("Chunk");
      solo.arg("field", Literal::name("data")).in("in", logs[0].schema());
      solo.out("out", testing::schema_of("{index: int, offset: int, length: int, data: bytes}"));
      solo.open();
      element.push_back(bytes / bench::cpu_seconds([&] {
                          for (const Log& log : logs) solo.push("in", log);
                        }));
    }
    const double cuts = bench::spread_of(bare).median / 1e9, chunks = bench::spread_of(element).median / 1e9;
    bench.figure("chunk: find the cuts, 64 KiB on average", fmt::format("{:.2f} GB/s", cuts), "≥ 1 GB/s", cuts >= 1);
    bench.figure("chunk: the element, data copied", fmt::format("{:.2f} GB/s", chunks), "≥ 1 GB/s", chunks >= 1);
  }

  const std::vector<Log> logs = records(content, kRecord, 1 << 20);
  const auto element = [&](const char* method) -> bench::Run {
    return [&, method]() -> std::optional<double> {
      testing::Solo solo("Fingerprint");
      solo.arg("field", Literal::name("data")).arg("method", Literal::name(method)).in("in", logs[0].schema());
      solo.out("out", testing::schema_of("{data: bytes, fingerprint: string}"));
      solo.open();
      return bench::cpu_seconds([&] {
        for (const Log& log : logs) solo.push("in", log);
      });
    };
  };
  const auto openssl = [&](const EVP_MD* method) -> bench::Run {
    return [&, method]() -> std::optional<double> {
      unsigned char print[EVP_MAX_MD_SIZE];
      return bench::cpu_seconds([&] {
        for (size_t at = 0; at < kContent; at += kRecord) {
          EVP_Digest(content.data() + at, kRecord, print, nullptr, method, nullptr);
          bench::keep(print[0]);
        }
      });
    };
  };
  const bench::Run xxhash = [&]() -> std::optional<double> {
    return bench::cpu_seconds([&] {
      for (size_t at = 0; at < kContent; at += kRecord) bench::keep(XXH3_128bits(content.data() + at, kRecord).low64);
    });
  };
  const bench::Bar bar = bench::Bar::at_most(1.1);
  bench.compare({"fingerprint records of 64 KiB: sha256", "EVP_Digest", bar, element("sha256"), openssl(EVP_sha256()),
                 bytes, "B"});
  bench.compare({"fingerprint records of 64 KiB: sha224", "EVP_Digest", bar, element("sha224"), openssl(EVP_sha224()),
                 bytes, "B"});
  bench.compare({"fingerprint records of 64 KiB: blake2b", "EVP_Digest", bar, element("blake2b"),
                 openssl(EVP_blake2b512()), bytes, "B"});
  bench.compare({"fingerprint records of 64 KiB: xxh3", "XXH3_128bits", bar, element("xxh3"), xxhash, bytes, "B"});
}
