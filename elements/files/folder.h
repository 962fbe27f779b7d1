// One folder read in order of its names, in memory that does not grow with it.
//
// Names are compared as bytes. The smallest `kNames` names behind the last one taken are kept; a folder that has more
// is read again for each further batch, so its order is kept and its memory bounded.
//
// Owns     the open folder and a batch of names
// Threads  one user
// Bounds   32,768 names, below 10 MiB
// Errors   "file.unreadable" with the system's reason; the place is empty: the caller knows it
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace blox {

class Folder {
 public:
  struct Entry {
    std::string name;
    unsigned char type = 0;  ///< DT_REG, DT_DIR, …; DT_UNKNOWN where the file system does not say

    friend bool operator<(const Entry& a, const Entry& b) { return a.name < b.name; }
  };
  static constexpr size_t kNames = 32 << 10;

  /// The folder `name` in the one open as `parent` (AT_FDCWD: a path of its own), from behind the name `after` on.
  /// Hidden names are left out unless asked for.
  static Result<Folder> open(int parent, const std::string& name, bool follow_link, bool hidden, std::string after);

  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&& other) = delete;
  ~Folder();

  /// The next entry; nothing at the end.
  Result<std::optional<Entry>> next();
  int descriptor() const { return dirfd(folder_); }
  const struct stat& status() const { return status_; }

 private:
  Folder(DIR* folder, bool hidden, std::string after) : folder_(folder), hidden_(hidden), after_(std::move(after)) {}
  Status read_batch();

  DIR* folder_;
  struct stat status_ {};
  bool hidden_;
  std::string after_;           // the greatest name of earlier batches
  std::vector<Entry> entries_;  // ascending
  size_t taken_ = 0;
  bool complete_ = false;  // no names follow behind the batch
};

}  // namespace blox
