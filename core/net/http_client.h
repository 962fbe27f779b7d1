// A client for HTTP/1.1: fetches by GET or HEAD, many at once, and hands over what came.
//
//   auto client = HttpClient::start({}, clock);
//   (*client)->fetch({.url = *Url::parse("https://example.org/")}, [&](HttpFetched got) { inbox.put(std::move(got));
//   });
//
// Certificates are verified. Redirects are followed as far as `redirects` says; a circle is an error. Connections are
// kept for the next fetch from the same place; one that had ended meanwhile is opened anew once. gzip is undone.
//
// Owns     its connections and one thread (names are looked up in a second one)
// Threads  `done` is called by the client's thread and must not wait; the rest by anybody
// Bounds   `at_once` fetches under way, `waiting` further ones, `max_bytes` of a body, a time for each phase
// Errors   "http.address", "http.connect", "http.certificate", "http.timeout", "http.broken", "http.too_large",
//          "http.redirects", "http.stopped"; any status of the other side is no error
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/net/http_message.h"
#include "core/net/url.h"

namespace blox {

struct HttpFetch {
  Url url;
  bool head = false;
  std::vector<HttpHeader> headers;     ///< beside Host, User-Agent, Accept-Encoding and Connection
  int redirects = 10;                  ///< followed at most; with 0 the redirect itself is what came
  uint64_t max_bytes = 16 << 20;       ///< of the body, once decoded, too
  bool compressed = true;              ///< gzip is welcome; false where bytes are counted, as in ranges
  Micros connect_time = 10 * kSecond;  ///< look-up, connection and handshake
  Micros answer_time = 30 * kSecond;   ///< from the request to the first byte
  Micros pause_time = 30 * kSecond;    ///< between two pieces
  Micros total_time = 300 * kSecond;
};

struct HttpFetched {
  Status status;  ///< ok where a response came
  Url url;        ///< where it came from, redirects followed
  int code = 0;
  std::vector<HttpHeader> headers;
  std::string body;  ///< after an error: what had come of it, where nothing was compressed

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

struct HttpClientOptions {
  size_t at_once = 64;
  size_t waiting = 1'000;
  size_t kept = 64;  ///< connections without a fetch
  Micros kept_for = 15 * kSecond;
  std::string agent = "datablox";
  std::string authorities;  ///< a file of certificates to trust beside those of the system
};

class HttpClient {
 public:
  using Done = std::function<void(HttpFetched)>;

  static Result<std::unique_ptr<HttpClient>> start(HttpClientOptions options, const Clock& clock);
  /// As stop().
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// False, and nothing begun, where too many wait already. Else `done` is called once.
  bool fetch(HttpFetch fetch, Done done);
  /// Breaks off all that is under way; `done` is called for each, with "http.stopped", before it returns.
  void stop();

 private:
  class Core;
  explicit HttpClient(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace blox
