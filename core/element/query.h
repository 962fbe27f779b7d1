// Both ends of a question: the Answer that the asker sees, and the Reply that the answerer completes.
//
// Owns     a Reply owns the duty to answer: dropped without end() or fail(), it answers with an error
// Threads  of the element's task
// Bounds   a Reply has room for what the asker's byte credit allows; send() beyond it is taken, but an answerer
//          that looks at room() and returns Flow::kMore keeps memory bounded
// Order    the logs of one answer arrive in the order sent; answers of different questions may overtake
#pragma once

#include <memory>
#include <utility>

#include "core/base/status.h"
#include "core/data/log.h"

namespace blox {

/// One step of an answer.
struct Answer {
  Log log;            ///< records of the answer; may not exist in the last step
  bool last = false;  ///< nothing follows for this question
  Status status;      ///< of the last step: ok, or why there is no (complete) answer
};

/// Where a Reply delivers. The runtime implements it.
class Replier {
 public:
  virtual ~Replier() = default;
  virtual void send(Answer answer) = 0;
  virtual bool room() const = 0;
  virtual bool wanted() const = 0;
};

class Reply {
 public:
  Reply() = default;
  explicit Reply(std::shared_ptr<Replier> replier) : replier_(std::move(replier)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    abandon();
    replier_ = std::move(other.replier_);
    return *this;
  }
  ~Reply() { abandon(); }

  bool open() const { return replier_ != nullptr; }
  /// Whether the asker's credit has room for another log.
  bool room() const { return replier_ != nullptr && replier_->room(); }
  /// False once the asker has cancelled or is gone; then end() soon.
  bool wanted() const { return replier_ != nullptr && replier_->wanted(); }
  /// Precondition of all three: open().
  void send(Log log) { replier_->send({std::move(log), false, {}}); }
  void end() { finish({}); }
  void fail(Status status) { finish(std::move(status)); }

 private:
  void finish(Status status) { std::exchange(replier_, nullptr)->send({{}, true, std::move(status)}); }
  void abandon() {
    if (replier_ != nullptr) finish(Status::outside("query.abandoned", "the answerer dropped the question"));
  }

  std::shared_ptr<Replier> replier_;
};

}  // namespace blox
