#include "elements/files/tree_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "elements/support/raw_file.h"

namespace blox {
namespace {

constexpr mode_t kOwnerAlone = 0700;
constexpr size_t kBlock = 4096;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

Status unwritable(int error_number, std::string_view what) {
  Status::Error error = Status::from_errno(error_number, what, {}).error();
  error.code = "restore.unwritable";
  return Status(std::move(error));
}

Status bad_path(std::string_view why) { return Status::user("restore.path", "the path " + std::string(why)); }

// The names on the way down.
Result<std::vector<std::string>> names_of(const std::string& below) {
  std::vector<std::string> names;
  if (below.find('\0') != std::string::npos) return bad_path("has a zero byte");
  for (size_t at = 0; !below.empty() && at <= below.size();) {
    const size_t end = std::min(below.find('/', at), below.size());
    std::string name = below.substr(at, end - at);
    if (name.empty()) return bad_path("begins or ends with a slash, or has two of them together");
    if (name == "." || name == "..") return bad_path(fmt::format("has the name `{}`", name));
    if (name == TreeWriter::kPartName) return bad_path("has a name that is used while files are written");
    names.push_back(std::move(name));
    at = end + 1;
  }
  if (names.size() > TreeWriter::kDeepest) return bad_path("leads through too many folders");
  return names;
}

std::array<timespec, 2> times_of(const TreeEntry& entry) {
  constexpr int64_t kMicros = 1'000'000;
  int64_t seconds = entry.micros / kMicros, rest = entry.micros % kMicros;
  if (rest < 0) {
    --seconds;
    rest += kMicros;
  }
  const timespec unchanged{0, UTIME_OMIT};
  return {unchanged, timespec{static_cast<time_t>(seconds), static_cast<long>(rest * 1'000 + entry.nanos)}};
}

bool all_zero(std::string_view bytes) {
  return !bytes.empty() && bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

TreeWriter::~TreeWriter() {
  if (file_ >= 0) close(file_);
  close_to(0);
  if (root_ >= 0) close(root_);
}

void TreeWriter::close_to(size_t depth) {
  for (; levels_.size() > depth; levels_.pop_back()) close(levels_.back().descriptor);
}

Status TreeWriter::open(const std::string& root, Options options) {
  options_ = options;
  if (mkdir(root.c_str(), kOwnerAlone) != 0 && errno != EEXIST) return unwritable(errno, "make the folder");
  root_ = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // the user's own path may lead through links
  return root_ >= 0 ? Status::ok() : unwritable(errno, "open the folder");
}

// Opens the folders of that path, as far as they are not open.
Result<int> TreeWriter::descend(const std::vector<std::string>& names, bool make) {
  size_t same = 0;
  while (same < names.size() && same < levels_.size() && names[same] == levels_[same].name) ++same;
  close_to(same);
  for (; same < names.size(); ++same) {
    const int above = levels_.empty() ? root_ : levels_.back().descriptor;
    const char* const name = names[same].c_str();
    int descriptor = openat(above, name, kFolderFlags);
    if (descriptor < 0 && errno == ENOENT && make) {
      if (mkdirat(above, name, kOwnerAlone) != 0) return unwritable(errno, "make the folder");
      descriptor = openat(above, name, kFolderFlags);
    }
    if (descriptor < 0) {
      const int error_number = errno;
      struct stat status;
      if (fstatat(above, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(status.st_mode)) {
        return Status::user("restore.blocked", fmt::format("{} stands where the folder `{}` is to be",
                                                           kind_of_file(status.st_mode), names[same]));
      }
      return unwritable(error_number, "open the folder");
    }
    levels_.push_back({names[same], descriptor});
  }
  return levels_.empty() ? root_ : levels_.back().descriptor;
}

Result<TreeWriter::Place> TreeWriter::place_of(const std::string& below) {
  BLOX_ASSIGN(std::vector<std::string> names, names_of(below));
  if (names.empty()) return bad_path("is empty");
  Place place;
  place.name = std::move(names.back());
  names.pop_back();
  BLOX_ASSIGN(place.folder, descend(names, true));
  return place;
}

Result<bool> TreeWriter::free_for_new(const Place& place) const {
  struct stat status;
  if (fstatat(place.folder, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return true;
    return unwritable(errno, "look at what is there");
  }
  if (S_ISDIR(status.st_mode)) return Status::user("restore.blocked", "a folder stands in its place");
  if (options_.existing == Existing::kRefuse) {
    return Status::user("restore.exists", fmt::format("{} of this name is there", kind_of_file(status.st_mode)));
  }
  return options_.existing == Existing::kReplace;
}

Result<bool> TreeWriter::begin_file(const std::string& below) {
  BLOX_ASSIGN(const Place place, place_of(below));
  BLOX_ASSIGN(const bool wanted, free_for_new(place));
  if (!wanted) return false;
  unlinkat(place.folder, kPartName, 0);  // what a killed run has left
  file_ = openat(place.folder, kPartName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0) return unwritable(errno, "make the file");
  file_folder_ = place.folder;
  return true;
}

Status TreeWriter::resume_file(const std::string& below, uint64_t written) {
  BLOX_ASSIGN(const Place place, place_of(below));
  file_ = openat(place.folder, kPartName, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file_ < 0) return unwritable(errno, "open the part that was written");
  file_folder_ = place.folder;
  // What was written behind is written again; a hole at the end has no bytes yet.
  if (ftruncate(file_, static_cast<off_t>(written)) == 0) return Status::ok();
  const Status status = unwritable(errno, "go on with the file");
  abandon_file();
  return status;
}

Status TreeWriter::write(std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    // Blocks of zeros become holes, as they may have been: the length is given at the end.
    const size_t length = std::min(bytes.size(), kBlock - offset % kBlock);
    size_t run = length;
    if (!all_zero(bytes.substr(0, length))) {
      while (run < bytes.size() && !all_zero(bytes.substr(run, kBlock))) run = std::min(run + kBlock, bytes.size());
      for (size_t done = 0; done < run;) {
        const ssize_t wrote = pwrite(file_, bytes.data() + done, run - done, static_cast<off_t>(offset + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return unwritable(wrote < 0 ? errno : ENOSPC, "write the file");
        done += static_cast<size_t>(wrote);
      }
    }
    bytes.remove_prefix(run);
    offset += run;
  }
  return Status::ok();
}

// Mode, times and owner of what is open.
Status TreeWriter::set(int descriptor, const TreeEntry& entry) const {
  if (options_.owner && fchown(descriptor, entry.uid, entry.gid) != 0) return unwritable(errno, "set the owner");
  const mode_t mode = entry.mode & (options_.set_id ? 07777u : 01777u);
  if (fchmod(descriptor, mode) != 0) return unwritable(errno, "set the mode");  // behind the owner, which clears bits
  if (futimens(descriptor, times_of(entry).data()) != 0) return unwritable(errno, "set the time of change");
  return Status::ok();
}

Status TreeWriter::move_part(const Place& place) {
  if (renameat(place.folder, kPartName, place.folder, place.name.c_str()) == 0) return Status::ok();
  const Status status = unwritable(errno, "give it its name");
  unlinkat(place.folder, kPartName, 0);
  return status;
}

Status TreeWriter::finish_file(const TreeEntry& entry, uint64_t length) {
  Status status =
      ftruncate(file_, static_cast<off_t>(length)) == 0 ? Status::ok() : unwritable(errno, "write the file");
  if (status.is_ok()) status = set(file_, entry);
  if (!status.is_ok()) {
    abandon_file();
    return status;
  }
  const int error_number = close(std::exchange(file_, -1)) == 0 ? 0 : errno;  // network file systems write only now
  BLOX_ASSIGN(const Place place, place_of(entry.below));
  if (error_number == 0) return move_part(place);
  unlinkat(place.folder, kPartName, 0);
  return unwritable(error_number, "write the file");
}

void TreeWriter::abandon_file() {
  if (file_ < 0) return;
  close(std::exchange(file_, -1));
  unlinkat(file_folder_, kPartName, 0);
}

Result<bool> TreeWriter::link(const TreeEntry& entry, const std::string& target) {
  BLOX_ASSIGN(const Place place, place_of(entry.below));
  BLOX_ASSIGN(const bool wanted, free_for_new(place));
  if (!wanted) return false;
  if (target.find('\0') != std::string::npos) return bad_path("that it leads to has a zero byte");
  unlinkat(place.folder, kPartName, 0);
  if (symlinkat(target.c_str(), place.folder, kPartName) != 0) return unwritable(errno, "make the link");
  if (options_.owner && fchownat(place.folder, kPartName, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return unwritable(errno, "set the owner");
  }
  if (utimensat(place.folder, kPartName, times_of(entry).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return unwritable(errno, "set the time of change");
  }
  BLOX_TRY(move_part(place));
  return true;
}

Status TreeWriter::folder(const std::string& below) {
  BLOX_ASSIGN(const std::vector<std::string> names, names_of(below));
  return descend(names, true).status();
}

Status TreeWriter::finish_folder(const TreeEntry& entry) {
  BLOX_ASSIGN(const std::vector<std::string> names, names_of(entry.below));
  BLOX_ASSIGN(const int descriptor, descend(names, false));
  return set(descriptor, entry);
}

Status TreeWriter::sync() { return syncfs(root_) == 0 ? Status::ok() : unwritable(errno, "make all durable"); }

}  // namespace blox
