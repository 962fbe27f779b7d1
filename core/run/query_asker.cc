// The asking end of a query connection.
#include <algorithm>
#include <utility>

#include "core/run/alarms.h"
#include "core/run/query.h"
#include "core/run/task.h"

namespace blox::runtime {

QueryAsker::QueryAsker(Cell& cell, QueryOut& port, ChannelBound window, std::shared_ptr<Credit> answers, Sender sender,
                       Bell* answerer, Adapter adapter, int64_t deadline_ns, bool one_at_a_time, uint32_t life)
    : cell_(cell),
      port_(port),
      window_(window),
      credit_(std::move(answers)),
      sender_(sender),
      answerer_(answerer),
      adapter_(std::move(adapter)),
      deadline_ns_(deadline_ns),
      one_at_a_time_(one_at_a_time),
      first_turn_(life << 20),
      due_(Alarms::kNever) {}

void QueryAsker::publish() {
  open_read_.store(open_, std::memory_order_relaxed);
  bytes_read_.store(bytes_, std::memory_order_relaxed);
}

void QueryAsker::ask(Log question, Log context) {
  uint32_t place = 0;
  if (free_.empty()) {
    place = static_cast<uint32_t>(questions_.size());
    questions_.emplace_back().turn = first_turn_;
  } else {
    place = free_.back();
    free_.pop_back();
  }
  Question& entry = questions_[place];
  entry.question = question;
  entry.context = std::move(context);
  entry.charge = question.exists() ? question.charge() : 0;
  entry.deadline = cell_.task->now() + deadline_ns_;
  entry.open = true;
  entry.partly = false;
  entry.age = cell_.question_opened();
  entry.asked = cell_.task->next_question();
  due_ = std::min(due_, entry.deadline);
  ++open_;
  bytes_ += entry.charge;
  publish();
  if (gone_) {
    lose_answerer();
    return;
  }
  cell_.task->alarm_at(entry.deadline);

  Message message;
  message.kind = MessageKind::kQuestion;
  message.question = number_of(place);
  message.charge = entry.charge;
  message.log = adapter_(std::move(question));
  sender_.send(std::move(message));
}

QueryAsker::Question* QueryAsker::find(uint64_t number) {
  const auto place = static_cast<uint32_t>(number);
  if (place >= questions_.size()) return nullptr;  // another process may say anything
  Question& entry = questions_[place];
  return entry.open && entry.turn == number >> 32 ? &entry : nullptr;
}

void QueryAsker::close(Question& question, uint32_t place) {
  --open_;
  bytes_ -= question.charge;
  ++question.turn;
  question.open = false;
  question.question = {};
  question.context = {};
  free_.push_back(place);
  if (open_ == 0) due_ = Alarms::kNever;
  publish();
  cell_.question_closed(question.age);
}

void QueryAsker::give_back(size_t charge) {
  credit_->give_back(charge);
  if (credit_->waits() && credit_->half_empty() && credit_->stop_waiting()) answerer_->ring(kCredit);
}

void QueryAsker::let_go(Arrived& arrived) {
  if (std::exchange(arrived.charged, false)) give_back(arrived.charge);
}

void QueryAsker::settle() {
  if (credit_->waits() && credit_->room() && credit_->stop_waiting()) answerer_->ring(kCredit);
}

void QueryAsker::accept(Message message) {
  sequence_.check(message);
  if (message.kind == MessageKind::kAnew) return ask_again();
  if (message.kind == MessageKind::kEnd) {
    gone_ = true;
    return lose_answerer();
  }
  Question* const entry = find(message.question);
  if (entry == nullptr) {  // late: expired or cancelled
    if (message.log.exists()) give_back(message.charge);
    return;
  }
  if (entry->deadline != Alarms::kNever) entry->deadline = cell_.task->now() + deadline_ns_;
  const bool charged = message.log.exists();
  answers_.push_back(
      {message.question, {std::move(message.log), message.last, std::move(message.status)}, message.charge, charged});
}

Step QueryAsker::step() {
  if (answers_.empty()) return Step::kNothing;
  if (cell_.held || cell_.element.holds(port_) || !cell_.may_call(true)) return Step::kBlocked;
  Arrived arrived = std::move(answers_.front());
  answers_.pop_front();
  let_go(arrived);
  Question* const entry = find(arrived.number);
  if (entry == nullptr) return Step::kCalled;  // expired while the answer waited here
  const bool last = arrived.answer.last;
  if (arrived.answer.log.exists()) {
    port_.answers.add(arrived.answer.log.rows(), arrived.answer.log.bytes());
    port_.show(arrived.answer.log, true);
  }
  Log question = entry->question;
  Log context = last ? std::move(entry->context) : entry->context;
  entry->partly = true;
  if (last) close(*entry, static_cast<uint32_t>(arrived.number));  // before the call, so that it may ask again
  cell_.after_or_stay(
      cell_.call([&] { return cell_.element.answered(port_, question, context, std::move(arrived.answer)); }));
  return Step::kCalled;
}

void QueryAsker::expire(int64_t now) {
  if (now < due_) return;
  // While the asker takes no answers, their credit is spent and the answerer cannot go on: that is not its fault.
  if (!answers_.empty()) {
    due_ = now + deadline_ns_;
    for (Question& entry : questions_) {
      if (entry.open && entry.deadline != Alarms::kNever) entry.deadline = std::max(entry.deadline, due_);
    }
    return;
  }
  int64_t next = Alarms::kNever;
  for (uint32_t place = 0; place < questions_.size(); ++place) {
    Question& entry = questions_[place];
    if (!entry.open) continue;
    if (entry.deadline > now) {
      next = std::min(next, entry.deadline);
      continue;
    }
    const uint64_t number = number_of(place);
    answers_.push_back({number, {{}, true, Status::outside("query.deadline", "no answer came in time")}});
    entry.deadline = Alarms::kNever;
    Message message;
    message.kind = MessageKind::kCancel;
    message.question = number;
    sender_.send(std::move(message));
  }
  due_ = next;
}

void QueryAsker::cancel() {
  for (Arrived& arrived : answers_) let_go(arrived);
  answers_.clear();
  for (uint32_t place = 0; place < questions_.size(); ++place) {
    if (!questions_[place].open) continue;
    Message message;
    message.kind = MessageKind::kCancel;
    message.question = number_of(place);
    sender_.send(std::move(message));
    close(questions_[place], place);
  }
}

void QueryAsker::inherit(QueryAsker& before, bool same_answerer, bool far) {
  questions_ = std::move(before.questions_);
  free_ = std::move(before.free_);
  answers_ = std::move(before.answers_);
  open_ = std::exchange(before.open_, 0);
  bytes_ = before.bytes_;
  due_ = before.due_;
  gone_ = before.gone_ && same_answerer;
  publish();
  for (Arrived& arrived : answers_) {
    if (!arrived.charged || credit_ == before.credit_) continue;
    arrived.charged = !far;
    if (arrived.charged) credit_->spend(arrived.charge);
  }
  for (Question& entry : questions_) {
    if (entry.open) entry.asked = cell_.task->next_question();
  }
  if (!same_answerer) ask_again();
}

void QueryAsker::replace(QueryAsker& before, bool ended) {
  before.cancel();
  inherit(before, true);  // of questions there is only left by which numbers they went
  gone_ = gone_ || ended;
}

// What has no answer yet is asked once more, by another number: answers to the old one come too late. Of what has a
// part of its answer nobody can say what the rest would be.
void QueryAsker::ask_again() {
  for (uint32_t place = 0; place < questions_.size(); ++place) {
    Question& entry = questions_[place];
    if (!entry.open) continue;
    bool begun = entry.partly;
    bool complete = false;
    for (const Arrived& arrived : answers_) {
      if (arrived.number != number_of(place)) continue;
      begun = true;
      complete |= arrived.answer.last;
    }
    if (complete) continue;
    if (begun) {
      answers_.push_back(
          {number_of(place), {{}, true, Status::outside("query.restarted", "the answerer was replaced meanwhile")}});
      continue;
    }
    ++entry.turn;
    Message message;
    message.kind = MessageKind::kQuestion;
    message.question = number_of(place);
    message.charge = entry.charge;
    message.log = adapter_(entry.question);
    sender_.send(std::move(message));
  }
}

// Every question that has no end of its answer yet gets one.
void QueryAsker::lose_answerer() {
  for (uint32_t place = 0; place < questions_.size(); ++place) {
    Question& entry = questions_[place];
    if (!entry.open) continue;
    const bool complete = std::any_of(answers_.begin(), answers_.end(), [&](const Arrived& arrived) {
      return arrived.number == number_of(place) && arrived.answer.last;
    });
    if (complete) continue;
    entry.deadline = Alarms::kNever;
    answers_.push_back({number_of(place), {{}, true, Status::outside("query.gone", "the answerer is gone")}});
  }
}

uint64_t QueryAsker::oldest() const {
  uint64_t oldest = UINT64_MAX;
  if (open_ == 0) return oldest;
  for (const Question& entry : questions_) {
    if (entry.open) oldest = std::min(oldest, entry.asked);
  }
  return oldest;
}

void QueryAsker::end() {
  Message message;
  message.kind = MessageKind::kEnd;
  sender_.send(std::move(message));
}

}  // namespace blox::runtime
