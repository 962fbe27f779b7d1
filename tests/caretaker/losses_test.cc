#include "caretaker/losses.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

using Kind = FlightPlace::Kind;
using protocol::Loss;

const protocol::WorkerLife kLife{"t/1", 1, 2};

LedgerEntry incoming(const std::string& element, uint64_t entered, uint64_t taken, uint64_t finished) {
  LedgerEntry entry;
  entry.kind = Kind::kIncoming;
  entry.number = 3;
  entry.element = element;
  entry.entered = entered;
  entry.taken = taken;
  entry.finished = finished;
  return entry;
}

LedgerEntry outgoing(const std::string& element, uint64_t entered, uint64_t acknowledged) {
  LedgerEntry entry;
  entry.kind = Kind::kOutgoing;
  entry.number = 9;
  entry.element = element;
  entry.entered = entry.placed = entered;
  entry.acknowledged = acknowledged;
  return entry;
}

LedgerEntry other(Kind kind, const std::string& element, uint64_t entered) {
  LedgerEntry entry;
  entry.kind = kind;
  entry.element = element;
  entry.entered = entry.placed = entered;
  return entry;
}

Loss of(const std::string& element, const std::vector<LedgerEntry>& entries, const FormerRecords& former) {
  for (const Loss& loss : losses_of(entries, kLife, former)) {
    CHECK(loss.life == kLife);
    if (loss.element == element) return loss;
  }
  return {};
}

void check(const Loss& loss, uint64_t least, uint64_t most, uint64_t again_least, uint64_t again_most) {
  CHECK(loss.least == least);
  CHECK(loss.most == most);
  CHECK(loss.again_least == again_least);
  CHECK(loss.again_most == again_most);
}

TEST_CASE("as long as no peer says more, what entered and is not finished may be lost, and what was not acknowledged") {
  LedgerEntry inside = other(Kind::kInside, "counts", 50);
  inside.dropped = 10;
  inside.finished = 35;
  const std::vector<LedgerEntry> all{incoming("words", 100, 90, 80), inside, outgoing("counts", 30, 25)};
  check(of("words", all, {}), 0, 20, 0, 90);
  check(of("counts", all, {}), 0, 5 + 5, 0, 0);
}

TEST_CASE("what the writer is known to have heard is not sent again, though it does not say where it goes on") {
  LedgerEntry in = incoming("words", 100, 90, 85);
  in.acknowledged = 88;
  check(of("words", {in}, {}), 0, 15, 0, 2);
  in.acknowledged = 97;
  check(of("words", {in}, {}), 7, 15, 0, 0);
}

TEST_CASE("what was acknowledged and never taken is lost for certain") {
  check(of("words", {incoming("words", 100, 90, 85)}, {{3, 95}}), 5, 10, 0, 0);
}

TEST_CASE("what was taken and not acknowledged comes again: for certain where all that came of it has gone on") {
  const std::vector<LedgerEntry> whole{incoming("words", 100, 90, 89), outgoing("words", 89, 70)};
  check(of("words", whole, {{3, 80}, {9, 89}}), 0, 0, 9, 10);
  check(of("words", whole, {{3, 80}, {9, 88}}), 0, 1, 0, 10);
}

TEST_CASE("a gap downstream is certain where nothing is done again") {
  const std::vector<LedgerEntry> all{incoming("words", 100, 90, 90), outgoing("pairs", 500, 100)};
  check(of("pairs", all, {{3, 95}, {9, 480}}), 20, 20, 0, 0);
  check(of("pairs", all, {{3, 85}, {9, 480}}), 0, 20, 0, 0);
  check(of("pairs", all, {{9, 480}}), 0, 20, 0, 0);
  check(of("pairs", all, {}), 0, 400, 0, 0);
}

TEST_CASE("lives of the peer that were over before count as having passed all") {
  LedgerEntry in = incoming("words", 100, 100, 100), out = outgoing("words", 100, 60);
  in.before = 40;
  out.before = 50;
  check(of("words", {in, out}, {{3, 60}, {9, 30}}), 20, 20, 0, 0);
}

TEST_CASE("what nobody wants is not missed") {
  LedgerEntry in = incoming("words", 100, 10, 10), out = outgoing("words", 100, 60);
  in.unwanted = out.unwanted = 1;
  CHECK(losses_of(std::vector{in, out}, kLife, {{3, 60}, {9, 30}}).empty());
}

TEST_CASE("what an element held is lost but for what comes to it again") {
  const std::vector<LedgerEntry> direct{incoming("file", 100, 98, 97), other(Kind::kHeld, "file", 97)};
  check(of("file", direct, {{3, 95}}), 94, 97, 0, 3);
  check(of("file", direct, {{3, 98}}), 97, 98, 0, 0);
  // Behind a queue of the same worker nobody knows how much of it comes again.
  LedgerEntry inside = other(Kind::kInside, "file", 97);
  inside.taken = inside.finished = 97;
  const std::vector<LedgerEntry> behind{incoming("words", 100, 98, 98), inside, other(Kind::kHeld, "file", 97)};
  check(of("file", behind, {{3, 95}}), 0, 97, 0, 0);
  check(of("file", behind, {{3, 98}}), 97, 97, 0, 0);
}

TEST_CASE("a source that begins again loses nothing for certain, and may give all again") {
  const std::vector<LedgerEntry> all{other(Kind::kGiven, "numbers", 500), outgoing("numbers", 500, 450)};
  check(of("numbers", all, {{9, 480}}), 0, 20, 0, 500);
}

TEST_CASE("entries of which nothing is open are left out, and change nothing") {
  LedgerEntry heard = incoming("words", 50, 50, 50), inside = other(Kind::kInside, "counts", 40);
  heard.acknowledged = 50;
  inside.taken = inside.finished = 40;
  const LedgerEntry held = other(Kind::kHeld, "file", 5), open = outgoing("words", 10, 9);
  LedgerEntry before_file = inside;
  before_file.element = "file";
  const std::vector<LedgerEntry> all{heard,       inside, outgoing("words", 7, 7),          open,
                                     before_file, held,   other(Kind::kGiven, "numbers", 0)};
  const std::vector<LedgerEntry> left = open_entries(all);
  CHECK(left.size() == 3);
  CHECK(of("file", left, {}).least == of("file", all, {}).least);
  CHECK(of("words", left, {}).most == of("words", all, {}).most);
}

TEST_CASE("counters of a torn file stay within range") {
  const Loss loss = of("words", {incoming("words", UINT64_MAX, 0, 0), incoming("words", UINT64_MAX, 0, 0)}, {{3, 7}});
  CHECK(loss.least <= loss.most);
  CHECK(of("words", {other(Kind::kInside, "words", UINT64_MAX), other(Kind::kInside, "words", 5)}, {}).most ==
        UINT64_MAX);
}

}  // namespace
}  // namespace blox
