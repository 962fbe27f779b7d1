#include "caretaker/control_desk.h"

#include <algorithm>
#include <utility>

#include "core/base/diagnostic.h"
#include "core/data/codec.h"

namespace blox {

using namespace protocol;  // the language that this speaks

namespace {

constexpr Micros kLongest = 60 * kSecond;  // that a question waits for its element
constexpr uint32_t kMostCredit = 1'000;
constexpr size_t kMostLog = kMostReply / 2;  // bytes of a sample

TapCounts to_counts(const Tap::Counts& counts) {
  return {counts.logs, counts.records, counts.shown_records, counts.missed_logs};
}

HandlerBase* find_handler(const Element& element, std::string_view name) {
  for (HandlerBase* handler : element.handlers()) {
    if (handler->name() == name) return handler;
  }
  return nullptr;
}

/// As it was typed, where the value's own type does not fit: `set x.rate 5` for a float, `set x.name 5` for a text.
Status set_fitting(HandlerBase& handler, const Datum& value, const std::string& text) {
  const auto of_wrong_type = [](const Status& status) {
    return !status.is_ok() && status.error().code == "handler.type";
  };
  const Status first = handler.set(value);
  if (!of_wrong_type(first)) return first;
  if (const int64_t* whole = value.get_if<int64_t>()) {
    const Status status = handler.set(Datum(static_cast<double>(*whole)));
    if (!of_wrong_type(status)) return status;
  }
  const Status status = handler.set(Datum(text));
  return of_wrong_type(status) ? first : status;
}

Status ended() { return Status::outside("control.no_run", "the run has ended"); }

}  // namespace

/// Where elements put what they were asked for.
struct ControlDesk::Answers {
  struct Answer {
    Asker asker;
    size_t ask = 0;
    Result<Datum> value;
  };
  std::mutex mutex;
  std::vector<Answer> arrived;
  std::function<void()> wake;  // nothing once the desk has gone

  void put(Answer answer) {
    const std::lock_guard lock(mutex);
    arrived.push_back(std::move(answer));
    if (wake != nullptr) wake();
  }
};

/// A question that waits for elements.
struct ControlDesk::Open {
  struct Ask {
    std::string element;
    size_t number = 0;  // of the replica
    bool answered = false;
    Datum value;
  };
  struct Value {
    HandlerValue value;
    std::vector<Ask> asks;  // one, or one a replica
    bool of_shard = false;
  };
  std::vector<Value> values;
  size_t missing = 0;
  int64_t deadline = 0;

