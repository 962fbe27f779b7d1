#include "caretaker/agent.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "caretaker/agent_parts.h"
#include "caretaker/node_page.h"
#include "caretaker/state_folder.h"

namespace blox {

using namespace protocol;  // the language that this speaks

namespace {

constexpr uint64_t kMostBlobs = uint64_t{256} << 20;  // bytes
constexpr Micros kMeasure = 2 * kSecond;
constexpr std::string_view kWorkers = "worker/";  // begins the keys that Caretaker remembers workers by

}  // namespace

Agent::Parts::~Parts() {
  metrics.reset();
  if (epoll >= 0) ::close(epoll);
  if (lock >= 0) ::close(lock);
}

Status Agent::Parts::prepare() {
  const std::string& state = options.nursery.state;
  BLOX_TRY(make_folder(state));
  BLOX_ASSIGN(lock, lock_folder(state));
  options.nursery.note = [this](std::string_view line) { say(line); };
  BLOX_ASSIGN(wake, Wake::make());
  BLOX_ASSIGN(nursery, Nursery::open(options.nursery));
  BLOX_ASSIGN(remembered, Notebook::open(state + "/remembered"));
  BLOX_ASSIGN(blobs, BlobCache::open(state + "/blobs", kMostBlobs));
  BLOX_ASSIGN(MessageStore store, MessageStore::open(state + "/messages", clock.wall()));
  messages.emplace(std::move(store));
  const std::string socket = state + "/caretaker.sock";
  BLOX_ASSIGN(workers, serve_post(socket, kMostClusterFrame));
  if (!options.nursery.user.empty() && ::geteuid() == 0) {
    BLOX_ASSIGN(const UserName user, find_user(options.nursery.user));
    if (::lchown(socket.c_str(), user.uid, user.gid) != 0) return Status::from_errno(errno, "give away", socket);
  }
  BLOX_ASSIGN(master, keep_post({options.master, kMostClusterFrame, options.keys, options.master_key}));
  epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return Status::from_errno(errno, "make", "an epoll descriptor");
  epoll_event event{};
  event.events = EPOLLIN;
  for (const int descriptor : {wake->descriptor(), nursery->descriptor()}) {
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
      return Status::from_errno(errno, "watch", "workers");
  }
  meter = std::make_unique<LoadMeter>(clock, read_text);
  if (options.metrics.empty()) return Status::ok();
  BLOX_ASSIGN(metrics, MetricsServer::start(options.metrics, [this] {
                const std::lock_guard guard(page_mutex);
                return node_page(page_report, page_connected);
              }));
  return Status::ok();
}

Status Agent::Parts::begin() {
  const NodeLoad load = meter->node();
  caretaker::Options& decide_by = options.decide;
  decide_by.cores = load.cores;
  decide_by.memory_bytes = load.memory_bytes;
  decide_by.incarnation = static_cast<uint64_t>(std::max<Micros>(1, clock.wall() / kSecond));
  std::vector<caretaker::Found> found;
  const auto pids = nursery->pids();
  for (const auto& [life, pid] : pids) found.push_back({life, pid});
  if (!found.empty()) say(fmt::format("workers that are still here from before: {}", found.size()));
  caretaker::Actions first;
  decides = caretaker::Caretaker::start(decide_by, remembered->notes(), found, now(), &first);
  BLOX_TRY(carry_out(std::move(first)));
  for (const Departed& one : nursery->found().departed) depart(one);
  measure();
  return decide();
}

Status Agent::Parts::decide() {
  while (!facts.empty()) {
    caretaker::Fact fact = std::move(facts.front());
    facts.pop_front();
    BLOX_TRY(carry_out(decides->take(std::move(fact), now())));
  }
  // What they have left is remembered now.
  for (const WorkerLife& life : std::exchange(gone, {})) nursery->forget(life);
  return Status::ok();
}

Status Agent::Parts::carry_out(caretaker::Actions actions) {
  for (const auto& [key, text] : actions.remember) BLOX_TRY(remembered->remember(key, text));
  for (const std::string& key : actions.forget) {
    BLOX_TRY(remembered->forget(key));
    if (key.starts_with(kWorkers)) nursery->clean(key.substr(kWorkers.size()));
  }
  for (const std::string& note : actions.notes) say(note);
  for (auto& [worker, line] : actions.lines) {
    messages->add(worker, {{0, clock.wall(), "", "", "note", std::move(line)}});
  }
  if (!actions.lines.empty()) answer_waiting();
  for (const WorkerLife& life : actions.kill) nursery->kill(life);
  for (const auto& [life, order] : actions.start) start_worker(life, order);
  for (auto& [life, order] : actions.tell) {
    orders[life] = std::move(order);
    tell(life);
  }
  if (actions.report) {
    last_report = std::move(actions.report);
    to_master(0, *last_report);
    const std::lock_guard guard(page_mutex);
    page_report = *last_report;
    page_connected = connected;
  }
  return Status::ok();
}

void Agent::Parts::measure() {
  measure_at = now() + kMeasure;
  const NodeLoad node = meter->node();
  caretaker::Load load{node.memory_used, node.cpu_permille, node.network_bytes, {}};
  std::set<int64_t> alive;
  for (const auto& [life, pid] : nursery->pids()) {
    const ProcessLoad used = meter->process(pid);
    load.workers.push_back({life.worker, used.memory_bytes, used.cpu_permille});
    alive.insert(pid);
  }
  meter->keep_only(alive);
  facts.push_back(std::move(load));
  printed();
}

Micros Agent::Parts::due() const {
  Micros at = std::min(decides->due(), measure_at);
  for (const Waiting& one : waiting) at = std::min(at, one.until);
  for (const Leaving& one : leaving) at = std::min(at, one.until);
  for (const auto& [hash, one] : fetching) at = std::min(at, one.again);
  return at;
}

Status Agent::Parts::loop() {
  BLOX_TRY(begin());
  const PostEnd* const ends[] = {workers.get(), master.get()};
  while (!stopping.load(std::memory_order_acquire)) {
    if (wait_post(ends, epoll, std::max(kMillisecond, due() - now()))) wake->clear();
    configure();
    hear_workers();
    hear_master();
    collect();
    if (now() >= measure_at) measure();
    answer_waiting();
    fetch_again();
    facts.push_back(caretaker::Passed{});
    BLOX_TRY(decide());
  }
  return Status::ok();
}

void Agent::Parts::configure() {
  std::optional<AgentOptions> given;
  {
    const std::lock_guard guard(next_mutex);
    given = std::exchange(next, std::nullopt);
  }
  if (!given) return;
  nursery->configure(given->nursery);
  options.decide.host = given->decide.host;  // of workers that begin
  facts.push_back(caretaker::Configured{given->decide.host, std::move(given->decide.labels), given->decide.capacity});
}

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(AgentOptions options, const Clock& clock) {
  auto parts = std::make_unique<Parts>(std::move(options), clock);
  BLOX_TRY(parts->prepare());
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

Status Agent::run() { return parts_->loop(); }

void Agent::stop() {
  parts_->stopping.store(true, std::memory_order_release);
  parts_->wake->ring();
}

std::vector<std::string> Agent::configure(AgentOptions next) {
  const AgentOptions& now = parts_->options;  // of these nothing changes after the start
  std::vector<std::string> fixed;
  if (next.master != now.master) fixed.push_back("master.address");
  if (next.nursery.state != now.nursery.state) fixed.push_back("state");
  if (next.metrics != now.metrics) fixed.push_back("metrics");
  if (next.nursery.user != now.nursery.user) fixed.push_back("limits.user");
  if (next.keys.public_key != now.keys.public_key) fixed.push_back("the key of the node");
  if (next.master_key != now.master_key) fixed.push_back("the key of the master");
  {
    const std::lock_guard guard(parts_->next_mutex);
    parts_->next = std::move(next);
  }
  parts_->wake->ring();
  return fixed;
}

std::string Agent::metrics_address() const { return parts_->metrics == nullptr ? "" : parts_->metrics->address(); }

}  // namespace blox
