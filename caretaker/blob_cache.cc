#include "caretaker/blob_cache.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "caretaker/load.h"
#include "caretaker/notebook.h"
#include "core/base/digest.h"
#include "core/protocol/cluster.h"

namespace blox {
namespace {

/// Names of files are made of it.
bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<BlobCache> BlobCache::open(std::string folder, uint64_t most_bytes) {
  BLOX_TRY(make_folder(folder));
  return BlobCache(std::move(folder), most_bytes);
}

std::optional<std::string> BlobCache::find(const std::string& hash) const {
  if (!is_hash(hash)) return std::nullopt;
  std::optional<std::string> bytes = read_file(folder_ + "/" + hash, protocol::kMostClusterFrame);
  if (bytes && sha256_hex(*bytes) != hash) return std::nullopt;
  return bytes;
}

Status BlobCache::add(const std::string& hash, std::string_view bytes) {
  if (!is_hash(hash) || sha256_hex(bytes) != hash) {
    return Status::outside("blob.damaged", "what was sent is not what its name says").at(hash);
  }
  return replace_file(folder_ + "/" + hash, bytes);
}

void BlobCache::keep(const std::set<std::string>& hashes) {
  struct File {
    std::filesystem::file_time_type written;
    std::filesystem::path path;
    uint64_t bytes = 0;
  };
  std::vector<File> others;
  uint64_t sum = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    const uint64_t bytes = entry.file_size(error);
    if (error) continue;
    sum += bytes;
    if (!hashes.contains(entry.path().filename()))
      others.push_back({entry.last_write_time(error), entry.path(), bytes});
  }
  std::sort(others.begin(), others.end(), [](const File& a, const File& b) { return a.written < b.written; });
  for (const File& file : others) {
    if (sum <= most_bytes_) return;
    if (std::filesystem::remove(file.path, error)) sum -= file.bytes;
  }
}

}  // namespace blox
