// However the bytes of a connection are cut into pieces, the same requests come out, each becomes a question of its
// type or is refused, and each gets one response, in order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/data/validate.h"
#include "core/net/http_connection.h"
#include "elements/net/http_question.h"

using namespace blox;

namespace {

const char* const kQuestion =
    "{word: string, limit: int?, tags: [string]?, at: time?, x: float?, good: bool?, more: any?}";

bool is_whole(const Log& log) {
  return std::all_of(log.columns().begin(), log.columns().end(),
                     [](const ColumnPtr& column) { return find_fault(*column) == nullptr; });
}

struct Seen {
  std::string requests;
  std::string responses;
  bool refused = false;
};

Seen serve(std::string_view stream, size_t piece, HttpQuestionReader& questions) {
  Seen out;
  HttpConnection connection({.header_bytes = 500, .body_bytes = 300}, 3, "fuzz");
  const auto turn = [&] {
    std::vector<uint64_t> open;
    while (true) {
      while (std::optional<HttpConnection::Next> next = connection.next()) {
        if (next->refused) {
          out.refused = true;
          continue;
        }
        const HttpRequest& request = next->request;
        BLOX_CHECK(request.body.size() <= 300, "a body that is too long");
        BLOX_CHECK(!request.target.empty() && request.header("nothing").empty(), "a request without a path");
        out.requests += request.method + " " + request.target + " " + request.body + "\n";
        std::variant<Log, HttpResponse> question = questions.read(request, 0);
        if (const Log* log = std::get_if<Log>(&question)) {
          BLOX_CHECK(log->rows() == 1 && is_whole(*log), "a question that is none");
          connection.answer(next->number, {.body = "[]"}, {});
        } else {
          const auto& refusal = std::get<HttpResponse>(question);
          BLOX_CHECK(refusal.status >= 400 && refusal.status < 500, "a refusal that is none");
          connection.answer(next->number, refusal, {});
        }
      }
      const std::string_view more = connection.to_send();
      if (more.empty()) break;
      out.responses += more;
      connection.sent(more.size());
    }
    BLOX_CHECK(connection.phase() != HttpConnection::Phase::kAnswering, "a request without an answer");
  };
  while (!stream.empty() && connection.reads()) {
    const std::span<char> room = connection.room();
    BLOX_CHECK(!room.empty(), "a connection that reads and has no room");
    const size_t count = std::min({piece, stream.size(), room.size()});
    std::copy_n(stream.data(), count, room.data());
    stream.remove_prefix(count);
    connection.received(count);
    turn();
  }
  connection.end();
  turn();
  BLOX_CHECK(connection.finished(), "a connection that has ended goes on");
  return out;
}

bool says_too_long(const Seen& seen) { return seen.responses.find("HTTP/1.1 431 ") != std::string::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  static HttpQuestionReader questions(Schema::from(*Type::parse(kQuestion)));
  const Seen whole = serve(stream, 1 << 20, questions);
  const Seen cut = serve(stream, size_t{1} + data[0], questions);
  if (says_too_long(whole) || says_too_long(cut)) {
    // What Beast has read of a header already it counts otherwise than what is still to come, so that one of about the
    // limit is taken or refused as the stream is cut. Up to there the requests are the same.
    const size_t both = std::min(whole.requests.size(), cut.requests.size());
    BLOX_CHECK(whole.requests.compare(0, both, cut.requests, 0, both) == 0,
               "the requests depend on how the stream is cut");
    return 0;
  }
  BLOX_CHECK(whole.refused == cut.refused, "whether a connection is refused depends on how the stream is cut");
  // Why it is refused may depend on what was seen first; so may whether a client is told to continue.
  if (!whole.refused && whole.responses.find("100 Continue") == cut.responses.find("100 Continue")) {
    BLOX_CHECK(whole.responses == cut.responses, "the responses depend on how the stream is cut");
  }
  BLOX_CHECK(whole.requests == cut.requests, "the requests depend on how the stream is cut");
  return 0;
}
