#include "elements/net/stream_listener.h"

#include <errno.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/data/utf8.h"

namespace blox {
namespace {

constexpr size_t kPiece = 64 << 10;
constexpr size_t kBytesPerCall = 512 << 10;
constexpr int kEvents = 64;
constexpr uint64_t kListener = 0;  // connections count from 1

}  // namespace

std::optional<Schema> StreamListener::resolve(const Port& port, Types& types) {
  if (&port != &out_) return Element::resolve(port, types);
  return Schema({*binary_ ? Field{"data", Kind::kBytes} : Field{"line", Kind::kString},
                 {"peer", Kind::kString},
                 {"connection", Kind::kInt}});
}

Status StreamListener::open() {
  BLOX_ASSIGN(listener_, listen());
  where_ = listens_at(listener_);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{EPOLLIN, {.u64 = kListener}};
  if (epoll_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) {
    return Status::from_errno(errno, "watch", where_);
  }
  arrived_ = std::make_unique<LogBuilder>(out_.schema());
  note("listens at " + where_);
  return Status::ok();
}

Status StreamListener::listen_failed(int error_number, int socket, std::string_view fix) const {
  if (socket >= 0) ::close(socket);
  Status::Error error = Status::from_errno(error_number, "listen at", *address_).error();
  error.code = error_number == EADDRINUSE ? "listen.in_use" : "listen.failed";
  const Status status(std::move(error));
  return error_number == EADDRINUSE ? status.with_fix(fix) : status;
}

Supply StreamListener::produce() {
  std::array<epoll_event, kEvents> events;
  const int ready = epoll_wait(epoll_, events.data(), kEvents, 0);
  // What is not looked at now is ready still: the next call finds it.
  for (int i = 0; i < ready && arrived_->bytes() < kBytesPerCall; ++i) {
    if (events[i].data.u64 == kListener) {
      accept_some();
    } else {
      receive(static_cast<int64_t>(events[i].data.u64));
    }
  }
  if (!arrived_->empty()) out_.emit(arrived_->finish(clock().wall()));
  return out_.wanted() ? Supply::readable(epoll_) : Supply::end();
}

void StreamListener::accept_some() {
  for (int i = 0; i < kEvents; ++i) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      // Without a descriptor left the caller cannot even be refused: it waits until some connection ends.
      if (errno == EMFILE || errno == ENFILE) reject_input("out", "listen.refused", "no descriptor is left", where_);
      return;
    }
    std::string peer = peer_of(socket);
    if (static_cast<int64_t>(open_connections_.size()) >= *connections_) {
      ::close(socket);
      reject_input("out", "listen.refused",
                   fmt::format("{}: there are {} connections already", peer, open_connections_.size()), peer);
      continue;
    }
    const int64_t number = ++last_number_;
    epoll_event event{EPOLLIN | EPOLLRDHUP, {.u64 = static_cast<uint64_t>(number)}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) {
      ::close(socket);
      continue;
    }
    Connection connection(socket, std::move(peer), static_cast<size_t>(max_line_->bytes), *framing_);
    connection.heard = clock().steady_ns();
    if (open_connections_.empty()) idle_timer_.set(connection.heard + idle_->micros * 1'000);
    open_connections_.emplace(number, std::move(connection));
  }
}

void StreamListener::receive(int64_t number) {
  const auto found = open_connections_.find(number);
  if (found == open_connections_.end()) return;
  Connection& connection = found->second;
  piece_.resize(kPiece);
  const ssize_t got = recv(connection.socket, piece_.data(), piece_.size(), 0);
  const auto take = [&](const Frame& frame) { add(number, connection, frame); };
  if (got > 0) {
    connection.heard = clock().steady_ns();
    return connection.framer.cut({piece_.data(), static_cast<size_t>(got)}, take);
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  connection.framer.end(take);
  drop(number);
}

void StreamListener::add(int64_t number, const Connection& connection, const Frame& frame) {
  const auto refuse = [&](std::string_view code, std::string_view text) {
    reject_input("out", code, fmt::format("{}, byte {}: {}", connection.peer, frame.offset, text), frame.bytes);
  };
  if (frame.fault == Frame::Fault::kTooLong) {
    return refuse("line.too_long", fmt::format("it is longer than max_line = {}", max_line_->bytes));
  }
  if (frame.fault == Frame::Fault::kCut) return refuse("frame.cut", "the connection ended inside a frame");
  if (!*binary_ && !is_utf8(frame.bytes)) return refuse("line.not_utf8", "it is no UTF-8");
  arrived_->column(0).append_string(frame.bytes);
  arrived_->column(1).append_string(connection.peer);
  arrived_->column(2).append_int(number);
  arrived_->end_row();
}

Flow StreamListener::tick(Timer&) {
  const int64_t now = clock().steady_ns(), longest = idle_->micros * 1'000;
  int64_t next = INT64_MAX;
  std::vector<int64_t> silent;
  for (const auto& [number, connection] : open_connections_) {
    if (connection.heard + longest <= now) {
      silent.push_back(number);
    } else {
      next = std::min(next, connection.heard + longest);
    }
  }
  std::sort(silent.begin(), silent.end());
  for (const int64_t number : silent) {
    const Connection& connection = open_connections_.at(number);
    reject_input("out", "listen.idle", fmt::format("{}: silent for too long", connection.peer), connection.peer);
    drop(number);
  }
  if (next != INT64_MAX) idle_timer_.set(next);
  return Flow::kNext;
}

void StreamListener::drop(int64_t number) {
  const auto found = open_connections_.find(number);
  ::close(found->second.socket);
  open_connections_.erase(found);
  if (open_connections_.empty()) idle_timer_.cancel();
}

Status StreamListener::close(bool) {
  if (listener_ >= 0) release();
  close_all();
  return Status::ok();
}

void StreamListener::close_all() {
  for (const auto& [number, connection] : open_connections_) ::close(connection.socket);
  open_connections_.clear();
  for (int* const descriptor : {&listener_, &epoll_}) {
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = -1;
  }
}

}  // namespace blox
