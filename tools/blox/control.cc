#include "tools/blox/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "tools/blox/console.h"

namespace blox::tools {
namespace {

constexpr Micros kPatience = 10 * kSecond;

volatile std::sig_atomic_t ctrl_c = 0;

}  // namespace

CtrlC::CtrlC() {
  ctrl_c = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { ctrl_c = ctrl_c + 1; };  // without SA_RESTART: it wakes whoever waits
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

CtrlC::~CtrlC() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

int CtrlC::presses() { return ctrl_c; }

Result<ControlClient> ControlClient::connect(const std::string& path) {
  Result<std::unique_ptr<PostClient>> post = connect_post(path, protocol::kMostReply);
  if (!post) {
    return post.status().with_fix("start the run with `blox run --control " + path + " …`");
  }
  return ControlClient(*std::move(post), path);
}

Result<uint64_t> ControlClient::begin(protocol::Body question) {
  const uint64_t id = ++last_id_;
  BLOX_TRY(post_->send(protocol::encode({id, kPatience, std::move(question)})));
  return id;
}

Result<Heard> ControlClient::hear(uint64_t id, Micros most, int heeded) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + most * 1'000;
  while (true) {
    std::string frame;
    const Micros left = std::max<int64_t>(0, until - clock.steady_ns()) / 1'000;
    BLOX_ASSIGN(const bool got, post_->receive(frame, left));
    if (CtrlC::presses() > heeded) return Heard{{}, true};
    if (!got && clock.steady_ns() >= until) return Heard{};
    if (!got) continue;
    uint64_t of = 0;
    BLOX_ASSIGN(protocol::Message message, protocol::decode(frame, &of));
    if (message.id != id && message.id != 0) continue;  // about a question that nobody waits for any more
    if (const auto* error = std::get_if<protocol::ErrorReply>(&message.body)) return error->status();
    return Heard{std::move(message), false};
  }
}

Result<protocol::Body> ControlClient::ask(protocol::Body question) {
  BLOX_ASSIGN(const uint64_t id, begin(std::move(question)));
  BLOX_ASSIGN(Heard heard, hear(id, kPatience + kSecond));
  if (!heard.message) return Status::outside("control.deadline", "no answer came in time").at(path_);
  return std::move(heard.message->body);
}

void ControlWords::add_to(Options& options) {
  options.value("control,c", "SOCKET", "the run: what its `--control` says", &socket);
}

}  // namespace blox::tools
