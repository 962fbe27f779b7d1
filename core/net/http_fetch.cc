#include "core/net/http_fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/base/compression.h"

namespace blox {

std::string request_text(const HttpFetch& fetch, const Url& url, const std::string& agent) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\n", fetch.head ? "HEAD" : "GET",
                                url.target, url.authority(), agent);
  out += fetch.compressed ? "Accept-Encoding: gzip\r\n" : "Accept-Encoding: identity\r\n";
  for (const HttpHeader& header : fetch.headers) out += header.name + ": " + header.value + "\r\n";
  return out + "\r\n";
}

bool is_redirect(int code) { return code == 301 || code == 302 || code == 303 || code == 307 || code == 308; }

Result<Url> redirect_target(const Url& from, std::string_view location, const std::vector<std::string>& visited,
                            int most) {
  const auto refused = [](std::string text) { return Status::outside("http.redirects", std::move(text)); };
  const std::optional<Url> next = from.resolve(location);
  if (!next) return refused(fmt::format("redirected to `{}`, which is no URL", location));
  const std::string text = next->to_string();
  if (static_cast<int>(visited.size()) > most) return refused(fmt::format("redirected more than {} times", most));
  if (std::find(visited.begin(), visited.end(), text) != visited.end()) {
    return refused("redirected in a circle by " + text);
  }
  return *next;
}

void drop_secrets(std::vector<HttpHeader>& headers) {
  std::erase_if(headers, [](const HttpHeader& header) {
    return !find_header({header}, "Authorization").empty() || !find_header({header}, "Cookie").empty();
  });
}

Result<std::string> unpacked_body(std::string_view packed, uint64_t max_bytes) {
  const std::unique_ptr<Decompressor> reader = Decompressor::make(Compression::kGzip);
  std::string out;
  while (true) {
    constexpr size_t kPiece = 64 << 10;
    const size_t before = out.size();
    out.resize(before + kPiece);
    BLOX_ASSIGN(const size_t got, reader->read(packed, reinterpret_cast<uint8_t*>(out.data()) + before, kPiece));
    out.resize(before + got);
    if (out.size() > max_bytes) return Status::outside("http.too_large", "the body is too large once decoded");
    if (got == 0 && packed.empty()) break;
  }
  if (!reader->complete()) return Status::outside("http.broken", "the gzip body is cut short");
  return out;
}

}  // namespace blox
