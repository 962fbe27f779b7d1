// What was lost with the workers of a node, from their ledgers and from what peers tell their next lives.
#include <fmt/format.h>

#include <algorithm>

#include "caretaker/decide_state.h"

namespace blox::caretaker {

using protocol::Former;
using protocol::Loss;

namespace {

std::string between(uint64_t least, uint64_t most) {
  return least == most ? fmt::format("{}", most) : fmt::format("{} to {}", least, most);
}

std::string words(const Loss& loss) {
  std::string text =
      fmt::format("{} has lost {} records with {}, life {}.{}", loss.element, between(loss.least, loss.most),
                  loss.life.worker, loss.life.epoch, loss.life.incarnation);
  if (loss.again_most > 0) text += fmt::format("; {} came again", between(loss.again_least, loss.again_most));
  return text;
}

bool same(const Loss& a, const Loss& b) {
  return a.element == b.element && a.least == b.least && a.most == b.most && a.again_least == b.again_least &&
         a.again_most == b.again_most;
}

}  // namespace

// A ledger may be told of more than once, and those of several lives in any order.
void Caretaker::State::hear(const Lost& fact) {
  const auto found = children.find(fact.life.worker);
  if (found == children.end() || found->second.record.life.epoch != fact.life.epoch) return;
  ChildRecord& record = found->second.record;
  const bool heard =
      std::any_of(record.losses.begin(), record.losses.end(), [&](const Loss& loss) { return loss.life == fact.life; });
  if (fact.life < record.last.life) {
    if (heard) return;
    const std::vector<Loss> losses = losses_of(fact.ledger, fact.life, {});
    record.losses.insert(record.losses.begin(), losses.begin(), losses.end());
  } else {
    if (record.last.life != fact.life) record.last = {fact.life, fact.ledger, {}};
    weigh(record);
  }
  keep(found->second);
  changed = true;
}

// Peers tell it once they have met the present life, which repeats it.
void Caretaker::State::hear_former(Child& child, const std::vector<Former>& former) {
  LastLife& last = child.record.last;
  std::vector<Former> of_last;
  std::copy_if(former.begin(), former.end(), std::back_inserter(of_last),
               [&](const Former& one) { return one.life == last.life; });
  if (of_last.size() <= last.former.size()) return;
  last.former = std::move(of_last);
  weigh(child.record);
  keep(child);
  changed = true;
}

void Caretaker::State::weigh(ChildRecord& record) {
  FormerRecords former;
  for (const Former& one : record.last.former) former.emplace(static_cast<uint32_t>(one.number), one.records);
  const std::vector<Loss> losses = losses_of(record.last.ledger, record.last.life, former);
  for (const Loss& loss : losses) {
    const bool known = std::any_of(record.losses.begin(), record.losses.end(),
                                   [&](const Loss& before) { return before.life == loss.life && same(before, loss); });
    if (!known) out->notes.push_back(words(loss));
  }
  std::erase_if(record.losses, [&](const Loss& loss) { return loss.life == record.last.life; });
  record.losses.insert(record.losses.end(), losses.begin(), losses.end());
}

void add_noticed(std::vector<Loss>& noticed, const std::vector<Loss>& more) {
  for (const Loss& loss : more) {
    const auto known = std::find_if(noticed.begin(), noticed.end(), [&](const Loss& one) {
      return one.element == loss.element && one.life == loss.life;
    });
    if (known == noticed.end()) {
      noticed.push_back(loss);
    } else {
      known->least += loss.least;
      known->most += loss.most;
    }
  }
}

}  // namespace blox::caretaker
