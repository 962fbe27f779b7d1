#include "core/element/element.h"

#include <fmt/format.h>

#include <utility>

#include "core/data/any.h"
#include "core/data/builder.h"
#include "core/data/utf8.h"
#include "core/element/port_type.h"

namespace blox {
namespace {

constexpr const char* kErrorType =
    "{time: time, element: string, port: string, code: string, message: string, schema: string, input: bytes}";

// A class that declares a port and forgets the method that serves it.
[[noreturn]] void forgot(const Element& element, std::string_view method, std::string_view what) {
  const std::string text = fmt::format("`{}` has {} and does not override {}", element.class_name(), what, method);
  check_failed(__FILE__, __LINE__, "overridden", text.c_str());
}

PortPattern pattern_of(const Element& element, const Port& port, std::string_view text) {
  Result<PortPattern> pattern = PortPattern::parse(text);
  if (!pattern.is_ok()) {
    const std::string bug =
        fmt::format("port `{}` of `{}`: {}", port.name(), element.class_name(), pattern.status().to_string());
    check_failed(__FILE__, __LINE__, "the type of a port parses", bug.c_str());
  }
  return *std::move(pattern);
}

PortFormula formula_of(const Element& element, const Port& port, std::string_view text) {
  Result<PortFormula> formula = PortFormula::parse(text);
  if (!formula.is_ok()) {
    const std::string bug =
        fmt::format("port `{}` of `{}`: {}", port.name(), element.class_name(), formula.status().to_string());
    check_failed(__FILE__, __LINE__, "the type of a port parses", bug.c_str());
  }
  return *std::move(formula);
}

std::optional<Schema> take(const Element& element, const Port& port, std::string_view text, Types& types) {
  const std::optional<Schema> arriving = types.of(port);
  if (!arriving) return std::nullopt;
  return pattern_of(element, port, text).apply(element, port, *arriving, {}, types);
}

std::optional<Schema> give(const Element& element, const Port& port, std::string_view text, Types& types) {
  return formula_of(element, port, text).apply(element, port, {}, types);
}

bool has(const Element& element, PortKind kind, Direction direction) {
  for (const Port* port : element.ports()) {
    if (port->kind() == kind && port->direction() == direction && port->name() != "errors") return true;
  }
  for (const FamilyBase* family : element.families()) {
    if (family->kind() == kind && family->direction() == direction) return true;
  }
  return false;
}

}  // namespace

void Timer::set(int64_t steady_ns) {
  due_ = steady_ns;
  if (owner_->host_ != nullptr) owner_->host_->timer_changed(*owner_);
}

Timer::Timer(Element* owner, const char* name) : owner_(owner), name_(name) { owner->timers_.push_back(this); }

Element::Element() {
  errors_ = std::make_unique<PushOut>(this, "errors", kErrorType, "records that were refused, and why", kOptional);
}

std::string_view Element::class_name() const { return class_ == nullptr ? "Element" : class_->name; }

const Schema& Element::error_schema() {
  static const Schema schema = [] {
    const Result<Type> type = Type::parse(kErrorType);
    return Schema::from(*type);
  }();
  return schema;
}

// ---- what a class may leave to us ----

std::optional<Schema> Element::resolve(const Port& port, Types& types) {
  const std::string_view text = port.type_text();
  if (text.empty()) forgot(*this, "resolve", fmt::format("the port `{}` without a type", port.name()));
  const bool gives = port.direction() == Direction::kOut;
  return gives ? give(*this, port, text, types) : take(*this, port, text, types);
}

std::optional<Schema> Element::resolve_answer(const Port& port, Types& types) {
  const std::string_view text = port.answer_text();
  if (text.empty()) forgot(*this, "resolve_answer", fmt::format("the port `{}` without an answer type", port.name()));
  const bool gives = port.direction() == Direction::kIn;  // answers flow against the arrow
  return gives ? give(*this, port, text, types) : take(*this, port, text, types);
}

void Element::check(Diagnostics&) {}

Flow Element::push(PushIn& port, Log) { forgot(*this, "push", fmt::format("the port `{}`", port.name())); }

Supply Element::produce() {
  const bool lives_otherwise = !timers_.empty() || has(*this, PortKind::kPush, Direction::kIn) ||
                               has(*this, PortKind::kQuery, Direction::kIn) ||
                               has(*this, PortKind::kQuery, Direction::kOut);
  if (!lives_otherwise && has(*this, PortKind::kPush, Direction::kOut)) forgot(*this, "produce", "outputs alone");
  return Supply::end();
}

Flow Element::tick(Timer& timer) { forgot(*this, "tick", fmt::format("the timer `{}`", timer.name())); }

Flow Element::answer(QueryIn& port, Log, Reply) { forgot(*this, "answer", fmt::format("the port `{}`", port.name())); }

Flow Element::answered(QueryOut& port, const Log&, const Log&, Answer) {
  forgot(*this, "answered", fmt::format("the port `{}`", port.name()));
}

Flow Element::watermark(TimeMark mark) {
  pass_on(mark);
  return Flow::kNext;
}

Status Element::close(bool) { return Status::ok(); }

// ---- what an author calls ----

Flow Element::fail(Status status) {
  BLOX_CHECK(!status.is_ok(), "an element failed with a status that is ok");
  if (failure_.is_ok()) failure_ = status.at(path_);
  return Flow::kFailed;
}

Supply Element::fail_supply(Status status) {
  fail(std::move(status));
  return {Supply::Kind::kFailed};
}

void Element::pass_on(TimeMark mark) {
  for (Port* port : ports_) {
    if (port->kind() == PortKind::kPush && port->direction() == Direction::kOut)
      static_cast<PushOut*>(port)->pass(mark);
  }
}

void Element::reject(const Port& port, const Log& log, std::span<const uint32_t> records, std::string_view code,
                     std::string_view message) {
  if (records.empty()) return;
  host_->rejected(*this, records.size(), code, message);
  if (!errors_->connected() && !errors_->looked_at()) return;
  const std::string schema = log.schema().to_string();
  const std::vector<Field>& fields = log.schema().fields();
  std::vector<std::vector<Datum>> rows;
  rows.reserve(records.size());
  for (const uint32_t record : records) {
    const Row row(log, record);
    Datum::Struct input;
    for (size_t i = 0; i < fields.size(); ++i) input.emplace_back(fields[i].name, row.datum_at(i));
    rows.push_back({Datum::Time{clock().wall()}, path_, port.name(), code, to_utf8(message), schema,
                    Datum::Bytes{encode_any(Datum(std::move(input)))}});
  }
  send_errors(rows, log.born());
}

void Element::reject_input(std::string_view port, std::string_view code, std::string_view message,
                           std::string_view input) {
  host_->rejected(*this, 1, code, message);
  if (!errors_->connected() && !errors_->looked_at()) return;
  const Micros now = clock().wall();
  send_errors({{Datum::Time{now}, path_, port, code, to_utf8(message), "bytes",
                Datum::Bytes{encode_any(Datum(Datum::Bytes{std::string(input)}))}}},
              now);
}

void Element::send_errors(const std::vector<std::vector<Datum>>& rows, Micros born) {
  Result<Log> log = log_from(error_schema(), rows, born);
  BLOX_CHECK(log.is_ok(), "a refused record does not fit the type of `errors`");
  errors_->emit(*std::move(log));
}

// ---- what the checker and the runtime use ----

Port* Element::find_port(std::string_view name, Direction direction) const {
  for (Port* port : ports_) {
    if (port->in_family()) break;  // these come last and may be thousands
    if (port->direction() == direction && port->name() == name) return port;
  }
  for (const FamilyBase* family : families_) {
    if (family->direction() != direction) continue;
    if (Port* const port = family->find(name)) return port;
  }
  return direction == Direction::kOut && name == errors_->name() ? errors_.get() : nullptr;
}

Port* Element::main_port(PortKind kind, Direction direction) const {
  for (Port* port : ports_) {
    if (port->kind() == kind && port->direction() == direction && !port->optional() && !port->in_family()) return port;
  }
  Port* const in = kind == PortKind::kPush && direction == Direction::kIn ? find_port("in", direction) : nullptr;
  return in != nullptr && in->kind() == kind && !in->in_family() ? in : nullptr;
}

size_t Element::state_bytes() const {
  size_t bytes = 0;
  for (const State* state : states_) bytes += state->bytes();
  return bytes;
}

}  // namespace blox
