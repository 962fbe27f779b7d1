#include "core/net/address.h"
#include "elements/net/arguments.h"
#include "elements/net/stream_listener.h"

namespace blox {
namespace {

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

  void check(Diagnostics& diagnostics) override { check_address(address_, 5140, diagnostics); }

 protected:
  Result<int> listen() override { return listen_tcp(*address_); }
  std::string listens_at(int socket) const override { return local_address(socket); }
  std::string peer_of(int socket) const override { return peer_address(socket); }
};

}  // namespace

BLOX_ELEMENT(TcpListen);

}  // namespace blox
