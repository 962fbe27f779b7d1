// Kinds of files in a dozen words: archive audio code data document font image other program text video web.
//
// Threads  pure
#pragma once

#include <string>
#include <string_view>

namespace blox {

/// By the suffix of a name without its dot, in small letters ("mp3", "tar.gz"); empty where it is not known.
std::string_view category_of_suffix(std::string_view suffix);

/// By a media type ("audio/mpeg"); "other" where it says nothing.
std::string_view category_of_media_type(std::string_view type);

}  // namespace blox
