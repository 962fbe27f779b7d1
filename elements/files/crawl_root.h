// Where a crawler begins: the path as the user wrote it, which the records show, and as the system knows it.
//
// Owns     both
// Threads  one user
// Errors   open(): what the system says of the path, at the path
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/element/element.h"

namespace blox {

class CrawlRoot {
 public:
  /// What there is.
  Result<struct stat> open(const Host& host, const std::string& path);
  /// Bytes, for the system.
  const std::string& bytes() const { return bytes_; }
  /// The path in records of what is below it, in bytes; empty for the root itself.
  std::string text_of(std::string_view below) const;
  /// "PATH: REASON", for Element::reject_input.
  std::string refusal(std::string_view below, const Status& status) const;

 private:
  std::string bytes_;
  std::string text_;  // without slashes at the end
};

}  // namespace blox
