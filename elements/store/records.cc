#include "elements/store/records.h"

#include <algorithm>

#include "core/base/hash.h"

namespace blox {
namespace {

constexpr size_t kChecksum = 4;

std::vector<size_t> rest_of(const Schema& schema, const std::vector<std::string>& key) {
  std::vector<size_t> out;
  for (size_t i = 0; i < schema.size(); ++i) {
    if (std::find(key.begin(), key.end(), schema.at(i).name) == key.end()) out.push_back(i);
  }
  return out;
}

uint32_t checksum(std::string_view value, uint64_t key_hash) { return static_cast<uint32_t>(hash64(value) ^ key_hash); }

}  // namespace

Records::Records(const Schema& schema, const std::vector<std::string>& key) : keys_(schema, key) {
  const std::vector<size_t> rest = rest_of(schema, key);
  values_ = RecordCodec(schema, rest);
  std::vector<Field> fields;
  for (const std::string& name : key) fields.push_back(schema.at(*schema.find(name)));
  for (const size_t index : rest) fields.push_back(schema.at(index));
  stored_ = Schema(std::move(fields));
  for (const Field& field : schema.fields()) order_.push_back(*stored_.find(field.name));
}

std::string_view Records::value(const Log& log, uint32_t row, uint64_t key_hash) {
  scratch_.clear();
  values_.write(log, row, scratch_);
  const uint32_t sum = checksum(scratch_, key_hash);
  for (size_t i = 0; i < kChecksum; ++i) scratch_.push_back(static_cast<char>(sum >> (8 * i)));
  return scratch_;
}

bool Records::read(std::string_view key, std::string_view value, LogBuilder& out) const {
  if (value.size() < kChecksum) return false;
  uint32_t sum = 0;
  for (size_t i = 1; i <= kChecksum; ++i) sum = sum << 8 | static_cast<uint8_t>(value[value.size() - i]);
  value.remove_suffix(kChecksum);
  if (sum != checksum(value, hash_key(key)) || !keys_.append(key, out, 0) ||
      !values_.read(value, out, keys_.fields())) {
    out.cancel_row();
    return false;
  }
  out.end_row();
  return true;
}

Status Records::damaged() {
  return Status::user("store.damaged", "the store holds a record that cannot be read")
      .with_fix("restore the store from a copy, or start afresh with fresh = true");
}

}  // namespace blox
