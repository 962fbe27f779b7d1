// Writing to a file descriptor until all is written.
#pragma once

#include <string_view>

namespace blox {

/// Writes all of `text`, waiting where a non-blocking descriptor is full. 0, or the errno that says why not; a part may
/// have been written then. EPIPE: the reader is gone (SIGPIPE must be ignored for that).
int write_all(int descriptor, std::string_view text);

}  // namespace blox
