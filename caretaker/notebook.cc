#include "caretaker/notebook.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "caretaker/load.h"
#include "core/base/descriptor.h"
#include "core/base/hash.h"

namespace blox {
namespace {

/// What a rename or a removal has changed in a folder is durable after this.
Status sync_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Status::from_errno(errno, "open", path);
  const int error = ::fsync(folder) == 0 ? 0 : errno;
  ::close(folder);
  return error == 0 ? Status::ok() : Status::from_errno(error, "write", path);
}

}  // namespace

Status make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return Status::ok();
  return Status::from_errno(errno, "make", path);
}

Status replace_file(const std::string& path, std::string_view bytes) {
  const std::string draft = path + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Status::from_errno(errno, "make", draft);
  int error = write_all(file, bytes);
  if (error == 0 && ::fsync(file) != 0) error = errno;
  ::close(file);
  if (error != 0) return Status::from_errno(error, "write to", draft);
  if (::rename(draft.c_str(), path.c_str()) != 0) return Status::from_errno(errno, "make", path);
  return sync_folder(std::filesystem::path(path).parent_path());
}

Result<Notebook> Notebook::open(std::string folder) {
  BLOX_TRY(make_folder(folder));
  Notebook notebook(std::move(folder));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(notebook.folder_, error)) {
    const auto text = read_text(entry.path());
    const size_t name = text ? text->find('\n') : std::string::npos;
    // A draft that a death has left behind is none: its name does not fit what it holds.
    if (name == std::string::npos || notebook.path_of(text->substr(0, name)) != entry.path()) continue;
    notebook.notes_.emplace(text->substr(0, name), text->substr(name + 1));
  }
  if (error) return Status::from_errno(error.value(), "read", notebook.folder_);
  return notebook;
}

std::string Notebook::path_of(std::string_view name) const { return folder_ + "/" + hash128(name).to_string(); }

Status Notebook::remember(const std::string& name, const std::string& text) {
  BLOX_CHECK(name.find('\n') == std::string::npos, "a name is one line");
  const auto known = notes_.find(name);
  if (known != notes_.end() && known->second == text) return Status::ok();
  BLOX_TRY(replace_file(path_of(name), name + "\n" + text));
  notes_.insert_or_assign(name, text);
  return Status::ok();
}

Status Notebook::forget(const std::string& name) {
  if (notes_.erase(name) == 0) return Status::ok();
  const std::string path = path_of(name);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Status::from_errno(errno, "remove", path);
  return sync_folder(folder_);
}

}  // namespace blox
