// Where the tokens of JSON text begin: simdjson's first stage, which also checks UTF-8 and that strings close.
//
// Owns     the positions of the last text
// Threads  one user
// Cost     one pass at several GB/s
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace blox {

class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();
  JsonIndex(const JsonIndex&) = delete;
  JsonIndex& operator=(const JsonIndex&) = delete;

  /// Null, or what is wrong with the text as a whole. Precondition: below 4 GiB, and the last byte is "\n".
  const char* build(const char* text, size_t size);
  /// Begins of braces, brackets, colons, commas, strings and other scalars, ascending; behind the last follow three
  /// positions of the final "\n", which is no token.
  const uint32_t* positions() const;
  size_t count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace blox
