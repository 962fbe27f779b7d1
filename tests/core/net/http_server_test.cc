#include "core/net/http_server.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "core/net/address.h"
#include "tests/support/tcp_client.h"

using namespace blox;
using namespace blox::testing;

namespace {

const SystemClock kClock;

// Says what was asked: "GET /path body".
HttpResponse echo(const HttpRequest& request) {
  HttpResponse out;
  out.content_type = "text/plain";
  out.body = request.method + " " + request.target + " " + request.body;
  return out;
}

std::unique_ptr<HttpServer> serve(HttpServerOptions options = {}, HttpServer::Handler handler = nullptr) {
  if (handler == nullptr) handler = [](HttpRequest request, HttpReply reply) { reply.send(echo(request)); };
  Result<std::unique_ptr<HttpServer>> server = HttpServer::start(std::move(options), std::move(handler), kClock);
  REQUIRE(server.is_ok());
  return *std::move(server);
}

std::string first_line(const std::string& response) { return response.substr(0, response.find("\r\n")); }

}  // namespace

TEST_CASE("answers, and keeps the connection for the next request") {
  const auto server = serve();
  TcpClient client(server->address());
  client.say("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string first = client.hear("GET /a?b=c ");
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\nDate: "));
  CHECK(first.find("Content-Type: text/plain\r\nContent-Length: 11\r\n\r\n") != std::string::npos);
  client.say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  client.hear("POST / abcde");
  client.say("GET /old HTTP/1.0\r\n\r\n");
  CHECK(client.hear_all().find("Connection: close\r\n\r\nGET /old ") != std::string::npos);
  CHECK(server->numbers().requests == 3);
}

TEST_CASE("answers pipelined requests in order, however late each answer comes") {
  std::mutex mutex;
  std::vector<std::pair<HttpRequest, HttpReply>> kept;
  std::promise<void> all;
  const auto server = serve({.pipelined = 3}, [&](HttpRequest request, HttpReply reply) {
    const std::lock_guard lock(mutex);
    kept.emplace_back(std::move(request), std::move(reply));
    if (kept.size() == 3) all.set_value();
  });
  TcpClient client(server->address());
  std::string many;
  for (int i = 0; i < 5; ++i) many += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  client.say(many);
  all.get_future().wait();
  {
    const std::lock_guard lock(mutex);
    CHECK(kept.size() == 3);  // the others wait for room
    for (int i = 2; i >= 0; --i) kept[i].second.send(echo(kept[i].first));
  }
  const std::string heard = client.hear("/2 ");
  CHECK(heard.find("/0 ") < heard.find("/1 "));
  CHECK(server->numbers().requests >= 3);
}

TEST_CASE("a reply that is dropped is an answer") {
  const auto server = serve({}, [](HttpRequest, HttpReply) {});
  CHECK(first_line(http_get(server->address(), "/")) == "HTTP/1.1 503 Service Unavailable");
}

TEST_CASE("HEAD gets the head alone") {
  const auto server = serve();
  const std::string response =
      http_exchange(server->address(), "HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(response.find("Content-Length: 8\r\n") != std::string::npos);
  CHECK(http_body(response).empty());
}

TEST_CASE("says 100 Continue to a client that waits for it") {
  const auto server = serve();
  TcpClient client(server->address());
  client.say("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  CHECK(client.hear("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("body");
  CHECK(client.hear("POST / body").starts_with("HTTP/1.1 200 OK"));
  TcpClient large(server->address());
  large.say("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 40000000\r\n\r\n");
  CHECK(first_line(large.hear_all()) == "HTTP/1.1 413 Content Too Large");
}

TEST_CASE("garbage, half a request and what is too large get a 4xx, and the server goes on") {
  const auto server = serve({.header_bytes = 1000, .body_bytes = 100, .receive = 20 * kMillisecond});
  struct Bad {
    const char* what;
    std::string bytes;
    const char* answer;
  };
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const Bad bad[] = {
      {"garbage", "\x16\x03\x01\x02\x00\x01\xfc\r\n\r\n", "400 Bad Request"},
      {"no path", "GET x HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400 Bad Request"},
      {"another version", "GET / HTTP/2.0\r\n\r\n", "505 HTTP Version Not Supported"},
      {"a broken length", head + "Content-Length: 1x\r\n\r\n", "400 Bad Request"},
      {"two lengths", head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "400 Bad Request"},
      {"a length and chunks", head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400 Bad Request"},
      {"a broken chunk", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400 Bad Request"},
      {"a long header", "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'x'),
       "431 Request Header Fields Too Large"},
      {"a long line", "GET /" + std::string(5000, 'x'), "431 Request Header Fields Too Large"},
      {"a long chunk line", head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'x'), "400 Bad Request"},
      {"a long body", head + "Content-Length: 101\r\n\r\n", "413 Content Too Large"},
      {"a long body in chunks", head + "Transfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'),
       "413 Content Too Large"},
      {"a slow request", head + "Content-Le", "408 Request Timeout"},
      {"a slow body", head + "Content-Length: 10\r\n\r\n123", "408 Request Timeout"},
  };
  for (const Bad& one : bad) {
    CAPTURE(one.what);
    TcpClient client(server->address());
    client.say(one.bytes);
    CHECK(first_line(client.hear_all()) == std::string("HTTP/1.1 ") + one.answer);
  }
  TcpClient half(server->address());
  half.say(head + "Content-Length: 10\r\n\r\n123");
  half.end_saying();
  CHECK(first_line(half.hear_all()) == "HTTP/1.1 400 Bad Request");
  CHECK(http_body(http_get(server->address(), "/")) == "GET / ");
  CHECK(server->numbers().refused == std::size(bad) + 1);
}

TEST_CASE("a client that says no more than it has to still hears the answer") {
  const auto server = serve();
  TcpClient client(server->address());
  client.say("\r\n\r\nGET http://x/full HTTP/1.1\r\nHost: x\r\n\r\n");
  client.end_saying();
  CHECK(http_body(client.hear_all()) == "GET /full ");
}

TEST_CASE("closes connections that are silent for too long") {
  const auto server = serve({.idle = 5 * kMillisecond});
  TcpClient client(server->address());
  CHECK(client.hear_all().empty());
}

TEST_CASE("beyond its connections the one that was idle longest makes room") {
  const auto server = serve({.connections = 2});
  TcpClient first(server->address()), second(server->address());
  for (TcpClient* client : {&first, &second}) {
    client->say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client->hear("GET / ");
  }
  TcpClient third(server->address());
  third.say("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(third.hear("GET /3 ").starts_with("HTTP/1.1 200"));
  CHECK(first.hear_all().empty());
  second.say("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  second.hear("GET /2 ");
}

TEST_CASE("sends bodies of any length in pieces, and breaks off where they break") {
  struct Letters final : HttpContent {
    explicit Letters(uint64_t until) : breaks(until) {}
    uint64_t size() const override { return 3'000'000; }
    Result<size_t> read(char* out, size_t room, uint64_t offset) override {
      if (offset >= breaks) return Status::outside("test", "the disk is gone");
      for (size_t i = 0; i < room; ++i) out[i] = static_cast<char>('a' + (offset + i) % 26);
      return room;
    }
    uint64_t breaks;
  };
  const auto server = serve({}, [](HttpRequest request, HttpReply reply) {
    HttpResponse response;
    response.content = std::make_shared<Letters>(request.target == "/broken" ? 100'000 : 4'000'000);
    reply.send(std::move(response));
  });
  const std::string whole = http_body(http_get(server->address(), "/"));
  REQUIRE(whole.size() == 3'000'000);
  bool right = true;
  for (size_t i = 0; i < whole.size(); ++i) right = right && whole[i] == static_cast<char>('a' + i % 26);
  CHECK(right);
  CHECK(http_body(http_get(server->address(), "/broken")).size() < 200'000);
}

TEST_CASE("a client that reads nothing is let go, and meanwhile costs the others nothing") {
  const auto server = serve({.send = 20 * kMillisecond}, [](HttpRequest request, HttpReply reply) {
    HttpResponse response = echo(request);
    if (request.target == "/much") response.body.assign(20 << 20, 'x');
    reply.send(std::move(response));
  });
  TcpClient deaf(server->address());
  deaf.say("GET /much HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(http_body(http_get(server->address(), "/")) == "GET / ");
  while (server->numbers().connections > 0) std::this_thread::yield();
  CHECK(deaf.hear_all().size() < (20 << 20));
}

TEST_CASE("an address in use is refused with a fix") {
  const auto server = serve();
  const auto again = HttpServer::start(
      {.address = server->address()}, [](HttpRequest, HttpReply) {}, kClock);
  REQUIRE(!again.is_ok());
  CHECK(again.status().error().code == "listen.in_use");
  CHECK(again.status().to_string().find("choose another port") != std::string::npos);
  CHECK(!HttpServer::start(
             {.address = "nowhere"}, [](HttpRequest, HttpReply) {}, kClock)
             .is_ok());
}

TEST_CASE("stopping answers what was read, within its time") {
  std::promise<HttpReply> asked;
  auto server = serve({}, [&](HttpRequest, HttpReply reply) { asked.set_value(std::move(reply)); });
  TcpClient client(server->address());
  client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  HttpReply reply = asked.get_future().get();
  std::thread stopper([&] { server->stop(60 * kSecond); });
  reply.send({.body = "last"});
  stopper.join();
  CHECK(http_body(client.hear_all()) == "last");
}

TEST_CASE("stopping does not wait for answers that never come, and late ones go nowhere") {
  std::promise<HttpReply> asked;
  auto server = serve({}, [&](HttpRequest, HttpReply reply) { asked.set_value(std::move(reply)); });
  TcpClient client(server->address());
  client.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  HttpReply reply = asked.get_future().get();
  server->stop(kMillisecond);
  CHECK(client.hear_all().empty());
  server.reset();
  reply.send({.body = "late"});
}

TEST_CASE("without a descriptor left callers wait, and are served once there is one") {
  const auto server = serve();
  TcpClient waiting(server->address());  // its end of the connection needs one, too
  rlimit before{}, none{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  waiting.say("GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.hear("GET /first ");
  std::vector<int> taken;
  none = before;
  none.rlim_cur = 64;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const int last = dup(0);
  for (int one = dup(0); one >= 0; one = dup(0)) taken.push_back(one);
  ::close(last);
  TcpClient caller(server->address());
  caller.say("GET /second HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.say("GET /third HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.hear("GET /third ");
  for (const int one : taken) ::close(one);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(caller.hear("GET /second ").starts_with("HTTP/1.1 200"));
}

TEST_CASE("reads addresses, and refuses what is none") {
  CHECK(NetAddress::parse("localhost:80")->to_string() == "localhost:80");
  CHECK(NetAddress::parse("[::1]:80")->to_string() == "[::1]:80");
  CHECK(NetAddress::parse(":80")->host.empty());
  for (const char* bad : {"", "80", "a", "a:", "a:b", "::1:80", "a:70000", "a:-1", "a:1 "}) {
    CAPTURE(bad);
    CHECK(!NetAddress::parse(bad));
  }
}
