// Where logs enter and leave an element: members that declare name, kind, type and documentation.
//
//   PushIn   in_{this, "in", "{$by, ...}", "records to count"};
//   PushOut  out_{this, "out", "in & $by + {count: int} key($by)", "one record a key"};
//   QueryIn  get_{this, "get", "{$key}", "in", "the records with these keys"};     // question, answer
//   QueryOut ask_{this, "ask", "$question", "{...}", "asked once a period"};       // question, answer
//   PushIns  inputs_{this, "{...}", "any number of inputs, named by the connections"};
//
// Type language, for what a port gives:   out  := term {op term} [key(fields)] [append|changelog] [time([field])]
//   term := PORT | PORT? (all its fields nullable) | {f: T, ...} | $arg
//   op   := + (a field in both is an error) | +! (replaces) | - (absent is an error) | & (projects)
// and for what a port takes: a record pattern {f: T, $arg, ...} where `...` lets other fields through, followed
// by `changelog` where changelogs are accepted too and `time` where watermarks are needed. `$arg` that names fields
// stands for them with the types that arrive. An empty text says that the class overrides `Element::resolve` for this
// port.
//
// Event time: watermarks go where `time(field)` goes, and nowhere else. A port whose type has an event time is one at
// which watermarks arrive, or are given; `time()` says that what is given has none, although its first term has.
//
// Owns     its counters and resolved types; the element owns the port
// Threads  of the element's task, but for the counters, which anybody may read
// Errors   emit() and ask() do not fail: what cannot be taken is counted by whoever drops it
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/counter.h"
#include "core/base/status.h"
#include "core/data/log.h"
#include "core/data/time_mark.h"

namespace blox {

class Element;

enum class PortKind : uint8_t { kPush, kQuery };
enum class Direction : uint8_t { kIn, kOut };

struct PortOptions {
  bool optional = false;  ///< need not be connected, and is never the main port
  /// Push in ports: nothing is pushed here before all connections into the port of this name have ended, and ended()
  /// was called for it. What arrives meanwhile waits in the queue that the planner puts before such a port.
  const char* waits_for = "";
  /// Push in ports of classes that are sharded by key: the argument that names the fields of the key here.
  const char* key = "by";
};
inline constexpr PortOptions kOptional{.optional = true};

class Port {
 public:
  Port(Element* owner, PortKind kind, Direction direction, std::string name, const char* type, const char* answer,
       const char* doc, PortOptions options, bool member_of_family);
  virtual ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  Element& owner() const { return *owner_; }
  PortKind kind() const { return kind_; }
  Direction direction() const { return direction_; }
  const std::string& name() const { return name_; }
  const char* doc() const { return doc_; }
  /// The declared type text: of pushed logs, or of questions.
  const char* type_text() const { return type_; }
  /// Query ports: the declared type text of answers.
  const char* answer_text() const { return answer_; }
  bool optional() const { return options_.optional; }
  /// The port whose end this one waits for; empty for most.
  std::string_view waits_for() const { return options_.waits_for; }
  /// The argument that names the fields by which records at this port belong together.
  std::string_view key_argument() const { return options_.key; }
  bool in_family() const { return in_family_; }

  /// What passes here, once checked: pushed logs, or questions. Precondition for use: resolved.
  const Schema& schema() const { return schema_; }
  /// Query ports: the type of the answers, once checked.
  const Schema& answer_schema() const { return answer_schema_; }
  void set_schema(Schema schema) { schema_ = std::move(schema); }
  void set_answer_schema(Schema schema) { answer_schema_ = std::move(schema); }
  bool connected() const { return connected_; }
  void set_connected(bool connected) { connected_ = connected; }

  Traffic traffic;  ///< logs that passed: pushed, or questions
  Traffic answers;  ///< query ports: logs of answers

  /// For the runtime, between two calls: looks at what the port gives, a log of an answer where `answer` is true.
  using Look = void (*)(void* who, const Log& log, bool answer);
  void set_look(Look look, void* who) {
    look_ = look;
    looking_ = who;
  }
  bool looked_at() const { return look_ != nullptr; }
  void show(const Log& log, bool answer) const {
    if (look_ != nullptr) [[unlikely]]
      look_(looking_, log, answer);
  }

 private:
  Element* owner_;
  PortKind kind_;
  Direction direction_;
  std::string name_;
  const char* type_;
  const char* answer_;
  const char* doc_;
  PortOptions options_;
  bool in_family_;
  bool connected_ = false;
  Look look_ = nullptr;
  void* looking_ = nullptr;
  Schema schema_;
  Schema answer_schema_;
};

class PushIn final : public Port {
 public:
  PushIn(Element* owner, std::string name, const char* type, const char* doc, PortOptions options = {},
         bool member_of_family = false)
      : Port(owner, PortKind::kPush, Direction::kIn, std::move(name), type, "", doc, options, member_of_family) {}
};

/// Where an out port delivers: a fused element, a channel, a test. The runtime implements it.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// Takes a log, always; false once it wants no more (what it takes then is ignored).
  virtual bool take(Log log) = 0;
  /// Whether there is room for a log. The runtime looks before each call; only who chooses between ports asks himself.
  virtual bool room() const { return true; }
  /// Takes what is said of event time, in its place between the logs.
  virtual void pass(TimeMark mark) = 0;
};

