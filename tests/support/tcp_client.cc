#include "tests/support/tcp_client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <utility>

namespace blox::testing {

TcpClient::TcpClient(std::string_view address) {
  if (address.front() == '/') {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    REQUIRE(address.size() < sizeof to.sun_path);
    std::memcpy(to.sun_path, address.data(), address.size());
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    return;
  }
  const size_t colon = address.rfind(':');
  uint16_t port = 0;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
}

bool TcpClient::say(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool TcpClient::is_closed() const {
  pollfd one{socket_, POLLIN, 0};
  REQUIRE(poll(&one, 1, 10'000) == 1);
  char byte;
  return recv(socket_, &byte, 1, MSG_PEEK) <= 0;
}

void TcpClient::end_saying() const { shutdown(socket_, SHUT_WR); }

void TcpClient::end() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool TcpClient::hear_more() {
  pollfd one{socket_, POLLIN, 0};
  REQUIRE_MESSAGE(poll(&one, 1, 10'000) == 1, "nothing came behind: " << heard_);
  char piece[16 << 10];
  const ssize_t got = recv(socket_, piece, sizeof piece, 0);
  if (got > 0) heard_.append(piece, static_cast<size_t>(got));
  return got > 0;
}

std::string TcpClient::hear(std::string_view text) {
  while (heard_.find(text) == std::string::npos) {
    if (!hear_more()) return std::exchange(heard_, {});
  }
  const size_t end = heard_.find(text) + text.size();
  std::string out = heard_.substr(0, end);
  heard_.erase(0, end);
  return out;
}

std::string TcpClient::hear_all() {
  while (hear_more()) {
  }
  return std::exchange(heard_, {});
}

std::string serve_some(int listener, std::string_view response) {
  pollfd one{listener, POLLIN, 0};
  REQUIRE(poll(&one, 1, 10'000) == 1);
  const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(socket >= 0);
  char request[4096];
  const ssize_t got = recv(socket, request, sizeof request, 0);
  REQUIRE(got > 0);
  while (!response.empty()) {
    const ssize_t sent = send(socket, response.data(), response.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    response.remove_prefix(static_cast<size_t>(sent));
  }
  ::close(socket);
  const std::string_view head(request, static_cast<size_t>(got));
  const size_t range = head.find("Range: ");
  if (range == std::string_view::npos) return {};
  return std::string(head.substr(range + 7, head.find('\r', range) - range - 7)) + " ";
}

void serve_once(int listener, std::string_view response) {
  serve_some(listener, response);
  ::close(listener);
}

std::string http_exchange(std::string_view address, std::string_view request) {
  TcpClient client(address);
  client.say(request);
  return client.hear_all();
}

std::string http_get(std::string_view address, std::string_view target) {
  return http_exchange(address, "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
}

std::string http_post(std::string_view address, std::string_view target, std::string_view body) {
  return http_exchange(address, "POST " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                                    "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                                    "\r\n\r\n" + std::string(body));
}

std::string http_body(std::string_view response) {
  const size_t head = response.find("\r\n\r\n");
  return head == std::string_view::npos ? std::string() : std::string(response.substr(head + 4));
}

}  // namespace blox::testing
