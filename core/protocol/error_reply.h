// A status in a frame: why something was refused or has failed.
//
// Threads  a value
#pragma once

#include <cstdint>
#include <string>

#include "core/base/status.h"

namespace blox::protocol {

struct ErrorReply {
  std::string code;
  std::string text;
  std::string place;
  std::string fix;
  int64_t fault = 0;

  static ErrorReply of(const Status& status);
  Status status() const;
};

}  // namespace blox::protocol
