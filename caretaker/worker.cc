#include "caretaker/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "caretaker/control_desk.h"
#include "caretaker/output_file.h"
#include "caretaker/said_lines.h"
#include "caretaker/worker_part.h"
#include "caretaker/worker_step.h"
#include "core/base/descriptor.h"
#include "core/base/digest.h"
#include "core/protocol/message.h"
#include "core/queue/post.h"

namespace blox {

using namespace caretaker;
using namespace protocol;

namespace {

constexpr Micros kLookAtEnd = 20 * kMillisecond;  // for what is not yet acknowledged
constexpr Micros kLastWord = 100 * kMillisecond;  // for the last report to leave
constexpr uint64_t kAllWaves = INT64_MAX;
constexpr const char* kCaretaker = "caretaker";

class WorkerProcess {
 public:
  WorkerProcess(WorkerOptions options, std::unique_ptr<Wake> wake, std::unique_ptr<PostClient> post)
      : options_(std::move(options)),
        wake_(std::move(wake)),
        post_(std::move(post)),
        said_([this] { wake_->ring(); }),
        desk_(clock_, [this] { wake_->ring(); }),
        part_(options_, clock_, said_, [this] { wake_->ring(); }) {}

  ~WorkerProcess() { desk_.leave("the worker has ended"); }  // before the run goes

