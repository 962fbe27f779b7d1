// One connection of an HTTP server without its socket: bytes in, requests out; responses in, bytes out.
//
// Owns     the buffer, the request under way, and responses not yet sent
// Threads  one user
// Bounds   a buffer of `header_bytes`, one request under way, `pipelined` requests that are not answered; responses not
//          sent yet: as many, and of a long one a piece
// Order    responses leave in the order of their requests
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/net/http_parser.h"

namespace blox {

class HttpConnection {
 public:
  HttpConnection(HttpLimits limits, size_t pipelined, std::string peer);

  // ---- what comes in ----
  /// Whether more may be read into room().
  bool reads() const { return !stopped_ && !ended_ && (closing_ || (slots_.size() < pipelined_ && !room_taken())); }
  std::span<char> room();
  void received(size_t count);
  /// The client says nothing further.
  void end();
  /// The next request in the buffer, if it is whole. Call until there is none.
  struct Next {
    bool refused = false;  ///< no request, or one too large: answered already
    HttpRequest request;
    uint64_t number = 0;  ///< for answer()
  };
  std::optional<Next> next();
  /// Whether next() may find something without more being read.
  bool reads_buffered() const { return !starved_ && !closing_ && slots_.size() < pipelined_; }
  /// The request under way took too long: 408.
  void too_slow();
  void stop_reading();

  // ---- what goes out ----
  void answer(uint64_t number, HttpResponse response, std::string_view date);
  /// Bytes to be sent now; then sent(). Valid until the next call.
  std::string_view to_send();
  void sent(size_t count);
  /// A body could not be read to its end: nothing more can be said truly.
  bool broken() const { return broken_; }

  // ---- where it stands ----
  enum class Phase : uint8_t { kIdle, kReceiving, kAnswering, kSending, kClosing };
  Phase phase() const;
  bool idle() const { return phase() == Phase::kIdle; }
  /// All is said that will be: half of the connection is to be shut, and what still comes thrown away.
  bool wants_shutdown() const { return all_said() && !shut_; }
  void shut_down() { shut_ = true; }
  /// Nothing comes, and nothing is to be said.
  bool finished() const { return all_said() && ended_; }
  Phase phase_seen = Phase::kIdle;  ///< for whoever keeps its deadlines

 private:
  struct Slot {
    bool head = false;   // the client asked for no body
    bool close = false;  // the last response of this connection
    bool http10 = false;
    bool answered = false;
    std::string text;  // head, and a body in memory
    std::shared_ptr<HttpContent> content;
  };
  bool room_taken() const { return buffered_ == buffer_size_; }
  bool all_said() const { return closing_ && slots_.empty() && out_.empty() && content_ == nullptr; }
  void refuse(int status, std::string_view text);
  void compose(Slot& slot, HttpResponse response, std::string_view date) const;
  void gather();

  const HttpLimits limits_;
  const size_t pipelined_;
  const std::string peer_;

  std::unique_ptr<char[]> buffer_;
  size_t buffer_size_;
  size_t buffered_ = 0;  // bytes at the front of the buffer that are not yet consumed
  HttpRequestParser parser_;
  bool continued_ = false;
  bool starved_ = true;   // next() has found all that there is
  bool ended_ = false;    // the client has shut its half
  bool closing_ = false;  // reads no request further
  bool stopped_ = false;
  bool broken_ = false;
  bool shut_ = false;

  std::deque<Slot> slots_;
  uint64_t first_slot_ = 0;
  std::string out_;
  size_t out_sent_ = 0;
  std::shared_ptr<HttpContent> content_;  // follows out_
  uint64_t content_at_ = 0;
};

}  // namespace blox
