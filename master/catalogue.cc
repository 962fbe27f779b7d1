#include "master/catalogue.h"

#include <sys/stat.h>

#include <cerrno>

namespace blox::master {
namespace {

Status make_folders(const std::string& folder) {
  for (size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    const std::string part = folder.substr(0, slash);
    const bool last = slash == std::string::npos;
    // Bundles may hold what only the owner of the cluster should read.
    if (::mkdir(part.c_str(), last ? 0700 : 0777) != 0 && errno != EEXIST) {
      return Status::from_errno(errno, "make the folder", part);
    }
    if (last) return Status::ok();
  }
}

}  // namespace

Result<CatalogueFile> CatalogueFile::open(const std::string& folder) {
  BLOX_TRY(make_folders(folder));
  const std::string path = folder + "/catalogue.lmdb";
  Result<OrderedStore> store = OrderedStore::open(path, OrderedStore::Sync::kCommit);
  if (store) return CatalogueFile(*std::move(store));
  const Status::Error& error = store.status().error();
  if (error.code == "store.in_use") {
    return Status(Status::Error{Fault::kOutside, error.code, "another master runs with this folder", path,
                                "end that one, or give this one a `state` of its own"});
  }
  if (error.fault != Fault::kUser) return store.status();
  return Status(Status::Error{error.fault, error.code, error.text, path,
                              "put back a copy of the folder, or remove the file: what runs is then ended, and has to "
                              "be submitted again"});
}

Result<Catalogue> CatalogueFile::load() {
  Catalogue all;
  BLOX_ASSIGN(auto item, store_.seek(""));
  while (item) {
    all.emplace(item->key, item->key.starts_with(kBlobs) ? std::string_view() : item->value);
    BLOX_ASSIGN(item, store_.next());
  }
  return all;
}

Status CatalogueFile::apply(const std::vector<std::pair<std::string, std::string>>& remember,
                            const std::vector<std::string>& forget) {
  if (remember.empty() && forget.empty()) return Status::ok();
  size_t bytes = 0;
  for (const auto& [key, value] : remember) {
    // A blob that nothing refers to does no harm, so these may take more than one transaction.
    if (key.starts_with(kBlobs)) {
      BLOX_TRY(store_.put(key, value));
    } else {
      bytes += key.size() + value.size();
    }
  }
  BLOX_ASSIGN(const bool fits, store_.fits(remember.size() + forget.size(), bytes));
  if (!fits) BLOX_TRY(store_.commit());
  for (const auto& [key, value] : remember) {
    if (!key.starts_with(kBlobs)) BLOX_TRY(store_.put(key, value));
  }
  for (const std::string& key : forget) BLOX_TRY(store_.erase(key));
  return store_.commit();
}

Result<std::optional<std::string_view>> CatalogueFile::blob(std::string_view hash) {
  return store_.get(std::string(kBlobs) + std::string(hash));
}

}  // namespace blox::master
