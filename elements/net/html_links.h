// The links of an HTML page, found by a scanner that takes whatever people have written.
//
// It knows tags, attributes, comments, and that scripts and styles are no markup; it builds no tree.
//
// Threads  a function; any thread
// Bounds   `most` links, each of at most 8 KiB; reads the page once
// Order    as on the page
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace blox {

struct HtmlLink {
  std::string reference;  ///< as it stands there, entities undone: bytes in the page's encoding
  bool asset = false;     ///< a part of the page: image, style, script, …
};

struct HtmlLinks {
  std::vector<HtmlLink> links;
  std::string base;       ///< what references start from; empty: the page
  bool nofollow = false;  ///< the page asks robots not to follow its links
};

HtmlLinks find_links(std::string_view html, size_t most);

}  // namespace blox
