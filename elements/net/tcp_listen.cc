#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <utility>

#include "elements/net/stream_listener.h"

namespace blox {
namespace {

// "HOST:PORT", "[V6]:PORT" or ":PORT".
std::optional<std::pair<std::string, std::string>> parts_of(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  return std::pair(std::string(host), std::string(port));
}

std::string text_of(const sockaddr_storage& address, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "unknown";
  }
  const std::string name = address.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : host;
  return name + ":" + port;
}

class TcpListen final : public StreamListener {
 public:
  static constexpr const char* kDoc = R"(
Takes lines from TCP connections, a record each.

`address` is host and port (`127.0.0.1:5140`, `[::1]:5140`, `:5140` for all of the machine's addresses); port 0 lets the
system choose one, which the handler `address` tells. With `framing = length` a record is what follows its length, four
bytes, big-endian. Nothing is sent back. It listens until the topology is stopped.

A line that is no UTF-8 or too long goes to `errors` with its sender, and so does a caller beyond `connections` and one that
is silent for longer than `idle`. While nobody takes its records it reads nothing, so the senders wait. There is no
encryption and no password: whoever can reach the port can send.

Bounds   `connections` times `max_line` bytes; a call gives about half a megabyte
Order    of each connection kept; connections interleave
Cost     one copy of the text, one call of the system a piece of 64 KiB
Example  TcpListen(address = "127.0.0.1:5140") -> ParseJson(schema = {user: string, id: int}) -> Print;
)";
  static constexpr Traits kTraits{.deterministic = false};

  TcpListen() : StreamListener("address", "where to listen: host:port") {}

  void check(Diagnostics& diagnostics) override {
    if (!address_.given() || parts_of(*address_)) return;
    diagnostics.add({Severity::kError,
                     "E0402",
                     address_.span(),
                     "`address` needs a host and a port",
                     {},
                     "address = \"127.0.0.1:5140\", \"[::1]:5140\", or \":5140\" for all addresses"});
  }

 protected:
  Result<int> listen() override {
    const auto [host, port] = *parts_of(*address_);
    addrinfo hints{}, *found = nullptr;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    if (const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
        error != 0) {
      return Status::user("listen.failed", "cannot listen at " + *address_ + ": " + gai_strerror(error))
          .with_fix("give `address` a name or an address of this machine");
    }
    const int socket =
        ::socket(found->ai_family, found->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, found->ai_protocol);
    const int on = 1;
    const bool listening = socket >= 0 && setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                           bind(socket, found->ai_addr, found->ai_addrlen) == 0 && ::listen(socket, SOMAXCONN) == 0;
    const int error_number = errno;
    freeaddrinfo(found);
    if (listening) return socket;
    return listen_failed(error_number, socket,
                         "choose another port, or end what listens there: ss -ltnp 'sport = :" + port + "'");
  }

  std::string listens_at(int socket) const override {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return text_of(address, size);
  }

  std::string peer_of(int socket) const override {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
    return text_of(address, size);
  }
};

}  // namespace

BLOX_ELEMENT(TcpListen);

}  // namespace blox
