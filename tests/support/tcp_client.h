// The other end of a connection, for tests: says bytes, and waits for what comes.
//
// Owns     its socket
// Threads  one user
// Errors   the test fails where nothing comes within ten seconds
#pragma once

#include <string>
#include <string_view>

namespace blox::testing {

class TcpClient {
 public:
  /// "127.0.0.1:PORT", or the path of a Unix socket.
  explicit TcpClient(std::string_view address);
  ~TcpClient() { end(); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  /// False where the other side does not take it any more.
  bool say(std::string_view bytes) const;
  /// Waits until the other side says something, or closes the connection; whether it did the latter.
  bool is_closed() const;
  /// Says nothing further, and still hears.
  void end_saying() const;
  void end();
  /// What comes until it holds `text` (all of it), or the connection ends.
  std::string hear(std::string_view text);
  /// All that comes until the other side has closed the connection.
  std::string hear_all();

 private:
  bool hear_more();
  int socket_ = -1;
  std::string heard_;
};

/// One request over a connection of its own: the response, head and body.
std::string http_exchange(std::string_view address, std::string_view request);
/// "GET /path HTTP/1.1" with the headers that it needs, to be closed after it.
std::string http_get(std::string_view address, std::string_view target);
/// The same with a body.
std::string http_post(std::string_view address, std::string_view target, std::string_view body);
/// Takes one connection, hears the head of a request, says this and closes the connection. Returns the request's
/// header Range, with a blank behind it.
std::string serve_some(int listener, std::string_view response);
/// The same once, and closes the listener.
void serve_once(int listener, std::string_view response);
/// Behind the empty line.
std::string http_body(std::string_view response);

}  // namespace blox::testing
