#include "core/state/snapshot.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/hash.h"
#include "core/state/hash_store.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

template <uint32_t kVersion>
class Keeper final : public Element {
 public:
  Keeper() {
    static const ElementClass kClass{"Keeper", __FILE__, "Keeps.", nullptr, nullptr};
    set_class(&kClass);
    provide_stores(*this, hash_stores());
  }
  Value<int64_t> next{this, "next", Version{kVersion}, 7};
  Keyed<Key, int64_t> counts{this, "counts", Version{1}};
  Appended<std::string> lines{this, "lines", Version{1}};
  Value<Log> log{this, "log", Version{1}};
  Value<std::vector<std::string>> names{this, "names", Version{1}};
};

void set(Keeper<1>& keeper, std::string_view key, int64_t value) {
  *keeper.counts.slots(OneKey(key).batch())[0] = value;
}

Keeper<1>& fill(Keeper<1>& keeper) {
  keeper.next = 42;
  set(keeper, "a", 1);
  set(keeper, "a key that is longer than its entry", 2);
  keeper.lines.append("first");
  keeper.lines.append("");
  keeper.log = *log_from(Schema::from(*Type::parse("{x: int}")), {{1}, {2}});
  keeper.names = std::vector<std::string>{"p", "q"};
  return keeper;
}

// A snapshot with something changed in it, its hash made right again.
std::string resealed(std::string snapshot) {
  snapshot.resize(snapshot.size() - 8);
  StateCodec<uint64_t>::encode(hash64(snapshot), snapshot);
  return snapshot;
}

TEST_CASE("what was captured is loaded into another element") {
  Keeper<1> from, to;
  const std::string snapshot = capture(fill(from));
  set(to, "something of before", 9);
  REQUIRE(load(to, snapshot).to_string() == "ok");
  CHECK(*to.next == 42);
  CHECK(to.counts.size() == 2);
  CHECK(*to.counts.find(OneKey("a").batch())[0] == 1);
  CHECK(*to.counts.find(OneKey("a key that is longer than its entry").batch())[0] == 2);
  CHECK(to.lines.values() == std::vector<std::string>{"first", ""});
  CHECK(equal(*to.log, *from.log));
  CHECK(*to.names == std::vector<std::string>{"p", "q"});
  CHECK(capture(to) == snapshot);
}

TEST_CASE("the bytes of a snapshot do not change from release to release") {
  class Small final : public Element {
   public:
    Value<int64_t> next{this, "n", Version{3}};
  } small;
  small.next = 5;
  const std::string snapshot = capture(small);
  const std::string expected(
      "BLOXSTAT\x01\0\0\0"
      "\x07\0\0\0\0\0\0\0Element"
      "\x01\0\0\0"
      "\x01\0\0\0\0\0\0\0n"
      "\x03\0\0\0"
      "\x01\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\x08\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0",
      8 + 4 + 15 + 4 + 9 + 4 + 8 + 8 + 16);
  CHECK(snapshot.substr(0, snapshot.size() - 8) == expected);
}

TEST_CASE("a state that a snapshot does not know begins anew") {
  class Less final : public Element {
   public:
    Value<int64_t> next{this, "next", Version{1}};
  } less;
  static const ElementClass kClass{"Keeper", __FILE__, "Keeps.", nullptr, nullptr};
  less.set_class(&kClass);
  less.next = 3;
  Keeper<1> to;
  fill(to);
  REQUIRE(load(to, capture(less)).is_ok());
  CHECK(*to.next == 3);
  CHECK(to.counts.size() == 0);
  CHECK(to.lines.values().empty());
}

TEST_CASE("a snapshot of another class, state, version or format is refused") {
  Keeper<1> from, to;
  Keeper<2> newer;
  const std::string snapshot = capture(fill(from));
  CHECK(load(newer, snapshot).error().text == "the state `next` was saved by version 1 of it; this is version 2");
  CHECK(load(to, capture(newer)).error().text == "the state `next` was saved by version 2 of it; this is version 1");
  class Other final : public Element {
  } other;
  CHECK(load(other, snapshot).error().text == "the snapshot is of the class `Keeper`, not `Element`");
  std::string renamed = snapshot;
  renamed.replace(renamed.find("counts"), 6, "Counts");
  CHECK(load(to, resealed(renamed)).error().text == "`Keeper` has no state `Counts`");
  std::string format = snapshot;
  format[8] = 2;
  CHECK(load(to, format).error().text == "the snapshot has format 2; this program reads 1");
  CHECK(load(to, "hello").error().text == "the snapshot is damaged: it does not begin like one");
}

TEST_CASE("an entry that its codec cannot read leaves every state as it was made") {
  Keeper<1> from, to;
  std::string snapshot = capture(fill(from));
  const size_t lines = snapshot.find("lines") + 5 + 4 + 8;  // name, version, entries: the first key is an index
  snapshot[lines + 8] = 5;                                  // a gap
  fill(to);
  CHECK(load(to, resealed(snapshot)).error().code == "state.malformed");
  CHECK(*to.next == 7);
  CHECK(to.counts.size() == 0);
  CHECK(to.lines.values().empty());
}

TEST_CASE("whatever is changed in a snapshot, loading it ends with ok or an error") {
  Keeper<1> from;
  const std::string snapshot = capture(fill(from));
  testing::Random random(1);
  for (int round = 0; round < 3'000; ++round) {
    std::string damaged = snapshot;
    for (uint32_t changes = 1 + random.below(3); changes > 0; --changes) {
      const uint32_t at = 8 + random.below(static_cast<uint32_t>(damaged.size() - 16));
      damaged[at] = static_cast<char>(random.chance(50) ? 0xFF : random.below(256));
    }
    Keeper<1> to;
    if (damaged != snapshot) CHECK_FALSE(load(to, damaged).is_ok());
    (void)load(to, resealed(damaged));
    (void)load(to, std::string_view(snapshot).substr(0, random.below(static_cast<uint32_t>(snapshot.size()))));
  }
}

}  // namespace
}  // namespace blox
