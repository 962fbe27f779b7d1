// How the work of a shard is spread over its replicas: who gets which records, who is asked a question, how the answers
// of several become one, and what it costs to have more or fewer of them.
//
//   class Hash final : public Sharder { … };
//   BLOX_SHARDER(hash, Hash);          // then { shards = 4, sharder = hash }
//
// A sharder registers like an element class, built in or in a plug-in, and is chosen by its name in the language.
//
// Owns     what it remembers of past logs; no state of elements
// Threads  one caller at a time
// Bounds   what it keeps does not grow with the data
// Order    the parts of one log are given to the replicas in the order in which split() names them
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/datum.h"
#include "core/data/log.h"
#include "core/element/port.h"

namespace blox {

/// What a sharder is told before it starts.
struct ShardSetup {
  size_t replicas = 1;
  std::vector<std::string> by;             ///< the fields named by the setting `by`, or the key of the class
  std::vector<std::vector<Datum>> values;  ///< of the setting `values`: those of each replica
  std::vector<const Port*> inputs;         ///< the push in ports of the shard, resolved; none where it only answers
  /// Where `by` has another name at some input: those at each input, in its order and that of `by`. Else empty.
  std::vector<std::vector<std::string>> names;

  /// `by` as it is called at a port: an input of the shard, or one that stands for it and has its name.
  const std::vector<std::string>& fields_at(const Port& port) const;
};

/// Some records of a log, and whose they are.
struct ShardPart {
  static constexpr size_t kIdle = SIZE_MAX;        ///< of any replica that has nothing to do
  static constexpr size_t kNobody = SIZE_MAX - 1;  ///< refused: counted and sent to `errors` as shard.no_replica
  size_t replica = kIdle;
  Log log;
};

/// What another number of replicas would cost.
struct ShardCost {
  bool possible = false;
  std::string why_not;
  uint64_t bytes = 0;       ///< of state to move
  uint64_t bytes_back = 0;  ///< to move back, were it undone
};

/// A key group (core/data/key.h) that changes its owner.
struct ShardMove {
  uint32_t group = 0;
  size_t from = 0;
  size_t to = 0;
};

/// Makes one answer of those of several replicas. One is made for each question.
class AnswerMerger {
 public:
  using Give = std::function<void(Log)>;
  virtual ~AnswerMerger() = default;
  /// A log of the answer of one replica. What is given goes to the asker.
  virtual void take(size_t replica, Log log, const Give& give) = 0;
  /// All replicas have answered.
  virtual void end(const Give& give) = 0;
};

class Sharder {
 public:
  virtual ~Sharder() = default;
  /// Before anything else. Precondition: the setup fits the traits of its class, and the fields of `by` have the same
  /// types at all push in ports, but that some may be nullable.
  virtual void open(const ShardSetup& setup) = 0;

  /// Whose the records of a log are that has arrived at this port of the shard: appended to `parts`, each record in
  /// one of them, none empty.
  virtual void split(const Port& port, const Log& log, std::vector<ShardPart>& parts) = 0;
  /// Whom to ask what: appended to `parts`, at least one. No replica is asked twice.
  virtual void ask(const Port& port, const Log& question, std::vector<ShardPart>& parts) = 0;
  /// Null where the logs of all answers simply follow each other, as they come.
  virtual std::unique_ptr<AnswerMerger> merger(const Port& port);

  /// How many replicas it needs at least.
  virtual size_t least() const { return 1; }
  /// What it would cost to have so many. `state_bytes`: what each replica keeps now.
  virtual ShardCost cost(size_t replicas, std::span<const uint64_t> state_bytes) const = 0;
  /// From the next log on there are so many; the key groups whose state must have moved before that.
  /// Precondition: cost() says that it is possible.
  virtual std::vector<ShardMove> resize(size_t replicas) = 0;
  /// Counts the calls of resize(): two that have the same number have spread the same.
  virtual uint64_t version() const = 0;
};

struct SharderTraits {
  bool by = false;      ///< needs fields, and gives all records that agree in them to one replica
  bool values = false;  ///< needs the setting `values`; the class then has one field in `by`
  /// A replica gets nothing while it has something to do: needs nobody in particular (ShardPart::kIdle).
  bool one_at_a_time = false;
  bool keeps_order = false;  ///< what `order` is where the author does not say
};

/// What is known of a sharder without making one.
struct SharderClass {
  const char* name;  ///< in the language: lower case
  const char* file;
  const char* doc;
  SharderTraits traits;
  std::unique_ptr<Sharder> (*make)();
};

}  // namespace blox

/// Registers a sharder; the last line of its file. The class has kDoc and kTraits (a SharderTraits).
#define BLOX_SHARDER(name, Class)                                                                            \
  namespace {                                                                                                \
  std::unique_ptr<::blox::Sharder> blox_make_sharder_##name() { return std::make_unique<Class>(); }          \
  constexpr ::blox::SharderClass blox_sharder_##name{#name, __FILE__, Class::kDoc, Class::kTraits,           \
                                                     &blox_make_sharder_##name};                             \
  [[gnu::section("blox_sharders"), gnu::used]] const ::blox::SharderClass* const blox_sharder_entry_##name = \
      &blox_sharder_##name;                                                                                  \
  }                                                                                                          \
  static_assert(true)
