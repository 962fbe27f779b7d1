// A few texts under names that survive the death of the process and of the machine: a file for each.
//
// Owns     the files of its folder
// Threads  one user
// Order    remember() and forget() are durable when they return
// Errors   those of the system; a file that is none of ours is passed over
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

class Notebook {
 public:
  using Notes = std::map<std::string, std::string, std::less<>>;

  /// Makes the folder where there is none, and reads what is in it.
  static Result<Notebook> open(std::string folder);
  const Notes& notes() const { return notes_; }
  /// Precondition: no line break in the name.
  Status remember(const std::string& name, const std::string& text);
  Status forget(const std::string& name);

 private:
  explicit Notebook(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(std::string_view name) const;
  std::string folder_;
  Notes notes_;
};

/// Makes a folder that only its owner may use, and those above it; fine where it is there.
Status make_folder(const std::string& path);
/// Replaces a file at once or not at all; durable when it returns.
Status replace_file(const std::string& path, std::string_view bytes);

}  // namespace blox
