#include "master/update.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace blox::master {
namespace {

using Kind = WorkerFate::Kind;

/// "a b | c": in a chain, on worker 1, behind the bar on 2, and so on.
struct Version {
  explicit Version(std::initializer_list<std::string_view> words) {
    uint64_t worker = 1;
    for (const std::string_view word : words) {
      if (word == "|") {
        ++worker;
        continue;
      }
      const size_t index = shape.elements.size();
      shape.elements.emplace_back().path = word;
      if (index > 0) shape.connections.push_back({index - 1, index, 100, 0, 0, 0});
      worker_of.push_back(worker);
    }
  }
  Shape::Element& operator[](std::string_view path) {
    return *std::find_if(shape.elements.begin(), shape.elements.end(), [&](auto& one) { return one.path == path; });
  }

  Shape shape;
  std::vector<uint64_t> worker_of;
};

struct Difference {
  WorkerFates fates;
  std::vector<std::string> lines;
};
Difference between(
    const Version& before, const Version& after,
    const std::function<WorkerPresent(uint64_t)>& present = [](uint64_t) { return WorkerPresent{}; }) {
  const Parts was{before.shape, before.worker_of}, is{after.shape, after.worker_of};
  Difference made;
  made.fates = fates_of(&was, is, present);
  made.lines = changes(&was, is, made.fates, "t");
  return made;
}
using Lines = std::vector<std::string>;

TEST_CASE("one element of many changes in its process, and the rest runs on") {
  const Version before{"a", "|", "b", "c", "d", "|", "e"};
  Version after = before;
  after["c"].definition = 5;
  const Difference made = between(before, after);
  CHECK(made.fates.at(1).kind == Kind::kSame);
  CHECK(made.fates.at(2).kind == Kind::kInPlace);
  CHECK(made.fates.at(3).kind == Kind::kSame);
  CHECK(made.lines ==
        Lines{"changed  c: other arguments, settings or types; in place, begins anew", "4 elements run on"});
}

TEST_CASE("state stays where both versions have named it, the class is the same, and its key") {
  Version before{"a", "b"};
  before["b"].keeps_state = before["b"].named = true;
  before["b"].element_class = "Count";
  Version after = before;
  after["b"].definition = 5;
  CHECK(between(before, after).lines[0] == "changed  b: other arguments, settings or types; in place, keeps its state");
  Version renamed = after;
  renamed["b"].was = "b";
  renamed["b"].path = "c";
  CHECK(between(before, renamed).lines ==
        Lines{"changed  c: another name; in place, keeps its state", "1 element runs on"});
  Version keyed = after;
  keyed["b"].key = 7;
  CHECK(between(before, keyed).lines[0] == "changed  b: other arguments, settings or types; in place, begins anew");
  Version other = after;
  other["b"].element_class = "Sum";
  CHECK(between(before, other).lines[0] == "changed  b: another class; in place, begins anew");
}

TEST_CASE("elements come and go in their process where no other worker has to know") {
  const Version before{"a", "b", "|", "c"};
  Version after{"a", "n", "b", "|", "c"};
  CHECK(between(before, after).fates.at(1).kind == Kind::kInPlace);
  CHECK(between(before, after).lines == Lines{"added    n", "3 elements run on"});
  CHECK(between(after, before).fates.at(1).kind == Kind::kInPlace);
  CHECK(between(after, before).lines == Lines{"removed  n", "3 elements run on"});
}

TEST_CASE("a connection to another worker that changes, comes or goes changes both in their processes") {
  const Version before{"a", "b", "|", "c", "|", "d"};
  Version after = before;
  after.shape.connections[1].definition = 8;  // b to c
  const Difference made = between(before, after);
  CHECK(made.fates.at(1).kind == Kind::kInPlace);
  CHECK(made.fates.at(2).kind == Kind::kInPlace);
  CHECK(made.fates.at(3).kind == Kind::kSame);
  CHECK(made.lines == Lines{"4 elements run on"});
  Version without = before;
  without.shape.connections.pop_back();  // c to d: d had no other
  for (const bool goes : {true, false}) {
    const Difference changed = goes ? between(before, without) : between(without, before);
    CHECK(changed.fates.at(1).kind == Kind::kSame);
    CHECK(changed.fates.at(2).kind == Kind::kInPlace);
    CHECK(changed.fates.at(3).kind == Kind::kInPlace);
  }
}

TEST_CASE("a connection between workers keeps its number as long as it is the same, and no number comes again") {
  uint64_t next = 1;
  const auto numbered = [&next](Version version, const Version* before) {
    if (before == nullptr) {
      number_connections(nullptr, version.shape, version.worker_of, &next);
    } else {
      const Parts was{before->shape, before->worker_of};
      number_connections(&was, version.shape, version.worker_of, &next);
    }
    return version;
  };
  const auto numbers = [](const Version& version) {
    std::vector<uint64_t> all;
    for (const Shape::Connection& one : version.shape.connections) all.push_back(one.number);
    return all;
  };
  using Numbers = std::vector<uint64_t>;
  Version first = numbered(Version{"a", "b", "|", "c", "|", "d"}, nullptr);
  CHECK(numbers(first) == Numbers{0, 1, 2});
  const Version other = numbered(Version{"n", "a", "b", "|", "c", "|", "d"}, &first);
  CHECK(numbers(other) == Numbers{0, 0, 1, 2});
  Version changed = first;
  changed.shape.connections[1].definition = 8;
  changed.shape.connections[1].number = 0;
  changed = numbered(changed, &first);
  CHECK(numbers(changed) == Numbers{0, 3, 2});
  const Version back = numbered(Version{"a", "b", "|", "c", "|", "d"}, &changed);
  CHECK_MESSAGE(numbers(back)[1] == 4, "what was removed is another one when it comes again");
  const Version moved = numbered(Version{"a", "|", "b", "c", "|", "d"}, &first);
  CHECK(numbers(moved) == Numbers{5, 0, 2});
  Version twice = first;
  twice.shape.connections.push_back(twice.shape.connections[1]);
  CHECK(numbers(numbered(twice, &first)) == Numbers{0, 1, 2, 6});
}

TEST_CASE("what changes its worker is never in two of them: both begin anew") {
  const Version before{"a", "b", "|", "c"};
  const Version after{"a", "|", "b", "c"};
  const Difference made = between(before, after);
  CHECK(made.fates.at(1).why == "b changes its worker");
  CHECK(made.fates.at(2).why == "b changes its worker");
}

TEST_CASE("shards, plug-ins and limits that change are for a new process") {
  const Version before{"a", "s", "s#1", "b"};
  Version after = before;
  for (const char* path : {"s", "s#1"}) after[path].whole = "s";
  after["s#1"].definition = 3;
  CHECK(between(before, after).fates.at(1).why == "the shard s changes");
  CHECK(between(before, after).lines == Lines{"restarts a: with t/1: the shard s changes",
                                              "restarts s: with t/1: the shard s changes",
                                              "restarts b: with t/1: the shard s changes", "0 elements run on"});
  after = before;
  after["a"].plugin = true;
  after["b"].definition = 2;
  CHECK_MESSAGE(between(before, after).fates.at(1).kind == Kind::kInPlace, "the one from a plug-in runs on");
  after["a"].definition = 2;
  CHECK(between(before, after).fates.at(1).why == "a comes from a plug-in");
  after = before;
  after["a"].definition = 2;
  after["a"].orphan_stops = true;
  CHECK(between(before, after).fates.at(1).why == "its limits change");
}

TEST_CASE("a worker that cannot change now, or has ended, begins anew; one that stays the same does not") {
  const Version before{"a", "|", "b"};
  Version after = before;
  after["b"].definition = 5;
  const Difference unfit = between(before, after, [](uint64_t) { return WorkerPresent{false, "it is away"}; });
  CHECK(unfit.fates.at(1).kind == Kind::kSame);
  CHECK(unfit.fates.at(2).kind == Kind::kRestart);
  CHECK(unfit.lines ==
        Lines{"changed  b: other arguments, settings or types; restarts with t/2: it is away", "1 element runs on"});
  const Difference over = between(before, before, [](uint64_t worker) { return WorkerPresent{worker == 1, ""}; });
  CHECK(over.lines == Lines{"restarts a: with t/1: it had come to its end", "1 element runs on"});
}

TEST_CASE("a wave of background sources that changes is told to all workers, and no element begins anew") {
  const Version before{"a", "|", "b"};
  Version after = before;
  after["a"].wave = 1;
  const Difference made = between(before, after);
  CHECK(made.fates.at(1).kind == Kind::kInPlace);
  CHECK(made.fates.at(2).kind == Kind::kInPlace);
  CHECK(made.lines == Lines{"2 elements run on"});
}

TEST_CASE("of the first version all is added") {
  const Version first{"a", "|", "b"};
  const Parts parts{first.shape, first.worker_of};
  const WorkerFates fates = fates_of(nullptr, parts, [](uint64_t) { return WorkerPresent{}; });
  CHECK(fates.at(2).kind == Kind::kBegins);
  CHECK(changes(nullptr, parts, fates, "t") == Lines{"added    a", "added    b", "0 elements run on"});
}

}  // namespace
}  // namespace blox::master
