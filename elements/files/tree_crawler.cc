#include <errno.h>
#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/files/crawl_root.h"
#include "elements/files/file_glob.h"
#include "elements/files/walk.h"
#include "elements/support/raw_file.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 512;
constexpr uint32_t kEntriesPerCall = 4096;

class TreeCrawler final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Finds all that is in a folder, with what `RestoreTree` needs to make it again: files, folders and symbolic links.

  below   the path below `path`, as text; empty for the folder itself
  path    where a file is read; null for folders and links
  kind    file, folder or link
  mode    the permission bits, 0 to 4095
  mtime   the time of change, to the microsecond below it; nanos: what lies between, 0 to 999
  size    bytes of a file, else 0
  uid     the owner's number; gid: the group's
  target  where a link leads to, as text

A folder comes behind all that is in it, so the record of `path` itself is the last: where it arrived, all did.
`exclude` takes patterns as `FileCrawler` does; what it names is left out with all below it. Links are never followed. A
pipe, a socket, a device and whatever cannot be read goes to `errors`, and the rest goes on; a folder that cannot be
entered is given without its content. A file with several names (hard links) is given under each of them.

Owns     its place: the last name taken in each folder on the way down
Order    each folder in ascending order of the bytes of its names, and behind them the folder itself
Bounds   32,768 names of a folder at a time, however many it has; at most 256 folders deep
Cost     one call of the system an entry; it waits for the disk, so it has a thread of its own
Example  TreeCrawler(path = "topologies") -> Select([below, kind, mode]) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true};

  Status open() override {
    BLOX_ASSIGN(const struct stat status, root_.open(host(), *path_));
    device_ = status.st_dev;
    if (S_ISDIR(status.st_mode)) return Status::ok();
    return Status(Status::Error{Fault::kUser, "file.no_folder", "cannot crawl: it is no folder", *path_,
                                "give `path` the folder that has it"});
  }

  Supply produce() override {
    LogBuilder found(out_.schema());
    if (!walk_) {
      walk_.emplace(&*place_, Walk::Options{});
      if (const std::optional<Walk::Fault> fault = walk_->start(root_.bytes())) refuse(fault->below, fault->status);
    }
    for (uint32_t looked = 0; !walk_->ended() && looked < kEntriesPerCall && found.rows() < kRowsPerLog; ++looked) {
      const Walk::Step step = walk_->next();
      if (step.entry) {
        visit(step, found);
      } else {
        if (!step.fault.is_ok()) refuse(step.below, step.fault);
        add(step.below, step.folder, {}, found);
      }
    }
    if (!found.empty() && !out_.emit(found.finish(clock().wall()))) return Supply::end();
    if (!walk_->ended()) return Supply::more();
    if (several_names_ > 0) {
      note(fmt::format("{} files have several names; each name is given as a file of its own", several_names_));
    }
    return Supply::end();
  }

 private:
  void visit(const Walk::Step& step, LogBuilder& found) {
    if (matches_any(*exclude_, path_text(step.entry->name), path_text(step.below))) return;
    const Result<struct stat> status = walk_->look(step);
    if (!status.is_ok()) return refuse(step.below, status.status());
    std::string target;
    if (S_ISDIR(status->st_mode)) {
      if (*one_filesystem_ && status->st_dev != device_) return add(step.below, *status, {}, found);
      const Status entered = walk_->enter(step);
      if (entered.is_ok()) return;  // given when it is left
      refuse(step.below, entered);
    } else if (S_ISLNK(status->st_mode)) {
      char bytes[PATH_MAX];
      const ssize_t length = readlinkat(walk_->descriptor(), step.entry->name.c_str(), bytes, sizeof bytes);
      if (length < 0) return refuse(step.below, unreadable(errno, "read the link"));
      target = path_text({bytes, static_cast<size_t>(length)});
    } else if (!S_ISREG(status->st_mode)) {
      const std::string kind(kind_of_file(status->st_mode));
      return refuse(step.below, Status::user("file.not_kept", "it is " + kind + ", which cannot be kept"));
    } else if (status->st_nlink > 1) {
      ++several_names_;
    }
    add(step.below, *status, target, found);
  }

  void add(std::string_view below, const struct stat& status, std::string_view target, LogBuilder& found) {
    const bool file = S_ISREG(status.st_mode), link = S_ISLNK(status.st_mode);
    size_t column = 0;
    found.column(column++).append_string(path_text(below));
    if (file) {
      found.column(column++).append_string(root_.text_of(below));
    } else {
      found.column(column++).append_null();
    }
    found.column(column++).append_string(file ? "file" : link ? "link" : "folder");
    found.column(column++).append_int(status.st_mode & 07777);
    found.column(column++).append_int(change_micros(status));
    found.column(column++).append_int(status.st_mtim.tv_nsec % 1'000);
    found.column(column++).append_int(file ? int64_t{status.st_size} : 0);
    found.column(column++).append_int(status.st_uid);
    found.column(column++).append_int(status.st_gid);
    if (link) {
      found.column(column).append_string(target);
    } else {
      found.column(column).append_null();
    }
    found.end_row();
    ++entries_;
  }

  void refuse(std::string_view below, const Status& status) {
    reject_input("out", status.error().code, root_.refusal(below, status), root_.text_of(below));
  }

  PushOut out_{this, "out",
               "{below: string, path: string?, kind: string, mode: int, mtime: time, nanos: int, size: int, uid: int, "
               "gid: int, target: string?}",
               "files, folders and links"};

  Arg<std::string> path_{this, "path", "the folder", NotEmpty{}};
  Arg<std::vector<FileGlob>> exclude_{this, "exclude", "patterns of what to leave out",
                                      Default{std::vector<FileGlob>{}}};
  Arg<bool> one_filesystem_{this, "one_filesystem", "give folders of other file systems without their content",
                            Default{false}};

  // The last name taken in each folder on the way down; while running, one for each folder of `walk_`.
  Value<std::vector<std::string>> place_{this, "place", Version{1}};

  Handler<int64_t> entries_found_{this, "entries", "entries found", [this] { return entries_; }};

  CrawlRoot root_;
  dev_t device_ = 0;
  std::optional<Walk> walk_;
  int64_t entries_ = 0;
  int64_t several_names_ = 0;
};

}  // namespace

BLOX_ELEMENT(TreeCrawler);

}  // namespace blox
