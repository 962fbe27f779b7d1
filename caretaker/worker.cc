#include "caretaker/worker.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "caretaker/control_desk.h"
#include "caretaker/ledger.h"
#include "caretaker/said_lines.h"
#include "caretaker/worker_step.h"
#include "core/base/descriptor.h"
#include "core/base/digest.h"
#include "core/protocol/message.h"
#include "core/queue/net.h"
#include "core/queue/post.h"

namespace blox {

using namespace caretaker;
using namespace protocol;

namespace {

constexpr Micros kLookAtLinks = 100 * kMillisecond;  // while they carry something
constexpr Micros kLookAtEnd = 20 * kMillisecond;     // for what is not yet acknowledged
constexpr Micros kLastWord = 100 * kMillisecond;     // for the last report to leave
constexpr uint64_t kAllWaves = INT64_MAX;
constexpr const char* kCaretaker = "caretaker";

std::string sha256(std::string_view bytes) {
  Result<Digester> digester = Digester::make(Digest::kSha256);
  if (!digester) return {};
  char raw[Digester::kLongest];
  digester->of(bytes, raw);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (size_t i = 0; i < digester->size(); ++i) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

runtime::NetLife net_life(const WorkerLife& life) { return {life.worker, life.epoch, life.incarnation}; }

class WorkerProcess {
 public:
  WorkerProcess(WorkerOptions options, std::unique_ptr<Wake> wake, std::unique_ptr<PostClient> post)
      : options_(std::move(options)),
        wake_(std::move(wake)),
        post_(std::move(post)),
        said_([this] { wake_->ring(); }),
        desk_(clock_, [this] { wake_->ring(); }) {}

  ~WorkerProcess() {
    if (waiter_.joinable()) {
      run_->abort();
      waiter_.join();
    }
    run_.reset();  // it closes the links, and they go after it
  }

  int run() {
    while (!ended_) {
      obey();
      look_at_run();
      speak();
      if (ended_) break;
      const std::array<const PostEnd*, 1> ends{post_.get()};
      wait_post(ends, wake_->descriptor(), std::clamp<Micros>((due_ns() - clock_.steady_ns()) / 1'000 + 1, 0, kSecond));
      wake_->clear();
      listen();
    }
    last_word();
    const int code = failure_.is_ok() ? 0 : repeats() ? 1 : 3;
    if (ledger_ != nullptr) ledger_->note_end(code);
    if (code != 0) (void)write_all(STDERR_FILENO, "error: " + topology_.secrets.hide(failure_.to_string()) + "\n");
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
      } else if (!std::holds_alternative<ErrorReply>(message->body)) {
        desk_.receive(kCaretaker, frame);  // of a user: the caretaker is the one asker that is known here
      }
    }
  }

  void take(WorkerOrder order) {
    // What it runs by does not change while it runs: CLUSTER.md, rules of `order`.
    if (order_.has_value()) {
      order.bundle = order_->bundle;
      order.placement = order_->placement;
      order.version = order_->version;
      order.phase = std::max(order.phase, order_->phase);
    }
    order_ = std::move(order);
    report_due_ = 0;  // so that the caretaker knows that it was heard
    if (run_ != nullptr) {
      run_->set_flushed_waves(order_->flushed_waves);
      meet();
    }
  }

  void take(Blob blob) {
    if (!order_.has_value() || sha256(blob.bytes.data) != blob.hash) return;
    if (blob.hash == order_->bundle)
      bundle_ = std::move(blob.bytes.data);
    else if (blob.hash == order_->placement)
      placement_ = std::move(blob.bytes.data);
    fetch_due_ = 0;
    standing_.has_topology = bundle_.has_value() && placement_.has_value();
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
        case WorkerStep::kGo: done = go(); break;
        case WorkerStep::kDrain:
          standing_.draining = true;
          run_->stop(order_->drain);
          break;
        case WorkerStep::kAbort: run_->abort(); return;
        case WorkerStep::kEnd: ended_ = true; return;
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
    if (!bundle_.has_value()) send(BlobRequest{order_->bundle});
    if (!placement_.has_value()) send(BlobRequest{order_->placement});
  }

  Status bind() {
    BLOX_ASSIGN(const Bundle bundle, decode_bundle(*bundle_));
    BLOX_ASSIGN(const Placement placement, decode_placement(*placement_));
    BLOX_ASSIGN(topology_, options_.load(bundle));
    std::map<std::string, std::string> worker_by_path;
    for (const Placement::Part& part : placement.parts) {
      for (const std::string& path : part.elements) worker_by_path.emplace(path, part.worker);
    }
    std::vector<std::string> worker_of;
    for (const CheckedElement& element : topology_.checked.elements) {
      const auto found = worker_by_path.find(element.path);
      if (found == worker_by_path.end()) {
        return Status({Fault::kBug, "worker.placement", "the placement leaves an element out", element.path, {}});
      }
      worker_of.push_back(found->second);
    }
    Plan plan = blox::plan(topology_.checked, worker_of);
    part_ = cut(std::move(topology_.checked), plan, worker_of, options_.life.worker);
    for (const RemoteEnd& end : part_.remote) {
      if (!end.outgoing) writers_.emplace(end.number, std::pair(end.peer, end.from.substr(0, end.from.rfind(" ["))));
    }
    if (!part_.remote.empty()) BLOX_TRY(bind_links());
    if (!options_.ledger.empty()) {
      BLOX_ASSIGN(ledger_, Ledger::map(options_.ledger));
    }
    standing_.bound = true;
    return Status::ok();
  }

  Status bind_links() {
    runtime::NetOptions net;
    net.self = net_life(options_.life);
    const std::string host = options_.host.find(':') == std::string::npos ? options_.host : "[" + options_.host + "]";
    if (!stays_here("tcp://" + host + ":1")) {
      BLOX_ASSIGN(const CurveKeys keys, make_keys());
      net.keys = {keys.secret_key, keys.public_key};
      key_ = keys.public_key;
    }
    net.report = [this](std::string_view text) { said_.add(clock_.wall(), "", "warning", text); };
    if (options_.first_port == 0) {
      net.bind = "tcp://" + host + ":*";
      BLOX_ASSIGN(net_, runtime::Net::start(std::move(net)));
      return Status::ok();
    }
    Status taken;
    for (uint32_t port = options_.first_port; port <= options_.last_port; ++port) {
      net.bind = "tcp://" + host + ":" + std::to_string(port);
      Result<std::unique_ptr<runtime::Net>> bound = runtime::Net::start(net);
      if (bound) {
        net_ = *std::move(bound);
        return Status::ok();
      }
      taken = bound.status();
    }
    return taken.with_fix("give the node more `ports` in cluster.yaml");
  }

  Status open() {
    RunOptions run;
    run.threads = options_.threads;
    run.keyed_store = options_.keyed_store;
    run.net = net_.get();
    run.life = static_cast<uint32_t>(options_.life.epoch * 61 + options_.life.incarnation);
    run.folder = options_.folder;
    run.waves_outside = true;
    run.waves_flushed = [this] {
      waves_grew_.store(true);
      wake_->ring();
    };
    run.message = [this](std::string_view element, Severe severity, std::string_view text) {
      constexpr std::string_view kKinds[] = {"note", "warning", "error"};
      said_.add(clock_.wall(), element, kKinds[static_cast<size_t>(severity)],
                topology_.secrets.hide(std::string(text)));
    };
    run.print_of = [this](std::string_view element, std::string_view text) {
      said_.add(clock_.wall(), element, "print", topology_.secrets.hide(std::string(text)));
      return 0;
    };
    if (ledger_ != nullptr) {
      run.flight = [this](const FlightPlace& place) {
        FlightSlot* const slot = ledger_->claim(place);
        if (slot != nullptr && place.kind == FlightPlace::Kind::kOutgoing) sent_slots_.emplace(place.number, slot);
        return slot;
      };
    }
    BLOX_ASSIGN(run_, Run::open(std::move(part_), std::move(run)));
    desk_.serve(*run_, order_->topology, topology_.secrets);
    run_->set_flushed_waves(order_->flushed_waves);
    standing_.open = true;
    meet();
    return Status::ok();
  }

  Status go() {
    BLOX_TRY(run_->go());
    standing_.running = true;
    waiter_ = std::thread([this] {
      RunResult result = run_->wait();
      {
        const std::lock_guard lock(result_mutex_);
        result_ = std::move(result);
      }
      wake_->ring();
    });
    return Status::ok();
  }

  // Before all are known nobody is met: who is missing would count as gone for good.
  void meet() {
    if (net_ == nullptr || !standing_.open) return;
    std::vector<runtime::NetPeer> peers;
    for (const Peer& peer : order_->peers) {
      Peer& known = known_[peer.life.worker];
      if (!peer.endpoint.empty()) known = peer;
      if (known.endpoint.empty()) return;
      peers.push_back({net_life(known.life), known.endpoint, known.key});
    }
    net_->meet(std::move(peers));
  }

  void look_at_run() {
    if (standing_.running && !standing_.over) {
      std::optional<RunResult> result;
      {
        const std::lock_guard lock(result_mutex_);
        result.swap(result_);
      }
      if (result.has_value()) end(*std::move(result));
    }
    if (standing_.over && !standing_.settled) {
      standing_.settled = net_ == nullptr || net_->settle(0);
      if (standing_.settled) report_due_ = 0;
      obey();
    }
    if (net_ != nullptr && clock_.steady_ns() >= links_due_) look_at_links();
  }

  void end(RunResult result) {
    waiter_.join();
    standing_.over = true;
    report_due_ = 0;
    for (const std::string& line : result.left) said_.add(clock_.wall(), "", "warning", "not drained: " + line);
    if (!result.status.is_ok()) {
      failure_ = result.status;
      said_.add(clock_.wall(), failure_.error().place, "error", topology_.secrets.hide(failure_.error().text));
      standing_.settled = true;
    }
  }

  // What others have taken over is not lost with this process.
  void look_at_links() {
    uint64_t sum = 0;
    losses_.clear();
    for (const runtime::NetCounts& counts : net_->counts()) {
      sum += counts.records;
      if (counts.outgoing) {
        const auto slot = sent_slots_.find(counts.end.number);
        if (slot != sent_slots_.end() && counts.end.flow == runtime::NetFlow::kPush) {
          slot->second->acknowledged.store(counts.acknowledged, std::memory_order_release);
        }
      } else if (counts.gap_records > 0) {
        const auto writer = writers_.find(counts.end.number);
        if (writer == writers_.end()) continue;
        losses_.push_back(
            {writer->second.second, {writer->second.first, 0, 0}, counts.gap_records, counts.gap_records});
      }
    }
    const bool moves = std::exchange(carried_, sum) != sum;
    links_due_ = clock_.steady_ns() + (moves ? kLookAtLinks : kSecond) * 1'000;
  }

  // ---- what is said ----

  void speak() {
    const bool connected = post_->state().is_ok();
    if (connected && !std::exchange(connected_, connected)) report_due_ = fetch_due_ = 0;  // says who it is
    connected_ = connected;
    if (waves_grew_.exchange(false)) report_due_ = 0;
    if (connected_ && clock_.steady_ns() >= report_due_) send_report();
    if (connected_) {
      std::vector<MessageLine> lines = said_.take();
      const size_t count = lines.size();
      if (count > 0 && !send(Said{options_.life.worker, std::move(lines)})) said_.lose(count);
    }
    for (ControlDesk::Outgoing& one : desk_.collect()) {
      if (!post_->send(one.frame).is_ok()) desk_.forget(one.peer);
    }
  }

  /// False where it is lost, for now: most of it is said again anyway.
  bool send(Body body) { return post_->send(encode({++last_id_, 0, std::move(body)})).is_ok(); }

  void send_report() {
    report_due_ = clock_.steady_ns() + kHeartbeat * 1'000;
    WorkerReport report;
    report.life = options_.life;
    report.pid = ::getpid();
    report.state = state_of(standing_, repeats());
    report.key = key_;
    if (order_.has_value()) {
      report.topology = order_->topology;
      report.version = order_->version;
      report.placement = order_->placement;
    }
    if (net_ != nullptr) report.endpoint = net_->endpoint();
    if (!failure_.is_ok()) {
      report.failure = ErrorReply::of(failure_);
      report.failure.text = topology_.secrets.hide(report.failure.text);
    }
    report.idle = true;
    report.losses = losses_;
    if (run_ != nullptr) {
      const Liveness now = run_->liveness();
      report.flushed_waves = standing_.over ? kAllWaves : run_->flushed_waves();
      report.progress = now.calls;
      report.idle = !standing_.running || standing_.over || now.idle;
      describe_elements(report);
    }
    send(std::move(report));
  }

  void describe_elements(WorkerReport& report) const {
    const Snapshot now = run_->snapshot();
    for (const ElementMetrics& element : now.elements) {
      ElementLoad& load = report.elements.emplace_back();
      load.path = element.path;
      load.records_in = element.records_in;
      load.records_out = element.records_out;
      load.bytes_in = element.bytes_in;
      load.bytes_out = element.bytes_out;
      load.busy_ns = element.busy_ns;
      load.rejected = element.rejected_records;
      if (element.task < now.tasks.size()) load.blocked_ns = now.tasks[element.task].blocked_ns;
    }
    for (const QueueMetrics& queue : now.queues) {
      if (queue.query || queue.reader >= report.elements.size()) continue;
      report.elements[queue.reader].queued_bytes += queue.bytes;
      report.elements[queue.reader].queue_bound += queue.bound_bytes;
    }
  }

  // A report that is still in the socket would go with the process.
  void last_word() {
    if (!connected_) return;
    if (net_ != nullptr) look_at_links();  // else what was taken over last would count as lost
    desk_.leave("the worker has ended");
    speak();
    send_report();
    const int64_t until = clock_.steady_ns() + kLastWord * 1'000;
    std::string frame;
    while (clock_.steady_ns() < until) {
      if (!post_->receive(frame, kLastWord / 10)) return;
    }
  }

  int64_t due_ns() const {
    int64_t due = std::min(connected_ ? report_due_ : INT64_MAX, desk_.due());
    if (net_ != nullptr) due = std::min(due, links_due_);
    if (order_.has_value() && !standing_.has_topology && connected_) due = std::min(due, fetch_due_);
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
  std::optional<std::string> bundle_, placement_;
  std::map<std::string, Peer> known_;
  WorkerStanding standing_;
  Status failure_;
  bool ended_ = false;
  int64_t report_due_ = 0;  // these in ns of the clock
  int64_t fetch_due_ = 0;
  int64_t links_due_ = 0;

  WorkerTopology topology_;
  Part part_;
  std::unique_ptr<Ledger> ledger_;
  std::map<uint32_t, FlightSlot*> sent_slots_;                       // by connection
  std::map<uint32_t, std::pair<std::string, std::string>> writers_;  // by incoming connection: worker, element
  std::vector<Loss> losses_;                                         // that readers here have noticed
  uint64_t carried_ = 0;
  std::string key_;
  std::unique_ptr<runtime::Net> net_;
  std::unique_ptr<Run> run_;
  std::thread waiter_;
  std::atomic<bool> waves_grew_{false};
  std::mutex result_mutex_;  // guards result_
  std::optional<RunResult> result_;
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