  void add(const HandlerFacts& facts) {
    Value& value = values.emplace_back();
    value.value = {facts.element, facts.name, facts.doc, facts.writable, {}, {}, facts.of, facts.of_shard};
    value.of_shard = !facts.replicas.empty();
    if (!value.of_shard) value.asks.push_back({facts.element, 0, false, {}});
    for (const HandlerFacts::Replica& replica : facts.replicas) {
      value.asks.push_back({replica.element, replica.number, false, {}});
    }
    missing += value.asks.size();
  }
  std::vector<Ask*> asks() {
    std::vector<Ask*> all;
    for (Value& value : values) {
      for (Ask& ask : value.asks) all.push_back(&ask);
    }
    return all;
  }
  ValuesReply reply() {
    ValuesReply out;
    for (Value& value : values) {
      if (value.of_shard) {
        for (Ask& ask : value.asks) value.value.parts.push_back({ask.number, std::move(ask.value)});
        static_cast<void>(make_whole(value.value));  // where some are missing, whoever asks has the others
      } else {
        value.value.value = std::move(value.asks[0].value);
      }
      out.values.push_back(std::move(value.value));
    }
    return out;
  }
};

struct ControlDesk::TapOpen {
  std::shared_ptr<Tap> tap;
  uint32_t credit = 0;
  int64_t lease = 0;
};

ControlDesk::ControlDesk(const Clock& clock, std::function<void()> wake)
    : clock_(clock), wake_(std::move(wake)), answers_(std::make_shared<Answers>()) {
  answers_->wake = wake_;
}

ControlDesk::~ControlDesk() {
  if (run_ != nullptr) leave("it is no longer looked at");
  const std::lock_guard lock(answers_->mutex);
  answers_->wake = nullptr;
}

void ControlDesk::serve(Inspect& run, std::string topology, Secrets secrets) {
  run_ = &run;
  topology_ = std::move(topology);
  secrets_ = std::move(secrets);
}

void ControlDesk::leave(std::string_view why) {
  take_answers();
  while (!taps_.empty()) end_tap(Asker(taps_.begin()->first), why);
  for (const auto& [asker, open] : std::exchange(open_, {})) refuse(asker, ended());
  run_ = nullptr;
}

void ControlDesk::reply(const Asker& asker, Body body) {
  outgoing_.push_back({asker.peer, encode({asker.id, 0, std::move(body)})});
}

void ControlDesk::refuse(const Asker& asker, const Status& status) {
  ErrorReply error = ErrorReply::of(status);
  error.text = secrets_.hide(std::move(error.text));
  reply(asker, std::move(error));
}

void ControlDesk::receive(const std::string& peer, std::string_view frame) {
  Asker asker{peer, 0};
  const Result<Message> message = decode(frame, &asker.id);
  if (!message) {
    refuse(asker, message.status());
  } else {
    take(asker, *message);
  }
}

void ControlDesk::take(const Asker& asker, const Message& message) {
  if (const auto* more = std::get_if<TapMore>(&message.body)) {
    const auto tap = taps_.find({asker.peer, more->tap});
    if (tap == taps_.end()) return;  // it has ended in the meantime, and said so
    tap->second->credit = std::min(kMostCredit, tap->second->credit + std::min(kMostCredit, more->credit));
    tap->second->lease = clock_.steady_ns() + kTapLease * 1'000;
    return;
  }
  if (const auto* stop = std::get_if<TapStop>(&message.body)) {
    end_tap({asker.peer, stop->tap}, "");
    return;
  }
  if (run_ == nullptr) {
    refuse(asker, Status::outside("control.no_run", "no topology runs at the moment"));
    return;
  }
  if (open_.size() + taps_.size() >= kMostOpen || open_.contains(asker) || taps_.contains(asker)) {
    refuse(asker, Status::outside("control.busy", "too much is asked at once, or one thing twice"));
    return;
  }
  const Micros most = message.deadline == 0 ? kLongest : std::min(message.deadline, kLongest);
  const int64_t deadline = clock_.steady_ns() + most * 1'000;
  if (const auto* wanted = std::get_if<GetRequest>(&message.body)) {
    get(asker, *wanted, deadline);
  } else if (const auto* given = std::get_if<SetRequest>(&message.body)) {
    set(asker, *given, deadline);
  } else if (const auto* looked = std::get_if<TapRequest>(&message.body)) {
    tap(asker, *looked);
  } else if (std::holds_alternative<TopRequest>(message.body)) {
    top(asker);
  } else {
    refuse(asker, Status::user("protocol.kind", "a reply that answers nothing"));
  }
}

void ControlDesk::top(const Asker& asker) {
  TopReply now{topology_, run_->snapshot()};
  secrets_.hide(now.snapshot);
  reply(asker, std::move(now));
}

void ControlDesk::ask_elements(const Asker& asker, std::unique_ptr<Open> open,
                               const std::function<Result<Datum>(Element& element, const std::string& handler)>& act) {
  std::vector<std::pair<std::string, std::string>> wanted;  // elements and handlers, by ask
  for (const Open::Value& value : open->values) {
    for (const Open::Ask& ask : value.asks) wanted.emplace_back(ask.element, value.value.handler);
  }
  open_.emplace(asker, std::move(open));
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Visit visit = [answers = answers_, asker, i, act, handler = wanted[i].second](Element* element) {
      answers->put({asker, i, element == nullptr ? Result<Datum>(ended()) : act(*element, handler)});
    };
    const Status status = run_->visit(wanted[i].first, visit);
    if (!status.is_ok()) answers_->put({asker, i, status});
  }
}

void ControlDesk::get(const Asker& asker, const GetRequest& request, int64_t deadline) {
  auto open = std::make_unique<Open>();
  open->deadline = deadline;
  std::vector<std::string> elements, names;
  for (HandlerFacts& facts : run_->handlers()) {
    elements.push_back(facts.element);
    if (facts.element == request.element) names.push_back(facts.name);
    if (!request.element.empty() && facts.element != request.element) continue;
    if (!request.handler.empty() && facts.name != request.handler) continue;
    open->add(facts);
  }
  if (open->values.empty() && !request.element.empty()) {
    // An element that does not exist is told so by the run, which knows them all.
    const Status status = run_->visit(request.element, [](Element*) {});
    const std::optional<std::string> near = nearest(request.handler, names);
    refuse(asker, !status.is_ok() ? status
                                  : Status::user("control.handler", request.handler.empty()
                                                                        ? "`" + request.element + "` has no handlers"
                                                                        : "`" + request.element + "` has no handler `" +
                                                                              request.handler + "`")
                                        .with_fix(near ? "did you mean `" + *near + "`?" : ""));
    return;
  }
  if (open->values.empty()) {
    reply(asker, open->reply());
    return;
  }
  ask_elements(asker, std::move(open), [](Element& element, const std::string& name) -> Result<Datum> {
    const HandlerBase* const handler = find_handler(element, name);
    if (handler == nullptr) return Status::user("control.handler", "the handler `" + name + "` has gone");
    return handler->get();
  });
}

