#include "core/net/metrics_server.h"

#include <doctest/doctest.h>

#include "tests/support/tcp_client.h"

using namespace blox;
using namespace blox::testing;

namespace {

void ask(const MetricsServer& server, const std::string& request, const std::string& answer) {
  CAPTURE(request);
  TcpClient client(server.address());
  client.say(request + " HTTP/1.1\r\nHost: x\r\n\r\n");
  client.hear(answer);
}

}  // namespace

TEST_CASE("a page is served while there is one, to those who read, at one path") {
  Result<std::unique_ptr<MetricsServer>> server = MetricsServer::start("127.0.0.1:0");
  REQUIRE(server.is_ok());
  ask(**server, "GET /metrics", "503 Service Unavailable");
  (*server)->serve([] { return std::string("blox_up 1\n"); });
  ask(**server, "GET /metrics", "\r\n\r\nblox_up 1\n");
  ask(**server, "GET /", "404 Not Found");
  ask(**server, "POST /metrics", "Allow: GET, HEAD");
  (*server)->leave();
  ask(**server, "GET /metrics", "no topology runs");
}
