// A walk through the folders below one, entry by entry, which can be taken up again where it was.
//
// The place of a walk is the last name taken in each folder on the way down: the caller keeps it, as state.
//
// Owns     the open folders on the way down, each with a descriptor
// Threads  one user
// Bounds   at most kDeepest folders below each other; those of Folder for each
// Order    each folder in ascending order of the bytes of its names, its subfolders where their names stand; it is left
//          behind its last entry
// Errors   of one folder: the walk goes on behind it
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "elements/files/folder.h"

namespace blox {

class Walk {
 public:
  static constexpr size_t kDeepest = 256;
  struct Options {
    bool follow = false;  ///< symbolic links, apart from those back into a folder that is being walked through
    bool hidden = true;   ///< names that begin with a dot, too
  };
  /// An entry, or the end of a folder.
  struct Step {
    std::optional<Folder::Entry> entry;
    std::string below;      ///< the path below the root, in bytes; empty for the root itself
    struct stat folder {};  ///< end: of the folder, when it was entered
    Status fault;           ///< end: why it came early
  };
  struct Fault {
    std::string below;
    Status status;
  };

  /// `place` outlives the walk; empty to begin with.
  Walk(std::vector<std::string>* place, Options options) : place_(place), options_(options) {}

  /// Opens the root and the folders on the way to the place; the first that cannot be opened ends the way down.
  std::optional<Fault> start(const std::string& root);
  bool ended() const { return levels_.empty(); }
  /// Precondition: not ended.
  Step next();

  /// Of the entry that next() gave last: what it is, links followed where the walk does.
  Result<struct stat> look(const Step& step) const;
  /// Goes on inside it. A link back into a folder on the way down is passed over: ok, and nothing entered.
  Status enter(const Step& step);

  /// Of the folder that has the last entry.
  int descriptor() const { return levels_.back().folder.descriptor(); }
  /// Folders on the way down, the root included.
  size_t depth() const { return levels_.size(); }
  int64_t folders_entered() const { return entered_; }

 private:
  struct Level {
    Folder folder;
    std::string below;  // with a slash behind, but empty for the root
  };
  Status open(int parent, const std::string& name, std::string below, bool follow, const std::string& after);

  std::vector<std::string>* place_;  // one name for each of `levels_`
  Options options_;
  std::vector<Level> levels_;
  int64_t entered_ = 0;
};

/// The time of change in microseconds since 1970, at the ends of what 64 bits hold where it lies beyond.
int64_t change_micros(const struct stat& status);

}  // namespace blox
