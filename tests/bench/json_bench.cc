// JSON lines as a whole command: parse eight fields, keep a tenth, project four with arithmetic, write in input order.
// Beside jq, and beside a hand-written simdjson loop that does just this: user and system seconds.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include "tests/support/bench_data.h"
#include "tests/support/compare.h"

using namespace blox::bench;

namespace {

// As in the references, times stay strings, and nobody waits for the disk.
const char* const kSchema =
    "{id: int, user: string, time: string, url: string, status: int, bytes: int, latency: float, agent: string}";

std::string out_path(const char* name) {
  return (std::filesystem::temp_directory_path() / "blox-bench" / name).string();
}

std::vector<std::string> ours(const std::string& file) {
  return {"build/blox", "run", "-q", "-e",
          "FileCrawler(path = \"" + file +
              "\") -> FileReader(split = 256KiB) -> ParseJson(field = content, lines = true, schema = " + kSchema +
              ") -> Filter(\"latency > 90\") -> Map(bits = \"bytes * 8\", seconds = \"latency / 1000\") -> "
              "Select([id, user, bits, seconds]) -> "
              "WriteFile(durable = false, path = \"" +
              out_path("ours.jsonl") + "\");"};
}

// The loop: simdjson's on-demand parser over blocks of whole lines, read one after the other into the same memory.
int by_hand(const std::string& from, const std::string& to) {
  const int in = open(from.c_str(), O_RDONLY);
  std::FILE* const file = std::fopen(to.c_str(), "wb");
  if (in < 0 || file == nullptr) return 1;
  constexpr size_t kBlock = 256 << 10;
  std::vector<char> block(kBlock + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::parser parser;
  std::string out;
  const auto add = [&](const char* name, auto number) {
    char digits[32];
    out += name;
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  };
  size_t kept = 0;  // bytes of a line whose end is yet to come
  while (true) {
    const ssize_t got = read(in, block.data() + kept, kBlock - kept);
    if (got <= 0) break;
    const std::string_view text(block.data(), kept + static_cast<size_t>(got));
    const size_t whole = text.rfind('\n') + 1;
    simdjson::ondemand::document_stream documents;
    if (parser.iterate_many(block.data(), whole, kBlock).get(documents) != simdjson::SUCCESS) return 1;
    for (auto document : documents) {
      simdjson::ondemand::object record;
      int64_t id = 0, status = 0, bytes = 0;
      double latency = 0;
      std::string_view user, time, url, agent;
      if (document.get_object().get(record) || record["id"].get(id) || record["user"].get(user) ||
          record["time"].get(time) || record["url"].get(url) || record["status"].get(status) ||
          record["bytes"].get(bytes) || record["latency"].get(latency) || record["agent"].get(agent)) {
        return 1;
      }
      keep(status);
      keep(agent);
      if (latency <= 90) continue;
      add("{\"id\":", id);
      out += ",\"user\":\"";
      out += user;
      add("\",\"bits\":", bytes * 8);
      add(",\"seconds\":", latency / 1000);
      out += "}\n";
      if (out.size() > (1 << 16)) {
        std::fwrite(out.data(), 1, out.size(), file);
        out.clear();
      }
    }
    kept = text.size() - whole;
    std::memmove(block.data(), block.data() + whole, kept);
  }
  close(in);
  std::fwrite(out.data(), 1, out.size(), file);
  return std::fclose(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--by-hand") return by_hand(argv[2], argv[3]);
  Bench bench(argc, argv);
  const std::string self = argv[0];
  const auto compare = [&](const std::string& reference, size_t mebibytes, double bar, const auto& command) {
    const std::string work = "JSON lines, " + std::to_string(mebibytes) + " MiB, beside " + reference;
    if (!bench.wanted(work)) return;
    const std::string file = json_lines(mebibytes << 20);
    bench.compare({work, reference, Bar::at_least(bar), [&] { return child_cpu_seconds(ours(file), "", ""); },
                   [&] { return child_cpu_seconds(command(file), "", out_path("reference.jsonl")); },
                   static_cast<double>(mebibytes << 20), "B"});
  };
  using Words = std::vector<std::string>;
  compare("jq", 256, 25, [](const std::string& file) {
    return Words{"jq", "-c", "select(.latency > 90) | {id, user, bits: (.bytes * 8), seconds: (.latency / 1000)}",
                 file};
  });
  compare("a simdjson loop", 512, 0.6, [&](const std::string& file) {
    return Words{self, "--by-hand", file, out_path("by-hand.jsonl")};
  });
  return 0;
}
