#include "core/net/address.h"

#include <errno.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

namespace blox {
namespace {

std::string text_of(const sockaddr_storage& address, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "unknown";
  }
  const std::string name = address.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : host;
  return name + ":" + port;
}

Status cannot_listen(int error_number, std::string_view text, uint16_t port) {
  Status::Error error = Status::from_errno(error_number, "listen at", text).error();
  error.code = error_number == EADDRINUSE ? "listen.in_use" : "listen.failed";
  if (error_number == EADDRINUSE) {
    error.fix =
        fmt::format("choose another port, or end what listens there: ss -ltnp 'sport = :{}'", static_cast<int>(port));
  }
  return Status(std::move(error));
}

}  // namespace

std::optional<NetAddress> NetAddress::parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  NetAddress out;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  out.host = host;
  return out;
}

std::string NetAddress::to_string() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

Result<int> listen_tcp(std::string_view text) {
  const std::optional<NetAddress> address = NetAddress::parse(text);
  if (!address) {
    return Status::user("listen.failed", fmt::format("`{}` is no host and port", text))
        .with_fix("such as 127.0.0.1:8080, [::1]:8080, or :8080 for all addresses");
  }
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  const std::string port = std::to_string(address->port);
  if (const int error =
          getaddrinfo(address->host.empty() ? nullptr : address->host.c_str(), port.c_str(), &hints, &found);
      error != 0) {
    return Status::user("listen.failed", fmt::format("cannot listen at {}: {}", text, gai_strerror(error)))
        .with_fix("give a name or an address of this machine");
  }
  const int socket = ::socket(found->ai_family, found->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, found->ai_protocol);
  const int on = 1;
  const bool listening = socket >= 0 && setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                         bind(socket, found->ai_addr, found->ai_addrlen) == 0 && ::listen(socket, SOMAXCONN) == 0;
  const int error_number = errno;
  freeaddrinfo(found);
  if (listening) return socket;
  if (socket >= 0) ::close(socket);
  return cannot_listen(error_number, text, address->port);
}

std::string local_address(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
  return text_of(address, size);
}

std::string peer_address(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
  return text_of(address, size);
}

uint16_t local_port(int socket) {
  const std::optional<NetAddress> address = NetAddress::parse(local_address(socket));
  return address ? address->port : uint16_t{0};
}

}  // namespace blox
