// What the master must not forget, on disk.
//
// A half-written file is refused, never used: see core/state/ordered_store.h. Starting again from what was committed
// last is the only recovery.
//
// Owns     the file, locked against a second master
// Threads  one user
// Errors   those of OrderedStore; `store.in_use` says that another master runs with this folder
// Order    of one apply(): blobs are durable before what refers to them, the rest is one transaction
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/state/ordered_store.h"
#include "master/decide.h"

namespace blox::master {

class CatalogueFile {
 public:
  /// The folder is made where there is none.
  static Result<CatalogueFile> open(const std::string& folder);

  /// All that was remembered; blobs with their keys only.
  Result<Catalogue> load();
  /// Durable when it returns; after an error nothing of it but blobs may be there.
  Status apply(const std::vector<std::pair<std::string, std::string>>& remember, const std::vector<std::string>& forget);
  /// The bytes of a blob by its hash; nothing where there is none. Valid until the next apply().
  Result<std::optional<std::string_view>> blob(std::string_view hash);

 private:
  explicit CatalogueFile(OrderedStore store) : store_(std::move(store)) {}

  OrderedStore store_;
};

}  // namespace blox::master
