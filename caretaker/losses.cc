#include "caretaker/losses.h"

#include <algorithm>
#include <set>

namespace blox {
namespace {

using What = FlightPlace::Kind;

uint64_t rest(uint64_t all, uint64_t gone) { return all > gone ? all - gone : 0; }
uint64_t sum(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

struct Passed {
  uint64_t least, most;
};

class Weighing {
 public:
  Weighing(std::span<const LedgerEntry> entries, const FormerRecords& former) : entries_(entries), former_(former) {
    for (const LedgerEntry& entry : entries) look(entry);
  }

  void weigh(const LedgerEntry& entry, protocol::Loss& loss) const {
    if (entry.unwanted != 0) return;
    const uint64_t here = rest(entry.entered, entry.dropped), placed = rest(entry.placed, entry.dropped);
    const Passed passed = passed_of(entry);
    switch (entry.kind) {
      case What::kIncoming:
        add(loss, rest(passed.least, entry.taken), rest(passed.most, entry.finished));
        loss.again_least = sum(loss.again_least, all_went_on_ ? rest(entry.finished, passed.most) : 0);
        loss.again_most = sum(loss.again_most, rest(entry.taken, passed.least));
        break;
      case What::kInside: add(loss, repeats_ ? 0 : rest(placed, entry.taken), rest(here, entry.finished)); break;
      case What::kOutgoing: add(loss, repeats_ ? 0 : rest(placed, passed.most), rest(here, passed.least)); break;
      case What::kHeld: add(loss, rest(entry.entered, made_good(entry)), entry.entered); break;
      case What::kGiven: loss.again_most = sum(loss.again_most, entry.entered); break;
    }
  }

 private:
  static void add(protocol::Loss& loss, uint64_t least, uint64_t most) {
    loss.least = sum(loss.least, least);
    loss.most = sum(loss.most, std::max(least, most));
  }

  /// What has gone through between workers so that it does not come again: by the word of the peer, or as far as the
  /// ledger knows.
  Passed passed_of(const LedgerEntry& entry) const {
    const auto found = former_.find(entry.number);
    if (found == former_.end()) return {std::max(entry.acknowledged, entry.before), entry.entered};
    const uint64_t all = std::min(sum(entry.before, found->second), entry.entered);
    return {all, all};
  }

  void look(const LedgerEntry& entry) {
    if (entry.kind == What::kGiven) repeats_ = repeats_ || entry.entered > 0;
    if (entry.kind == What::kIncoming) repeats_ = repeats_ || entry.taken > passed_of(entry).least;
    if (entry.unwanted != 0) return;
    const uint64_t here = rest(entry.entered, entry.dropped);
    if (entry.kind == What::kInside) all_went_on_ = all_went_on_ && here <= entry.finished;
    if (entry.kind == What::kOutgoing) all_went_on_ = all_went_on_ && here <= passed_of(entry).least;
    if (entry.kind == What::kHeld) all_went_on_ = all_went_on_ && entry.entered == 0;
  }

  /// Of what an element held, how much comes again. What comes to it from other workers alone can be counted.
  uint64_t made_good(const LedgerEntry& held) const {
    uint64_t again = 0;
    bool direct = false;
    for (const LedgerEntry& entry : entries_) {
      if (entry.element != held.element || entry.kind == What::kOutgoing) continue;
      if (entry.kind == What::kInside) return repeats_ ? UINT64_MAX : 0;
      if (entry.kind != What::kIncoming) continue;
      direct = true;
      again = sum(again, rest(entry.taken, passed_of(entry).least));
    }
    return direct ? again : repeats_ ? UINT64_MAX : 0;
  }

  const std::span<const LedgerEntry> entries_;
  const FormerRecords& former_;
  bool repeats_ = false;     // the next life does again some of what this one has done
  bool all_went_on_ = true;  // nothing that came of what was finished is missing
};

}  // namespace

std::vector<LedgerEntry> open_entries(std::vector<LedgerEntry> ledger) {
  std::set<std::string> holders;  // what has come to them is looked at as a whole
  for (const LedgerEntry& entry : ledger) {
    if (entry.kind == What::kHeld && entry.entered > 0) holders.insert(entry.element);
  }
  std::erase_if(ledger, [&](const LedgerEntry& entry) {
    const uint64_t here = rest(entry.entered, entry.dropped), heard = std::max(entry.acknowledged, entry.before);
    switch (entry.kind) {
      case What::kHeld:
      case What::kGiven: return entry.entered == 0;
      case What::kInside: return here <= entry.finished && !holders.contains(entry.element);
      case What::kOutgoing: return here <= heard;
      case What::kIncoming: return here <= entry.finished && entry.taken <= heard && !holders.contains(entry.element);
    }
    return false;
  });
  return ledger;
}

std::vector<protocol::Loss> losses_of(std::span<const LedgerEntry> entries, const protocol::WorkerLife& life,
                                      const FormerRecords& former) {
  const Weighing weighing(entries, former);
  std::map<std::string, protocol::Loss> by_element;
  for (const LedgerEntry& entry : entries) weighing.weigh(entry, by_element[entry.element]);
  std::vector<protocol::Loss> losses;
  for (auto& [element, loss] : by_element) {
    if (loss.most == 0 && loss.again_most == 0) continue;
    loss.element = element;
    loss.life = life;
    losses.push_back(std::move(loss));
  }
  return losses;
}

}  // namespace blox
