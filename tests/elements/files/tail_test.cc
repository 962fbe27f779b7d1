#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "elements/support/positions.h"
#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

// Follows `a.log` (or a pattern) of a folder, in virtual time.
class Followed {
 public:
  explicit Followed(const std::string& pattern = "a.log", ElementHarness::Args more = {}) {
    more.push_back({"path", Literal::of(folder.file(pattern))});
    tail.emplace("Tail", std::move(more));
  }

  void append(const std::string& name, const std::string& text) const {
    std::ofstream(folder.file(name), std::ios::app | std::ios::binary) << text;
  }
  void rename(const std::string& from, const std::string& to) const {
    REQUIRE(std::rename(folder.file(from).c_str(), folder.file(to).c_str()) == 0);
  }
  // The lines that come in the next two seconds, between commas.
  std::string lines() {
    std::string out;
    for (int looks = 0; looks < 10; ++looks) {
      for (Supply supply = tail->produce(); supply.kind == Supply::Kind::kMore; supply = tail->produce()) continue;
      tail->advance(250 * kMillisecond);
    }
    for (const Log& log : tail->take("out")) {
      for (const Row row : log) out += std::string(out.empty() ? "" : ",") + std::string(row.string_at(1));
    }
    return out;
  }

  TemporaryFolder folder;
  std::optional<ElementHarness> tail;
};

}  // namespace

TEST_CASE("a tail gives a line once its end is there, and never twice") {
  Followed at;
  at.append("a.log", "one\ntw");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "one");
  at.append("a.log", "o\nthree\n");
  CHECK(at.lines() == "two,three");
  CHECK(at.lines() == "");
}

TEST_CASE("a tail finds a file that appears later") {
  Followed at("*.log");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "");
  at.append("b.log", "one\n");
  CHECK(at.lines() == "one");
}

TEST_CASE("a tail reads a renamed file to its end, and the new one from its start") {
  Followed at;
  at.append("a.log", "one\n");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "one");
  at.append("a.log", "two\nlast without its end");
  at.rename("a.log", "a.log.1");
  at.append("a.log", "three\n");
  CHECK(at.lines() == "two,three,last without its end");
  at.append("a.log", "four\n");
  CHECK(at.lines() == "four");
}

TEST_CASE("a tail does not read a renamed file again where the pattern finds it") {
  Followed at("a.log*");
  at.append("a.log", "one\n");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "one");
  at.rename("a.log", "a.log.1");
  at.append("a.log.1", "two\n");
  CHECK(at.lines() == "two");
}

TEST_CASE("a tail starts again where a file was copied and cut, also when it has grown past its place since") {
  Followed at;
  at.append("a.log", "one\ntwo\n");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "one,two");
  REQUIRE(truncate(at.folder.file("a.log").c_str(), 0) == 0);
  at.append("a.log", "three\n");
  CHECK(at.lines() == "three");
  REQUIRE(truncate(at.folder.file("a.log").c_str(), 0) == 0);
  at.append("a.log", "another beginning\nfour\n");
  CHECK(at.lines() == "another beginning,four");
  CHECK(at.tail->messages().size() == 2);
}

TEST_CASE("a tail lets go of a file that is gone") {
  Followed at;
  at.append("a.log", "one\n");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "one");
  REQUIRE(unlink(at.folder.file("a.log").c_str()) == 0);
  at.lines();
  at.lines();
  CHECK(at.tail->element().handlers()[0]->get() == Datum(0));
}

TEST_CASE("a tail goes on by its file of positions, and knows a file that has the same number but another start") {
  const TemporaryFolder positions;
  const std::string kept = positions.file("positions");
  Followed at("a.log", {{"positions", Literal::of(kept)}, {"from", Literal::name("end")}});
  at.append("a.log", "before\n");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "");
  at.append("a.log", "one\n");
  CHECK(at.lines() == "one");
  REQUIRE(at.tail->close().is_ok());
  const Result<std::vector<Position>> read = read_positions(positions.read("positions"));
  REQUIRE(read.is_ok());
  REQUIRE(read->size() == 1);
  CHECK(read->front().offset == 11);

  at.append("a.log", "two\n");
  at.tail.emplace(
      "Tail", ElementHarness::Args{{"path", Literal::of(at.folder.file("a.log"))}, {"positions", Literal::of(kept)}});
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "two");
  REQUIRE(at.tail->close().is_ok());

  std::ofstream(at.folder.file("a.log"), std::ios::trunc) << "quite another file in the same place\n";
  at.tail.emplace(
      "Tail", ElementHarness::Args{{"path", Literal::of(at.folder.file("a.log"))}, {"positions", Literal::of(kept)}});
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "quite another file in the same place");
}

TEST_CASE("a tail says how many lines would come again after a crash") {
  const auto unsaved = [](Followed& at) {
    at.append("a.log", "one\ntwo\n");
    REQUIRE(at.tail->start().is_ok());
    at.append("a.log", "three\n");
    (void)at.lines();
    return at.tail->element().handlers()[1]->get();
  };
  Followed without;
  CHECK(unsaved(without) == Datum(3));
  Followed at_end("a.log", {{"from", Literal::name("end")}});
  CHECK(unsaved(at_end) == Datum(0));
  const TemporaryFolder positions;
  Followed kept("a.log", {{"positions", Literal::of(positions.file("positions"))}});
  CHECK(unsaved(kept) == Datum(0));
}

TEST_CASE("a tail that is made anew goes on in the middle of a file") {
  Followed at;
  at.append("a.log", "one\ntw");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "one");
  REQUIRE(at.tail->reload().is_ok());
  at.append("a.log", "o\n");
  CHECK(at.lines() == "two");
}

TEST_CASE("a tail reads what was added to a file that was renamed between two runs, and then the new one") {
  const TemporaryFolder positions;
  const ElementHarness::Args kept{{"positions", Literal::of(positions.file("positions"))}};
  Followed at("a.log", kept);
  at.append("a.log", "one\n");
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "one");
  REQUIRE(at.tail->close().is_ok());

  at.append("a.log", "two\n");
  at.rename("a.log", "a.log.1");
  at.append("a.log", "three\n");
  at.tail.emplace("Tail", ElementHarness::Args{{"path", Literal::of(at.folder.file("a.log"))}, kept[0]});
  REQUIRE(at.tail->start().is_ok());
  CHECK(at.lines() == "two,three");
  at.lines();
  CHECK(at.tail->element().handlers()[0]->get() == Datum(1));
  CHECK(at.tail->messages().empty());
}
