#include "caretaker/ledger.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/support/element_run.h"
#include "tests/support/parts.h"
#include "tests/support/temporary_folder.h"

namespace blox {
namespace {

using namespace blox::testing;
using Kind = FlightPlace::Kind;

FlightSlot& slot(Ledger& ledger, Kind kind, const std::string& element, uint32_t number = 0) {
  FlightSlot* const made = ledger.claim({kind, element, "a [out]", "[in] b", number});
  REQUIRE(made != nullptr);
  return *made;
}

TEST_CASE("what is counted in a ledger is read from its file") {
  const TemporaryFolder folder;
  const std::string path = folder.file("ledger");
  REQUIRE(make_ledger(path).is_ok());
  Result<std::unique_ptr<Ledger>> ledger = Ledger::map(path);
  REQUIRE_MESSAGE(ledger.is_ok(), ledger.status().to_string());
  FlightSlot& in = slot(**ledger, Kind::kIncoming, "words", 3);
  count_flight(in.entered, 100);
  count_flight(in.dropped, 1);
  count_flight(in.placed, 99);
  count_flight(in.taken, 90);
  count_flight(in.finished, 80);
  in.before.store(7);
  FlightSlot& out = slot(**ledger, Kind::kOutgoing, "counts", 9);
  out.acknowledged.store(25);
  out.unwanted.store(1);
  const Result<LedgerFacts> facts = read_ledger(path);
  REQUIRE_MESSAGE(facts.is_ok(), facts.status().to_string());
  REQUIRE(facts->entries.size() == 2);
  const LedgerEntry &first = facts->entries[0], &second = facts->entries[1];
  CHECK(first.kind == Kind::kIncoming);
  CHECK(first.element == "words");
  CHECK(first.number == 3);
  CHECK(first.entered == 100);
  CHECK(first.dropped == 1);
  CHECK(first.placed == 99);
  CHECK(first.before == 7);
  CHECK(first.taken == 90);
  CHECK(first.finished == 80);
  CHECK(first.unwanted == 0);
  CHECK(second.acknowledged == 25);
  CHECK(second.unwanted == 1);
}

TEST_CASE("a ledger that is full counts what found no place; who comes again has his old one") {
  const TemporaryFolder folder;
  REQUIRE(make_ledger(folder.file("ledger")).is_ok());
  const auto ledger = *Ledger::map(folder.file("ledger"));
  for (uint32_t i = 0; i < Ledger::kMostSlots; ++i) (void)slot(*ledger, Kind::kInside, "e", i);
  CHECK(ledger->claim({Kind::kInside, "e", "", "", 0}) == nullptr);
  CHECK(ledger->claim({Kind::kInside, "e", "a [out]", "[in] b", 7}) != nullptr);
  const Result<LedgerFacts> facts = read_ledger(folder.file("ledger"));
  CHECK(facts->entries.size() == Ledger::kMostSlots);
  CHECK(facts->missing == 1);
}

TEST_CASE("a ledger has its place on the disk from the beginning, so that a full one does not end who counts in it") {
  const TemporaryFolder folder;
  REQUIRE(make_ledger(folder.file("ledger")).is_ok());
  struct stat about {};
  REQUIRE(::stat(folder.file("ledger").c_str(), &about) == 0);
  constexpr int64_t kBlock = 512;  // bytes, as stat counts
  CHECK(about.st_blocks * kBlock >= about.st_size);
}

TEST_CASE("a ledger is used once, and refused where it is none") {
  const TemporaryFolder folder;
  REQUIRE(make_ledger(folder.file("ledger")).is_ok());
  (void)slot(**Ledger::map(folder.file("ledger")), Kind::kInside, "e");
  CHECK_FALSE(Ledger::map(folder.file("ledger")).is_ok());
  REQUIRE(make_ledger(folder.file("ledger")).is_ok());
  CHECK(Ledger::map(folder.file("ledger")).is_ok());
  CHECK_FALSE(Ledger::map(folder.write("text", "not a ledger")).is_ok());
  CHECK_FALSE(read_ledger(folder.write("text", "not a ledger")).is_ok());
  CHECK_FALSE(read_ledger(folder.file("nothing")).is_ok());
}

TEST_CASE("a torn ledger is read as far as it makes sense") {
  const TemporaryFolder folder;
  REQUIRE(make_ledger(folder.file("ledger")).is_ok());
  {
    const auto ledger = *Ledger::map(folder.file("ledger"));
    for (const char* name : {"a", "b", "c"}) count_flight(slot(*ledger, Kind::kInside, name).entered, 1);
  }
  const std::string bytes = folder.read("ledger");
  CHECK(parse_ledger(bytes.substr(0, 512 * 3))->entries.size() == 2);
  CHECK(parse_ledger(bytes.substr(0, 512 * 3 - 1))->entries.size() == 1);
  std::string wrong = bytes;
  wrong[512 + 128 + 8] = 9;  // a kind that there is not
  CHECK(parse_ledger(wrong)->entries.size() == 2);
  wrong = bytes;
  for (size_t i = 16; i < 24; ++i) wrong[i] = '\xff';  // slots without end
  CHECK(parse_ledger(wrong)->entries.size() == 3);
}

/// Looks at a run at every moment between two turns, as if it died there: what came out and what is said to be open is
/// together at least what went in.
TEST_CASE("whenever a run dies, what it has not given is within what its ledger says") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    const TemporaryFolder folder;
    REQUIRE(make_ledger(folder.file("ledger")).is_ok());
    const auto ledger = *Ledger::map(folder.file("ledger"));
    const BoxPtr into = box();
    testing::Net net;
    auto& source = net.add<Numbers>("source", 60);
    auto& asks = net.add<Asks>("asks");
    auto& answers = net.add<Answers>("answers");
    auto& slow = net.add<Slow>("slow", 50);
    auto& sink = net.add<Collect>("sink", into);
    net.push(source, source.out, asks, asks.in, testing::Net::queue(3));
    net.query(asks, asks.ask, answers, answers.get, testing::Net::queue(4));
    net.push(asks, asks.out, slow, slow.in, testing::Net::queue(5));
    net.push(slow, slow.out, sink, sink.in, testing::Net::queue(2));
    RunOptions options;
    options.flight = [&](const FlightPlace& place) { return ledger->claim(place); };
    VirtualClock clock;
    auto run = net.start_virtual(clock, seed, options);
    REQUIRE(run.is_ok());
    bool ended = false;
    while (!ended) {
      ended = (*run)->advance(17);
      const LedgerFacts facts = *read_ledger(folder.file("ledger"));
      uint64_t given = 0, open = 0;
      for (const LedgerEntry& entry : facts.entries) {
        if (entry.element == "asks") given = entry.entered;
      }
      for (const protocol::Loss& loss : losses_of(facts.entries, {}, {})) open += loss.most;
      CHECK(into->values.size() + open >= given);
      CHECK(open <= 3 + 1 + 4 + 5 + 1 + 2 + 1 + 4);
      if (ended) CHECK(open == 0);
    }
    CHECK((*run)->finish().status.is_ok());
  }
}

