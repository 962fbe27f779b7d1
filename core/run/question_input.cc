// The answering end of a query connection.
#include <utility>

#include "core/run/query.h"
#include "core/run/task.h"

namespace blox::runtime {

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
