// The ends of connections in the simulation of sessions: what writes and reads, asks and answers, and what it checks.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/net.h"
#include "tests/support/session_sim.h"

namespace blox::runtime::testing {

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

class Silence final : public Bell {
 public:
  void ring(uint32_t) override {}
};
inline Silence silence;

inline std::string name_of(int which) { return which == 0 ? "a" : "b"; }

inline std::shared_ptr<ChannelState> state_of(uint64_t logs, uint64_t bytes) {
  return std::make_shared<ChannelState>(ChannelBound{logs, bytes});
}

/// What an end sends through, and rings.
class Sending final : public Outlet, public Bell {
 public:
  Sending(Session& session, const int64_t& now) : session_(session), now_(now) {}
  void send(Message message) override {
    EncodeOptions options;
    options.headroom = MessageHead::kBytes;
    std::vector<Buffer> parts;
    if (message.log.exists()) parts = encode_log(message.log, options);
    session_.send(index, Packet::make(message, std::move(parts)), now_);
  }
  void ring(uint32_t) override { session_.need(index, now_); }
  uint32_t index = 0;

 private:
  Session& session_;
  const int64_t& now_;
};

class WayBack final : public Bell {
 public:
  WayBack(Session& session, const int64_t& now) : session_(session), now_(now) {}
  void ring(uint32_t) override { session_.give_back(index, now_); }
  uint32_t index = 0;

 private:
  Session& session_;
  const int64_t& now_;
};

/// One end of a push connection.
class Side::Stream {
 public:
  Stream(Side& side, const Connection& connection)
      : side_(side),
        number_(connection.number),
        gives_(connection.from == side.which_),
        state_(state_of(kBound, 1 << 20)),
        out_(side.session_, side.world_.now_),
        back_(side.session_, side.world_.now_) {
    World::Truth& truth = truth_();
    (gives_ ? truth.given : truth.taken) = 0;
  }

  void open(uint32_t channel) {
    const NetEnd end{name_of(1 - side_.which_), number_, NetFlow::kPush};
    if (gives_) {
      out_.index = side_.session_.add_out(end, state_, &silence, 0);
      if (writer_ != nullptr) return;
      state_->credit.set_far(&out_);
      writer_ = std::make_unique<Writer>(state_, Sender(&out_, 0, &silence, 0));
      return;
    }
    back_.index =
        side_.session_.add_in(end, numbers(), state_, std::make_unique<Mailbox>(side_.mail_), channel, &silence, 0);
    auto next = std::make_unique<Reader>(state_, &back_, 0);
    if (reader_ != nullptr) next->succeed(*reader_);
    reader_ = std::move(next);
  }

  void write() {
    if (!gives_) return;
    const auto record = [this] { return static_cast<int64_t>(side_.incarnation_) * kPerLife + sent_; };
    if (sent_ < kLogs && writer_->room_or_wait()) {
      writer_->send(number_log({record()}));
      ++sent_;
      if (side_.world_.chance(30)) writer_->mark({record(), false});
    }
    if (sent_ == kLogs && !std::exchange(ended_, true)) writer_->end();
    writer_->pump();
    // What it holds back it has not given to the link.
    truth_().given = static_cast<uint64_t>(sent_) - state_->held_logs.load();
  }

  void read() {
    if (gives_) return;
    for (uint64_t most = side_.world_.random_() % 4; most > 0 && !reader_->empty(); --most) {
      if (reader_->mark_next()) {
        const TimeMark mark = reader_->take_mark();
        if (mark.time < last_mark_ && mark.time / kPerLife == static_cast<int64_t>(read_life_)) {
          side_.world_.fail("a mark that goes back");
        }
        last_mark_ = mark.time;
      } else {
        (void)reader_->take();
      }
    }
    if (reader_->empty()) reader_->settle();
  }

  void accept(Message message) {
    if (message.kind == MessageKind::kLog) {
      const int64_t value = blox::testing::numbers_of(message.log)[0];
      const auto life = static_cast<uint64_t>(value / kPerLife);
      const int64_t number = value % kPerLife;
      World::Truth& truth = truth_();
      const auto [known, first] = truth.arrived.emplace(life, -1);
      if (life == read_life_ ? number != last_ + 1 : life < read_life_ || number > known->second + 1) {
        side_.world_.fail("a record that is lost, repeated or late");
      }
      read_life_ = life;
      last_ = number;
      known->second = std::max(known->second, number);
      ++truth.taken;
      ++truth.passed.try_emplace({side_.incarnation_, life}, World::Passage{number}).first->second.records;
    }
    reader_->accept(std::move(message));
  }

  void check(const NetCounts& count) const {
    if (state_->credit.logs() > kBound) side_.world_.fail("credit is beyond its bound");
    if (reader_ != nullptr && reader_->logs() > kBound) side_.world_.fail("the queue is beyond its bound");
    if (!count.outgoing && side_.mail_.empty() && count.records != truth_().taken) {
      side_.world_.fail("another count than what was delivered");
    }
  }

