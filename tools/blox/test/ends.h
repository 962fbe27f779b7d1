// The element classes that a .bloxtest file puts at the ends of what it tests.
//
// Threads  of the test: a virtual run has one. put() and end() are called between two calls of the element
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "core/element/element.h"

namespace blox::tools {

/// What an `expect` looks at: lines, each a record as JSON.
class TestEnd {
 public:
  virtual ~TestEnd() = default;
  /// What has come since the last call.
  virtual std::vector<std::string> take() = 0;
};

/// A source that gives what the test feeds.
class TestFeed final : public Element {
 public:
  static constexpr const char* kDoc = "A source that gives what a test feeds.\n";

  std::optional<Schema> resolve(const Port& port, Types& types) override;
  Supply produce() override;

  const Schema& schema() const { return out_.schema(); }
  void put(Log log);
  void end();
  /// Fed, and not yet taken.
  const std::deque<Log>& waiting() const { return logs_; }
  bool has_ended() const { return ended_; }

 private:
  PushOut out_{this, "out", "", "what the test feeds"};
  Arg<std::string> type_{this, "type", "the type of its records"};

  std::deque<Log> logs_;
  bool ended_ = false;
};

/// A sink that keeps everything for the test.
class TestCollect final : public Element, public TestEnd {
 public:
  static constexpr const char* kDoc = "A sink that keeps everything for a test.\n";

  Flow push(PushIn& port, Log log) override;
  std::vector<std::string> take() override;

 private:
  static constexpr uint64_t kMostRecords = 1'000'000;

  PushIn in_{this, "in", "{...} changelog", "records"};

  std::vector<Log> logs_;
  uint64_t records_ = 0;
};

/// Asks what the test asks, one question after the other, and keeps the answers.
class TestAsk final : public Element, public TestEnd {
 public:
  static constexpr const char* kDoc = "Asks what a test asks.\n";

  std::optional<Schema> resolve(const Port& port, Types& types) override;
  Supply produce() override;
  Flow answered(QueryOut& port, const Log& question, const Log& context, Answer answer) override;

  const Schema& schema() const { return ask_.schema(); }
  void put(Log question);
  void end();
  /// Answers; a question that failed is the line "failed: TEXT".
  std::vector<std::string> take() override;

 private:
  QueryOut ask_{this, "ask", "", "{...}", "the questions"};
  Arg<std::string> type_{this, "type", "the type of a question"};

  std::deque<Log> questions_;
  std::vector<std::string> lines_;
  bool ended_ = false;
};

/// Answers as the test says, one question after the other, and keeps the questions. A question waits for its answer.
class TestAnswer final : public Element, public TestEnd {
 public:
  static constexpr const char* kDoc = "Answers as a test says.\n";

  std::optional<Schema> resolve_answer(const Port& port, Types& types) override;
  Flow answer(QueryIn& port, Log question, Reply reply) override;
  Flow resume() override;

  const Schema& schema() const { return in_.answer_schema(); }
  /// The answer to the next question: records, or why there are none.
  void put(Log records, Status status);
  std::vector<std::string> take() override;

 private:
  struct Prepared {
    Log records;
    Status status;
  };

  QueryIn in_{this, "in", "{...}", "", "questions", {}};
  Arg<std::string> type_{this, "type", "the type of an answer"};

  std::deque<Prepared> prepared_;
  std::deque<Reply> open_;
  std::vector<std::string> lines_;
};

/// Adds all of them, for topologies under test only.
void add_test_ends(Registry& registry);

}  // namespace blox::tools
