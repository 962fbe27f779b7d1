// What becomes of the ends of connections to other workers in an update: UPDATE.md, "Parts".
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/run/assembly.h"

namespace blox::runtime {

/// What is not in the version before may be in the one before that: where that is gone back to.
std::optional<Assembly::Old> Assembly::old_end(Assembly& before, const RemoteEnd& end) const {
  for (Assembly* of : {&before, before.former_}) {
    if (of == nullptr) continue;
    const std::optional<size_t> index = of->far_end(end);
    if (index.has_value()) return Old{of, &of->remote_[*index], &of->far_ends_[*index]};
  }
  return std::nullopt;
}

std::vector<Assembly::Old> Assembly::removed_ends(Assembly& before) const {
  std::vector<Old> gone;
  for (size_t i = 0; i < before.remote_.size(); ++i) {
    if (!far_end(before.remote_[i]).has_value()) gone.push_back({&before, &before.remote_[i], &before.far_ends_[i]});
  }
  return gone;
}

/// By element of the next version: whether it gets a connection to another worker.
std::vector<bool> Assembly::joined(const std::vector<RemoteEnd>& next) const {
  std::vector<bool> all;
  for (const RemoteEnd& end : next) {
    if (far_end(end).has_value()) continue;
    all.resize(std::max(all.size(), end.element + 1));
    all[end.element] = true;
  }
  return all;
}

/// Inputs from other workers, here and as they were.
std::vector<std::pair<QueuedInput*, QueuedInput*>> Assembly::far_inputs(Assembly& before) const {
  std::vector<std::pair<QueuedInput*, QueuedInput*>> pairs;
  for (size_t i = 0; i < remote_.size(); ++i) {
    const std::optional<Old> old = old_end(before, remote_[i]);
    if (!old.has_value() || far_ends_[i].in == nullptr || old->far->in == nullptr) continue;
    pairs.emplace_back(far_ends_[i].in, old->far->in);
  }
  return pairs;
}

/// What stood at the ends of before stands at the same ends here, whether the element there runs on or was made anew.
void Assembly::take_far_ends(Assembly& before, std::vector<std::string>& lost) {
  for (size_t i = 0; i < remote_.size(); ++i) {
    const std::optional<Old> at = old_end(before, remote_[i]);
    if (!at.has_value()) continue;
    FarEnd& far = far_ends_[i];
    FarEnd& old = *at->far;
    if (old.in == nullptr && old.out == nullptr && old.asker == nullptr && old.answerer == nullptr) continue;
    const Cell& was = *at->of->cells_[at->remote->element];
    const bool runs_on = &cells_[remote_[i].element]->element == &was.element;
    if (far.out != nullptr) {
      if (!runs_on && old.out->writer.ending()) {
        far.out->writer.refuse();
      } else {
        far.out->writer.succeed(old.out->writer);
      }
    }
    if (far.in != nullptr) far.in->succeed(*old.in, runs_on);
    if (far.asker != nullptr && runs_on && !far.asked) {
      far.asker->inherit(*old.asker, true);
    } else if (far.asker != nullptr && !runs_on) {
      const size_t open = old.asker->outstanding();
      if (open > 0)
        lost.push_back(
            fmt::format("query {} => {}: {} questions without an answer", remote_[i].from, remote_[i].to, open));
      far.asker->replace(*old.asker, was.ended);
    }
    if (far.answerer != nullptr && runs_on) {
      far.answerer->inherit(*old.answerer);
    } else if (far.answerer != nullptr) {
      far.answerer->replace(*old.answerer);
    }
  }
  before.links_go_on_ = true;
}

/// Whoever is behind a query out port now answers what was asked before, there or here.
void Assembly::take_far_queries(Assembly& before, std::vector<std::string>& lost) {
  const std::vector<Old> gone = removed_ends(before);
  const auto asked_from = [&](const Port* port) {
    const auto found = std::find_if(gone.begin(), gone.end(), [&](const Old& old) {
      return old.far->asker != nullptr && old.remote->port == port;
    });
    return found == gone.end() ? nullptr : found->far->asker;
  };
  const auto take = [&](QueryAsker& asker, const Port* port) {
    if (QueryAsker* const old = asked_from(port)) {
      asker.inherit(*old, false, true);
      return true;
    }
    for (size_t i = 0; i < before.ends_.size(); ++i) {
      QueryAsker* const old = before.ends_[i].asker;
      if (old == nullptr || before.checked_.connections[i].from_port != port) continue;
      asker.inherit(*old, false, true);
      return true;
    }
    return false;
  };
  for (size_t i = 0; i < ends_.size(); ++i) {
    if (ends_[i].asker == nullptr) continue;
    if (QueryAsker* const old = asked_from(checked_.connections[i].from_port)) ends_[i].asker->inherit(*old, false);
  }
  for (size_t i = 0; i < remote_.size(); ++i) {
    const bool is_new = far_ends_[i].asker != nullptr && !before.far_end(remote_[i]).has_value();
    if (is_new) far_ends_[i].asked = take(*far_ends_[i].asker, remote_[i].port);
  }
  for (const Old& old : gone) {
    if (old.far->asker == nullptr || old.far->asker->outstanding() == 0) continue;
    lost.push_back(fmt::format("query {} => {}: {} questions without an answer", old.remote->from, old.remote->to,
                               old.far->asker->outstanding()));
  }
}

/// To a new connection to another worker that the same out port has. False where there is none, or it does not fit.
bool Assembly::hand_far(size_t writer, std::string_view out_port, Parcel& parcel) {
  for (size_t i = 0; i < remote_.size(); ++i) {
    FarEnd& far = far_ends_[i];
    if (far.out == nullptr || far.goes_on || remote_[i].element != writer || remote_[i].port->name() != out_port) {
      continue;
    }
    std::optional<Log> fits = parcel.log.exists() ? fitting(parcel.log, remote_[i].far) : Log();
    if (!fits.has_value()) return false;
    far.out->inherit({parcel.before, *std::move(fits)});
    return true;
  }
  return false;
}

/// To what is new behind an out port.
bool Assembly::hand_on(const Update& update, size_t writer, std::string_view out_port, Parcel& parcel) {
  for (size_t i = 0; i < ends_.size(); ++i) {
    const CheckedConnection& one = checked_.connections[i];
    const bool takes_its_place = one.kind == PortKind::kPush && one.from == writer &&
                                 one.from_port->name() == out_port && !update.connections[i].has_value() &&
                                 whole_of(checked_, one.from) != whole_of(checked_, one.to);
    if (!takes_its_place) continue;
    if (ends_[i].fused != nullptr) {
      FusedInput& input = *ends_[i].fused;
      if (parcel.before.has_value()) input.reader().take_mark(input.time(), *parcel.before);
      return !parcel.log.exists() || put(one.to, one.to_port->name(), parcel.log);
    }
    std::optional<Log> fits = parcel.log.exists() ? fitting(parcel.log, one.to_port->schema()) : Log();
    if (!fits.has_value()) return false;
    if (fits->exists()) ends_[i].in->count_entered(fits->rows());
    ends_[i].in->reader.inherit({parcel.before, *std::move(fits)});
    return true;
  }
  return hand_far(writer, out_port, parcel);
}

/// What stood at ends that are gone. Once it is certain that they are: nothing goes back.
void Assembly::leave_far_ends(Assembly& before, const Update& update, std::vector<std::string>& lost) {
  for (const Old& old : removed_ends(before)) {
    const RemoteEnd& end = *old.remote;
    past_.insert(end.number);
    if (old.far->answerer != nullptr) old.far->answerer->let_go();
    std::vector<Parcel> parcels;
    if (old.far->in != nullptr) old.far->in->reader.surrender(parcels);
    if (old.far->out != nullptr && !old.far->out->writer.done()) old.far->out->surrender(parcels);
    uint64_t logs = 0, records = 0;
    const std::optional<size_t> here = successor(before, update, end.element, end.port->name());
    for (Parcel& parcel : parcels) {
      if (here.has_value() && end.outgoing && hand_on(update, *here, end.port->name(), parcel)) continue;
      if (!parcel.log.exists()) continue;
      if (here.has_value() && !end.outgoing && put(*here, end.port->name(), parcel.log)) continue;
      ++logs;
      records += parcel.log.rows();
    }
    if (logs > 0) lost.push_back(fmt::format("queue {} -> {}: {} logs, {} records", end.from, end.to, logs, records));
  }
}

/// Tells elements of the ends that came, or were said, before them; and says those that are new to others.
void Assembly::repeat_far_ends() {
  for (size_t i = 0; i < far_ends_.size(); ++i) {
    FarEnd& far = far_ends_[i];
    const Cell& cell = *cells_[remote_[i].element];
    if (far.in != nullptr && cell.done) far.in->reader.finish();
    if (far.in != nullptr) far.in->look_for_end();
    if (far.out != nullptr && !far.goes_on && cell.ended) far.out->writer.end();
    if (far.out != nullptr) far.out->pump();
    if (far.asker != nullptr && !far.goes_on && cell.ended) far.asker->end();
  }
}

}  // namespace blox::runtime
