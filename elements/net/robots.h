// What a host asks robots not to fetch: robots.txt (RFC 9309).
//
// Owns     the rules that are for us
// Threads  a value
// Bounds   500 KiB of the file are read, lines of 2 KiB, 1,000 rules
// Errors   none: what cannot be read is passed over
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace blox {

class Robots {
 public:
  /// Everything is allowed.
  Robots() = default;
  static Robots none_allowed();
  /// `agent`: our name, such as "datablox".
  static Robots parse(std::string_view text, std::string_view agent);

  /// `target`: path and query of a URL in its normal form.
  bool allows(std::string_view target) const;
  /// Time between two requests that the host asks for (`Crawl-delay`, which is no part of the RFC); 0: it does not say.
  Micros delay() const { return delay_; }

 private:
  struct Rule {
    std::vector<std::string> pieces;  // between "*"
    bool to_end = false;              // "$"
    bool allow = false;
    size_t length = 0;
    bool matches(std::string_view target) const;
  };
  std::vector<Rule> rules_;
  Micros delay_ = 0;
};

}  // namespace blox