class PushOut final : public Port {
 public:
  PushOut(Element* owner, std::string name, const char* type, const char* doc, PortOptions options = {},
          bool member_of_family = false)
      : Port(owner, PortKind::kPush, Direction::kOut, std::move(name), type, "", doc, options, member_of_family) {}

  /// Gives a log to every reader; logs without records are swallowed. False once no reader wants more.
  bool emit(Log log);
  /// False once no reader wants more: then the work for this port may be left out.
  bool wanted() const { return wanted_; }
  /// Whether every reader has room for another log.
  bool room() const;

  /// Promises that no record with an earlier event time follows. Nothing where the port's type has no event time.
  void watermark(Micros time) { pass({time, false}); }
  /// Says that nothing comes here for now, so that nobody waits for it. The next watermark(), which may repeat the
  /// last one, takes it back: call it before emitting again.
  void idle() { pass({TimeMark::kUnknown, true}); }
  void pass(TimeMark mark);

  /// For the runtime, before the element is opened.
  void connect(Receiver* receiver) { receivers_.push_back(receiver); }
  /// For the runtime: a reader that was busy said `done` in the meantime.
  void set_wanted(bool wanted) { wanted_ = wanted; }

 private:
  std::vector<Receiver*> receivers_;
  bool wanted_ = true;
};

class Reply;
class Replier;

class QueryIn final : public Port {
 public:
  QueryIn(Element* owner, std::string name, const char* question, const char* answer, const char* doc,
          PortOptions options = kOptional, bool member_of_family = false)
      : Port(owner, PortKind::kQuery, Direction::kIn, std::move(name), question, answer, doc, options,
             member_of_family) {}
};

/// What carries questions of a query out port. The runtime implements it.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual void ask(Log question, Log context) = 0;
  virtual bool room() const = 0;
  virtual size_t outstanding() const = 0;
};

class QueryOut final : public Port {
 public:
  QueryOut(Element* owner, std::string name, const char* question, const char* answer, const char* doc,
           PortOptions options = {}, bool member_of_family = false)
      : Port(owner, PortKind::kQuery, Direction::kOut, std::move(name), question, answer, doc, options,
             member_of_family) {}

  /// Asks; the result arrives as Element::answered with this question and context, always, if only as an error
  /// (deadline, answerer gone). Beyond the window the runtime stops calling the element for other things.
  void ask(Log question, Log context = {});
  /// Whether another question fits the window.
  bool room() const { return asker_ != nullptr && asker_->room(); }
  size_t outstanding() const { return asker_ == nullptr ? 0 : asker_->outstanding(); }
  void connect(Asker* asker) { asker_ = asker; }

 private:
  Asker* asker_ = nullptr;
};

/// Ports that come into being by the connections that name them, in file order.
class FamilyBase {
 public:
  FamilyBase(Element* owner, PortKind kind, Direction direction, const char* type, const char* answer, const char* doc);
  virtual ~FamilyBase() = default;
  FamilyBase(const FamilyBase&) = delete;
  FamilyBase& operator=(const FamilyBase&) = delete;

  PortKind kind() const { return kind_; }
  Direction direction() const { return direction_; }
  const char* type_text() const { return type_; }
  const char* answer_text() const { return answer_; }
  const char* doc() const { return doc_; }
  /// For the checker: the port of that name, made where there is none yet.
  virtual Port& port(std::string_view name) = 0;
  Port* find(std::string_view name) const;

 protected:
  void add(Port& port) { by_name_.emplace(port.name(), &port); }
  Element* owner_;

 private:
  std::map<std::string_view, Port*> by_name_;  ///< a topology may name thousands
  PortKind kind_;
  Direction direction_;
  const char* type_;
  const char* answer_;
  const char* doc_;
};

template <typename P, PortKind kKind, Direction kDirection>
class Family final : public FamilyBase {
 public:
  Family(Element* owner, const char* type, const char* doc) requires(kKind == PortKind::kPush)
      : FamilyBase(owner, kKind, kDirection, type, "", doc) {}
  Family(Element* owner, const char* question, const char* answer, const char* doc) requires(kKind == PortKind::kQuery)
      : FamilyBase(owner, kKind, kDirection, question, answer, doc) {}

  size_t size() const { return ports_.size(); }
  P& operator[](size_t index) const { return *ports_[index]; }
  Port& port(std::string_view name) override {
    if (Port* known = find(name)) return *known;
    if constexpr (kKind == PortKind::kPush) {
      ports_.push_back(std::make_unique<P>(owner_, std::string(name), type_text(), doc(), kOptional, true));
    } else {
      ports_.push_back(
          std::make_unique<P>(owner_, std::string(name), type_text(), answer_text(), doc(), kOptional, true));
    }
    add(*ports_.back());
    return *ports_.back();
  }
  /// The position of a port of this family. Precondition: it is one.
  size_t index_of(const Port& port) const {
    for (size_t i = 0; i < ports_.size(); ++i) {
      if (ports_[i].get() == &port) return i;
    }
    BLOX_CHECK(false, "a port of another family");
    return 0;
  }

 private:
  std::vector<std::unique_ptr<P>> ports_;
};

using PushIns = Family<PushIn, PortKind::kPush, Direction::kIn>;
using PushOuts = Family<PushOut, PortKind::kPush, Direction::kOut>;
using QueryIns = Family<QueryIn, PortKind::kQuery, Direction::kIn>;
using QueryOuts = Family<QueryOut, PortKind::kQuery, Direction::kOut>;

}  // namespace blox
