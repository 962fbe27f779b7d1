// What a case finds around itself: a folder of its own, and standard input.
//
// Owns     the folder, removed with this; the descriptor 0 of the process while the case gives it something to read
// Threads  one user; standard input is the process's, so one case at a time
// Errors   outside errors that name the file
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox::tools {

class Surroundings {
 public:
  Surroundings();
  ~Surroundings();
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  /// Empty where no folder could be made.
  const std::string& folder() const { return folder_; }
  /// Makes folders on the way; a name that ends in a slash is a folder.
  Status write(const std::string& name, std::string_view bytes);
  /// From here on the process reads these bytes as its standard input, from the first one on.
  Status set_input(std::string_view bytes);

 private:
  std::string folder_;
  int outer_input_ = -1;  // what standard input was, once it has been replaced
};

}  // namespace blox::tools
