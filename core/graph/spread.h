// What stands in front of the replicas of a shard: cuts logs and questions by its sharder, and makes one answer of
// several. Each input of a shard has one, so that its end reaches the replicas while others go on, and so do its
// questions, which may come after the end.
//
// Owns     its sharder; parts that wait for a replica that is idle; questions under way
// Threads  as every element
// Bounds   the parts of one log; answers are taken only while all askers under way have room
// Order    the parts of a log leave in the order that the sharder gives; a replica gets its parts in the order of the
//          logs
#pragma once

#include <deque>
#include <map>

#include "core/element/element.h"
#include "core/element/sharder.h"

namespace blox {

class Spread final : public Element {
 public:
  Spread();

  // ---- for expand(), before anything else ----
  void use(const SharderClass& sharder, ShardSetup setup);
  /// The port that stands for one of the shard's, which is resolved. Of push ports there is one at most.
  PushIn& add_push(const Port& of);
  QueryIn& add_query(const Port& of);
  /// The port to a replica that goes with an in port of the shard.
  Port& to_replica(const Port& in, size_t replica);
  /// Says to which replica each part went: for who gathers.
  PushOut& order() { return order_; }
  static const Schema& order_schema();

  // ---- for an update of the topology ----
  /// Whether another gives the same records to the same replicas.
  bool spreads_like(const Spread& other) const;
  /// Whose each record is: of a log that has the fields of the key as the first input has them.
  std::vector<size_t> owners_of(const Log& keys) const;
  /// The parts that wait for a replica, taken out.
  std::vector<Log> surrender();

  Status open() override;
  Flow push(PushIn& port, Log log) override;
  Flow resume() override;
  Flow answer(QueryIn& port, Log question, Reply reply) override;
  Flow answered(QueryOut& port, const Log& question, const Log& context, Answer answer) override;
  bool holds(const Port& port) const override;
  Status close(bool complete) override;

 private:
  struct Question {
    Reply reply;
    std::unique_ptr<AnswerMerger> merger;
    size_t left = 0;
  };

  std::optional<size_t> replica_for(const ShardPart& part);
  void refuse(const ShardPart& part);
  QueryOut& asked(size_t query, const ShardPart& part);
  void tell_order();
  bool wanted() const;

  std::unique_ptr<PushIn> input_;
  PushOuts outputs_{this, "", "the share of each replica"};
  QueryIns queries_{this, "", "", "what the shard is asked"};
  QueryOuts asks_{this, "", "", "what each replica is asked"};
  PushOut order_{this, "order", "{replica: int}", "who got each part", kOptional};

  const SharderClass* class_of_ = nullptr;
  Element shard_;                               // owns the next
  std::vector<std::unique_ptr<PushIn>> shown_;  // the inputs of the shard, for its sharder: replicas come and go
  ShardSetup setup_;
  std::unique_ptr<Sharder> sharder_;
  std::vector<ShardPart> parts_;
  std::deque<ShardPart> waiting_;
  std::vector<int64_t> went_;  // replicas, since order was last told
  size_t next_idle_ = 0;
  std::map<int64_t, Question> questions_;
  int64_t last_question_ = 0;
};

}  // namespace blox
