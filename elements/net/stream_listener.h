// What elements have in common that take lines, or frames with their length in front, from connections.
//
// Owns     the listening socket, all connections, and of each one the start of an unfinished line
// Threads  the element's task
// Bounds   `connections` of them, each with `max_line` bytes; what one call emits is about half a megabyte
// Errors   at open: "listen.in_use", "listen.failed"; in data: "line.too_long", "line.not_utf8", "frame.cut",
//          "listen.refused" (too many connections), "listen.idle"
// Order    of each connection kept; connections interleave
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "elements/support/framer.h"

namespace blox {

BLOX_ARG_ENUM(Framing, {"line", Framing::kLine}, {"length", Framing::kLength});

class StreamListener : public Element {
 public:
  ~StreamListener() override { close_all(); }

  std::optional<Schema> resolve(const Port& port, Types& types) override;
  Status open() override;
  Supply produce() override;
  Flow tick(Timer& timer) override;
  Status close(bool complete) override;

 protected:
  StreamListener(const char* address, const char* doc) : address_(this, address, doc) {}

  /// A socket that listens, non-blocking.
  virtual Result<int> listen() = 0;
  /// Where it listens, for people: with the port that the system chose.
  virtual std::string listens_at(int socket) const = 0;
  /// Who is at the other end.
  virtual std::string peer_of(int socket) const = 0;
  /// Behind the last connection.
  virtual void release() {}

  /// "cannot listen at ADDRESS: REASON", with the fix where the address is in use. Closes the socket.
  Status listen_failed(int error_number, int socket, std::string_view fix) const;

  PushOut out_{this, "out", "", "what arrives, from whom, and the number of the connection, counted from 1"};

  Arg<std::string> address_;
  Arg<Framing> framing_{this, "framing", "a record a line, or a record with its length (4 bytes, big-endian) in front",
                        Default{Framing::kLine}};
  Arg<bool> binary_{this, "binary", "give `data: bytes` instead of `line: string`", Default{false}};
  Arg<Size> max_line_{this, "max_line", "bytes of the longest line or frame; longer ones go to `errors`",
                      Default{Size{64 << 10}}, Between{1, 1 << 30}};
  Arg<int64_t> connections_{this, "connections", "how many at once; further ones are refused", Default{int64_t{1000}},
                            Between{1, 100'000}};
  Arg<Duration> idle_{this, "idle", "a connection that is silent for so long is closed",
                      Default{Duration{600 * kSecond}}, AtLeast{1'000}};

 private:
  struct Connection {
    Connection(int opened, std::string who, size_t longest, Framing framing)
        : socket(opened), peer(std::move(who)), framer(framing, longest) {}
    int socket;
    std::string peer;
    Framer framer;
    int64_t heard = 0;  // steady_ns
  };

  void accept_some();
  void receive(int64_t number);
  void add(int64_t number, const Connection& connection, const Frame& frame);
  void drop(int64_t number);
  void close_all();

  Timer idle_timer_{this, "idle"};
  Handler<std::string> at_{this, "address", "where it listens", [this] { return where_; }};
  Handler<int64_t> open_{this, "connections", "open connections",
                         [this] { return static_cast<int64_t>(open_connections_.size()); }};

  std::string where_;
  int epoll_ = -1;
  int listener_ = -1;
  int64_t last_number_ = 0;
  std::unordered_map<int64_t, Connection> open_connections_;
  std::string piece_;
  std::unique_ptr<LogBuilder> arrived_;  // empty between two calls
};

}  // namespace blox
