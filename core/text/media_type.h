// What kind of data bytes are, by what stands in them: libmagic behind an interface of ours.
//
// Owns     the compiled table of the system, some megabytes, read once
// Threads  one user
// Errors   "magic.unavailable" where the table cannot be read, with what libmagic says
// Cost     some ten to hundred microseconds, more for long texts
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"

struct magic_set;

namespace blox {

class MediaTypes {
 public:
  static Result<MediaTypes> load();

  /// "image/png"; "application/octet-stream" where nothing is known of them, "application/x-empty" where there are none.
  /// Valid until the next call.
  std::string_view of(std::string_view bytes);

 private:
  struct Close {
    void operator()(magic_set* table) const;
  };
  explicit MediaTypes(std::unique_ptr<magic_set, Close> table) : table_(std::move(table)) {}

  std::unique_ptr<magic_set, Close> table_;
};

}  // namespace blox
