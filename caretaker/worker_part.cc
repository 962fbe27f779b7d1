#include "caretaker/worker_part.h"

#include <fmt/format.h>

#include "core/queue/keys.h"

namespace blox {

using namespace protocol;

namespace {

constexpr Micros kLookAtLinks = 100 * kMillisecond;  // while they carry something, or soon will
constexpr uint64_t kMostLooks = 100;                 // at links that carry nothing yet

runtime::NetLife net_life(const WorkerLife& life) { return {life.worker, life.epoch, life.incarnation}; }

/// As it stands in an endpoint.
std::string host_of(const WorkerOptions& options) {
  return options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
}

}  // namespace

WorkerPart::WorkerPart(const WorkerOptions& options, const Clock& clock, SaidLines& said, std::function<void()> wake)
    : options_(options), clock_(clock), said_(said), wake_(std::move(wake)) {}

WorkerPart::~WorkerPart() {
  if (waiter_.joinable()) {
    run_->abort();
    waiter_.join();
  }
  run_.reset();  // it closes the links, and they go after it
}

Secrets WorkerPart::secrets() const {
  const std::lock_guard lock(secrets_mutex_);
  return secrets_;
}

void WorkerPart::keep(WorkerTopology of) {
  definitions_ = std::move(of.definitions);
  alive_.push_back(std::move(of.alive));
  const std::lock_guard lock(secrets_mutex_);
  secrets_.add(of.secrets);
}

Result<WorkerPart::Cut> WorkerPart::cut_out(const Bundle& bundle, const Placement& placement) const {
  Cut made;
  BLOX_ASSIGN(made.of, options_.load(bundle));
  const Checked& checked = made.of.checked;
  std::map<std::string, std::string> worker_by_path;
  for (const Placement::Part& part : placement.parts) {
    for (const std::string& path : part.elements) worker_by_path.emplace(path, part.worker);
  }
  std::vector<std::string> worker_of;
  for (const CheckedElement& element : checked.elements) {
    const auto found = worker_by_path.find(element.path);
    if (found == worker_by_path.end()) {
      return Status({Fault::kBug, "worker.placement", "the placement leaves an element out", element.path, {}});
    }
    worker_of.push_back(found->second);
  }
  const Plan plan = blox::plan(checked, worker_of);
  const std::vector<uint64_t>& numbers = placement.numbers;
  if (!numbers.empty() && numbers.size() != checked.connections.size()) {
    return Status({Fault::kBug, "worker.placement", "the placement has other connections", "", {}});
  }
  made.part = cut(std::move(made.of.checked), plan, worker_of, options_.life.worker, numbers);
  return made;
}

Status WorkerPart::bind(const Bundle& bundle, const Placement& placement) {
  BLOX_ASSIGN(Cut made, cut_out(bundle, placement));
  part_ = std::move(made.part);
  keep(std::move(made.of));
  bundle_ = bundle;
  placement_ = placement;
  know_ends(part_.remote);
  if (!part_.remote.empty()) BLOX_TRY(bind_links());
  if (!options_.ledger.empty()) {
    BLOX_ASSIGN(ledger_, Ledger::map(options_.ledger));
  }
  return Status::ok();
}

void WorkerPart::know_ends(const std::vector<RemoteEnd>& ends) {
  partners_.clear();
  for (const RemoteEnd& end : ends) {
    partners_.insert(end.peer);
    connections_.emplace(end.number, end.from + " -> " + end.to);
    if (!end.outgoing) writers_.emplace(end.number, std::pair(end.peer, end.from.substr(0, end.from.rfind(" ["))));
  }
}

Status WorkerPart::bind_links() {
  runtime::NetOptions net;
  net.self = net_life(options_.life);
  const std::string reached = host_of(options_);
  // A socket is bound to a number: a name stands for all addresses of the node, to which keys alone let anybody in.
  const bool number = reached.front() == '[' || reached.find_first_not_of("0123456789.") == std::string::npos;
  const std::string host = number ? reached : reached == "localhost" ? "127.0.0.1" : "*";
  if (!stays_here("tcp://" + reached + ":1")) {
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
  Status last;
  for (uint32_t port = options_.first_port; port <= options_.last_port; ++port) {
    net.bind = "tcp://" + host + ":" + std::to_string(port);
    Result<std::unique_ptr<runtime::Net>> bound = runtime::Net::start(net);
    if (bound) {
      net_ = *std::move(bound);
      return Status::ok();
    }
    last = bound.status();
  }
  return Status::outside("net.ports", fmt::format("none of the ports {}-{} can be bound; of the last: {}",
                                                  options_.first_port, options_.last_port, last.error().text))
      .at(host)
      .with_fix("give the node more `ports` in cluster.yaml: each worker takes one; then reload its caretaker");
}

RunOptions WorkerPart::run_options() {
  RunOptions run;
  run.threads = options_.threads;
  run.keyed_store = options_.keyed_store;
  run.net = net_.get();
  run.life = static_cast<uint32_t>(options_.life.epoch * 61 + options_.life.incarnation);
  run.folder = options_.folder;
  run.waves_outside = true;
  run.waves_flushed = [this] {
    waves_grew_.store(true);
    wake_();
  };
  run.message = [this](std::string_view element, Severe severity, std::string_view text) {
    constexpr std::string_view kKinds[] = {"note", "warning", "error"};
    said_.add(clock_.wall(), element, kKinds[static_cast<size_t>(severity)], secrets().hide(std::string(text)));
  };
  run.print_of = [this](std::string_view element, std::string_view text) {
    said_.add(clock_.wall(), element, "print", secrets().hide(std::string(text)));
    return 0;
  };
  if (ledger_ != nullptr) {
    run.flight = [this](const FlightPlace& place) { return slot(place); };
  }
  run.updatable = true;
  run.definitions = definitions_;
  return run;
}

// A queue that is there after an update too counts on.
FlightSlot* WorkerPart::slot(const FlightPlace& place) {
  const Place key{place.kind, place.element, place.from, place.to, place.number};
  const auto former = former_slots_.find(key);
  FlightSlot* const found = former != former_slots_.end() ? former->second : ledger_->claim(place);
  if (former != former_slots_.end()) former_slots_.erase(former);
  if (found != nullptr) slots_[key] = found;
  return found;
}

Result<UpdateReport> WorkerPart::update(const Bundle& bundle, const Placement& placement) {
  const auto version_of = [](Part part, Definitions definitions) {
    return TopologyVersion{std::move(part.checked), std::move(part.plan), std::move(definitions),
                           std::move(part.remote), std::move(part.waves)};
  };
  BLOX_ASSIGN(Cut next, cut_out(bundle, placement));
  BLOX_ASSIGN(Cut previous, cut_out(bundle_, placement_));  // should an element not open
  const std::vector<RemoteEnd> ends = next.part.remote;
  const bool first = net_ == nullptr && !ends.empty();
  if (first) BLOX_TRY(bind_links());
  former_slots_ = std::exchange(slots_, {});
  Definitions definitions = next.of.definitions;
  keep(std::move(next.of));  // what is printed from here on may be from it
  alive_.push_back(previous.of.alive);
  TopologyVersion version = version_of(std::move(next.part), std::move(definitions));
  if (first) version.net = net_.get();
  UpdateReport report = run_->update(
      std::move(version), [&] { return version_of(std::move(previous.part), std::move(previous.of.definitions)); });
  if (!report.failed.is_ok()) {
    slots_.merge(former_slots_);
    return report.failed;
  }
  for (const auto& [place, unused] : former_slots_) {  // what was there has gone on elsewhere
    const bool of_queue = std::get<FlightPlace::Kind>(place) <= FlightPlace::Kind::kOutgoing;
    if (!of_queue) unused->entered.store(0);
    unused->taken.store(unused->entered.load());
    unused->finished.store(unused->entered.load());
  }
  former_slots_.clear();
  know_ends(ends);
  bundle_ = bundle;
  placement_ = placement;
  return report;
}

Status WorkerPart::open() {
  BLOX_ASSIGN(run_, Run::open(std::move(part_), run_options()));
  return Status::ok();
}

Status WorkerPart::go() {
  BLOX_TRY(run_->go());
  waiter_ = std::thread([this] {
    RunResult result = run_->wait();
    {
      const std::lock_guard lock(result_mutex_);
      result_ = std::move(result);
    }
    wake_();
  });
  return Status::ok();
}

// At first nobody is met before all are known: else those who know this one already would be strangers to it.
void WorkerPart::meet(const std::vector<Peer>& peers, bool outdated) {
  if (net_ == nullptr || run_ == nullptr) return;
  std::vector<runtime::NetPeer> all;
  std::set<std::string> missing = outdated ? partners_ : std::set<std::string>();
  const auto add = [&](const std::string& worker, const Peer& as) {
    all.push_back({as.endpoint.empty() ? runtime::NetLife{worker, 0, 0} : net_life(as.life), as.endpoint, as.key});
  };
  for (const Peer& peer : peers) {
    Peer& known = known_[peer.life.worker];
    if (!peer.endpoint.empty()) known = peer;
    if (known.endpoint.empty() && !has_met_) return;
    missing.erase(peer.life.worker);
    add(peer.life.worker, known);
  }
  for (const std::string& worker : missing) add(worker, known_[worker]);
  has_met_ = true;
  net_->meet(std::move(all));
}

std::optional<RunResult> WorkerPart::take_result() {
  std::optional<RunResult> result;
  {
    const std::lock_guard lock(result_mutex_);
    result.swap(result_);
  }
  if (result.has_value()) waiter_.join();
  return result;
}

bool WorkerPart::settled() { return net_ == nullptr || net_->settle(0); }

// What others have noticed of this worker's earlier lives, and what they have lost themselves. True where there is news
// of earlier lives.
bool WorkerPart::look_at_links() {
  if (net_ == nullptr) return false;
  uint64_t sum = 0;
  losses_.clear();
  std::vector<Former> former;
  for (const runtime::NetCounts& counts : net_->counts()) {
    sum += counts.records;
    tell_lost(counts);
    if (counts.former.has_value()) {
      const runtime::NetLife& life = counts.former->life;
      former.push_back({counts.end.number, {life.worker, life.epoch, life.incarnation}, counts.former->records});
    }
    if (counts.outgoing || counts.gap_records == 0) continue;
    const auto writer = writers_.find(counts.end.number);
    if (writer == writers_.end()) continue;
    losses_.push_back({writer->second.second, {writer->second.first, 0, 0}, counts.gap_records, counts.gap_records});
  }
  const bool moves = std::exchange(carried_, sum) != sum;
  // What peers have to tell a next life is passed on before that one dies, too.
  const bool awaits_word = options_.life.incarnation > 1 && former.empty() && ++looks_ < kMostLooks;
  links_due_ = clock_.steady_ns() + (moves || awaits_word ? kLookAtLinks : kSecond) * 1'000;
  const bool news = former.size() != former_.size();  // of one channel it says the same for ever
  former_ = std::move(former);
  return news;
}

void WorkerPart::tell_lost(const runtime::NetCounts& counts) {
  if (counts.lost_records == 0) return;
  uint64_t& told = told_lost_[{counts.end.number, counts.outgoing}];
  if (told == counts.lost_records) return;
  said_.add(clock_.wall(), "", "warning",
            fmt::format("lost: queue {}: {} records that were under way when it was removed",
                        connections_[counts.end.number], counts.lost_records - told));
  told = counts.lost_records;
}

void WorkerPart::describe(WorkerReport& report) const {
  report.key = key_;
  if (net_ != nullptr) {
    const std::string& bound = net_->endpoint();
    report.endpoint = "tcp://" + host_of(options_) + bound.substr(bound.rfind(':'));
  }
  report.losses = losses_;
  report.former = former_;
  if (run_ == nullptr) return;
  const Liveness alive = run_->liveness();
  report.flushed_waves = run_->flushed_waves();
  report.progress = alive.calls;
  report.idle = alive.idle;
  const Snapshot now = run_->snapshot();
  for (const ElementMetrics& element : now.elements) {
    ElementLoad& load = report.elements.emplace_back();
    load.path = element.path;
    load.records_in = element.records_in;
    load.records_out = element.records_out;
    load.bytes_in = element.bytes_in;
    load.bytes_out = element.bytes_out;
    load.busy_ns = element.busy_ns;
    load.holding_ns = element.holding_ns;
    load.rejected = element.rejected_records;
    load.latency = element.latency;
    if (element.task >= now.tasks.size()) continue;
    const TaskMetrics& task = now.tasks[element.task];
    const auto elapsed = static_cast<uint64_t>(now.elapsed_ns);
    load.blocked_ns = task.blocked_ns;
    load.idle_ns = elapsed - std::min(elapsed, task.busy_ns + task.blocked_ns);
  }
  for (const QueueMetrics& queue : now.queues) {
    if (queue.query || queue.reader >= report.elements.size()) continue;
    report.elements[queue.reader].queued_bytes += queue.bytes;
    report.elements[queue.reader].queue_bound += queue.bound_bytes;
  }
}

void WorkerPart::note_end(int exit_code) {
  if (ledger_ != nullptr) ledger_->note_end(exit_code);
}

}  // namespace blox
