#include "core/net/http_connection.h"

#include <charconv>
#include <cstring>

namespace blox {
namespace {

constexpr size_t kPiece = 64 << 10;      // of a body that is read while it is sent
constexpr size_t kGathered = 256 << 10;  // bytes of small responses sent together
constexpr size_t kKept = 64 << 10;       // capacity that an idle connection keeps

void append_number(std::string& out, uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

HttpConnection::HttpConnection(HttpLimits limits, size_t pipelined, std::string peer)
    : limits_(limits), pipelined_(pipelined), peer_(std::move(peer)), buffer_size_(limits.header_bytes + 512) {
  buffer_ = std::make_unique<char[]>(buffer_size_);
  parser_.begin(limits_);
}

std::span<char> HttpConnection::room() {
  if (closing_) buffered_ = 0;  // nobody will look at it
  return {buffer_.get() + buffered_, buffer_size_ - buffered_};
}

void HttpConnection::received(size_t count) {
  if (closing_) return;  // thrown away
  buffered_ += count;
  starved_ = false;
}

void HttpConnection::end() {
  ended_ = true;
  starved_ = false;
}

void HttpConnection::stop_reading() {
  stopped_ = true;
  closing_ = true;
  if (!slots_.empty()) slots_.back().close = true;
}

std::optional<HttpConnection::Next> HttpConnection::next() {
  if (closing_ || slots_.size() >= pipelined_) return std::nullopt;
  std::string_view in(buffer_.get(), buffered_);
  const HttpProgress progress = parser_.take(in);
  if (!in.empty() && in.size() < buffered_) std::memmove(buffer_.get(), in.data(), in.size());
  buffered_ = in.size();
  switch (progress) {
    case HttpProgress::kMore:
      starved_ = true;
      if (ended_) {
        if (parser_.begun()) {
          refuse(400, "the request ends in the middle");
          return Next{true, {}, 0};
        }
        closing_ = true;
        if (!slots_.empty()) slots_.back().close = true;
      } else if (room_taken()) {
        refuse(parser_.header_done() ? 400 : 431, "a line of the request is too long");
        return Next{true, {}, 0};
      } else if (parser_.begun() && parser_.header_done() && parser_.expects_continue() && !continued_ &&
                 slots_.empty() && out_.empty()) {
        continued_ = true;
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
      }
      return std::nullopt;
    case HttpProgress::kFailed: refuse(parser_.fault().status, parser_.fault().text); return Next{true, {}, 0};
    case HttpProgress::kDone: break;
  }
  Slot& slot = slots_.emplace_back();
  Next out{false, std::move(parser_.request()), first_slot_ + slots_.size() - 1};
  out.request.peer = peer_;
  slot.head = out.request.method == "HEAD";
  slot.close = !parser_.keep_alive();
  slot.http10 = !parser_.is_http11();
  closing_ = slot.close;
  parser_.begin(limits_);
  continued_ = false;
  return out;
}

void HttpConnection::refuse(int status, std::string_view text) {
  Slot& slot = slots_.emplace_back();
  slot.close = true;
  closing_ = true;
  buffered_ = 0;
  compose(slot, http_error(status, text), {});
}

void HttpConnection::too_slow() {
  if (!closing_) refuse(408, "the request did not come in time");
}

void HttpConnection::answer(uint64_t number, HttpResponse response, std::string_view date) {
  if (number < first_slot_ || number - first_slot_ >= slots_.size()) return;
  compose(slots_[number - first_slot_], std::move(response), date);
}

void HttpConnection::compose(Slot& slot, HttpResponse response, std::string_view date) const {
  slot.answered = true;
  const uint64_t length = response.content != nullptr ? response.content->size() : response.body.size();
  std::string& out = slot.text;
  out.reserve(256 + (slot.head ? 0 : response.body.size()));
  out += "HTTP/1.1 ";
  append_number(out, static_cast<uint64_t>(response.status));
  out += ' ';
  out += http_reason(response.status);
  out += "\r\n";
  if (!date.empty()) {
    out += "Date: ";
    out += date;
    out += "\r\n";
  }
  if (!response.content_type.empty()) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\n";
  }
  if (response.status != 204 && response.status != 304) {
    out += "Content-Length: ";
    append_number(out, length);
    out += "\r\n";
  }
  for (const HttpHeader& header : response.headers) {
    out += header.name;
    out += ": ";
    out += header.value;
    out += "\r\n";
  }
  if (slot.close) {
    out += "Connection: close\r\n";
  } else if (slot.http10) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (slot.head || response.status == 204 || response.status == 304) return;
  if (response.content != nullptr) {
    slot.content = std::move(response.content);
  } else {
    out += response.body;
  }
}

// Moves what is answered, in order, to where it is sent from.
void HttpConnection::gather() {
  while (content_ == nullptr && !slots_.empty() && slots_.front().answered && out_.size() < kGathered) {
    Slot& slot = slots_.front();
    if (out_.empty()) {
      out_.swap(slot.text);
    } else {
      out_ += slot.text;
    }
    content_ = std::move(slot.content);
    content_at_ = 0;
    slots_.pop_front();
    ++first_slot_;
  }
}

std::string_view HttpConnection::to_send() {
  if (out_.empty() && content_ != nullptr) {
    const uint64_t left = content_->size() - content_at_;
    if (left == 0) {
      content_ = nullptr;
    } else {
      out_.resize(static_cast<size_t>(std::min<uint64_t>(left, kPiece)));
      const Result<size_t> got = content_->read(out_.data(), out_.size(), content_at_);
      broken_ = !got.is_ok() || *got == 0 || *got > out_.size();
      out_.resize(broken_ ? 0 : *got);
      content_at_ += out_.size();
      return out_;
    }
  }
  gather();
  return std::string_view(out_).substr(out_sent_);
}

void HttpConnection::sent(size_t count) {
  out_sent_ += count;
  if (out_sent_ < out_.size()) return;
  out_sent_ = 0;
  out_.clear();
  if (out_.capacity() > kKept) out_ = {};
}

HttpConnection::Phase HttpConnection::phase() const {
  if (!out_.empty() || content_ != nullptr || (!slots_.empty() && slots_.front().answered)) return Phase::kSending;
  if (!slots_.empty()) return Phase::kAnswering;
  if (closing_) return Phase::kClosing;
  return parser_.begun() || buffered_ > 0 ? Phase::kReceiving : Phase::kIdle;
}

}  // namespace blox
