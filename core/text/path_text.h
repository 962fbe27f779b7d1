// The path of a file as text, whatever bytes its name is made of, and back to the very same bytes.
//
// A path is bytes, the type `string` is valid UTF-8. A byte that belongs to no code point becomes the private code
// point U+EF00 + byte (U+EF80 to U+EFFF); so do the bytes of these code points themselves where a name has them.
// All other names are their own text, no two names have the same text, and nothing is lost when the text goes
// through a store, a JSON file or another program. (The same code points serve this purpose in MirBSD's OPTU-8.)
//
// Threads  pure
#pragma once

#include <string>
#include <string_view>

namespace blox {

/// Valid UTF-8 for any bytes.
std::string path_text(std::string_view path);

/// The bytes that a path text stands for. Text that never came from path_text is taken as it is, but for those
/// private code points.
std::string path_bytes(std::string_view text);

}  // namespace blox
