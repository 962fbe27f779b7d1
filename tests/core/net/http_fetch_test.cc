#include "core/net/http_fetch.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

TEST_CASE("a request says what is wanted, and of whom") {
  HttpFetch fetch{.url = *Url::parse("http://a.example:81/x?y"), .headers = {{"Range", "bytes=3-"}}};
  CHECK(
      request_text(fetch, fetch.url, "us") ==
      "GET /x?y HTTP/1.1\r\nHost: a.example:81\r\nUser-Agent: us\r\nAccept-Encoding: gzip\r\nRange: bytes=3-\r\n\r\n");
  fetch.head = true;
  fetch.compressed = false;
  CHECK(request_text(fetch, fetch.url, "us").starts_with("HEAD /x?y "));
  CHECK(request_text(fetch, fetch.url, "us").find("Accept-Encoding: identity\r\n") != std::string::npos);
}

TEST_CASE("a redirect leads to a URL where nobody has been, so often and no more") {
  const Url from = *Url::parse("http://a.example/b/c");
  const std::vector<std::string> visited = {"http://a.example/", from.to_string()};
  const Result<Url> next = redirect_target(from, "../d", visited, 2);
  REQUIRE(next.is_ok());
  CHECK(next->to_string() == "http://a.example/d");
  CHECK(redirect_target(from, "../d", visited, 1).status().error().code == "http.redirects");
  CHECK(redirect_target(from, "/", visited, 2).status().error().text == "redirected in a circle by http://a.example/");
  CHECK(redirect_target(from, "gopher://a", visited, 2).status().error().text ==
        "redirected to `gopher://a`, which is no URL");
}

TEST_CASE("secrets stay behind, whatever their spelling") {
  std::vector<HttpHeader> headers = {{"cookie", "a=b"}, {"Accept", "text/html"}, {"AUTHORIZATION", "Basic x"}};
  drop_secrets(headers);
  REQUIRE(headers.size() == 1);
  CHECK(headers[0].name == "Accept");
}

}  // namespace
}  // namespace blox
