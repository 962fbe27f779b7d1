// How shards go on in another assembly: UPDATE.md, "Shards".
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "core/data/builder.h"
#include "core/graph/gather.h"
#include "core/graph/shards.h"
#include "core/graph/spread.h"
#include "core/run/assembly.h"
#include "core/state/snapshot.h"

namespace blox::runtime {
namespace {

using Fate = ElementUpdate::Fate;
using Part = ShardPlace::Part;

bool spreads(const ShardPlace& place) { return place.part == Part::kSpread || place.part == Part::kExtra; }

const RemadeShard* remade(const Update& update, size_t whole) {
  for (const RemadeShard& one : update.remade) {
    if (one.before == whole) return &one;
  }
  return nullptr;
}

using PortLogs = std::vector<std::pair<std::string, Log>>;

/// The parts that replicas have not begun, in the order in which the shard was given them: they are the last turns of
/// each. Those of a shard that keeps no order come replica by replica.
PortLogs in_turn(std::map<size_t, PortLogs> waiting, const std::vector<size_t>& turns) {
  PortLogs out;
  for (size_t i = turns.size(); i-- > 0;) {
    PortLogs& at = waiting[turns[i]];
    if (at.empty()) continue;
    out.push_back(std::move(at.back()));
    at.pop_back();
  }
  std::reverse(out.begin(), out.end());
  for (auto& [replica, logs] : waiting) std::move(logs.begin(), logs.end(), std::back_inserter(out));
  return out;
}

}  // namespace

size_t Assembly::whole_of(const Checked& checked, size_t element) {
  const ShardPlace& place = checked.elements[element].place;
  const bool alone = place.part == Part::kNone || place.shard >= checked.elements.size();  // or its shard is elsewhere
  return alone ? element : place.shard;
}

/// Whether a connection is between two parts of a shard that is remade.
bool Assembly::inside_remade(const Checked& before, const Update& update, const CheckedConnection& connection) {
  const size_t whole = whole_of(before, connection.from);
  return whole == whole_of(before, connection.to) && before.elements[whole].place.part != Part::kNone &&
         remade(update, whole) != nullptr;
}

Status Assembly::refuses(const TopologyVersion& next) const {
  for (const RemoteEnd& end : next.remote) {
    const std::optional<size_t> now = far_end(end);
    if (now.has_value() ? end.continues(remote_[*now]) : !past_.contains(end.number)) continue;
    return Status::user("update.links", "a connection to another worker has the number of one that was another")
        .at(end.from + " -> " + end.to)
        .with_fix("start the worker anew");
  }
  return compare({checked_, definitions_}, {next.checked, next.definitions}).impossible;
}

/// Who takes now what was meant for this port of an element: of a shard, whoever spreads it.
std::optional<size_t> Assembly::successor(const Assembly& before, const Update& update, size_t element,
                                          std::string_view in_port) const {
  const RemadeShard* const shard = remade(update, whole_of(before.checked_, element));
  if (shard == nullptr) {
    for (const ElementUpdate& one : update.elements) {
      if (one.before == element) return one.after;
    }
    return std::nullopt;
  }
  if (!shard->after.has_value()) return std::nullopt;
  if (checked_.elements[*shard->after].place.part == Part::kNone) return shard->after;
  for (size_t i = 0; i < checked_.elements.size(); ++i) {
    const CheckedElement& part = checked_.elements[i];
    if (whole_of(checked_, i) != *shard->after || !spreads(part.place)) continue;
    const Port* const port = part.element->find_port(in_port, Direction::kIn);
    if (port != nullptr && port->kind() == PortKind::kPush) return i;
  }
  return std::nullopt;
}

// ---- state ----

/// What elements that are made anew load, by their path.
std::map<std::string, std::string> Assembly::states_for(Assembly& before, const Update& update,
                                                        std::map<std::string, std::string>& captured, bool back,
                                                        std::vector<std::string>& lost) {
  std::map<std::string, std::string> states;
  if (back) {
    for (const ElementUpdate& one : update.elements) {
      const auto known = captured.find(one.path);
      if (one.fate != Fate::kKept && known != captured.end()) states.insert(*known);
    }
    return states;
  }
  // All that do not run on, since they are made anew as they were if this fails.
  for (const auto& cell : before.cells_) {
    const bool goes_on = std::any_of(update.elements.begin(), update.elements.end(), [&](const ElementUpdate& one) {
      return one.before == cell->index && one.fate == Fate::kKept;
    });
    if (!goes_on && !cell->element.states().empty()) captured.emplace(cell->checked.path, capture(cell->element));
  }
  for (const ElementUpdate& one : update.elements) {
    if (one.keeps_state) states.emplace(one.path, captured.at(before.cells_[*one.before]->checked.path));
  }
  for (const StateDivision& one : update.divided) {
    const Status status = divide_state(one, before, captured, states, lost);
    if (!status.is_ok()) {
      control_.message(before.checked_.elements[whole_of(before.checked_, one.before[0])].path, Severe::kWarning,
                       "begins anew: " + status.to_string());
    }
  }
  // What an element was in the midst of is gone with it, unless it is state that another takes over.
  for (const ElementUpdate& one : update.elements) {
    if (!one.before.has_value() || one.fate == Fate::kKept || one.keeps_state) continue;
    const Cell& cell = *before.cells_[*one.before];
    const Part part = cell.checked.place.part;
    if (!cell.more || cell.push_inputs == 0 || (part != Part::kNone && part != Part::kReplica)) continue;
    lost.push_back("records that " + cell.checked.path + " held back");
  }
  return states;
}

Status Assembly::divide_state(const StateDivision& division, const Assembly& before,
                              const std::map<std::string, std::string>& captured,
                              std::map<std::string, std::string>& states, std::vector<std::string>& lost) {
  const Element& like = *checked_.elements[division.after[0]].element;
  const PushIn* in = nullptr;
  for (const Port* port : like.ports()) {
    const bool push_in = port->kind() == PortKind::kPush && port->direction() == Direction::kIn;
    if (in == nullptr && push_in && port->connected()) in = static_cast<const PushIn*>(port);
  }
  const std::optional<std::vector<std::string>> key = in == nullptr ? std::nullopt : key_at(like, *in);
  BLOX_CHECK(key.has_value(), "state by key of an element without one");
  const auto* spread =
      dynamic_cast<const Spread*>(checked_.elements[whole_of(checked_, division.after[0])].element.get());

  std::vector<Field> fields;
  for (const std::string& name : *key) fields.push_back(in->schema().at(*in->schema().find(name)));
  const Schema schema(std::move(fields));
  const KeyReader reader(schema, *key);
  const OwnersOfKeys owners = [&](std::span<const std::string_view> keys) {
    if (spread == nullptr) return std::vector<size_t>(keys.size(), 0);
    LogBuilder out(schema);
    for (const std::string_view one : keys) {
      BLOX_CHECK(reader.append(one, out, 0), "a key of our own table");
      out.end_row();
    }
    return spread->owners_of(out.finish(0));
  };

  std::vector<std::string> snapshots;
  for (const size_t replica : division.before) snapshots.push_back(captured.at(before.checked_.elements[replica].path));
  uint64_t dropped = 0;
  BLOX_ASSIGN(std::vector<std::string> shares, divide(like, snapshots, division.after.size(), owners, dropped));
  for (size_t i = 0; i < shares.size(); ++i) {
    states.emplace(checked_.elements[division.after[i]].path, std::move(shares[i]));
  }
  if (dropped > 0) {
    lost.push_back(fmt::format("what was known of {} keys that no replica of {} has values for", dropped,
                               known_as(checked_, division.after[0])));
  }
  return Status::ok();
}

// ---- what is under way ----

/// The logs that wait before a push in port: before the element, then in its queues.
std::deque<Log> Assembly::waiting_at(Cell& cell, const Port& port) {
  std::vector<Parcel> parcels;
  for (Pending& one : cell.pending) {
    if (one.what == Pending::What::kLog && one.port == &port) parcels.push_back({{}, std::exchange(one.log, {})});
  }
  for (size_t i = 0; i < ends_.size(); ++i) {
    if (checked_.connections[i].to_port != &port || ends_[i].in == nullptr) continue;
    ends_[i].in->reader.surrender(parcels);
    ends_[i].out->writer.surrender(parcels);
  }
  std::deque<Log> logs;
  for (Parcel& parcel : parcels) {
    if (parcel.log.exists()) logs.push_back(std::move(parcel.log));
  }
  return logs;
}

/// What a shard was given and no replica has begun goes before what takes its place, in the order in which it came.
Assembly::Turns Assembly::take_shard_inputs(Assembly& before, const Update& update, std::vector<std::string>& lost) {
  Turns turns;
  for (const RemadeShard& shard : update.remade) {
    if (!shard.before.has_value() || before.checked_.elements[*shard.before].place.part == Part::kNone) continue;
    PortLogs behind;  // what its replicas were not yet given
    std::map<size_t, PortLogs> waiting;
    const std::vector<size_t>* order = nullptr;
    for (const auto& cell : before.cells_) {
      if (whole_of(before.checked_, cell->index) != *shard.before) continue;
      const ShardPlace& place = cell->checked.place;
      if (place.part == Part::kGather) {
        auto& gather = static_cast<Gather&>(cell->element);
        std::vector<size_t>& all = turns[cell->index];
        all.assign(gather.turns().begin(), gather.turns().end());
        for (const Log& log : before.waiting_at(*cell, gather.order())) {
          for (const Row row : log) all.push_back(static_cast<size_t>(row.int_at(0)));
        }
        order = &all;
        continue;
      }
      for (Port* port : cell->element.ports()) {
        if (port->kind() != PortKind::kPush || port->direction() != Direction::kIn) continue;
        if (place.part == Part::kReplica) {
          for (Log& log : before.waiting_at(*cell, *port)) waiting[place.number].emplace_back(port->name(), log);
        } else {
          for (Log& log : static_cast<Spread&>(cell->element).surrender()) behind.emplace_back(port->name(), log);
        }
      }
    }
    PortLogs all = in_turn(std::move(waiting), order == nullptr ? std::vector<size_t>() : *order);
    std::move(behind.begin(), behind.end(), std::back_inserter(all));
    uint64_t records = 0;
    for (auto& [port, log] : all) {
      const std::optional<size_t> to = successor(before, update, *shard.before, port);
      if (!to.has_value() || !put(*to, port, log)) records += log.rows();
    }
    if (records == 0) continue;
    lost.push_back(fmt::format("in {}: {} records", before.checked_.elements[*shard.before].path, records));
  }
  return turns;
}

/// What replicas have given and was not yet their turn leaves the shard: in turn, but what came earlier and was not
/// begun comes behind it.
void Assembly::take_shard_outputs(Assembly& before, const Update& update, const Turns& turns, UpdateReport& report) {
  for (const auto& [index, order] : turns) {
    Cell& cell = *before.cells_[index];
    auto& gather = static_cast<Gather&>(cell.element);
    std::vector<std::deque<Log>> given(cell.checked.place.replicas);
    for (size_t i = 0; i < given.size(); ++i) given[i] = before.waiting_at(cell, gather.from_replica(i));
    std::vector<Log> all;
    bool missing = false, overtaken = false;
    for (const size_t replica : order) {
      std::deque<Log>& logs = given[replica];
      bool finished = false;
      while (!logs.empty() && !finished) {
        finished = logs.front().rows() == 0;
        overtaken = overtaken || (missing && !finished);
        if (!finished) all.push_back(std::move(logs.front()));
        logs.pop_front();
      }
      missing = missing || !finished;
    }
    for (std::deque<Log>& logs : given) {
      for (Log& log : logs) {
        if (log.rows() > 0) all.push_back(std::move(log));
      }
    }
    const std::string& shard = known_as(before.checked_, index);
    uint64_t records = 0;
    for (const Log& log : all) {
      for (const CheckedConnection& old : before.checked_.connections) {
        if (old.from == index && !hand_over(before, update, old, log)) records += log.rows();
      }
    }
    if (records > 0) report.lost.push_back(fmt::format("out of {}: {} records", shard, records));
    if (overtaken) report.lost.push_back("the order of what was under way in " + shard);
  }
}

/// Gives a log that was to leave by an old connection of a shard to whoever reads that now.
bool Assembly::hand_over(const Assembly& before, const Update& update, const CheckedConnection& old, const Log& log) {
  const std::optional<size_t> reader = successor(before, update, old.to, old.to_port->name());
  if (!reader.has_value()) return false;
  const std::optional<size_t> writer = remade(update, whole_of(before.checked_, old.from))->after;
  for (size_t i = 0; i < ends_.size(); ++i) {
    const CheckedConnection& connection = checked_.connections[i];
    if (connection.to != *reader || connection.to_port->name() != old.to_port->name() || ends_[i].in == nullptr)
      continue;
    if (whole_of(checked_, connection.from) != writer) continue;
    std::optional<Log> fits = fitting(log, connection.to_port->schema());
    if (fits.has_value()) ends_[i].in->reader.inherit({{}, *std::move(fits)});
    return fits.has_value();
  }
  return put(*reader, old.to_port->name(), log);
}

}  // namespace blox::runtime
