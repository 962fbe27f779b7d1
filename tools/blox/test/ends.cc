#include "tools/blox/test/ends.h"

#include <utility>

#include "core/element/port_type.h"
#include "tools/blox/test/compare.h"

namespace blox::tools {
namespace {

constexpr Traits kPlain{};
constexpr Traits kSinkTraits{.effects = true};

template <typename T>
std::unique_ptr<Element> make() {
  return std::make_unique<T>();
}

constexpr ElementClass kClasses[] = {
    {"TestFeed", __FILE__, TestFeed::kDoc, &kPlain, make<TestFeed>},
    {"TestCollect", __FILE__, TestCollect::kDoc, &kSinkTraits, make<TestCollect>},
    {"TestAsk", __FILE__, TestAsk::kDoc, &kSinkTraits, make<TestAsk>},
    {"TestAnswer", __FILE__, TestAnswer::kDoc, &kSinkTraits, make<TestAnswer>},
};

std::optional<Schema> type_of(const Element& element, const Port& port, const Arg<std::string>& type, Types& types) {
  Result<PortFormula> formula = PortFormula::parse(*type);
  if (!formula) {
    types.error("E0419", type.span(), "the type of a feed cannot be read: " + formula.status().to_string());
    return std::nullopt;
  }
  return formula->apply(element, port, type.span(), types);
}

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

// ---- TestFeed ----

std::optional<Schema> TestFeed::resolve(const Port& port, Types& types) {
  return &port == &out_ ? type_of(*this, port, type_, types) : Element::resolve(port, types);
}

Supply TestFeed::produce() {
  if (logs_.empty()) return ended_ ? Supply::end() : Supply::woken();
  Log log = std::move(logs_.front());
  logs_.pop_front();
  return out_.emit(std::move(log)) ? Supply::more() : Supply::end();
}

void TestFeed::put(Log log) {
  logs_.push_back(std::move(log));
  waker().wake();
}

void TestFeed::end() {
  ended_ = true;
  waker().wake();
}

// ---- TestCollect ----

Flow TestCollect::push(PushIn&, Log log) {
  records_ += log.rows();
  if (records_ > kMostRecords) {
    return fail(Status::user("test.many", "more records arrive than a test can expect")
                    .with_fix("give the source a limit, or let `Head` end it"));
  }
  logs_.push_back(std::move(log));
  return Flow::kNext;
}

std::vector<std::string> TestCollect::take() { return json_lines(std::exchange(logs_, {})); }

// ---- TestAsk ----

std::optional<Schema> TestAsk::resolve(const Port& port, Types& types) {
  return &port == &ask_ ? type_of(*this, port, type_, types) : Element::resolve(port, types);
}

Supply TestAsk::produce() {
  if (questions_.empty()) return ended_ ? Supply::end() : Supply::woken();
  ask_.ask(std::move(questions_.front()));
  questions_.pop_front();
  return Supply::more();
}

Flow TestAsk::answered(QueryOut&, const Log&, const Log&, Answer answer) {
  if (answer.log.rows() > 0) append(lines_, json_lines({answer.log}));
  if (answer.last && !answer.status.is_ok()) lines_.push_back("failed: " + answer.status.to_string());
  return Flow::kNext;
}

void TestAsk::put(Log question) {
  questions_.push_back(std::move(question));
  waker().wake();
}

void TestAsk::end() {
  ended_ = true;
  waker().wake();
}

std::vector<std::string> TestAsk::take() { return std::exchange(lines_, {}); }

// ---- TestAnswer ----

std::optional<Schema> TestAnswer::resolve_answer(const Port& port, Types& types) {
  return &port == &in_ ? type_of(*this, port, type_, types) : Element::resolve_answer(port, types);
}

Flow TestAnswer::answer(QueryIn&, Log question, Reply reply) {
  append(lines_, json_lines({question}));
  open_.push_back(std::move(reply));
  return resume();
}

Flow TestAnswer::resume() {
  while (!open_.empty() && !prepared_.empty()) {
    Reply reply = std::move(open_.front());
    Prepared prepared = std::move(prepared_.front());
    open_.pop_front();
    prepared_.pop_front();
    if (prepared.records.rows() > 0) reply.send(std::move(prepared.records));
    if (prepared.status.is_ok()) {
      reply.end();
    } else {
      reply.fail(std::move(prepared.status));
    }
  }
  return Flow::kNext;
}

void TestAnswer::put(Log records, Status status) {
  prepared_.push_back({std::move(records), std::move(status)});
  waker().wake();
}

std::vector<std::string> TestAnswer::take() { return std::exchange(lines_, {}); }

void add_test_ends(Registry& registry) {
  for (const ElementClass& element_class : kClasses) {
    const Status added = registry.add(&element_class);
    BLOX_CHECK(added.is_ok(), "a built-in class is named like a test end");
  }
}

}  // namespace blox::tools