  bool finished() const { return gives_ ? writer_->done() || (ended_ && writer_->idle()) : reader_->ended(); }
  std::string describe() const {
    return "; " + std::to_string(number_) + (gives_ ? " sent " + std::to_string(sent_) : " read") +
           (finished() ? "" : ", not to the end") + ", under way " + std::to_string(state_->credit.logs());
  }

 private:
  World::Truth& truth_() const { return side_.world_.truths_[number_]; }

  Side& side_;
  const uint32_t number_;
  const bool gives_;
  const std::shared_ptr<ChannelState> state_;
  Sending out_;
  WayBack back_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  int64_t sent_ = 0;
  bool ended_ = false;
  uint64_t read_life_ = 0;
  int64_t last_ = -1;
  int64_t last_mark_ = -1;
};

/// One end of a query.
class Side::Talk {
 public:
  Talk(Side& side, const Connection& connection)
      : side_(side),
        number_(connection.number),
        asks_(connection.from == side.which_),
        state_(state_of(std::numeric_limits<uint64_t>::max(), 4'000)),
        out_(side.session_, side.world_.now_),
        back_(side.session_, side.world_.now_) {}

  void open(uint32_t channel) {
    const std::string peer = name_of(1 - side_.which_);
    const auto mailbox = [this] { return std::make_unique<Mailbox>(side_.mail_); };
    if (asks_) {
      out_.index = side_.session_.add_out({peer, number_, NetFlow::kQuestions}, nullptr, &silence, 0);
      back_.index =
          side_.session_.add_in({peer, number_, NetFlow::kAnswers}, numbers(), state_, mailbox(), channel, &silence, 0);
    } else {
      out_.index = side_.session_.add_out({peer, number_, NetFlow::kAnswers}, state_, &silence, 0);
      if (!std::exchange(opened_, true)) state_->credit.set_far(&out_);
      side_.session_.add_in({peer, number_, NetFlow::kQuestions}, numbers(), nullptr, mailbox(), channel, &silence, 0);
    }
  }

  void act() { asks_ ? ask() : answer(); }

  void accept(Message message) {
    switch (message.kind) {
      case MessageKind::kQuestion: open_[message.question] = blox::testing::numbers_of(message.log)[0]; break;
      case MessageKind::kCancel: open_.erase(message.question); break;
      case MessageKind::kAnswer: take_answer(std::move(message)); break;
      case MessageKind::kAnew:
        if (!asks_) {
          open_.clear();
        } else {
          for (const auto& [old, value] : std::exchange(open_, {})) {
            open_.emplace(next_question_, value);
            say(MessageKind::kQuestion, next_question_++, value);
          }
        }
        break;
      default: break;
    }
  }

  bool finished() const { return open_.empty() && (!asks_ || asked_ == kQuestions); }
  std::string describe() const {
    return "; " + std::to_string(number_) + " asked " + std::to_string(asked_) + ", open " +
           std::to_string(open_.size()) + ", answers' bytes " + std::to_string(state_->credit.bytes());
  }

 private:
  void say(MessageKind kind, uint64_t question, int64_t value) {
    Message message;
    message.kind = kind;
    message.question = question;
    message.sequence = ++talked_;
    if (kind != MessageKind::kCancel) message.log = number_log({value});
    if (kind == MessageKind::kAnswer) {
      message.last = !side_.world_.chance(30);
      message.charge = message.log.charge();
      state_->credit.spend(message.charge);
      if (message.last) open_.erase(question);
    }
    out_.send(std::move(message));
  }

  void ask() {
    if (open_.size() < 4 && asked_ < kQuestions) {
      const int64_t value = static_cast<int64_t>(side_.incarnation_) * kPerLife + asked_++;
      open_.emplace(next_question_, value);
      say(MessageKind::kQuestion, next_question_++, value);
    } else if (!open_.empty() && side_.world_.chance(5)) {
      say(MessageKind::kCancel, open_.begin()->first, 0);
      open_.erase(open_.begin());
    }
  }

  void answer() {
    if (open_.empty()) return;
    if (!state_->credit.room()) {
      state_->credit.wait();
      if (!state_->credit.room()) return;
    }
    auto chosen = open_.begin();
    std::advance(chosen, static_cast<long>(side_.world_.random_() % open_.size()));
    say(MessageKind::kAnswer, chosen->first, chosen->second);
  }

  void take_answer(Message message) {
    if (message.log.exists()) {
      Credit& credit = state_->credit;
      credit.give_back(message.charge);
      if (credit.waits() && credit.half_empty() && credit.stop_waiting()) back_.ring(0);
    }
    const auto asked = open_.find(message.question);
    if (asked == open_.end()) return;
    if (message.log.exists() && blox::testing::numbers_of(message.log)[0] != asked->second) {
      side_.world_.fail("an answer to another question");
    }
    if (message.last) open_.erase(asked);
  }

  Side& side_;
  const uint32_t number_;
  const bool asks_;
  const std::shared_ptr<ChannelState> state_;
  Sending out_;
  WayBack back_;
  bool opened_ = false;
  uint64_t talked_ = 0;         // messages sent
  uint64_t next_question_ = 0;  // of this life
  int64_t asked_ = 0;
  std::map<uint64_t, int64_t> open_;  // asker: what was asked; answerer: what is to be answered
};

}  // namespace blox::runtime::testing
