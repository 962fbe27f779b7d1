// Lines give the same records together and one by one; what was read and is written is read back as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/data/json.h"

using namespace blox;

namespace {

Log read(JsonReader* reader, std::string_view text, size_t* faults) {
  std::vector<Rejected> rejected;
  reader->read_lines(text, &rejected);
  *faults = rejected.size();
  return reader->log().finish(0);
}

// Line by line, each in memory of its own.
Log read_apart(JsonReader* reader, std::string_view text, size_t* faults) {
  std::vector<Rejected> rejected;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    reader->read_lines(line, &rejected);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  *faults = rejected.size();
  return reader->log().finish(0);
}

void check(const Schema& schema, const JsonReader::Options& options, std::string_view text) {
  size_t faults = 0;
  size_t faults_apart = 0;
  JsonReader together(schema, options);
  JsonReader apart(schema, options);
  const Log log = read(&together, text, &faults);
  BLOX_CHECK(equal(log, read_apart(&apart, text, &faults_apart)) && faults == faults_apart,
             "lines read together and apart differ");
  BufferBuilder written;
  if (options.whole_values) {
    for (uint32_t row = 0; row < log.rows(); ++row) {
      append_json(log.column(0), row, &written);
      written.push('\n');
    }
  } else {
    JsonWriter(log.schema()).write(log, &written);
  }
  JsonReader again(log.schema(), {.whole_values = options.whole_values});
  const std::string_view lines(reinterpret_cast<const char*>(written.data()), written.size());
  BLOX_CHECK(equal(log, read(&again, lines, &faults)) && faults == 0, "what was written reads as something else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Schema record =
      Schema::from(*Type::parse("{b: bool?, i: int?, f: float?, s: string?, y: bytes?, t: time?, a: any?, l: [int?]?, "
                                "r: {x: string?, z: [{q: bool}]}?}"));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(record, {}, text);
  check(record, {.extra = JsonReader::Extra::kAny}, text);
  check(Schema({{"value", Kind::kAny}}), {.whole_values = true}, text);
  return 0;
}
