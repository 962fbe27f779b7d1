#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/files/crawl_root.h"
#include "elements/files/file_glob.h"
#include "elements/files/walk.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 512;
constexpr uint32_t kEntriesPerCall = 4096;

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
    BLOX_ASSIGN(const struct stat status, root_.open(host(), *path_));
    if (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode)) return Status::ok();
    return Status(Status::Error{Fault::kUser, "file.not_regular", "cannot crawl: it is neither a folder nor a file",
                                *path_, "give `path` a folder or a regular file"});
  }

  Supply produce() override {
    LogBuilder found(out_.schema());
    if (!walk_) start(found);
    for (uint32_t looked = 0; !walk_->ended() && looked < kEntriesPerCall && found.rows() < kRowsPerLog; ++looked) {
      const Walk::Step step = walk_->next();
      if (step.entry) {
        visit(step, found);
      } else if (!step.fault.is_ok()) {
        refuse(step.below, step.fault);
      }
    }
    if (!found.empty() && !out_.emit(found.finish(clock().wall()))) return Supply::end();
    return walk_->ended() ? Supply::end() : Supply::more();
  }

 private:
  // Opens `path` and, where a place was loaded, the folders on the way to it.
  void start(LogBuilder& found) {
    walk_.emplace(&*place_, Walk::Options{*follow_, *hidden_});
    struct stat status;
    if (place_->empty() && stat(root_.bytes().c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      return add({}, status, found);
    }
    if (const std::optional<Walk::Fault> fault = walk_->start(root_.bytes())) refuse(fault->below, fault->status);
  }

  void visit(const Walk::Step& step, LogBuilder& found) {
    const std::string name_text = path_text(step.entry->name), below_text = path_text(step.below);
    if (matches_any(*exclude_, name_text, below_text)) return;
    const bool wanted = matches_any(*glob_, name_text, below_text);
    if (step.entry->type == DT_REG && !wanted) return;
    if (step.entry->type == DT_LNK && !*follow_) return;

    const Result<struct stat> status = walk_->look(step);
    if (!status.is_ok()) return refuse(step.below, status.status());
    if (S_ISDIR(status->st_mode)) {
      if (max_depth_->has_value() && static_cast<int64_t>(walk_->depth()) >= **max_depth_) return;
      const Status entered = walk_->enter(step);
      if (!entered.is_ok()) refuse(step.below, entered);
    } else if (S_ISREG(status->st_mode) && wanted) {
      add(step.below, *status, found);
    }
  }

  void add(std::string_view below, const struct stat& status, LogBuilder& found) {
    found.column(0).append_string(root_.text_of(below));
    found.column(1).append_int(status.st_size);
    found.column(2).append_int(change_micros(status));
    found.end_row();
    ++files_;
  }

  void refuse(std::string_view below, const Status& status) {
    reject_input("out", status.error().code, root_.refusal(below, status), root_.text_of(below));
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

  // The last name taken in each folder on the way down; while running, one for each folder of `walk_`.
  Value<std::vector<std::string>> place_{this, "place", Version{1}};

  Handler<int64_t> files_found_{this, "files", "files found", [this] { return files_; }};
  Handler<int64_t> folders_entered_{this, "folders", "folders entered",
                                    [this] { return walk_ ? walk_->folders_entered() : 0; }};

  CrawlRoot root_;
  std::optional<Walk> walk_;
  int64_t files_ = 0;
};

}  // namespace

BLOX_ELEMENT(FileCrawler);

}  // namespace blox
