// What a case finds around itself: a folder of its own, and standard input.
//
// Owns     the descriptor 0 of the process while the case gives it something to read; the folder is its user's
// Threads  one user; standard input and the bound on files are the process's, so one case a process
// Errors   outside errors that name the file
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox::tools {

class Surroundings {
 public:
  explicit Surroundings(std::string folder) : folder_(std::move(folder)) {}
  ~Surroundings();
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  const std::string& folder() const { return folder_; }
  /// Makes folders on the way; a name that ends in a slash is a folder.
  Status write(const std::string& name, std::string_view bytes);
  Status append(const std::string& name, std::string_view bytes);
  Status link(const std::string& name, const std::string& target);
  Status move(const std::string& from, const std::string& to);
  Status remove(const std::string& name);
  /// No file of this process grows beyond; nothing: as far as the system lets it.
  Status limit_files(std::optional<uint64_t> bytes);
  /// From here on the process reads these bytes as its standard input, from the first one on.
  Status set_input(std::string_view bytes);

 private:
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
  int outer_input_ = -1;  // what standard input was, once it has been replaced
};

}  // namespace blox::tools