/// A source that knows where it stands.
class Places final : public Element {
 public:
  Supply produce() override {
    out.emit(number_log({*next_, *next_ + 1}, clock().wall()));
    *next_ += 2;
    return *next_ < 60 ? Supply::more() : Supply::end();
  }
  PushOut out{this, "out", "", ""};

 private:
  Value<int64_t> next_{this, "next", Version{1}};
};

/// A sink that writes seven records at a time.
class Gathers final : public Element {
 public:
  explicit Gathers(BoxPtr to) : to_(std::move(to)) {}
  Flow push(PushIn&, Log log) override {
    for (const int64_t value : numbers_of(log)) kept_.push_back(value);
    if (kept_.size() < 7) return Flow::kNext;
    to_->values.insert(to_->values.end(), kept_.begin(), kept_.end());
    kept_.clear();
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};

 private:
  Handler<int64_t> held_{this, "held", "", [this] { return static_cast<int64_t>(kept_.size()); }};
  const BoxPtr to_;
  std::vector<int64_t> kept_;
};

TEST_CASE("what an element says that it holds back is counted, and what a source gives that would begin again") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    const TemporaryFolder folder;
    REQUIRE(make_ledger(folder.file("ledger")).is_ok());
    const auto ledger = *Ledger::map(folder.file("ledger"));
    const BoxPtr into = box();
    testing::Net net;
    auto& source = net.add<Places>("source");
    auto& sink = net.add<Gathers>("sink", into);
    net.push(source, source.out, sink, sink.in, testing::Net::queue(3));
    RunOptions options;
    options.flight = [&](const FlightPlace& place) { return ledger->claim(place); };
    VirtualClock clock;
    auto run = net.start_virtual(clock, seed, options);
    REQUIRE(run.is_ok());
    for (bool ended = false; !ended;) {
      ended = (*run)->advance(3);
      const LedgerFacts facts = *read_ledger(folder.file("ledger"));
      uint64_t given = 0, open = 0;
      for (const LedgerEntry& entry : facts.entries) {
        if (entry.kind == Kind::kGiven) given = entry.entered;
      }
      for (const protocol::Loss& loss : losses_of(facts.entries, {}, {})) {
        open += loss.most;
        CHECK(loss.again_most == (loss.element == "source" ? given : 0));
      }
      CHECK(into->values.size() + open == given);
    }
    CHECK((*run)->finish().status.is_ok());
    CHECK(into->values.size() == 56);
  }
}

}  // namespace
}  // namespace blox
