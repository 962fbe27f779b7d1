// Blobs of a cluster on this node's disk, by their SHA-256: fetched once, checked whenever they are read.
//
// Owns     the files of its folder
// Threads  one user
// Bounds   beyond `most_bytes` the oldest go that are not among those kept
// Errors   blob.damaged: bytes that do not have the hash; those of the system
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

class BlobCache {
 public:
  static Result<BlobCache> open(std::string folder, uint64_t most_bytes);
  /// Nothing where it is not there, or damaged: it is to be fetched again.
  std::optional<std::string> find(const std::string& hash) const;
  Status add(const std::string& hash, std::string_view bytes);
  /// Those that are needed; of the others the oldest go where there is too much.
  void keep(const std::set<std::string>& hashes);

 private:
  BlobCache(std::string folder, uint64_t most_bytes) : folder_(std::move(folder)), most_bytes_(most_bytes) {}
  std::string folder_;
  uint64_t most_bytes_;
};

}  // namespace blox
