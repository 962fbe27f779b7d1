// How one assembly takes the place of another: UPDATE.md has the argument.
#include <fmt/format.h>
#include <algorithm>

#include "core/run/assembly.h"
#include "core/state/snapshot.h"

namespace blox::runtime {
namespace {

using Fate = ElementUpdate::Fate;

}  // namespace

/// The log as a port of that type takes it, where it can be.
std::optional<Log> Assembly::fitting(const Log& log, const Schema& schema) {
  std::optional<Adapter> adapter = Adapter::between(log.schema(), schema);
  if (!adapter.has_value()) return std::nullopt;
  return (*adapter)(log);
}

std::vector<bool> Assembly::over() const {
  std::vector<bool> all;
  for (const auto& cell : cells_) all.push_back(cell->ended || cell->done || cell->flushed);
  return all;
}

std::vector<Runnable*> Assembly::tasks() const {
  std::vector<Runnable*> all;
  for (const auto& task : tasks_) all.push_back(task.get());
  return all;
}

/// The elements that are kept, put where the new ones of their name were made.
void Assembly::take_elements(Assembly& before, const Update& update) {
  std::map<const Port*, Port*> ports;
  for (const ElementUpdate& one : update.elements) {
    if (one.fate != Fate::kKept) continue;
    CheckedElement& mine = checked_.elements[*one.after];
    std::unique_ptr<Element>& kept = before.checked_.elements[*one.before].element;
    for (size_t i = 0; i < kept->ports().size(); ++i) {
      Port* const port = kept->ports()[i];
      ports.emplace(mine.element->ports()[i], port);
      port->set_look(nullptr, nullptr);
      if (port->direction() == Direction::kIn) continue;
      const auto relay = before.relays_.find(port);
      if (relay != before.relays_.end()) {
        relay->second->readers.clear();
        static_cast<PushOut*>(port)->set_wanted(true);
        relays_.insert(before.relays_.extract(relay));
      }
      if (port->kind() == PortKind::kQuery) static_cast<QueryOut*>(port)->connect(nullptr);
    }
    mine.element = std::move(kept);
  }
  const auto now = [&](Port*& port) {
    const auto found = ports.find(port);
    if (found != ports.end()) port = found->second;
  };
  for (CheckedConnection& connection : checked_.connections) {
    now(connection.from_port);
    now(connection.to_port);
  }
  for (RemoteEnd& end : remote_) now(end.port);
}

void Assembly::take_times(Assembly& before, const Update& update) {
  for (size_t i = 0; i < ends_.size(); ++i) {
    if (!update.connections[i].has_value() || checked_.connections[i].kind != PortKind::kPush) continue;
    const Ends& old = before.ends_[*update.connections[i]];
    const size_t reader = checked_.connections[i].to;
    if (&cells_[reader]->element != &before.cells_[before.checked_.connections[*update.connections[i]].to]->element) {
      continue;  // made anew: it is told again
    }
    InputTime& now = ends_[i].fused != nullptr ? ends_[i].fused->time() : ends_[i].in->time();
    cells_[reader]->adopt_input(now, old.fused != nullptr ? old.fused->time() : old.in->time());
  }
  for (const auto& [now, old] : far_inputs(before)) {
    Cell& reader = now->cell();
    if (&reader.element == &old->cell().element) reader.adopt_input(now->time(), old->time());
  }
}

/// Puts a log before an element, behind all that waits there. False where it does not fit.
bool Assembly::put(size_t element, std::string_view port, Log log) {
  Cell& cell = *cells_[element];
  if (cell.done) return true;  // it wants none
  Port* const in = cell.element.find_port(port, Direction::kIn);
  if (in == nullptr || in->kind() != PortKind::kPush) return false;
  std::optional<Log> fits = fitting(log, in->schema());
  if (!fits.has_value()) return false;
  cell.wait({Pending::What::kLog, static_cast<PushIn*>(in), *std::move(fits), nullptr, {}});
  return true;
}

/// What waited before elements that had more to say.
void Assembly::take_pending(Assembly& before, const Update& update, std::vector<std::string>& lost) {
  std::map<const InputTime*, InputTime*> inputs;
  for (size_t i = 0; i < ends_.size(); ++i) {
    if (!update.connections[i].has_value() || checked_.connections[i].kind != PortKind::kPush) continue;
    const Ends& old = before.ends_[*update.connections[i]];
    inputs.emplace(old.fused != nullptr ? &old.fused->time() : &old.in->time(),
                   ends_[i].fused != nullptr ? &ends_[i].fused->time() : &ends_[i].in->time());
  }
  for (const auto& [now, old] : far_inputs(before)) inputs.emplace(&old->time(), &now->time());
  for (const ElementUpdate& one : update.elements) {
    if (!one.before.has_value()) continue;
    uint64_t records = 0;
    for (Pending& waiting : before.cells_[*one.before]->pending) {
      switch (waiting.what) {
        case Pending::What::kLog:
          if (const auto to = successor(before, update, *one.before, waiting.port->name());
              !to.has_value() || !put(*to, waiting.port->name(), waiting.log)) {
            records += waiting.log.rows();
          }
          break;
        case Pending::What::kMark: {
          const auto now = inputs.find(waiting.from);
          if (one.fate == Fate::kKept && now != inputs.end()) {
            cells_[*one.after]->wait({waiting.what, now->second->port, {}, now->second, waiting.mark});
          }
          break;
        }
        case Pending::What::kEnd: break;  // said again by repeat_ends()
        case Pending::What::kTime:
          if (one.fate == Fate::kKept) cells_[*one.after]->wait({waiting.what, nullptr, {}, nullptr, {}});
          break;
      }
    }
    before.cells_[*one.before]->pending.clear();
    if (records > 0) lost.push_back(fmt::format("before {}: {} records", one.path, records));
  }
}

/// What was under way in a queue: through the same connection, else through what has taken its place behind the same
/// out port, else straight to the port that it was meant for.
void Assembly::take_parcels(Assembly& before, const Update& update, size_t old_connection,
                            std::vector<std::string>& lost) {
  const CheckedConnection& old = before.checked_.connections[old_connection];
  if (inside_remade(before.checked_, update, old)) return;
  std::vector<Parcel> parcels;
  before.ends_[old_connection].in->reader.surrender(parcels);
  before.ends_[old_connection].out->writer.surrender(parcels);
  if (parcels.empty()) return;
  std::optional<size_t> writer;
  for (const ElementUpdate& one : update.elements) {
    if (one.before == old.from) writer = one.after;
  }
  const std::optional<size_t> reader = successor(before, update, old.to, old.to_port->name());
  std::optional<size_t> way;
  for (size_t i = 0; i < ends_.size(); ++i) {
    const CheckedConnection& connection = checked_.connections[i];
    if (connection.kind != PortKind::kPush) continue;
    if (update.connections[i] == old_connection) {
      way = i;
      break;
    }
    const bool takes_its_place = connection.from == writer && connection.from_port->name() == old.from_port->name() &&
                                 !update.connections[i].has_value() &&
                                 whole_of(checked_, connection.from) != whole_of(checked_, connection.to);
    if (takes_its_place && !way.has_value()) way = i;
  }
  uint64_t logs = 0, records = 0;
  for (Parcel& parcel : parcels) {
    if (way.has_value() && ends_[*way].in != nullptr) {
      const Schema& schema = checked_.connections[*way].to_port->schema();
      std::optional<Log> fits = parcel.log.exists() ? fitting(parcel.log, schema) : Log();
      if (fits.has_value()) {
        if (update.connections[*way] != old_connection && fits->exists()) ends_[*way].in->count_entered(fits->rows());
        ends_[*way].in->reader.inherit({parcel.before, *std::move(fits)});
        continue;
      }
    } else if (way.has_value()) {
      FusedInput& input = *ends_[*way].fused;
      if (parcel.before.has_value()) input.reader().take_mark(input.time(), *parcel.before);
      if (!parcel.log.exists()) continue;
      if (put(checked_.connections[*way].to, checked_.connections[*way].to_port->name(), parcel.log)) continue;
    }
    if (!way.has_value() && writer.has_value() && hand_far(*writer, old.from_port->name(), parcel)) continue;
    if (!parcel.log.exists()) continue;
    if (reader.has_value() && put(*reader, old.to_port->name(), parcel.log)) continue;
    ++logs;
    records += parcel.log.rows();
  }
  if (logs == 0) return;
  lost.push_back(fmt::format("queue {} -> {}: {} logs, {} records", before.name(old, true), before.name(old, false),
                             logs, records));
}

void Assembly::take_queues(Assembly& before, const Update& update, std::vector<std::string>& lost) {
  for (size_t i = 0; i < ends_.size(); ++i) {
    if (!update.connections[i].has_value() || ends_[i].in == nullptr) continue;
    const size_t old = *update.connections[i];
    if (before.ends_[old].in == nullptr || inside_remade(before.checked_, update, before.checked_.connections[old])) {
      continue;
    }
    ends_[i].in->inherit_hand(*before.ends_[old].in);
  }
  for (size_t i = 0; i < before.ends_.size(); ++i) {
    if (before.ends_[i].in != nullptr) take_parcels(before, update, i, lost);
  }
  for (const Queue& queue : queues_) {
    if (queue.connection == nullptr) continue;
    const auto index = static_cast<size_t>(queue.connection - checked_.connections.data());
    if (!update.connections[index].has_value()) continue;
    for (const Queue& old : before.queues_) {
      if (old.connection != &before.checked_.connections[*update.connections[index]]) continue;
      queue.state->dropped_logs.add(old.state->dropped_logs.get());
      queue.state->dropped_records.add(old.state->dropped_records.get());
    }
  }
}

void Assembly::take_queries(Assembly& before, const Update& update, std::vector<std::string>& lost) {
  const auto same = [&](size_t mine, size_t old) { return &cells_[mine]->element == &before.cells_[old]->element; };
  std::vector<bool> answered(before.ends_.size(), false), asked(before.ends_.size(), false);
  for (size_t i = 0; i < ends_.size(); ++i) {
    if (ends_[i].asker == nullptr) continue;
    const CheckedConnection& mine = checked_.connections[i];
    // A query out port has one connection: whoever is behind it now answers what was asked before.
    for (size_t old = 0; old < before.ends_.size(); ++old) {
      const CheckedConnection& theirs = before.checked_.connections[old];
      if (before.ends_[old].asker == nullptr || theirs.from_port != mine.from_port || !same(mine.from, theirs.from)) {
        continue;
      }
      const bool same_answerer = update.connections[i] == old && same(mine.to, theirs.to);
      if (same_answerer) ends_[i].answerer->inherit(*before.ends_[old].answerer);
      ends_[i].asker->inherit(*before.ends_[old].asker, same_answerer);
      answered[old] = same_answerer;
      asked[old] = true;
    }
  }
  for (size_t old = 0; old < before.ends_.size(); ++old) {
    if (before.ends_[old].asker == nullptr) continue;
    if (!answered[old]) before.ends_[old].answerer->let_go();
    const size_t open = before.ends_[old].asker->outstanding();
    const CheckedConnection& theirs = before.checked_.connections[old];
    // What a shard asks its replicas is asked once more with the question to the shard.
    if (asked[old] || open == 0 || inside_remade(before.checked_, update, theirs)) continue;
    lost.push_back(fmt::format("query {} => {}: {} questions without an answer", before.name(theirs, true),
                               before.name(theirs, false), open));
  }
}

/// Elements that run on and have ended, or want no more, say so once more to those that they are connected to now.
void Assembly::repeat_ends() {
  for (size_t i = 0; i < ends_.size(); ++i) {
    const CheckedConnection& connection = checked_.connections[i];
    if (cells_[connection.to]->done) {
      if (ends_[i].fused != nullptr) ends_[i].fused->from().reader_done();
      if (ends_[i].in != nullptr) ends_[i].in->reader.finish();
    }
    if (!cells_[connection.from]->ended) continue;
    if (ends_[i].fused != nullptr) ends_[i].fused->end();
    if (ends_[i].out != nullptr) ends_[i].out->writer.end();
    if (ends_[i].asker != nullptr) ends_[i].asker->end();
  }
  repeat_far_ends();
  for (const auto& cell : cells_) {
    cell->note_backlog();
    if (!cell->ended && (cell->done || cell->flushed)) cell->task->close_soon(*cell);
    if (!cell->ended && cell->supply.kind == Supply::Kind::kReadable && !cell->watch.ready.load()) {
      control_.scheduler.watch(cell->watch);
    }
  }
}

Status Assembly::open_new(Assembly& before, const Update& update, const std::map<std::string, std::string>& states) {
  std::vector<bool> kept(cells_.size(), false);
  for (const ElementUpdate& one : update.elements) {
    if (one.after.has_value()) kept[*one.after] = one.fate == Fate::kKept;
  }
  // First the others are closed: a port or a file can be had once.
  std::vector<Cell*> stay;
  for (Cell* cell : before.open_) {
    const bool goes_on = before.checked_.elements[cell->index].element == nullptr;
    if (goes_on) {
      stay.push_back(cell);
    } else if (const Status status = guarded(cell->element, [&] { return cell->element.close(false); });
               !status.is_ok()) {
      control_.message(cell->checked.path, Severe::kError, status.to_string());
    }
  }
  before.open_.clear();
  Status first;
  for (Cell* cell : in_order_) {
    if (kept[cell->index]) {
      const bool was_open =
          std::any_of(stay.begin(), stay.end(), [&](const Cell* old) { return &old->element == &cell->element; });
      if (was_open) open_.push_back(cell);
      continue;
    }
    if (!first.is_ok()) continue;
    Status status = guarded(cell->element, [cell] { return cell->element.open(); });
    if (status.is_ok()) open_.push_back(cell);
    const auto state = states.find(cell->checked.path);
    if (status.is_ok() && state != states.end()) {
      if (const Status loaded = load(cell->element, state->second); !loaded.is_ok()) {
        control_.message(cell->checked.path, Severe::kWarning, "begins anew: " + loaded.to_string());
      }
    }
    if (status.is_ok() && control_.options.opened != nullptr) status = control_.options.opened(cell->element);
    if (!status.is_ok()) first = of_element(cell->checked.path, status);
  }
  return first;
}

Status Assembly::take_over(Assembly& before, const Update& update, const Plan& plan,
                           std::map<std::string, std::string>& captured, bool back, UpdateReport& report) {
  if (control_.options.net != nullptr) control_.options.net->hold();
  for (const auto& cell : before.cells_) cell->silence();
  for (const auto& task : before.tasks_) {
    task->collect_mail();
    task->visits.nobody_calls();
  }
  const Snapshot measured = before.snapshot();
  std::vector<Cell*> kept(checked_.elements.size(), nullptr);
  for (const ElementUpdate& one : update.elements) {
    if (one.fate == Fate::kKept) kept[*one.after] = before.cells_[*one.before].get();
  }
  const std::map<std::string, std::string> states = states_for(before, update, captured, back, report.lost);
  take_elements(before, update);
  BLOX_TRY(assemble(plan, kept, &before));
  started_ns_ = before.started_ns_;
  for (const ElementUpdate& one : update.elements) {
    if (!one.before.has_value() || !one.after.has_value()) continue;
    if (one.fate == Fate::kKept) cells_[*one.after]->take_bell(*before.cells_[*one.before]);
    cells_[*one.after]->count_on(*before.cells_[*one.before], measured.elements[*one.before]);
    // A cursor into a log that is half done is state: it goes on from there.
    if (one.keeps_state) cells_[*one.after]->more = before.cells_[*one.before]->more;
  }
  take_times(before, update);
  const Turns turns = take_shard_inputs(before, update, report.lost);
  take_pending(before, update, report.lost);
  take_queues(before, update, report.lost);
  take_shard_outputs(before, update, turns, report);
  take_far_queries(before, report.lost);
  take_queries(before, update, report.lost);
  take_far_ends(before, report.lost);
  take_taps(before);
  const Status opened = open_new(before, update, states);
  if (opened.is_ok() && !back) leave_far_ends(before, update, report.lost);
  repeat_ends();
  return opened;
}

/// Those that look go on looking, at the ports of the same names.
void Assembly::take_taps(Assembly& before) {
  taps_ = std::move(before.taps_);
  for (const auto& [port, tap] : taps_) {
    const Result<std::vector<std::pair<size_t, Port*>>> ports = tapped_ports(port);
    if (!ports) continue;  // it may come back
    for (const auto& [element, one] : *ports) tap_point(element, *one).add(tap);
  }
}

std::unique_ptr<Assembly> Assembly::succeed(std::unique_ptr<Assembly> before, TopologyVersion next,
                                            const std::function<TopologyVersion()>& previous, UpdateReport& report) {
  Control& control = before->control_;
  std::map<std::string, std::string> captured;
  const Update update = compare({before->checked_, before->definitions_}, {next.checked, next.definitions},
                                before->over(), before->joined(next.remote));
  report.lines = update.lines();
  auto made = std::make_unique<Assembly>(std::move(next.checked), control, std::move(next.remote), next.waves);
  made->definitions_ = std::move(next.definitions);
  made->past_ = before->past_;
  report.failed = made->take_over(*before, update, next.plan, captured, false, report);
  if (report.failed.is_ok()) return made;
  // Back to what ran before: what was made anew for this is made anew once more, as it was.
  control.scheduler.forget();
  TopologyVersion old = previous();
  const Update back = compare({made->checked_, made->definitions_}, {old.checked, old.definitions}, made->over());
  auto again = std::make_unique<Assembly>(std::move(old.checked), control, std::move(old.remote), old.waves);
  again->definitions_ = std::move(old.definitions);
  again->past_ = before->past_;
  made->former_ = before.get();
  const Status status = again->take_over(*made, back, old.plan, captured, true, report);
  if (!status.is_ok()) control.fail(status);
  return again;
}

}  // namespace blox::runtime
