// CSV gives the same records wherever it is cut; what was read and is written is read back as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/data/csv.h"

using namespace blox;

namespace {

struct Outcome {
  Log log;
  std::vector<std::string> faults;
};

Outcome read(const Schema& schema, CsvReader::Options options, std::string_view text, size_t piece) {
  Outcome out;
  CsvReader reader(schema, options);
  std::vector<Rejected> rejected;
  const auto take = [&] {
    for (const Rejected& r : rejected)
      out.faults.push_back(std::to_string(r.index) + r.code + r.message + std::string(r.input));
    rejected.clear();
  };
  for (size_t at = 0; at < text.size(); at += piece) {
    reader.read(text.substr(at, piece), &rejected);
    take();
  }
  reader.end(&rejected);
  take();
  out.log = reader.log().finish(0);
  return out;
}

}  // namespace

// The first byte says how to cut, and whether there is a header.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Schema schema =
      Schema::from(*Type::parse("{i: int?, f: float?, s: string, n: string?, t: time?, a: any?, l: [int]?}"));
  if (size == 0) return 0;
  const CsvReader::Options options{.header = (*data & 1) != 0};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read(schema, options, text, std::max<size_t>(text.size(), 1));
  const Outcome cut = read(schema, options, text, 1 + *data / 2);
  BLOX_CHECK(equal(whole.log, cut.log) && whole.faults == cut.faults, "a text that is cut gives other records");
  BufferBuilder written;
  const CsvWriter writer(schema);
  writer.write_header(&written);
  writer.write(whole.log, &written);
  const Outcome again =
      read(schema, {}, {reinterpret_cast<const char*>(written.data()), written.size()}, written.size());
  BLOX_CHECK(again.faults.empty() && equal(again.log, whole.log), "what was written reads as something else");
  return 0;
}
