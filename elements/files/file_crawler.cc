#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/glob.h"
#include "core/text/path_text.h"
#include "elements/files/folder.h"

namespace blox {
namespace {

// A pattern for names or paths.
struct FileGlob {
  std::string pattern;
};

}  // namespace

template <>
struct ArgTraits<FileGlob> {
  static std::string type_name() { return "string"; }
  static std::optional<FileGlob> parse(const Literal& literal, ArgContext& context) {
    std::optional<std::string> pattern = ArgTraits<std::string>::parse(literal, context);
    if (!pattern) return std::nullopt;
    const std::optional<GlobFault> fault = glob_fault(*pattern);
    if (!fault) return FileGlob{*std::move(pattern)};
    const bool as_written = literal.raw == *pattern && !literal.pieces.empty();
    context.error("E0403", as_written ? literal.locate(fault->offset, fault->length) : literal.span,
                  fmt::format("`{}` has the pattern `{}`: {}", context.argument(), *pattern, fault->message));
    return std::nullopt;
  }
  static std::string print(const FileGlob& glob) { return ArgTraits<std::string>::print(glob.pattern); }
};

namespace {

constexpr uint32_t kRowsPerLog = 512;
constexpr uint32_t kEntriesPerCall = 4096;
constexpr size_t kDeepest = 256;  // each folder on the way down holds a descriptor

class FileCrawler final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Finds files: those below a folder whose names match a pattern, with size and time of change.

Patterns of `glob` and `exclude` without a slash are compared with the name of a file, others with its path below
`path`: `*` `?` `[a-z]`, `**` for any number of folders, `[!a]`. What `exclude` names is not entered either. Only
regular files are found; pipes, sockets and devices are passed over, and so are links unless `follow` is set (then a
link back into a folder that is being read is passed over). Where `path` is a file, it is the one that is found.

Names are bytes, the field `path` is text: a byte that is no UTF-8 becomes the private code point U+EF00 + byte, and
the elements that open files turn it back, so every file can be found and read.

A folder or file that cannot be read, or vanishes meanwhile, goes to `errors`, and the rest goes on.

Owns     its place: the last name taken in each folder on the way down
Order    each folder in ascending order of the bytes of its names, its subfolders where their names stand
Bounds   32,768 names of a folder at a time, however many it has; at most 256 folders deep
Cost     one call of the system a file; it waits for the disk, so it has a thread of its own
Example  FileCrawler(path = "topologies", glob = ["*.blox"]) -> Select([path, size]) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true};

