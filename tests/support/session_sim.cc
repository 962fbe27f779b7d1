#include "tests/support/session_sim.h"

#include <algorithm>
#include <utility>

#include "tests/support/session_sim_ends.h"

namespace blox::runtime::testing {

Side::Side(World& world, int which, uint64_t incarnation, Version version)
    : world_(world),
      which_(which),
      incarnation_(incarnation),
      session_({name_of(which), 1, incarnation}, name_of(1 - which), *this),
      version_(std::move(version)) {
  open_ends(version_);
}
Side::~Side() = default;

void Side::open_ends(const Version& version) {
  channels_.clear();
  for (const Connection& connection : version) {
    const auto channel = static_cast<uint32_t>(channels_.size());
    channels_.push_back(connection.number);
    if (connection.query) {
      std::unique_ptr<Talk>& talk = talks_[connection.number];
      if (talk == nullptr) talk = std::make_unique<Talk>(*this, connection);
      talk->open(channel);
    } else {
      std::unique_ptr<Stream>& stream = streams_[connection.number];
      if (stream == nullptr) stream = std::make_unique<Stream>(*this, connection);
      stream->open(channel);
    }
  }
}

void Side::hold() {
  session_.hold();
  take_mail();
  held_ = true;
}

void Side::change(const Version& next, bool fails) {
  open_ends(next);
  if (fails) {  // back to what was before
    session_.hold();
    open_ends(version_);
  } else {
    version_ = next;
  }
  const auto gone = [this](uint32_t number) {
    return std::none_of(version_.begin(), version_.end(), [&](const Connection& one) { return one.number == number; });
  };
  session_.release(world_.now_);
  std::erase_if(streams_, [&](const auto& one) { return gone(one.first); });
  std::erase_if(talks_, [&](const auto& one) { return gone(one.first); });
  held_ = false;
}

NetLife Side::life() const { return {name_of(which_), 1, incarnation_}; }

void Side::open() {
  line_ = ++world_.lines_;
  many_ = {};
  session_.opened(world_.now_);
}

// Some messages travel together, as those that a task sends in one turn.
bool Side::transmit(std::span<const Buffer> parts) {
  if (line_ == 0) return false;
  const bool message = *frame_type(parts[0].view()) == FrameType::kMessage;
  if (message && parts.size() == 1 && world_.chance(50)) {
    add_message(many_, parts[0].view());
    return true;
  }
  flush();
  return put(parts);
}

void Side::flush() {
  if (many_.size() == 0) return;
  const Buffer many = many_.finish();
  if (line_ != 0) put(std::span(&many, 1));
}

bool Side::put(std::span<const Buffer> parts) {
  if (world_.swallowed_.contains(line_)) return true;
  const bool harm = world_.faults_.drop && !world_.calm_;
  if (harm && world_.chance(5)) return true;
  std::deque<World::Frame>& wire = world_.to_[1 - which_];
  const int64_t at = world_.now_ + static_cast<int64_t>(world_.random_() % (2 * Session::kMs));
  wire.push_back({at, line_, {parts.begin(), parts.end()}});
  if (harm && world_.chance(5)) wire.push_back(wire.back());
  if (harm && world_.chance(5) && wire.size() > 1) std::swap(wire.back(), wire[wire.size() - 2]);
  return true;
}

void Side::report(std::string_view text) {
  if (text.find("is cut off") != std::string_view::npos) world_.fail(std::string(text));
}

void Side::act() {
  std::vector<Session::Ring> rings;  // nobody sleeps here
  session_.take_rings(rings);
  if (held_) return;
  take_mail();
  switch (world_.random_() % 3) {
    case 0:
      for (const auto& [number, stream] : streams_) stream->write();
      break;
    case 1:
      for (const auto& [number, stream] : streams_) stream->read();
      break;
    default:
      for (const auto& [number, talk] : talks_) talk->act();
      break;
  }
  if (world_.calm_ || world_.chance(50)) flush();
}

void Side::take_mail() {
  while (!mail_.empty()) {
    Message message = std::move(mail_.front());
    mail_.pop_front();
    const uint32_t number = channels_[message.channel];
    if (const auto stream = streams_.find(number); stream != streams_.end()) {
      stream->second->accept(std::move(message));
    } else {
      talks_.at(number)->accept(std::move(message));
    }
  }
}

void Side::check() {
  std::vector<NetCounts> counts;
  session_.count(counts);
  for (const NetCounts& count : counts) {
    if (count.outgoing && count.acknowledged > count.records) world_.fail("more acknowledged than sent");
    if (const auto stream = streams_.find(count.end.number); stream != streams_.end()) stream->second->check(count);
    if (count.former.has_value() && mail_.empty()) check_former(count);
  }
}

// Some life of the peer has said it, and it is true of what has passed between that one and ours: all of our readings,
// or all up to the record with which our next life has begun.
void Side::check_former(const NetCounts& count) {
  const uint64_t old = count.former->life.incarnation, records = count.former->records;
  const World::Truth& truth = world_.truths_[count.end.number];
  bool known = records == 0;
  if (count.outgoing) {
    for (const auto& [lives, passage] : truth.passed) {
      known = known || (lives.second == old && passage.records == records);
    }
    known = known || !world_.sides_[1 - which_]->mail_.empty();
  } else {
    for (const auto& [lives, passage] : truth.passed) {
      if (lives.first != old || passage.records < records) continue;
      const auto next = truth.passed.find({incarnation_, lives.second});
      known =
          known || next == truth.passed.end() || next->second.first == passage.first + static_cast<int64_t>(records);
    }
  }
  if (!known) world_.fail("a wrong word of what came of an earlier life");
  ++world_.told;
}

bool Side::finished() {
  const auto done = [](const auto& one) { return one.second->finished(); };
  return !held_ && session_.settled() && mail_.empty() && std::all_of(streams_.begin(), streams_.end(), done) &&
         std::all_of(talks_.begin(), talks_.end(), done);
}

std::string Side::describe() const {
  std::string text = name_of(which_);
  text += (session_.flowing() ? ", flowing" : "") + std::string(session_.settled() ? ", settled" : "");
  for (const auto& [number, stream] : streams_) text += stream->describe();
  for (const auto& [number, talk] : talks_) text += talk->describe();
  return text;
}

World::World(uint64_t seed, Faults faults)
    : random_(seed), faults_(faults), version_{{0, 0, false}, {1, 1, false}, {2, 0, true}}, next_number_(3) {
  for (int i = 0; i < 2; ++i) sides_[i] = std::make_unique<Side>(*this, i, 1, version_);
  for (int i = 0; i < 2; ++i) sides_[i]->session().meet(sides_[1 - i]->life(), now_);
}
World::~World() = default;

void World::harm() {
  const int which = chance(50) ? 1 : 0;
  Side& side = *sides_[which];
  if (faults_.cut && chance(3) && side.line() != 0) {
    const uint64_t line = side.line();
    if (chance(50)) std::erase_if(to_[1 - which], [line](const Frame& frame) { return frame.by == line; });
    if (chance(30)) {
      swallowed_.insert(line);
    } else {
      side.close();
      side.session().lost(now_);
    }
  }
  if (faults_.restart && chance(2)) {
    ++restarts;
    to_[which].clear();
    const Version begins = chance(50) ? version_ : side.version();
    sides_[which] = std::make_unique<Side>(*this, which, ++lives_[which], begins);
    sides_[which]->session().meet(sides_[1 - which]->life(), now_);
    unmet_[1 - which] = true;
  }
  if (chance(3)) now_ += 700 * Session::kMs;
}

// The newest version changes, and each worker goes on as it, in its own time.
void World::change() {
  if (!calm_ && chance(8)) {
    ++changes;
    if (version_.size() > 3 && chance(50)) {
      version_.erase(version_.begin() + 3 + static_cast<ptrdiff_t>(random_() % (version_.size() - 3)));
    } else if (version_.size() < 8) {
      const Connection one{next_number_++, chance(50) ? 1 : 0, chance(30)};
      version_.push_back(one);
      if (!one.query) truths_[one.number] = {{lives_[0], lives_[1]}, 0, 0, {}, {}};
    }
  }
  for (const auto& side : sides_) {
    if (side->held()) {
      if (calm_ || chance(30)) side->change(version_, !calm_ && chance(20));
    } else if (calm_ ? side->version() != version_ : chance(8)) {
      side->hold();
    }
  }
}

void World::deliver() {
  for (int i = 0; i < 2; ++i) {
    bool any = false;
    while (!to_[i].empty() && to_[i].front().at <= now_) {
      const Frame frame = std::move(to_[i].front());
      to_[i].pop_front();
      sides_[i]->session().receive(frame.by, frame.parts, now_);
      any = true;
    }
    if (any) sides_[i]->session().received_all(now_);
  }
}

void World::step(bool calm) {
  now_ += static_cast<int64_t>(random_() % Session::kMs);
  if (!calm) harm();
  if (faults_.change) change();
  for (int i = 0; i < 2; ++i) {
    if (unmet_[i] && !sides_[i]->held() && (calm || chance(20))) {
      unmet_[i] = false;
      sides_[i]->session().meet(sides_[1 - i]->life(), now_);
    }
    if (now_ >= sides_[i]->session().due()) sides_[i]->session().tick(now_);
  }
  deliver();
  for (const auto& side : sides_) {
    side->act();
    side->check();
  }
}

// Of a connection that was removed all is known, where both workers have lived as long as it: what was given to the
// link was taken, or is counted as lost.
void World::check_removed() {
  std::map<uint32_t, uint64_t> lost_of;
  for (const auto& side : sides_) {
    std::vector<NetCounts> counts;
    side->session().count(counts);
    for (const NetCounts& count : counts) {
      lost_of[count.end.number] += count.lost_records;
      lost += count.lost_records;
    }
  }
  for (const auto& [number, truth] : truths_) {
    if (number < 3 || truth.lives[0] != lives_[0] || truth.lives[1] != lives_[1]) continue;
    if (truth.given != truth.taken + lost_of[number]) {
      fail("of " + std::to_string(truth.given) + " records of a connection that was removed " +
           std::to_string(truth.taken) + " came and " + std::to_string(lost_of[number]) + " count as lost");
    }
  }
}

void World::run(int steps) {
  for (int i = 0; i < steps && fault.empty(); ++i) step(false);
  calm_ = true;
  for (int i = 0; i < 5'000 && fault.empty(); ++i) {
    step(true);
    if (sides_[0]->finished() && sides_[1]->finished()) return check_removed();
    if (to_[0].empty() && to_[1].empty()) {
      now_ = std::max(now_, std::min(sides_[0]->session().due(), sides_[1]->session().due()));
    }
  }
  fail("what is sent does not arrive: " + sides_[0]->describe() + "; " + sides_[1]->describe());
}

}  // namespace blox::runtime::testing
