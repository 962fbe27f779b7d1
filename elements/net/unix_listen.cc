#include <errno.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "core/text/path_text.h"
#include "elements/net/stream_listener.h"

namespace blox {
namespace {

class UnixListen final : public StreamListener {
 public:
  static constexpr const char* kDoc = R"(
Takes lines from connections to a Unix socket, a record each.

The socket is a file: who may write to it may send, which by default is only its owner (`mode`). A socket that an
earlier run left behind is replaced, one that somebody listens to is not, and no other file either. It is removed
at the end. All else is as with `TcpListen`; `peer` is the process and the user at the other end.

Bounds   `connections` times `max_line` bytes; a call gives about half a megabyte
Order    of each connection kept; connections interleave
Cost     one copy of the text, one call of the system a piece of 64 KiB
Example  UnixListen(path = "/tmp/events.sock") -> Print;
)";
  static constexpr Traits kTraits{.deterministic = false};

  UnixListen() : StreamListener("path", "the socket") {}

  void check(Diagnostics& diagnostics) override {
    if (*mode_ == "0600" || *mode_ == "0660" || *mode_ == "0666") return;
    diagnostics.error("E0402", mode_.span(), "`mode` needs one of 0600, 0660, 0666, as a text");
  }

 protected:
  Result<int> listen() override {
    path_ = path_bytes(host().resolve_path(*address_));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.empty() || path_.size() >= sizeof address.sun_path) {
      return Status::user("listen.failed", fmt::format("cannot listen at {}: a socket's path has 1 to {} bytes",
                                                       *address_, sizeof address.sun_path - 1))
          .with_fix("choose a shorter path");
    }
    std::memcpy(address.sun_path, path_.data(), path_.size());
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    const std::string in_use = "choose another path, or end what listens there: ss -lxp | grep " + path_;

    struct stat status;
    if (lstat(path_.c_str(), &status) == 0) {
      if (!S_ISSOCK(status.st_mode)) {
        return Status::user("listen.failed", "cannot listen at " + *address_ + ": there is a file that is no socket")
            .with_fix("choose another path, or remove the file");
      }
      const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      const bool left_behind = connect(probe, generic, sizeof address) != 0 && errno == ECONNREFUSED;
      ::close(probe);
      if (!left_behind) return listen_failed(EADDRINUSE, -1, in_use);
      unlink(path_.c_str());
    }
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    // Nobody can connect before listen(), so the mode holds from the first connection on.
    const mode_t mode = *mode_ == "0600" ? 0600 : *mode_ == "0660" ? 0660 : 0666;
    if (socket >= 0 && bind(socket, generic, sizeof address) == 0 && chmod(path_.c_str(), mode) == 0 &&
        ::listen(socket, SOMAXCONN) == 0) {
      return socket;
    }
    return listen_failed(errno, socket, in_use);
  }

  std::string listens_at(int) const override { return *address_; }

  std::string peer_of(int socket) const override {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
    return fmt::format("process {}, user {}", peer.pid, peer.uid);
  }

  void release() override { unlink(path_.c_str()); }

 private:
  Arg<std::string> mode_{this, "mode", "who may send: 0600 the owner, 0660 the group, too, 0666 everybody",
                         Default{std::string("0600")}};

  std::string path_;
};

}  // namespace

BLOX_ELEMENT(UnixListen);

}  // namespace blox
