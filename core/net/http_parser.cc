#include "core/net/http_parser.h"

#include <fmt/format.h>
#include <strings.h>

#include <boost/beast/http/basic_parser.hpp>
#include <optional>

namespace blox {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr size_t kMostHeaders = 100;

bool is(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

/// Beast's grammar, written into what we keep of a message.
template <bool kRequest>
class Reader final : public http::basic_parser<kRequest> {
 public:
  struct Into {
    std::string* method = nullptr;
    std::string* target = nullptr;
    std::vector<HttpHeader>* headers = nullptr;
    std::string* body = nullptr;
  };
  Reader(Into into, HttpLimits limits) : into_(into) {
    this->eager(true);
    this->header_limit(static_cast<uint32_t>(limits.header_bytes));
    this->body_limit(limits.body_bytes);
  }

  bool expects_continue = false;
  size_t hosts = 0;
  bool http11 = false;
  int status = 0;

 private:
  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& error) override {
    error = {};
    http11 = version >= 11;
    into_.method->assign(method.data(), method.size());
    into_.target->assign(target.data(), target.size());
  }
  void on_response_impl(int code, string_view, int version, error_code& error) override {
    error = {};
    http11 = version >= 11;
    status = code;
  }
  void on_field_impl(http::field field, string_view name, string_view value, error_code& error) override {
    error = {};
    if (into_.headers->size() >= kMostHeaders) {
      error = http::error::header_limit;
      return;
    }
    if (field == http::field::host) ++hosts;
    if (field == http::field::expect) expects_continue = is({value.data(), value.size()}, "100-continue");
    HttpHeader& header = into_.headers->emplace_back();
    header.name.assign(name.data(), name.size());
    header.value.assign(value.data(), value.size());
  }
  void on_header_impl(error_code& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code& error) override { error = {}; }
  size_t on_body_impl(string_view body, error_code& error) override {
    error = {};
    into_.body->append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(uint64_t, string_view, error_code& error) override { error = {}; }
  size_t on_chunk_body_impl(uint64_t, string_view body, error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(error_code& error) override { error = {}; }

  const Into into_;
};

HttpFault fault_of(const error_code& error, HttpLimits limits) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return {431, fmt::format("the request line and headers are longer than {} bytes, or more than {} headers",
                             limits.header_bytes, kMostHeaders)};
  }
  if (error == http::error::body_limit) {
    return {413, fmt::format("the body is longer than {} bytes", limits.body_bytes)};
  }
  if (error == http::error::bad_version) return {505, "this is neither HTTP/1.0 nor HTTP/1.1"};
  return {400, "this is no HTTP: " + error.message()};
}

}  // namespace

struct HttpRequestParser::Parts {
  HttpRequest request;
  HttpFault fault;
  HttpLimits limits;
  std::optional<Reader<true>> reader;

  HttpProgress fail(int status, std::string text) {
    fault = {status, std::move(text)};
    return HttpProgress::kFailed;
  }

  // What the grammar lets through and a server must not (RFC 9112, 3.2).
  HttpProgress complete() {
    if (reader->hosts != 1 && (reader->http11 || reader->hosts > 1)) return fail(400, "it needs one header `Host`");
    std::string& target = request.target;
    if (target.size() > 7 && is(std::string_view(target).substr(0, 7), "http://")) {
      const size_t path = target.find('/', 7);
      target = path == std::string::npos ? "/" : target.substr(path);
    }
    if (target.empty() || (target[0] != '/' && target != "*")) return fail(400, "the request names no path");
    return HttpProgress::kDone;
  }
};

HttpRequestParser::HttpRequestParser() : parts_(std::make_unique<Parts>()) { begin({}); }
HttpRequestParser::~HttpRequestParser() = default;

void HttpRequestParser::begin(HttpLimits limits) {
  parts_->request = {};
  parts_->limits = limits;
  HttpRequest& request = parts_->request;
  parts_->reader.emplace(Reader<true>::Into{&request.method, &request.target, &request.headers, &request.body}, limits);
}

HttpProgress HttpRequestParser::take(std::string_view& in) {
  // A server passes over empty lines before a request (RFC 9112, 2.2).
  while (!begun() && in.starts_with("\r\n")) in.remove_prefix(2);
  if (in.empty() || (!begun() && in == "\r")) return HttpProgress::kMore;
  error_code error;
  in.remove_prefix(parts_->reader->put(boost::asio::const_buffer(in.data(), in.size()), error));
  if (error && error != http::error::need_more) {
    parts_->fault = fault_of(error, parts_->limits);
    return HttpProgress::kFailed;
  }
  return parts_->reader->is_done() ? parts_->complete() : HttpProgress::kMore;
}

bool HttpRequestParser::begun() const { return parts_->reader->got_some(); }
bool HttpRequestParser::header_done() const { return parts_->reader->is_header_done(); }
bool HttpRequestParser::expects_continue() const { return parts_->reader->expects_continue; }
bool HttpRequestParser::keep_alive() const { return parts_->reader->keep_alive(); }
bool HttpRequestParser::is_http11() const { return parts_->reader->http11; }
HttpRequest& HttpRequestParser::request() { return parts_->request; }
const HttpFault& HttpRequestParser::fault() const { return parts_->fault; }

struct HttpResponseParser::Parts {
  std::vector<HttpHeader> headers;
  std::string body;
  HttpFault fault;
  HttpLimits limits;
  bool head = false;
  std::optional<Reader<false>> reader;

  void begin() {
    headers.clear();
    body.clear();
    reader.emplace(Reader<false>::Into{nullptr, nullptr, &headers, &body}, limits);
    reader->skip(head);
  }
};

HttpResponseParser::HttpResponseParser() : parts_(std::make_unique<Parts>()) { begin({}, false); }
HttpResponseParser::~HttpResponseParser() = default;

void HttpResponseParser::begin(HttpLimits limits, bool head) {
  parts_->limits = limits;
  parts_->head = head;
  parts_->begin();
}

HttpProgress HttpResponseParser::take(std::string_view& in) {
  while (!in.empty()) {
    error_code error;
    in.remove_prefix(parts_->reader->put(boost::asio::const_buffer(in.data(), in.size()), error));
    if (error && error != http::error::need_more) {
      parts_->fault = fault_of(error, parts_->limits);
      return HttpProgress::kFailed;
    }
    if (parts_->body.size() > parts_->limits.body_bytes) {  // what Beast leaves to us in responses
      parts_->fault = fault_of(http::error::body_limit, parts_->limits);
      return HttpProgress::kFailed;
    }
    if (!parts_->reader->is_done()) return HttpProgress::kMore;
    if (parts_->reader->status < 100 || parts_->reader->status >= 200) return HttpProgress::kDone;
    parts_->begin();
  }
  return HttpProgress::kMore;
}

HttpProgress HttpResponseParser::end() {
  error_code error;
  if (!parts_->reader->got_some()) {
    error = http::error::end_of_stream;
  } else {
    parts_->reader->put_eof(error);
  }
  if (!error) return HttpProgress::kDone;
  parts_->fault = {400, "the connection ended in the middle of the response"};
  return HttpProgress::kFailed;
}

bool HttpResponseParser::header_done() const { return parts_->reader->is_header_done(); }
bool HttpResponseParser::keep_alive() const { return parts_->reader->keep_alive(); }
int HttpResponseParser::status() const { return parts_->reader->status; }
std::vector<HttpHeader>& HttpResponseParser::headers() { return parts_->headers; }
std::string& HttpResponseParser::body() { return parts_->body; }
const HttpFault& HttpResponseParser::fault() const { return parts_->fault; }

}  // namespace blox
