#include "tools/blox/test/ends.h"

#include <utility>

#include "core/element/port_type.h"

namespace blox::tools {
namespace {

constexpr Traits kFeedTraits{};
constexpr Traits kCollectTraits{.effects = true};
constexpr ElementClass kFeed{"TestFeed", __FILE__, TestFeed::kDoc, &kFeedTraits,
                             []() -> std::unique_ptr<Element> { return std::make_unique<TestFeed>(); }};
constexpr ElementClass kCollect{"TestCollect", __FILE__, TestCollect::kDoc, &kCollectTraits,
                                []() -> std::unique_ptr<Element> { return std::make_unique<TestCollect>(); }};

}  // namespace

std::optional<Schema> TestFeed::resolve(const Port& port, Types& types) {
  if (&port != &out_) return Element::resolve(port, types);
  Result<PortFormula> formula = PortFormula::parse(*type_);
  if (!formula) {
    types.error("E0419", type_.span(), "the type of a feed cannot be read: " + formula.status().to_string());
    return std::nullopt;
  }
  return formula->apply(*this, port, type_.span(), types);
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

Flow TestCollect::push(PushIn&, Log log) {
  records_ += log.rows();
  if (records_ > kMostRecords) {
    return fail(Status::user("test.many", "more records arrive than a test can expect")
                    .with_fix("give the source a limit, or let `Head` end it"));
  }
  logs_.push_back(std::move(log));
  return Flow::kNext;
}

std::vector<Log> TestCollect::take() { return std::exchange(logs_, {}); }

void add_test_ends(Registry& registry) {
  for (const ElementClass* element_class : {&kFeed, &kCollect}) {
    const Status added = registry.add(element_class);
    BLOX_CHECK(added.is_ok(), "a built-in class is named like a test end");
  }
}

}  // namespace blox::tools
