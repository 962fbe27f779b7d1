#include "core/protocol/record.h"

#include <fmt/format.h>

#include <cstring>

#include "core/base/hash.h"

namespace blox::protocol {
namespace {

// A format: version, XXH3-64 of the content (little endian), content.
constexpr char kRecordVersion = 1;
constexpr size_t kHead = 1 + sizeof(uint64_t);

}  // namespace

std::string seal_record(std::string_view content) {
  const uint64_t sum = hash64(content);
  std::string out(kHead, kRecordVersion);
  std::memcpy(out.data() + 1, &sum, sizeof sum);
  out += content;
  return out;
}

Result<std::string_view> open_record(std::string_view key, std::string_view record) {
  if (record.empty() || record.size() < kHead) {
    return Status::outside("record.torn", fmt::format("the record `{}` is cut short", key));
  }
  if (record[0] != kRecordVersion) {
    return Status::outside("record.version",
                           fmt::format("the record `{}` has version {}; this program reads version {}", key,
                                       static_cast<int>(record[0]), static_cast<int>(kRecordVersion)))
        .with_fix("start the release of blox that has written it");
  }
  uint64_t sum = 0;
  std::memcpy(&sum, record.data() + 1, sizeof sum);
  const std::string_view content = record.substr(kHead);
  if (sum != hash64(content)) {
    return Status::outside("record.torn", fmt::format("the record `{}` is damaged: its checksum is wrong", key));
  }
  return content;
}

}  // namespace blox::protocol
