// Preconditions and invariants: a broken one is a bug of ours, which ends the worker and says where.
//
// Threads  any
// Cost     one predicted branch; the text is only built on failure
#pragma once

namespace blox {

/// Prints "bug: FILE:LINE: text (condition)" to standard error and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* text);

}  // namespace blox

#define BLOX_CHECK(condition, text)                               \
  do {                                                            \
    if (!(condition)) [[unlikely]]                                \
      ::blox::check_failed(__FILE__, __LINE__, #condition, text); \
  } while (false)

/// Checks on paths too hot for a branch a record: compiled in debug and sanitizer builds only.
#ifdef BLOX_DEBUG
#define BLOX_DCHECK(condition, text) BLOX_CHECK(condition, text)
#else
#define BLOX_DCHECK(condition, text) \
  do {                               \
  } while (false)
#endif
