// Makes files, folders and links below one folder, and nothing outside of it, whatever their paths and links say.
//
// Each name on the way down is opened by itself and never through a link, so that neither `..` nor a link that stands
// there, or was restored before, leads anywhere else. A file is written beside its place, as kPartName, and moved
// there when it is complete, with its mode and times. Folders are made for the owner alone; what they are to be is said
// last, deepest first, since work inside changes them.
//
// Owns     descriptors of the folders on the way to the last entry, and of one file
// Threads  one user
// Errors   "restore.path" for a path that is none or leads out, "restore.blocked" where something stands in the way of
// a
//          folder, "restore.exists", "restore.unwritable" with the system's reason; the caller knows the path
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox {

/// What a file, folder or link is, apart from its content.
struct TreeEntry {
  std::string below;   ///< in bytes, below the root; empty for the root itself
  uint32_t mode = 0;   ///< permission bits
  int64_t micros = 0;  ///< the time of change since 1970
  uint32_t nanos = 0;  ///< below a microsecond
  uint32_t uid = 0;
  uint32_t gid = 0;
};

class TreeWriter {
 public:
  static constexpr const char* kPartName = ".blox-restoring";
  static constexpr size_t kDeepest = 256;
  /// What becomes of a file or link that is there already.
  enum class Existing : uint8_t { kRefuse, kKeep, kReplace };
  struct Options {
    Existing existing = Existing::kRefuse;
    bool owner = false;   ///< give each entry its owner and group
    bool set_id = false;  ///< with the bits that let a program run as its owner or group
  };

  TreeWriter() = default;
  TreeWriter(const TreeWriter&) = delete;
  TreeWriter& operator=(const TreeWriter&) = delete;
  ~TreeWriter();

  /// `root` is made where it is missing; the folder above must be there.
  Status open(const std::string& root, Options options);

  /// Begins a file; false where one is there that is kept. Precondition: none is open.
  Result<bool> begin_file(const std::string& below);
  /// Goes on with a file that was begun by another writer, which has written so many bytes.
  Status resume_file(const std::string& below, uint64_t written);
  bool file_is_open() const { return file_ >= 0; }
  Status write(std::string_view bytes, uint64_t offset);
  /// Gives the file its length, mode, times and name. It is closed then, whatever comes of it.
  Status finish_file(const TreeEntry& entry, uint64_t length);
  void abandon_file();

  /// False where there is something that is kept.
  Result<bool> link(const TreeEntry& entry, const std::string& target);
  /// Makes it where it is missing.
  Status folder(const std::string& below);
  /// Its mode and times, once nothing changes inside any more.
  Status finish_folder(const TreeEntry& entry);
  /// Makes all durable.
  Status sync();

 private:
  struct Level {
    std::string name;
    int descriptor;
  };
  struct Place {
    int folder;
    std::string name;
  };
  Result<Place> place_of(const std::string& below);
  Result<int> descend(const std::vector<std::string>& names, bool make);
  Result<bool> free_for_new(const Place& place) const;
  Status move_part(const Place& place);
  Status set(int descriptor, const TreeEntry& entry) const;
  void close_to(size_t depth);

  Options options_;
  int root_ = -1;
  std::vector<Level> levels_;
  int file_ = -1;
  int file_folder_ = -1;  // the root, or one of `levels_`: where the part is
};

}  // namespace blox
