#include "elements/files/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "elements/support/raw_file.h"

namespace blox {

std::optional<Walk::Fault> Walk::start(const std::string& root) {
  const std::vector<std::string> place = place_->empty() ? std::vector<std::string>{""} : *place_;
  place_->clear();
  for (size_t depth = 0; depth < place.size(); ++depth) {
    std::string below = depth == 0 ? "" : levels_.back().below + place[depth - 1];
    const Status status = depth == 0 ? open(AT_FDCWD, root, "", true, place[0])
                                     : open(descriptor(), place[depth - 1], below + "/", options_.follow, place[depth]);
    if (!status.is_ok()) return Fault{std::move(below), status};
  }
  return std::nullopt;
}

Walk::Step Walk::next() {
  Level& level = levels_.back();
  Result<std::optional<Folder::Entry>> entry = level.folder.next();
  Step step;
  if (entry.is_ok() && entry->has_value()) {
    place_->back() = (*entry)->name;
    step.below = level.below + (*entry)->name;
    step.entry = std::move(*entry);
    return step;
  }
  step.fault = entry.status();
  step.folder = level.folder.status();
  step.below = std::move(level.below);
  if (!step.below.empty()) step.below.pop_back();
  levels_.pop_back();
  place_->pop_back();
  return step;
}

Result<struct stat> Walk::look(const Step& step) const {
  struct stat status;
  if (fstatat(descriptor(), step.entry->name.c_str(), &status, options_.follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
    return unreadable(errno, "look at the file");
  }
  return status;
}

Status Walk::enter(const Step& step) {
  return open(descriptor(), step.entry->name, step.below + "/", options_.follow, "");
}

Status Walk::open(int parent, const std::string& name, std::string below, bool follow, const std::string& after) {
  if (levels_.size() == kDeepest) {
    return Status::user("file.too_deep", fmt::format("more than {} folders deep", kDeepest));
  }
  Result<Folder> folder = Folder::open(parent, name, follow, options_.hidden, after);
  if (!folder.is_ok()) return folder.status();
  const auto same = [&](const Level& level) {
    return level.folder.status().st_ino == folder->status().st_ino &&
           level.folder.status().st_dev == folder->status().st_dev;
  };
  if (options_.follow && std::any_of(levels_.begin(), levels_.end(), same)) return Status::ok();
  levels_.push_back({std::move(*folder), std::move(below)});
  place_->push_back(after);
  ++entered_;
  return Status::ok();
}

int64_t change_micros(const struct stat& status) {
  int64_t out = 0;
  if (__builtin_mul_overflow(int64_t{status.st_mtim.tv_sec}, int64_t{1'000'000}, &out) ||
      __builtin_add_overflow(out, int64_t{status.st_mtim.tv_nsec / 1'000}, &out)) {
    return status.st_mtim.tv_sec < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }
  return out;
}

}  // namespace blox