  Status open() override {
    root_ = path_bytes(host().resolve_path(*path_));
    prefix_ = *path_;
    while (prefix_.size() > 1 && prefix_.back() == '/') prefix_.pop_back();
    struct stat status;
    if (stat(root_.c_str(), &status) != 0) {
      return Status::from_errno(errno, "crawl", *path_).with_fix("give `path` an existing folder");
    }
    if (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode)) return Status::ok();
    return Status(Status::Error{Fault::kUser, "file.not_regular", "cannot crawl: it is neither a folder nor a file",
                                *path_, "give `path` a folder or a regular file"});
  }

  Supply produce() override {
    LogBuilder found(out_.schema());
    if (!started_) start(found);
    for (uint32_t looked = 0; !levels_.empty() && looked < kEntriesPerCall && found.rows() < kRowsPerLog; ++looked) {
      Level& level = levels_.back();
      Result<std::optional<Folder::Entry>> entry = level.folder.next();
      if (!entry.is_ok()) refuse(level.below, entry.status());
      if (!entry.is_ok() || !entry->has_value()) {
        levels_.pop_back();
        place_->pop_back();
        continue;
      }
      place_->back() = (*entry)->name;
      visit(level, **entry, found);
    }
    if (!found.empty() && !out_.emit(found.finish(clock().wall()))) return Supply::end();
    return levels_.empty() ? Supply::end() : Supply::more();
  }

 private:
  struct Level {
    Folder folder;
    std::string below;  // its path below `path`, in bytes, with a slash behind; empty for `path` itself
  };

  // Opens `path` and, where a place was loaded, the folders on the way to it.
  void start(LogBuilder& found) {
    started_ = true;
    struct stat status;
    if (place_->empty() && stat(root_.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      return add(prefix_, status, found);
    }
    const std::vector<std::string> place = place_->empty() ? std::vector<std::string>{""} : *place_;
    place_->clear();
    for (size_t depth = 0; depth < place.size(); ++depth) {
      const bool entered = depth == 0 ? enter(AT_FDCWD, root_, "", true, place[0])
                                      : enter(levels_.back().folder.descriptor(), place[depth - 1],
                                              levels_.back().below + place[depth - 1] + "/", *follow_, place[depth]);
      if (!entered) return;
    }
  }

  bool enter(int parent, const std::string& name, std::string below, bool follow, const std::string& after) {
    if (levels_.size() == kDeepest) {
      refuse(below, Status::user("file.too_deep", fmt::format("more than {} folders deep", kDeepest)));
      return false;
    }
    Result<Folder> folder = Folder::open(parent, name, follow, *hidden_, after);
    if (!folder.is_ok()) {
      refuse(below, folder.status());
      return false;
    }
    const auto same = [&](const Level& level) {
      return level.folder.status().st_ino == folder->status().st_ino &&
             level.folder.status().st_dev == folder->status().st_dev;
    };
    if (*follow_ && std::any_of(levels_.begin(), levels_.end(), same)) return false;
    levels_.push_back({std::move(*folder), std::move(below)});
    place_->push_back(after);
    ++folders_;
    return true;
  }

  void visit(const Level& level, const Folder::Entry& entry, LogBuilder& found) {
    const std::string below = level.below + entry.name;
    const std::string name_text = path_text(entry.name), below_text = path_text(below);
    const auto matches = [&](const FileGlob& glob) {
      const bool whole_path = glob.pattern.find('/') != std::string::npos;
      return glob_matches(glob.pattern, whole_path ? below_text : name_text);
    };
    if (std::any_of(exclude_->begin(), exclude_->end(), matches)) return;
    const bool wanted = std::any_of(glob_->begin(), glob_->end(), matches);
    if (entry.type == DT_REG && !wanted) return;
    if (entry.type == DT_LNK && !*follow_) return;

    struct stat status;
    if (fstatat(level.folder.descriptor(), entry.name.c_str(), &status, *follow_ ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
      Status::Error error = Status::from_errno(errno, "look at the file", {}).error();
      error.code = "file.unreadable";
      return refuse(below, Status(std::move(error)));
    }
    if (S_ISDIR(status.st_mode)) {
      if (!max_depth_->has_value() || static_cast<int64_t>(levels_.size()) < **max_depth_) {
        enter(level.folder.descriptor(), entry.name, below + "/", *follow_, "");
      }
    } else if (S_ISREG(status.st_mode) && wanted) {
      add(text_of(below_text), status, found);
    }
  }

  void add(const std::string& path, const struct stat& status, LogBuilder& found) {
    found.column(0).append_string(path);
    found.column(1).append_int(status.st_size);
    found.column(2).append_int(int64_t{status.st_mtim.tv_sec} * kSecond + status.st_mtim.tv_nsec / 1'000);
    found.end_row();
    ++files_;
  }

  std::string text_of(const std::string& below_text) const {
    return below_text.empty() ? prefix_ : prefix_ == "/" ? prefix_ + below_text : prefix_ + "/" + below_text;
  }

  void refuse(std::string_view below, const Status& status) {
    if (below.ends_with('/')) below.remove_suffix(1);
    const std::string path = text_of(path_text(below));
    reject_input("out", status.error().code, fmt::format("{}: {}", path, status.error().text), path);
  }

  PushOut out_{this, "out", "{path: string, size: int, mtime: time}", "the files"};

  Arg<std::string> path_{this, "path", "the folder to start from, or one file", NotEmpty{}};
  Arg<std::vector<FileGlob>> glob_{this, "glob", "patterns of which a file matches one",
                                      Default{std::vector<FileGlob>{{"*"}}}, NotEmpty{}};
  Arg<std::vector<FileGlob>> exclude_{this, "exclude", "patterns of files and folders to pass over",
                                         Default{std::vector<FileGlob>{}}};
  Arg<bool> follow_{this, "follow", "follow symbolic links", Default{false}};
  Arg<bool> hidden_{this, "hidden", "find names that begin with a dot, too", Default{false}};
  Arg<std::optional<int64_t>> max_depth_{this, "max_depth", "folders entered below each other; 1: `path` alone",
                                         AtLeast{1}};

  // The last name taken in each folder on the way down; while running, one for each of `levels_`.
  Value<std::vector<std::string>> place_{this, "place", Version{1}};

  Handler<int64_t> files_found_{this, "files", "files found", [this] { return files_; }};
  Handler<int64_t> folders_entered_{this, "folders", "folders entered", [this] { return folders_; }};

  std::string root_;    // bytes, for the system
  std::string prefix_;  // as the user wrote it, for the records
  bool started_ = false;
  std::vector<Level> levels_;
  int64_t files_ = 0;
  int64_t folders_ = 0;
};

}  // namespace

BLOX_ELEMENT(FileCrawler);

}  // namespace blox
