#include "tests/support/session_sim.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/support/net.h"

namespace blox::runtime::testing {
namespace {

using blox::testing::number_log;
using blox::testing::numbers;

constexpr uint64_t kBound = 5;
constexpr int64_t kLogs = 25;
constexpr int64_t kQuestions = 12;
constexpr int64_t kPerLife = 1'000'000;  // a record says in which life it was sent

class Mailbox final : public Outlet {
 public:
  explicit Mailbox(std::deque<Message>& to) : to_(to) {}
  void send(Message message) override { to_.push_back(std::move(message)); }

 private:
  std::deque<Message>& to_;
};

std::string name_of(int which) { return which == 0 ? "a" : "b"; }

std::shared_ptr<ChannelState> state_of(uint64_t logs, uint64_t bytes) {
  return std::make_shared<ChannelState>(ChannelBound{logs, bytes});
}

}  // namespace

void Side::Sending::send(Message message) {
  EncodeOptions options;
  options.headroom = MessageHead::kBytes;
  std::vector<Buffer> parts;
  if (message.log.exists()) parts = encode_log(message.log, options);
  side_.session_.send(index, Packet::make(message, std::move(parts)), side_.world_.now_);
}
void Side::Sending::ring(uint32_t) { side_.session_.need(index, side_.world_.now_); }
void Side::WayBack::ring(uint32_t) { side_.session_.give_back(index, side_.world_.now_); }

Side::Side(World& world, int which, uint64_t incarnation)
    : world_(world),
      which_(which),
      incarnation_(incarnation),
      session_({name_of(which), 1, incarnation}, name_of(1 - which), *this),
      sending_(state_of(kBound, 1 << 20)),
      receiving_(state_of(kBound, 1 << 20)),
      answering_(state_of(std::numeric_limits<uint64_t>::max(), 4'000)) {
  const std::string peer = name_of(1 - which);
  const auto push_out = static_cast<uint32_t>(which), push_in = static_cast<uint32_t>(1 - which);
  out_.index = session_.add_out({peer, push_out, NetFlow::kPush}, sending_, &silence_, 0);
  sending_->credit.set_far(&out_);
  writer_ = std::make_unique<Writer>(sending_, Sender(&out_, 0, &silence_, 0));
  reader_ = std::make_unique<Reader>(receiving_, &back_, 0);
  const auto mailbox = [this] { return std::make_unique<Mailbox>(mail_); };
  back_.index = session_.add_in({peer, push_in, NetFlow::kPush}, numbers(), receiving_, mailbox(), 0, &silence_, 0);
  if (which == 0) {
    talk_.index = session_.add_out({peer, 2, NetFlow::kQuestions}, nullptr, &silence_, 0);
    answers_back_.index =
        session_.add_in({peer, 2, NetFlow::kAnswers}, numbers(), answering_, mailbox(), 1, &silence_, 0);
  } else {
    talk_.index = session_.add_out({peer, 2, NetFlow::kAnswers}, answering_, &silence_, 0);
    answering_->credit.set_far(&talk_);
    session_.add_in({peer, 2, NetFlow::kQuestions}, numbers(), nullptr, mailbox(), 1, &silence_, 0);
  }
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
  take_mail();
  switch (world_.random_() % 3) {
    case 0: write(); break;
    case 1: read(); break;
    default: which_ == 0 ? ask() : answer(); break;
  }
  if (world_.calm_ || world_.chance(50)) flush();
}

void Side::write() {
  if (sent_ < kLogs && writer_->room_or_wait()) {
    writer_->send(number_log({static_cast<int64_t>(incarnation_) * kPerLife + sent_++}));
    if (world_.chance(30)) writer_->mark({static_cast<int64_t>(incarnation_) * kPerLife + sent_, false});
  }
  if (sent_ == kLogs && !std::exchange(ended_, true)) writer_->end();
  writer_->pump();
}

void Side::read() {
  for (uint64_t most = world_.random_() % 4; most > 0 && !reader_->empty(); --most) {
    if (reader_->mark_next()) {
      const TimeMark mark = reader_->take_mark();
      if (mark.time < last_mark_ && mark.time / kPerLife == static_cast<int64_t>(read_life_)) {
        world_.fail("a mark that goes back");
      }
      last_mark_ = mark.time;
    } else {
      (void)reader_->take();
    }
  }
  if (reader_->empty()) reader_->settle();
}

void Side::say(MessageKind kind, uint64_t question, int64_t value) {
  Message message;
  message.kind = kind;
  message.question = question;
  message.sequence = ++talked_;
  if (kind != MessageKind::kCancel) message.log = number_log({value});
  if (kind == MessageKind::kAnswer) {
    message.last = !world_.chance(30);
    message.charge = message.log.charge();
    answering_->credit.spend(message.charge);
    if (message.last) open_.erase(question);
  }
  talk_.send(std::move(message));
}

void Side::ask() {
  if (open_.size() < 4 && asked_ < kQuestions) {
    const int64_t value = static_cast<int64_t>(incarnation_) * kPerLife + asked_++;
    open_.emplace(next_question_, value);
    say(MessageKind::kQuestion, next_question_++, value);
  } else if (!open_.empty() && world_.chance(5)) {
    say(MessageKind::kCancel, open_.begin()->first, 0);
    open_.erase(open_.begin());
  }
}

void Side::answer() {
  if (open_.empty()) return;
  if (!answering_->credit.room()) {
    answering_->credit.wait();
    if (!answering_->credit.room()) return;
  }
  auto chosen = open_.begin();
  std::advance(chosen, static_cast<long>(world_.random_() % open_.size()));
  say(MessageKind::kAnswer, chosen->first, chosen->second);
}

void Side::take_answer(Message message) {
  if (message.log.exists()) {
    answering_->credit.give_back(message.charge);
    Credit& credit = answering_->credit;
    if (credit.waits() && credit.half_empty() && credit.stop_waiting()) answers_back_.ring(0);
  }
  const auto asked = open_.find(message.question);
  if (asked == open_.end()) return;
  if (message.log.exists() && blox::testing::numbers_of(message.log)[0] != asked->second) {
    world_.fail("an answer to another question");
  }
  if (message.last) open_.erase(asked);
}

void Side::take_mail() {
  while (!mail_.empty()) {
    Message message = std::move(mail_.front());
    mail_.pop_front();
    if (message.channel == 0) {
      if (message.kind == MessageKind::kLog) {
        const int64_t value = blox::testing::numbers_of(message.log)[0];
        const auto life = static_cast<uint64_t>(value / kPerLife);
        const int64_t number = value % kPerLife;
        const auto [known, first] = world_.arrived_[which_].emplace(life, -1);
        if (life == read_life_ ? number != last_ + 1 : life < read_life_ || number > known->second + 1) {
          world_.fail("a record that is lost, repeated or late");
        }
        read_life_ = life;
        last_ = number;
        known->second = std::max(known->second, number);
        ++delivered_;
        ++world_.passed_[which_].try_emplace({incarnation_, life}, World::Passage{number}).first->second.records;
      }
      reader_->accept(std::move(message));
      continue;
    }
    switch (message.kind) {
      case MessageKind::kQuestion: open_[message.question] = blox::testing::numbers_of(message.log)[0]; break;
      case MessageKind::kCancel: open_.erase(message.question); break;
      case MessageKind::kAnswer: take_answer(std::move(message)); break;
      case MessageKind::kAnew:
        if (which_ == 1) {
          open_.clear();
        } else {
          std::map<uint64_t, int64_t> again = std::exchange(open_, {});
          for (const auto& [old, value] : again) {
            open_.emplace(next_question_, value);
            say(MessageKind::kQuestion, next_question_++, value);
          }
        }
        break;
      default: break;
    }
  }
}

void Side::check() {
  if (sending_->credit.logs() > kBound) world_.fail("the writer's credit is beyond its bound");
  if (receiving_->credit.logs() > kBound) world_.fail("the reader's credit is beyond its bound");
  if (reader_->logs() > kBound) world_.fail("the queue is beyond its bound");
  std::vector<NetCounts> counts;
  session_.count(counts);
  for (const NetCounts& count : counts) {
    if (count.outgoing && count.acknowledged > count.records) world_.fail("more acknowledged than sent");
    if (!count.outgoing && count.end.flow == NetFlow::kPush && mail_.empty() && count.records != delivered_) {
      world_.fail("another count than what was delivered");
    }
    if (count.former.has_value() && mail_.empty()) check_former(count);
  }
}

// Some life of the peer has said it, and it is true of what has passed between that one and ours: all of our readings,
// or all up to the record with which our next life has begun.
void Side::check_former(const NetCounts& count) {
  const uint64_t old = count.former->life.incarnation, records = count.former->records;
  bool known = records == 0;
  if (count.outgoing) {
    for (const auto& [lives, passage] : world_.passed_[1 - which_]) {
      known = known || (lives.second == old && passage.records == records);
    }
    known = known || !world_.sides_[1 - which_]->mail_.empty();
  } else {
    for (const auto& [lives, passage] : world_.passed_[which_]) {
      if (lives.first != old || passage.records < records) continue;
      const auto next = world_.passed_[which_].find({incarnation_, lives.second});
      known = known || next == world_.passed_[which_].end() ||
              next->second.first == passage.first + static_cast<int64_t>(records);
    }
  }
  if (!known) world_.fail("a wrong word of what came of an earlier life");
  ++world_.told;
}

bool Side::finished() {
  const bool wrote = writer_->done() || (ended_ && writer_->idle());
  return wrote && session_.settled() && mail_.empty() && reader_->ended() && asked_ == (which_ == 0 ? kQuestions : 0) &&
         open_.empty();
}

std::string Side::describe() const {
  return "sent " + std::to_string(sent_) + (writer_->idle() ? ", idle" : "") + ", under way " +
         std::to_string(sending_->credit.logs()) + (session_.flowing() ? ", flowing" : "") +
         (session_.settled() ? ", settled" : "") + ", queued " + std::to_string(reader_->logs()) +
         (reader_->ended() ? ", read to the end" : "") + ", asked " + std::to_string(asked_) + ", open " +
         std::to_string(open_.size()) + ", answers' bytes " + std::to_string(answering_->credit.bytes());
}

World::World(uint64_t seed, Faults faults) : random_(seed), faults_(faults) {
  for (int i = 0; i < 2; ++i) sides_[i] = std::make_unique<Side>(*this, i, 1);
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
    sides_[which] = std::make_unique<Side>(*this, which, ++lives_[which]);
    sides_[which]->session().meet(sides_[1 - which]->life(), now_);
    unmet_[1 - which] = true;
  }
  if (chance(3)) now_ += 700 * Session::kMs;
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
  for (int i = 0; i < 2; ++i) {
    if (unmet_[i] && (calm || chance(20))) {
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

void World::run(int steps) {
  for (int i = 0; i < steps && fault.empty(); ++i) step(false);
  calm_ = true;
  for (int i = 0; i < 5'000 && fault.empty(); ++i) {
    step(true);
    if (sides_[0]->finished() && sides_[1]->finished()) return;
    if (to_[0].empty() && to_[1].empty()) {
      now_ = std::max(now_, std::min(sides_[0]->session().due(), sides_[1]->session().due()));
    }
  }
  fail("what is sent does not arrive: " + sides_[0]->describe() + "; " + sides_[1]->describe());
}

}  // namespace blox::runtime::testing
