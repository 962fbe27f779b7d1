#include "core/run/query.h"

#include <algorithm>
#include <utility>

#include "core/run/alarms.h"
#include "core/run/task.h"

namespace blox::runtime {

// ---- the asker ----

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
  answers_.push_back(
      {message.question, {std::move(message.log), message.last, std::move(message.status)}, message.charge});
}

Step QueryAsker::step() {
  if (answers_.empty()) return Step::kNothing;
  if (cell_.held || cell_.element.holds(port_) || !cell_.may_call(true)) return Step::kBlocked;
  Arrived arrived = std::move(answers_.front());
  answers_.pop_front();
  if (arrived.answer.log.exists()) give_back(arrived.charge);
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
    answers_.push_back({number, {{}, true, Status::outside("query.deadline", "no answer came in time")}, 0});
    entry.deadline = Alarms::kNever;
    Message message;
    message.kind = MessageKind::kCancel;
    message.question = number;
    sender_.send(std::move(message));
  }
  due_ = next;
}

void QueryAsker::cancel() {
  for (const Arrived& arrived : answers_) {
    if (arrived.answer.log.exists()) give_back(arrived.charge);
  }
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

void QueryAsker::inherit(QueryAsker& before, bool same_answerer) {
  questions_ = std::move(before.questions_);
  free_ = std::move(before.free_);
  answers_ = std::move(before.answers_);
  open_ = std::exchange(before.open_, 0);
  bytes_ = before.bytes_;
  due_ = before.due_;
  gone_ = before.gone_ && same_answerer;
  publish();
  for (const Arrived& arrived : answers_) {
    if (arrived.answer.log.exists() && credit_ != before.credit_) credit_->spend(arrived.charge);
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
          {number_of(place), {{}, true, Status::outside("query.restarted", "the answerer was replaced meanwhile")}, 0});
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
    answers_.push_back({number_of(place), {{}, true, Status::outside("query.gone", "the answerer is gone")}, 0});
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

// ---- the answerer ----

class QuestionInput::AnswerSender final : public Replier {
 public:
  AnswerSender(QuestionInput& input, uint64_t of) : input_(&input), number(of) {
    next = input.open_;
    if (next != nullptr) next->before = this;
    input.open_ = this;
  }
  ~AnswerSender() override { leave(); }
  void send(Answer answer) override {
    if (input_ == nullptr) return;
    const bool last = answer.last;
    if (is_wanted) input_->send(number, std::move(answer));
    if (last) leave();
  }
  bool room() const override { return input_ == nullptr || !is_wanted || input_->room(); }
  bool wanted() const override { return is_wanted; }
  /// Out of the list: nothing is sent any more.
  void leave() {
    if (input_ == nullptr) return;
    (before == nullptr ? input_->open_ : before->next) = next;
    if (next != nullptr) next->before = before;
    input_ = nullptr;
  }

  void move_to(QuestionInput& input) { input_ = &input; }

 private:
  QuestionInput* input_;

 public:
  const uint64_t number;
  bool is_wanted = true;
  AnswerSender* next = nullptr;
  AnswerSender* before = nullptr;
};

QuestionInput::QuestionInput(Cell& cell, QueryIn& port, std::shared_ptr<Credit> answers, Sender sender, Adapter adapter,
                             bool shown)
    : cell_(cell),
      port_(port),
      credit_(std::move(answers)),
      sender_(sender),
      adapter_(std::move(adapter)),
      shown_(shown) {}

QuestionInput::~QuestionInput() {
  while (open_ != nullptr) open_->leave();
}

void QuestionInput::inherit(QuestionInput& before) {
  questions_ = std::move(before.questions_);
  open_ = std::exchange(before.open_, nullptr);
  for (AnswerSender* reply = open_; reply != nullptr; reply = reply->next) reply->move_to(*this);
  if (std::exchange(before.asker_ended_, false)) end_asker();
}

void QuestionInput::replace(QuestionInput& before) {
  before.flush();
  while (before.open_ != nullptr) {
    before.open_->send({{}, true, Status::outside("query.restarted", "the answerer was replaced meanwhile")});
  }
  inherit(before);
}

void QuestionInput::end_asker() {
  if (!std::exchange(asker_ended_, true)) cell_.asker_ended();
}

void QuestionInput::let_go() {
  for (AnswerSender* reply = open_; reply != nullptr; reply = reply->next) reply->is_wanted = false;
  questions_.clear();
}

void QuestionInput::accept(Message message) {
  sequence_.check(message);
  switch (message.kind) {
    case MessageKind::kQuestion: questions_.push_back({message.question, std::move(message.log)}); break;
    case MessageKind::kCancel:
      std::erase_if(questions_, [&](const Question& question) { return question.number == message.question; });
      for (AnswerSender* reply = open_; reply != nullptr; reply = reply->next) {
        if (reply->number == message.question) reply->is_wanted = false;
      }
      break;
    case MessageKind::kAnew: let_go(); break;
    default:  // once: an asker that lives anew ends again
      end_asker();
      break;
  }
}

bool QuestionInput::room() {
  if (credit_->room()) return true;
  credit_->wait();
  return credit_->room();
}

Step QuestionInput::step() {
  if (questions_.empty()) return Step::kNothing;
  if (cell_.done) {
    const uint64_t number = questions_.front().number;
    questions_.pop_front();
    send(number, {{}, true, ended()});
    return Step::kCalled;
  }
  // A question is put only while the asker has credit for an answer.
  if (!cell_.may_call() || cell_.backlog() || !room()) return Step::kBlocked;
  Question question = std::move(questions_.front());
  questions_.pop_front();
  port_.traffic.add(question.log.rows(), question.log.bytes());
  if (shown_) port_.show(question.log, false);
  cell_.after_or_stay(cell_.call([&] {
    return cell_.element.answer(port_, std::move(question.log),
                                Reply(std::make_shared<AnswerSender>(*this, question.number)));
  }));
  cell_.look_at_fault();
  return Step::kCalled;
}

void QuestionInput::transmit(Message message) {
  if (message.log.exists()) credit_->spend(message.charge);
  sender_.send(std::move(message));
}

void QuestionInput::abandon() {
  flush();
  while (open_ != nullptr) open_->send({{}, true, ended()});
}

Status QuestionInput::ended() const {
  return Status::outside("query.ended", "the answerer has ended").at(cell_.element.path());
}

void QuestionInput::flush() {
  if (!held_.has_value()) return;
  transmit(*std::move(held_));
  held_.reset();
}

void QuestionInput::send(uint64_t number, Answer answer) {
  if (held_.has_value() && answer.last && held_->question == number && !answer.log.exists()) {
    held_->last = true;
    held_->status = std::move(answer.status);
    flush();
    return;
  }
  flush();
  Message message;
  message.kind = MessageKind::kAnswer;
  message.question = number;
  message.last = answer.last;
  message.status = std::move(answer.status);
  if (answer.log.exists()) {
    port_.answers.add(answer.log.rows(), answer.log.bytes());
    if (shown_) port_.show(answer.log, true);
    message.log = adapter_(std::move(answer.log)).compact();
    message.charge = message.log.charge();
  }
  if (answer.last) {
    transmit(std::move(message));
    return;
  }
  held_ = std::move(message);
  cell_.task->answer_held(*this);
}

}  // namespace blox::runtime
