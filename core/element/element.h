// The part that topologies are built of: what an author derives from, and the whole life of an element.
//
// Life     constructed (no side effects) → arguments parsed → types resolved → open → state loaded →
//          push / resume / produce / tick / answer / answered / watermark / ended, as work arrives → flush once all
//          inputs ended → close
// Threads  one caller at a time, never the same thread for certain; only Waker and Inbox may be used from others
// Bounds   one call emits at most about `Traits::emit_max`; with more to say it returns Flow::kMore
// Order    logs arrive at a port in the order sent; ports interleave
// Errors   of a record: reject() it; of the element: `return fail(status)`, which ends the topology
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/arg.h"
#include "core/element/handler.h"
#include "core/element/inbox.h"
#include "core/element/port.h"
#include "core/element/query.h"
#include "core/element/state.h"
#include "core/element/traits.h"
#include "core/element/types.h"

namespace blox {

struct ElementClass;

/// What an element says at the end of a call.
enum class Flow : uint8_t {
  kNext,  ///< ready for more input
  kMore,  ///< has more to emit: call resume() before anything else (its cursor is state)
  kWait,  ///< holds what it has: call resume() once one of its timers is due or its Waker was rung, push nothing before
  kDone,  ///< wants no more input, ever: writers upstream may stop
  kFailed,  ///< see Element::fail
};

/// What a source says at the end of produce().
struct Supply {
  enum class Kind : uint8_t { kMore, kReadable, kAt, kWoken, kEnd, kFailed };
  Kind kind = Kind::kEnd;
  int descriptor = -1;
  int64_t steady_ns = 0;

  static Supply more() { return {Kind::kMore}; }                              ///< call again at once
  static Supply readable(int fd) { return {Kind::kReadable, fd}; }            ///< when the descriptor can be read
  static Supply at(int64_t steady_ns) { return {Kind::kAt, -1, steady_ns}; }  ///< at that time of Clock::steady_ns
  static Supply woken() { return {Kind::kWoken}; }                            ///< when the Waker was rung
  static Supply end() { return {Kind::kEnd}; }                                ///< nothing follows
};

/// An alarm of an element; several may be declared.
class Timer {
 public:
  Timer(Element* owner, const char* name);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  const char* name() const { return name_; }
  /// Element::tick(timer) is called once, soon after that time of Clock::steady_ns; replaces an earlier setting.
  void set(int64_t steady_ns);
  void cancel() { set(kOff); }
  int64_t due() const { return due_; }
  static constexpr int64_t kOff = INT64_MAX;

 private:
  friend class Element;
  Element* owner_;
  const char* name_;
  int64_t due_ = kOff;
};

/// A line for people: warnings, notices. Goes to standard error or wherever messages are kept.
enum class Severe : uint8_t { kNote, kWarning, kError };

/// A call of the system that changes a file.
enum class FileCall : uint8_t { kWrite, kSync, kName };

/// What the runtime does for an element. It outlives the element.
class Host {
 public:
  virtual ~Host() = default;
  virtual const Clock& clock() const = 0;
  virtual void message(const Element& element, Severe severity, std::string_view text) = 0;
  /// A timer's due time has changed.
  virtual void timer_changed(Element& element) = 0;
  /// Rings the element's task, from any thread.
  virtual Waker waker(Element& element) = 0;
  /// A record was refused (see Element::reject); called also where `errors` is not connected.
  virtual void rejected(Element& element, uint64_t records, std::string_view code, std::string_view first_message) = 0;
  /// Where files given by relative paths are looked for.
  virtual std::string resolve_path(std::string_view path) const = 0;
  /// Asked before such a call, with the bytes that the file would then have: 0, or the errno with which a test lets it
  /// fail. The path is as the topology names it.
  virtual int file_fault(std::string_view /*path*/, FileCall, uint64_t /*bytes*/) const { return 0; }
  /// Standard output: all data that elements print goes through here. False once the reader is gone.
  virtual bool print(std::string_view text) = 0;
};

class Element {
 public:
  Element();
  virtual ~Element() = default;
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;

  // ---- what an author overrides ----

