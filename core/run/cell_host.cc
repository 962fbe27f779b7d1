// What an element asks of its host: time, wakers, messages, files, and what becomes of records that it refuses.
#include "core/run/cell.h"
#include "core/run/control.h"
#include "core/run/task.h"

namespace blox::runtime {

/// The bell of one element: outlives it, so that a library's thread may ring late.
class Cell::Bell final : public Wakeable {
 public:
  explicit Bell(Cell* cell) : cell_(cell) {}
  void wake() override {
    const std::lock_guard lock(mutex_);
    if (cell_ == nullptr) return;
    cell_->woken.store(true);  // before the ring, whose read-modify-write makes it visible to the run that follows
    cell_->task->ring(kWoken);
  }
  void silence() { point_to(nullptr); }
  void point_to(Cell* cell) {
    const std::lock_guard lock(mutex_);
    cell_ = cell;
  }

 private:
  std::mutex mutex_;
  Cell* cell_;
};

const Clock& Cell::clock() const { return control_.scheduler.clock(); }

void Cell::message(const Element&, Severe severity, std::string_view text) {
  control_.message(checked.path, severity, text);
}

void Cell::timer_changed(Element&) {
  for (const Timer* timer : element.timers()) task->alarm_at(timer->due());
}

Waker Cell::waker(Element&) {
  if (bell_ == nullptr) bell_ = std::make_shared<Bell>(this);
  return Waker(bell_);
}

void Cell::silence() {
  if (bell_ != nullptr) bell_->silence();
}

void Cell::take_bell(Cell& before) {
  bell_ = std::move(before.bell_);
  if (bell_ == nullptr) return;
  woken.store(true);  // it may have been rung while nobody listened
  bell_->point_to(this);
}

void Cell::rejected(Element&, uint64_t records, std::string_view code, std::string_view first_message) {
  rejected_records.fetch_add(records, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    auto known = rejections_.find(code);
    if (known == rejections_.end()) known = rejections_.emplace(std::string(code), Rejected{}).first;
    known->second.records += records;
    if (known->second.messages.size() < control_.options.messages_kept) {
      known->second.messages.emplace_back(first_message);
    }
  }
  enforce_errors(false);
}

std::map<std::string, Cell::Rejected, std::less<>> Cell::rejections() const {
  const std::lock_guard lock(mutex_);
  return rejections_;
}

uint64_t Cell::records_seen() const {
  uint64_t in = 0;
  uint64_t out = rejected_records.load(std::memory_order_relaxed);
  for (const Port* port : element.ports()) {
    if (port->direction() == Direction::kIn) in += port->traffic.records.get();
    if (port->direction() == Direction::kOut && port->kind() == PortKind::kPush && port->name() != "errors") {
      out += port->traffic.records.get();
    }
  }
  return push_inputs > 0 || !questions.empty() ? in : out;
}

void Cell::enforce_errors(bool at_end) {
  constexpr uint64_t kShareFrom = 1'000;
  const ErrorPolicy& policy = checked.settings.on_error;
  if (policy.kind == ErrorPolicy::Kind::kCount) return;
  uint64_t refused = 0, seen = 0;
  std::map<std::string, Rejected, std::less<>> reasons;
  for (const Cell* part : all_parts()) {
    const uint64_t here = part->rejected_records.load(std::memory_order_relaxed);
    refused += here;
    // What spreads passes all on but what it refuses; its replicas have seen the rest.
    const bool replica = shard == nullptr || part->checked.place.part == ShardPlace::Part::kReplica;
    seen += replica ? part->records_seen() : here;
    if (here > 0) reasons.merge(part->rejections());
    // What gathers refuses nothing, and ends last.
    at_end = at_end && (part->checked.place.part == ShardPlace::Part::kGather || part->ended.load());
  }
  if (refused == 0) return;
  if (policy.kind == ErrorPolicy::Kind::kShare) {
    if (!at_end && seen < kShareFrom) return;
    if (static_cast<double>(refused) <= policy.share * static_cast<double>(seen)) return;
  }
  // Another thread may be about to say why.
  const std::string code = reasons.empty() ? "" : reasons.begin()->first;
  const bool known = !reasons.empty() && !reasons.begin()->second.messages.empty();
  const std::string text = known ? reasons.begin()->second.messages.front() : code;
  control_.fail(Status::user("errors.limit", "refused " + std::to_string(refused) + " of " + std::to_string(seen) +
                                                 " records, more than `on_error` allows: " + text)
                    .at(known_as != nullptr ? *known_as : checked.path));
}

std::vector<const Cell*> Cell::all_parts() const {
  if (shard == nullptr) return {this};
  return {shard->begin(), shard->end()};
}

uint64_t Cell::bytes_of_all() const {
  if (shard == nullptr) return state_bytes.load(std::memory_order_relaxed);
  uint64_t sum = 0;
  for (const Cell* part : *shard) sum += part->state_bytes.load(std::memory_order_relaxed);
  return sum;
}

std::string Cell::resolve_path(std::string_view path) const {
  const std::string& folder = control_.options.folder;
  if (folder.empty() || path.empty() || path.front() == '/') return std::string(path);
  return folder + (folder.back() == '/' ? "" : "/") + std::string(path);
}

int Cell::file_fault(std::string_view path, FileCall file_call, uint64_t bytes) const {
  return control_.options.file_fault == nullptr ? 0 : control_.options.file_fault(path, file_call, bytes);
}

bool Cell::print(std::string_view text) { return control_.print(checked.path, text); }

}  // namespace blox::runtime
