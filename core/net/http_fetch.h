// What the client decides about a fetch, apart from its connections.
//
// Threads  pure
// Errors   "http.redirects"; unpacked_body(): "http.too_large", or those of the decompressor
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/http_client.h"

namespace blox {

/// What is sent for it.
std::string request_text(const HttpFetch& fetch, const Url& url, const std::string& agent);

bool is_redirect(int code);
/// Where `location`, said by `from`, leads. `visited`: where it came by so far, `from` too.
Result<Url> redirect_target(const Url& from, std::string_view location, const std::vector<std::string>& visited,
                            int most);
/// Takes out what was for whoever was asked first.
void drop_secrets(std::vector<HttpHeader>& headers);

/// A body as it was before it was packed by gzip, or the reason why it cannot be had.
Result<std::string> unpacked_body(std::string_view packed, uint64_t max_bytes);

}  // namespace blox
