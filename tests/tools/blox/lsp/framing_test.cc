#include "tools/blox/lsp/framing.h"

#include <doctest/doctest.h>

namespace blox::tools::lsp {
namespace {

// "[body]" for a message, "large", "garbage".
std::string read_all(Framing& framing) {
  std::string out;
  while (const std::optional<Frame> frame = framing.next()) {
    if (frame->kind == Frame::Kind::kMessage) out += "[" + frame->body + "]";
    if (frame->kind == Frame::Kind::kTooLarge) out += "large ";
    if (frame->kind == Frame::Kind::kGarbage) out += "garbage ";
  }
  return out;
}

std::string cut(const std::string& bytes) {
  Framing framing;
  framing.feed(bytes);
  return read_all(framing);
}

TEST_CASE("messages are cut wherever the bytes are torn") {
  const std::string bytes = framed("{}") + "content-LENGTH:3\r\nContent-Type: x; charset=utf-8\r\n\r\nabc" + framed("");
  CHECK(cut(bytes) == "[{}][abc][]");
  for (size_t torn = 0; torn <= bytes.size(); ++torn) {
    Framing framing;
    framing.feed(bytes.substr(0, torn));
    std::string out = read_all(framing);
    framing.feed(bytes.substr(torn));
    out += read_all(framing);
    CHECK(out == "[{}][abc][]");
  }
}

TEST_CASE("half a message is waited for") {
  CHECK(cut("Content-Length: 5\r\n\r\nabcd") == "");
  CHECK(cut("Content-Len") == "");
}

TEST_CASE("garbage is reported once and passed over up to the next header") {
  CHECK(cut("hello\r\n\r\nworld\r\n\r\n" + framed("{}")) == "garbage [{}]");
  CHECK(cut("Content-Length: x\r\n\r\n" + framed("{}")) == "garbage [{}]");
  CHECK(cut("Content-Length: -1\r\n\r\n" + framed("{}")) == "garbage [{}]");
  CHECK(cut("Content-Type: x\r\n\r\n" + framed("{}")) == "garbage [{}]");
  CHECK(cut("Content-Length: 99999999999999999999\r\n\r\n" + framed("{}")) == "garbage [{}]");
  CHECK(cut(std::string(20'000, 'x')) == "garbage ");
  CHECK(cut(std::string(20'000, 'x') + framed("{}")) == "garbage [{}]");
}

TEST_CASE("a body too large is passed over without being kept") {
  Framing framing;
  framing.feed("Content-Length: " + std::to_string(Framing::kMaxBody + 1) + "\r\n\r\n");
  CHECK(read_all(framing) == "large ");
  const std::string block(1 << 20, 'x');
  for (size_t fed = 0; fed < Framing::kMaxBody; fed += block.size()) framing.feed(block);
  CHECK(read_all(framing) == "");
  framing.feed("x" + framed("{}"));
  CHECK(read_all(framing) == "[{}]");
}

}  // namespace
}  // namespace blox::tools::lsp