void ControlDesk::set(const Asker& asker, const SetRequest& request, int64_t deadline) {
  std::vector<std::string> names;
  const HandlerFacts* found = nullptr;
  const std::vector<HandlerFacts> all = run_->handlers();
  for (const HandlerFacts& facts : all) {
    if (facts.element != request.element) continue;
    names.push_back(facts.name);
    if (facts.name == request.handler) found = &facts;
  }
  if (found == nullptr) {
    get(asker, {request.element, request.handler.empty() ? "(none)" : request.handler},
        deadline);  // which says why not
    return;
  }
  auto open = std::make_unique<Open>();
  open->deadline = deadline;
  open->add(*found);
  const auto act = [value = request.value, text = request.text](Element& element,
                                                                const std::string& name) -> Result<Datum> {
    HandlerBase* const handler = find_handler(element, name);
    if (handler == nullptr) return Status::user("control.handler", "the handler `" + name + "` has gone");
    BLOX_TRY(set_fitting(*handler, value, text).at(element.path()));
    return handler->get();
  };
  ask_elements(asker, std::move(open), act);
}

void ControlDesk::tap(const Asker& asker, const TapRequest& request) {
  auto open = std::make_unique<TapOpen>();
  open->tap =
      std::make_shared<Tap>(TapOptions{request.records, std::max<Micros>(0, request.interval)}, [answers = answers_] {
        const std::lock_guard lock(answers->mutex);
        if (answers->wake != nullptr) answers->wake();
      });
  open->credit = std::min(kMostCredit, request.credit);
  open->lease = clock_.steady_ns() + kTapLease * 1'000;
  Result<std::vector<std::string>> ports = run_->tap(request.port, open->tap);
  if (!ports) {
    refuse(asker, ports.status());
    return;
  }
  reply(asker, TapStarted{*std::move(ports)});
  taps_.emplace(asker, std::move(open));
}

void ControlDesk::end_tap(const Asker& asker, std::string_view why) {
  const auto tap = taps_.find(asker);
  if (tap == taps_.end()) return;
  if (run_ != nullptr) run_->untap(tap->second->tap);
  reply(asker, TapEnded{std::string(why), to_counts(tap->second->tap->counts())});
  taps_.erase(tap);
}

void ControlDesk::forget(const std::string& peer) {
  std::vector<Asker> gone;
  for (const auto& [asker, tap] : taps_) {
    if (asker.peer == peer) gone.push_back(asker);
  }
  for (const Asker& asker : gone) end_tap(asker, "");
  std::erase_if(open_, [&](const auto& open) { return open.first.peer == peer; });
  std::erase_if(outgoing_, [&](const Outgoing& one) { return one.peer == peer; });
}

void ControlDesk::take_answers() {
  std::vector<Answers::Answer> arrived;
  {
    const std::lock_guard lock(answers_->mutex);
    arrived.swap(answers_->arrived);
  }
  for (Answers::Answer& answer : arrived) {
    const auto entry = open_.find(answer.asker);
    if (entry == open_.end()) continue;  // its deadline has passed, or another answer was an error
    Open& open = *entry->second;
    if (!answer.value) {
      refuse(answer.asker, answer.value.status());
      open_.erase(entry);
      continue;
    }
    Open::Ask& ask = *open.asks()[answer.ask];
    ask.value = secrets_.hide(*answer.value);
    ask.answered = true;
    if (--open.missing > 0) continue;
    reply(answer.asker, open.reply());
    open_.erase(entry);
  }
}

void ControlDesk::expire(int64_t now) {
  for (auto entry = open_.begin(); entry != open_.end();) {
    if (entry->second->deadline > now) {
      ++entry;
      continue;
    }
    std::string place;
    for (const Open::Ask* ask : entry->second->asks()) {
      if (place.empty() && !ask->answered) place = ask->element;
    }
    refuse(entry->first, Status::outside("control.deadline", "has not come out of its present call in time").at(place));
    entry = open_.erase(entry);
  }
  std::vector<Asker> forgotten;
  for (const auto& [asker, tap] : taps_) {
    if (tap->lease <= now) forgotten.push_back(asker);
  }
  for (const Asker& asker : forgotten) end_tap(asker, "nobody has asked for more");
}

void ControlDesk::feed_taps() {
  for (const auto& [asker, open] : taps_) {
    for (Tap::Sample& sample : open->tap->take(open->credit)) {
      --open->credit;
      const std::vector<Buffer> frames = encode_log(secrets_.hide(sample.log), {.split = EncodeOptions::kOneFrame});
      TapSample said{std::move(sample.port), sample.answer, {}, to_counts(open->tap->counts())};
      // A record may be as long as anything; what no frame can carry is counted as missed by its counts.
      if (frames[0].size() <= kMostLog) said.log.data = frames[0].view();
      reply(asker, std::move(said));
    }
  }
}

std::vector<ControlDesk::Outgoing> ControlDesk::collect() {
  take_answers();
  expire(clock_.steady_ns());
  feed_taps();
  return std::exchange(outgoing_, {});
}

int64_t ControlDesk::due() const {
  int64_t next = INT64_MAX;
  for (const auto& [asker, open] : open_) next = std::min(next, open->deadline);
  for (const auto& [asker, tap] : taps_) next = std::min(next, tap->lease);
  return next;
}

}  // namespace blox
