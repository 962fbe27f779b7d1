// Both ends of a query connection: the window of the asker, and the questions that wait for an answerer.
//
// The context of a question stays with the asker; what travels is its number and its log. Each question is answered
// exactly once to the end, if only with an error: deadline, dropped by the answerer, answerer done.
//
// Owns     QueryAsker: questions under way and answers that have arrived; QuestionInput: questions not yet put
// Threads  of the task that each is in; the credit of answers is shared
// Bounds   questions under way ≤ the queue's logs, their bytes ≤ the queue's bytes; answers under way: bytes
// Order    the logs of one answer in order; questions are put in the order asked
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/element/adapt.h"
#include "core/queue/channel.h"
#include "core/run/cell.h"

namespace blox::runtime {

/// Takes messages that the task's inlet has received.
class Inbound {
 public:
  virtual ~Inbound() = default;
  virtual void accept(Message message) = 0;
};

enum class Step : uint8_t {
  kNothing,  ///< no work here
  kBlocked,  ///< work, but no room for what it may emit
  kCalled,   ///< an element was called
};

class QueryAsker final : public Asker, public Inbound {
 public:
  /// `life`: see RunOptions.
  QueryAsker(Cell& cell, QueryOut& port, ChannelBound window, std::shared_ptr<Credit> answers, Sender sender,
             Bell* answerer, Adapter adapter, int64_t deadline_ns, bool one_at_a_time = false, uint32_t life = 0);

  // ---- Asker ----
  void ask(Log question, Log context) override;
  bool room() const override { return open_ < window_.logs && bytes_ < window_.bytes; }
  size_t outstanding() const override { return open_; }

  void accept(Message message) override;
  /// Hands one step of an answer to the element.
  Step step();
  /// Answers with an error what has waited too long for a step of its answer, unless answers wait here to be taken.
  void expire(int64_t now);
  /// When expire() is to be called next; never where nothing is under way.
  int64_t due() const { return due_; }
  /// Lets go of all questions under way and tells the answerer.
  void cancel();
  /// Asks nothing further.
  void end();
  /// Rings an answerer that waits for room. Call before the task sleeps.
  void settle();
  /// Goes on with the questions of another, of the same element. `same_answerer`: their answers go on as well; else
  /// they are asked anew, or, where a part of the answer has come, end with an error. `far`: the answerer is elsewhere,
  /// and gave no credit for answers of another. While no task runs.
  void inherit(QueryAsker& before, bool same_answerer, bool far = false);
  /// Takes the place of another element's before the same answerer: that one's questions are let go, and late answers
  /// to them find nobody. `ended`: it had asked its last, so no question gets an answer any more.
  void replace(QueryAsker& before, bool ended);
  Cell& cell() const { return cell_; }
  const ChannelBound& window() const { return window_; }
  /// See CheckedConnection.
  bool one_at_a_time() const { return one_at_a_time_; }
  /// The task's number of the oldest question under way; UINT64_MAX where there is none.
  uint64_t oldest() const;
  uint64_t open_read() const { return open_read_.load(std::memory_order_relaxed); }
  uint64_t bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }

 private:
  struct Question {
    Log question;
    Log context;
    int64_t deadline = 0;
    size_t charge = 0;
    bool partly = false;  // a step of its answer was handed over
    uint8_t age = 0;      // see Cell::question_opened
    uint32_t turn = 0;    // tells an answer to this question from a late one to an earlier question in this place
    uint64_t asked = 0;   // the task's number of it
    bool open = false;
  };
  struct Arrived {
    uint64_t number;
    Answer answer;
    size_t charge = 0;
    bool charged = false;
  };
  uint64_t number_of(uint32_t place) const { return uint64_t{questions_[place].turn} << 32 | place; }
  Question* find(uint64_t number);
  void close(Question& question, uint32_t place);
  void ask_again();
  void lose_answerer();
  void give_back(size_t charge);
  void let_go(Arrived& arrived);
  void publish();

  Cell& cell_;
  QueryOut& port_;
  const ChannelBound window_;
  std::shared_ptr<Credit> credit_;
  Sender sender_;
  Bell* answerer_;
  Adapter adapter_;
  const int64_t deadline_ns_;
  const bool one_at_a_time_;
  const uint32_t first_turn_;
  bool gone_ = false;  // the answerer, for good
  Sequence sequence_;
  std::vector<Question> questions_;
  std::vector<uint32_t> free_;
  std::deque<Arrived> answers_;
  size_t open_ = 0;
  uint64_t bytes_ = 0;
  int64_t due_;
  std::atomic<uint64_t> open_read_{0};
  std::atomic<uint64_t> bytes_read_{0};
};

class QuestionInput final : public Inbound {
 public:
  /// `shown`: to those that look at the in port; what asks is elsewhere.
  QuestionInput(Cell& cell, QueryIn& port, std::shared_ptr<Credit> answers, Sender sender, Adapter adapter,
                bool shown = false);
  ~QuestionInput() override;

  void accept(Message message) override;
  Step step();
  /// Sends the log that was held back in case the answer ends with it. Call at the end of each call of the element.
  void flush();
  /// Answers all that is still open with an error: the element is done.
  void abandon();
  /// Goes on with the questions of another, whose replies the same element holds. While no task runs.
  void inherit(QuestionInput& before);
  /// Takes the place of another element's before the same asker: what that had not begun to answer is put here, the
  /// rest ends with an error.
  void replace(QuestionInput& before);
  /// Nobody waits for the answers any more.
  void let_go();
  bool replies_open() const { return open_ != nullptr; }
  Cell& cell() const { return cell_; }

 private:
  class AnswerSender;
  struct Question {
    uint64_t number;
    Log log;
  };
  void send(uint64_t number, Answer answer);
  void transmit(Message message);
  bool room();
  void end_asker();
  Status ended() const;

  Cell& cell_;
  QueryIn& port_;
  std::shared_ptr<Credit> credit_;
  Sender sender_;
  Adapter adapter_;
  Sequence sequence_;
  std::deque<Question> questions_;
  AnswerSender* open_ = nullptr;  // list of replies not yet completed
  const bool shown_;
  bool asker_ended_ = false;
  std::optional<Message> held_;
};

}  // namespace blox::runtime
