// URIs of documents and the paths of files.
//
// Errors   what is no file URI has itself as its path: "untitled:Untitled-1"
#pragma once

#include <string>
#include <string_view>

namespace blox::tools::lsp {

/// "file:///a%20b.blox" is "/a b.blox". The path is normal: no `.`, `..` or double slashes.
std::string path_of(std::string_view uri);
std::string uri_of(std::string_view path);

}  // namespace blox::tools::lsp
