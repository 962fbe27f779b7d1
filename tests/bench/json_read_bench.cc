// The JSON reader and writer alone, beside simdjson's on-demand parser reading the same members one by one.
#include <string>
#include <vector>

#include <simdjson.h>

#include "core/data/json.h"
#include "tests/support/compare.h"
#include "tests/support/random_log.h"

using namespace blox;

namespace {

const Type kRecord = *Type::parse(
    "{id: int, user: string, time: time, url: string, status: int, bytes: int, latency: float, agent: string}");

std::string lines(size_t size) {
  testing::Random random(1);
  std::string out;
  for (int64_t id = 0; out.size() < size; ++id) {
    out += "{\"id\":" + std::to_string(id) + ",\"user\":\"user-" + std::to_string(random.below(100'000)) +
           "\",\"time\":\"" + format_time(1'700'000'000'000'000 + id * 1'234) +
           "\",\"url\":\"https://example.org/shop/items/" + std::to_string(random.next()) +
           "?page=" + std::to_string(random.below(50)) + "\",\"status\":" + std::to_string(200 + random.below(300)) +
           ",\"bytes\":" + std::to_string(random.below(1'000'000)) +
           ",\"latency\":" + std::to_string(random.below(1'000'000) / 1e4) +
           ",\"agent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\"}\n";
  }
  return out;
}

std::optional<double> by_hand(const simdjson::padded_string& json) {
  bool failed = false;
  const double seconds = bench::cpu_seconds([&] {
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document_stream documents;
    if (parser.iterate_many(json, 1 << 20).get(documents) != simdjson::SUCCESS) return;
    for (auto document : documents) {
      simdjson::ondemand::object record;
      int64_t id = 0, status = 0, bytes = 0;
      double latency = 0;
      std::string_view user, time, url, agent;
      failed = failed || document.get_object().get(record) || record["id"].get(id) || record["user"].get(user) ||
               record["time"].get(time) || record["url"].get(url) || record["status"].get(status) ||
               record["bytes"].get(bytes) || record["latency"].get(latency) || record["agent"].get(agent);
      bench::keep(latency);
      bench::keep(agent);
    }
  });
  return failed ? std::nullopt : std::optional<double>(seconds);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const std::string text = lines(64 << 20);
  const simdjson::padded_string padded(text);
  constexpr size_t kBlock = 256 * 1024;
  JsonReader reader(Schema::from(kRecord));
  std::vector<Rejected> rejected;
  // Blocks of whole lines, as a reader of files hands them on.
  const auto read = [&](const auto& use) {
    for (size_t at = 0; at < text.size();) {
      const size_t most = std::min(text.size() - at, kBlock);
      const size_t end = text.rfind('\n', at + most - 1) + 1;
      reader.read_lines(std::string_view(text).substr(at, end - at), &rejected);
      use(reader.log().finish(0));
      at = end;
    }
  };
  const auto bytes = static_cast<double>(text.size());
  bench.compare({"read JSON lines of 8 fields into logs", "simdjson on demand", bench::Bar{},
                 [&]() -> std::optional<double> {
                   return bench::cpu_seconds([&] { read([](const Log& log) { bench::keep(log.rows()); }); });
                 },
                 [&] { return by_hand(padded); }, bytes, "B"});
  const JsonWriter writer(Schema::from(kRecord));
  std::vector<Log> logs;
  read([&](const Log& log) { logs.push_back(log); });
  bench.compare({"write them again", "simdjson on demand, reading", bench::Bar{},
                 [&]() -> std::optional<double> {
                   return bench::cpu_seconds([&] {
                     for (const Log& log : logs) {
                       BufferBuilder out;
                       writer.write(log, &out);
                       bench::keep(out.size());
                     }
                   });
                 },
                 [&] { return by_hand(padded); }, bytes, "B"});
  return rejected.empty() ? 0 : 1;
}
