#include "elements/files/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "elements/support/raw_file.h"

namespace blox {
Result<Folder> Folder::open(int parent, const std::string& name, bool follow_link, bool hidden, std::string after) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (follow_link ? 0 : O_NOFOLLOW);
  const int descriptor = openat(parent, name.c_str(), flags);
  if (descriptor < 0) return unreadable(errno, "open the folder");
  DIR* const folder = fdopendir(descriptor);
  if (folder == nullptr) {
    const int error_number = errno;
    close(descriptor);
    return unreadable(error_number, "open the folder");
  }
  Folder out(folder, hidden, std::move(after));
  if (fstat(descriptor, &out.status_) != 0) return unreadable(errno, "look at the folder");
  return out;
}

Folder::Folder(Folder&& other) noexcept
    : folder_(std::exchange(other.folder_, nullptr)),
      status_(other.status_),
      hidden_(other.hidden_),
      after_(std::move(other.after_)),
      entries_(std::move(other.entries_)),
      taken_(other.taken_),
      complete_(other.complete_) {}

Folder::~Folder() {
  if (folder_ != nullptr) closedir(folder_);
}

Result<std::optional<Folder::Entry>> Folder::next() {
  if (taken_ == entries_.size()) {
    if (!complete_) BLOX_TRY(read_batch());
    if (taken_ == entries_.size()) return std::optional<Entry>();
  }
  return std::optional<Entry>(std::move(entries_[taken_++]));
}

Status Folder::read_batch() {
  entries_.clear();
  taken_ = 0;
  complete_ = true;
  rewinddir(folder_);
  while (true) {
    errno = 0;
    const dirent* const found = readdir(folder_);
    if (found == nullptr) {
      if (errno != 0) return unreadable(errno, "read the folder");
      break;
    }
    const std::string_view name = found->d_name;
    if (name == "." || name == ".." || (name[0] == '.' && !hidden_) || name <= after_) continue;
    if (entries_.size() < kNames) {
      entries_.push_back({std::string(name), found->d_type});
      if (entries_.size() == kNames) std::make_heap(entries_.begin(), entries_.end());
      continue;
    }
    complete_ = false;
    if (name >= entries_.front().name) continue;
    std::pop_heap(entries_.begin(), entries_.end());
    entries_.back() = {std::string(name), found->d_type};
    std::push_heap(entries_.begin(), entries_.end());
  }
  std::sort(entries_.begin(), entries_.end());
  if (!entries_.empty()) after_ = entries_.back().name;
  return Status::ok();
}

}  // namespace blox