  int run() {
    while (!ended_) {
      obey();
      look_at_run();
      speak();
      if (!connected_) keep_output_short();
      if (ended_) break;
      const std::array<const PostEnd*, 1> ends{post_.get()};
      wait_post(ends, wake_->descriptor(), std::clamp<Micros>((due_ns() - clock_.steady_ns()) / 1'000 + 1, 0, kSecond));
      wake_->clear();
      listen();
    }
    last_word();
    const int code = failure_.is_ok() ? 0 : repeats() ? 1 : 3;
    // Stopped before its end; where its lease has done that, it is to be started again.
    if (code == 0 && standing_.aborted) return order_->phase == Phase::kStop ? 0 : 3;
    part_.note_end(code);
    if (code != 0) (void)write_all(STDERR_FILENO, "error: " + part_.secrets().hide(failure_.to_string()) + "\n");
    return code;
  }

 private:
  // ---- what comes ----

  void listen() {
    std::string frame;
    while (true) {
      const Result<bool> got = post_->receive(frame, 0);
      if (!got || !*got) return;
      uint64_t id = 0;
      Result<Message> message = decode(frame, &id);
      if (!message) continue;  // of another release, or broken: the next one may be better
      if (auto* order = std::get_if<WorkerOrder>(&message->body)) {
        if (order->worker == options_.life.worker && order->epoch == options_.life.epoch) take(std::move(*order));
      } else if (auto* blob = std::get_if<Blob>(&message->body)) {
        take(std::move(*blob));
      } else if (std::holds_alternative<Accepted>(message->body)) {
        said_.arrived(id);
      } else if (const auto* const error = std::get_if<ErrorReply>(&message->body)) {
        if (error->code == "caretaker.stranger") introduce();  // another caretaker, sooner than it was noticed
      } else {
        desk_.receive(kCaretaker, frame);  // of a user: the caretaker is the one asker that is known here
      }
    }
  }

  void take(WorkerOrder order) {
    if (order_.has_value()) order.phase = std::max(order.phase, order_->phase);
    order_ = std::move(order);
    standing_.outdated = standing_.bound && order_->part > runs_.part;
    if (standing_.bound && order_->part == runs_.part) runs_.placement = order_->placement;  // where it is as it was
    look_at_blobs();
    report_due_ = 0;  // so that the caretaker knows that it was heard
    if (standing_.open) join_others();
  }

  void take(Blob blob) {
    if (!order_.has_value() || sha256_hex(blob.bytes.data) != blob.hash) return;
    if (blob.hash == order_->bundle)
      bundle_ = std::move(blob);
    else if (blob.hash == order_->placement)
      placement_ = std::move(blob);
    look_at_blobs();
  }

  void look_at_blobs() {
    standing_.has_topology = bundle_.hash == order_->bundle && placement_.hash == order_->placement;
    fetch_due_ = 0;
  }

  // ---- what to do ----

  void obey() {
    if (!order_.has_value()) return;
    while (!ended_) {
      const bool late = order_->run_until != 0 && clock_.steady_ns() / 1'000 >= order_->run_until;
      const WorkerStep step = next_step(*order_, standing_, late);
      Status done;
      switch (step) {
        case WorkerStep::kWait: return;
        case WorkerStep::kFetch: fetch(); return;
        case WorkerStep::kBind: done = bind(); break;
        case WorkerStep::kOpen: done = open(); break;
        case WorkerStep::kGo:
          standing_.running = true;
          done = part_.go();
          break;
        case WorkerStep::kDrain:
          standing_.draining = true;
          part_.run()->stop(order_->drain);
          break;
        case WorkerStep::kUpdate: done = update(); break;
        case WorkerStep::kAbort:
          standing_.aborted = true;
          part_.run()->abort();
          return;
        case WorkerStep::kEnd:
          standing_.aborted = standing_.aborted || !standing_.over;
          ended_ = true;
          return;
      }
      report_due_ = 0;
      if (!done.is_ok()) fail(done);
    }
  }

  /// Whether another start would end in the same failure.
  bool repeats() const { return !failure_.is_ok() && failure_.error().fault == Fault::kUser; }

  void fail(const Status& status) {
    failure_ = status;
    standing_.over = standing_.settled = true;
  }

  void fetch() {
    const int64_t now = clock_.steady_ns();
    if (now < fetch_due_ || !connected_) return;
    fetch_due_ = now + kSecond * 1'000;
    if (bundle_.hash != order_->bundle) send(BlobRequest{order_->bundle});
    if (placement_.hash != order_->placement) send(BlobRequest{order_->placement});
  }

  Status bind() {
    BLOX_ASSIGN(const Bundle bundle, decode_bundle(bundle_.bytes.data));
    BLOX_ASSIGN(const Placement placement, decode_placement(placement_.bytes.data));
    BLOX_TRY(part_.bind(bundle, placement));
    standing_.bound = true;
    runs_ = {order_->version, order_->placement, order_->part};
    return Status::ok();
  }

  // Where it does not come to that, a new process begins with this version: the fault may be of this one alone.
  Status update() {
    BLOX_ASSIGN(const Bundle bundle, decode_bundle(bundle_.bytes.data));
    BLOX_ASSIGN(const Placement placement, decode_placement(placement_.bytes.data));
    const Result<UpdateReport> changed = part_.update(bundle, placement);
    standing_.outdated = false;
    if (!changed.is_ok() && changed.status().error().code == "run.ended") return Status::ok();
    if (!changed.is_ok()) {
      standing_.aborted = true;
      const Status::Error& why = changed.status().error();
      return Status::outside("worker.update",
                             fmt::format("version {} needs a new process: {}", order_->version, why.text))
          .at(why.place);
    }
    runs_ = {order_->version, order_->placement, order_->part};
    desk_.serve(*part_.run(), order_->topology, part_.secrets());
    join_others();
    for (const std::string& line : changed->lines) tell("note", line);
    for (const std::string& line : changed->lost) tell("warning", "lost: " + line);
    return Status::ok();
  }

  void tell(std::string_view kind, const std::string& line) {
    said_.add(clock_.wall(), "", kind, fmt::format("version {}: {}", runs_.version, part_.secrets().hide(line)));
  }

  Status open() {
    BLOX_TRY(part_.open());
    standing_.open = true;
    desk_.serve(*part_.run(), order_->topology, part_.secrets());
    join_others();
    return Status::ok();
  }

  void join_others() {
    part_.run()->set_flushed_waves(order_->flushed_waves);
    part_.meet(order_->peers, standing_.outdated);
  }

  void look_at_run() {
    if (standing_.running && !standing_.over) {
      if (const std::optional<RunResult> result = part_.take_result()) end(*result);
    }
    if (standing_.over && !standing_.settled) {
      standing_.settled = part_.settled();
      if (standing_.settled) report_due_ = 0;
      obey();
    }
    if (clock_.steady_ns() >= part_.links_due() && part_.look_at_links()) report_due_ = 0;
  }

  void end(const RunResult& result) {
    standing_.over = true;
    report_due_ = 0;
    for (const std::string& line : result.left) said_.add(clock_.wall(), "", "warning", "not drained: " + line);
    if (!result.status.is_ok()) {
      failure_ = result.status;
      said_.add(clock_.wall(), failure_.error().place, "error", part_.secrets().hide(failure_.error().text));
      standing_.settled = true;
    }
  }

  // ---- what is said ----

  void speak() {
    const bool connected = post_->state().is_ok();
    if (connected && !std::exchange(connected_, connected)) introduce();
    connected_ = connected;
    if (part_.waves_grew()) report_due_ = 0;
    if (connected_ && clock_.steady_ns() >= report_due_) send_report();
    if (connected_) {
      std::vector<MessageLine> lines = said_.take();
      if (!lines.empty()) {
        said_.sent(last_id_ + 1, lines);
        if (!send(Said{options_.life.worker, std::move(lines)})) said_.again();
      }
    }
    for (ControlDesk::Outgoing& one : desk_.collect()) {
      if (!post_->send(one.frame).is_ok()) desk_.forget(one.peer);
    }
  }

  /// Says who it is, and once more what may have been lost with the connection before.
  void introduce() {
    report_due_ = fetch_due_ = 0;
    said_.again();
  }

  /// False where it is lost, for now: most of it is said again anyway.
  bool send(Body body) { return post_->send(encode({++last_id_, 0, std::move(body)})).is_ok(); }

  void send_report() {
    report_due_ = clock_.steady_ns() + kHeartbeat * 1'000;
    WorkerReport report;
    report.life = options_.life;
    report.pid = ::getpid();
    // One that fails as it might not the next time has come to no end, and not as far as it was told to either.
    const bool again = !failure_.is_ok() && !repeats();
    report.state = again ? WorkerState::kWaiting : state_of(standing_, repeats());
    if (order_.has_value()) report.topology = order_->topology;
    report.version = runs_.version;
    report.placement = runs_.placement;
    report.part = runs_.part;
    part_.describe(report);
    if (standing_.over) report.flushed_waves = kAllWaves;
    if (!standing_.running || standing_.over) report.idle = true;
    if (!failure_.is_ok()) {
      report.failure = ErrorReply::of(failure_);
      report.failure.text = part_.secrets().hide(report.failure.text);
    }
    send(std::move(report));
  }

  // A report that is still in the socket would go with the process.
  void last_word() {
    if (!connected_) return leave_lines();
    (void)part_.look_at_links();
    desk_.leave("the worker has ended");
    speak();
    send_report();
    const int64_t until = clock_.steady_ns() + kLastWord * 1'000;
    std::string frame;
    while (clock_.steady_ns() < until) {
      if (!post_->receive(frame, kLastWord / 10)) return;
    }
  }

  /// Nobody is there to take them: the next caretaker finds them in the output of the process.
  void leave_lines() {
    said_.again();
    std::string text;
    for (const MessageLine& line : said_.take()) {
      text += (line.element.empty() ? "" : line.element + ": ") + (line.kind == "print" ? "" : line.kind + ": ") +
              line.text + "\n";
    }
    (void)write_all(STDOUT_FILENO, text);
  }

  // What a library or a plug-in prints past us would fill the disk while nobody reads it.
  void keep_output_short() {
    if (options_.output < 0) return;
    const uint64_t gone = shorten_output(options_.output);
    if (gone > 0) said_.add(clock_.wall(), "", "warning", fmt::format("{} bytes of output were dropped", gone));
  }

  int64_t due_ns() const {
    int64_t due = std::min(connected_ ? report_due_ : INT64_MAX, desk_.due());
    due = std::min(due, part_.links_due());
    if (order_.has_value() && connected_ && next_step(*order_, standing_, false) == WorkerStep::kFetch) {
      due = std::min(due, fetch_due_);
    }
    if (order_.has_value() && order_->run_until != 0) due = std::min(due, order_->run_until * 1'000);
    if (standing_.over && !standing_.settled) due = std::min(due, clock_.steady_ns() + kLookAtEnd * 1'000);
    return due;
  }

  const WorkerOptions options_;
  SystemClock clock_;
  std::unique_ptr<Wake> wake_;
  std::unique_ptr<PostClient> post_;
  SaidLines said_;
  ControlDesk desk_;
  bool connected_ = false;
  uint64_t last_id_ = 0;

  std::optional<WorkerOrder> order_;
  Blob bundle_, placement_;  // as last fetched
  struct {
    uint64_t version = 0;
    std::string placement;
    uint64_t part = 0;
  } runs_;
  WorkerStanding standing_;
  Status failure_;
  bool ended_ = false;
  int64_t report_due_ = 0;  // these in ns of the clock
  int64_t fetch_due_ = 0;
  WorkerPart part_;
};

}  // namespace

int run_worker(WorkerOptions options) {
  Result<std::unique_ptr<Wake>> wake = Wake::make();
  PostConnection to;
  to.endpoint = options.caretaker;
  to.most_bytes = kMostClusterFrame;
  Result<std::unique_ptr<PostClient>> post = keep_post(std::move(to));
  if (!wake || !post) return 3;  // no descriptors: nobody can be told
  return WorkerProcess(std::move(options), *std::move(wake), *std::move(post)).run();
}

}  // namespace blox