  /// The type of a port whose declared text is empty (or the checks that text cannot say): out ports, questions of
  /// query outs and answers of query ins are given, in ports are checked. No side effects. Nothing: lost.
  virtual std::optional<Schema> resolve(const Port& port, Types& types);
  /// For query ports that need it: the type of the answers. The default follows the declared text.
  virtual std::optional<Schema> resolve_answer(const Port& port, Types& types);
  /// Checks of arguments against each other, before types are known.
  virtual void check(Diagnostics& diagnostics);
  /// Acquires what is needed. A failure names the argument or file at fault.
  virtual Status open() { return Status::ok(); }
  virtual Flow push(PushIn& port, Log log);
  /// Goes on where Flow::kMore or Flow::kWait left off, if need be in another process with the state of this one.
  virtual Flow resume() { return Flow::kNext; }
  /// Sources: a bounded amount of work. Elements that live by timers and questions alone need none: it says end().
  virtual Supply produce();
  virtual Flow tick(Timer& timer);
  virtual Flow answer(QueryIn& port, Log question, Reply reply);
  virtual Flow answered(QueryOut& port, const Log& question, const Log& context, Answer answer);
  /// Whether what arrives at this port, logs or answers, is to wait for now: it stays in its queue. Asked before each
  /// call; what it says may change in any call of this element, and when somebody whom it answers has room again.
  virtual bool holds(const Port&) const { return false; }
  /// Event time has come to `mark.time` at all inputs that have one and have neither ended nor gone idle: no record
  /// with an earlier one follows. It never goes back. `mark.idle`: all of them are idle; a mark that is not takes that
  /// back, if need be with the same time. It comes in its place between the logs, and after the answers to all
  /// questions that were asked before it. The default passes it on; a class that holds records back must not pass on
  /// more than it can keep.
  virtual Flow watermark(TimeMark mark);
  /// All connections into one push input have ended, those into another have not.
  virtual Flow ended(PushIn&) { return Flow::kNext; }
  /// All push inputs have ended (for background sources: everything else has). May return kMore.
  virtual Flow flush() { return Flow::kNext; }
  /// Releases and makes durable; called once, also after a failure elsewhere (`complete` is false then).
  virtual Status close(bool complete);

  // ---- what an author calls ----

  const std::string& path() const { return path_; }
  /// The name of its class: for messages.
  std::string_view class_name() const;
  const Clock& clock() const { return host_->clock(); }
  Host& host() { return *host_; }
  Waker waker() { return host_->waker(*this); }
  /// Ends the topology with this error: `return fail(status);`.
  Flow fail(Status status);
  Supply fail_supply(Status status);
  /// Sends records of `log` (indices of records) to `errors` and counts them; with `messages` one a record.
  void reject(const Port& port, const Log& log, std::span<const uint32_t> records, std::string_view code,
              std::string_view message);
  /// A refusal without a record: a file that cannot be read, a line that is no JSON; `input` is what was at fault.
  void reject_input(std::string_view port, std::string_view code, std::string_view message, std::string_view input);
  void note(std::string_view text) { host_->message(*this, Severe::kNote, text); }
  void warn(std::string_view text) { host_->message(*this, Severe::kWarning, text); }

  PushOut& errors() { return *errors_; }
  /// Gives a mark at every push out port that has an event time.
  void pass_on(TimeMark mark);
  /// The one type of all `errors` ports.
  static const Schema& error_schema();

  // ---- what the checker and the runtime use ----

  const ElementClass* element_class() const { return class_; }
  void set_class(const ElementClass* element_class) { class_ = element_class; }
  const std::vector<ArgBase*>& args() const { return args_; }  ///< in order of declaration, without named_args()
  NamedArgs* named_args() const { return named_args_; }
  /// In order of declaration, then ports of families in the order in which they came, `errors` last.
  const std::vector<Port*>& ports() const { return ports_; }
  const std::vector<FamilyBase*>& families() const { return families_; }
  const std::vector<State*>& states() const { return states_; }
  const std::vector<HandlerBase*>& handlers() const { return handlers_; }
  const std::vector<Timer*>& timers() const { return timers_; }
  /// A declared port, or one of a family that exists already.
  Port* find_port(std::string_view name, Direction direction) const;
  /// The class's first required port of that kind and direction; null where there is none.
  Port* main_port(PortKind kind, Direction direction) const;

  void attach(Host* host, std::string path) {
    host_ = host;
    path_ = std::move(path);
  }
  /// What fail() was given first, with the path of the element as its place where it had none.
  const Status& failure() const { return failure_; }
  /// Bytes of declared state. Classes whose values own memory beyond their slots add it.
  virtual size_t state_bytes() const;

 private:
  friend class ArgBase;
  friend class NamedArgs;
  friend class Port;
  friend class FamilyBase;
  friend class State;
  friend class HandlerBase;
  friend class Timer;

  std::vector<ArgBase*> args_;
  NamedArgs* named_args_ = nullptr;
  std::vector<Port*> ports_;
  std::vector<FamilyBase*> families_;
  std::vector<State*> states_;
  std::vector<HandlerBase*> handlers_;
  std::vector<Timer*> timers_;
  std::unique_ptr<PushOut> errors_;

  void send_errors(const std::vector<std::vector<Datum>>& rows, Micros born);

  const ElementClass* class_ = nullptr;
  Host* host_ = nullptr;
  std::string path_;
  Status failure_;
};

}  // namespace blox

#include "core/element/registry.h"
