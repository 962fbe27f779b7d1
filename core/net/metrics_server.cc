#include "core/net/metrics_server.h"

#include <utility>

#include "core/net/http_server.h"

namespace blox {

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& address, Page page) {
  std::unique_ptr<MetricsServer> made(new MetricsServer);
  made->page_ = std::move(page);
  HttpServerOptions options;
  options.address = address;
  options.connections = 64;
  options.body_bytes = 4'096;
  BLOX_ASSIGN(made->server_, HttpServer::start(
                                 options,
                                 [server = made.get()](const HttpRequest& request, HttpReply reply) {
                                   reply.send(server->answer(request));
                                 },
                                 made->clock_));
  return made;
}

MetricsServer::~MetricsServer() = default;

const std::string& MetricsServer::address() const { return server_->address(); }

void MetricsServer::serve(Page page) {
  const std::lock_guard lock(mutex_);
  page_ = std::move(page);
}

void MetricsServer::leave() { serve(nullptr); }

HttpResponse MetricsServer::answer(const HttpRequest& request) {
  if (request.path() != "/metrics") return http_error(404, "there is /metrics, nothing else");
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse refused = http_error(405, "/metrics can only be read");
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  const std::lock_guard lock(mutex_);
  if (page_ == nullptr) return http_error(503, "no topology runs at the moment");
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = page_();
  return response;
}

}  // namespace blox
