#include "core/state/hash_store.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

int living = 0;

// A value that counts how many of its kind there are and must not be copied bytewise.
struct Counted {
  Counted() : text(std::make_unique<std::string>("new")) { ++living; }
  ~Counted() { --living; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  std::unique_ptr<std::string> text;
};

template <typename V>
KeyedStore::Layout layout_of() {
  return {sizeof(V), alignof(V), [](void* at) { new (at) V(); }, [](void* at) { static_cast<V*>(at)->~V(); }, nullptr};
}

struct Batch {
  explicit Batch(std::vector<std::string> keys) : owned(std::move(keys)), hashes(owned.size()), slots(owned.size()) {
    for (const std::string& key : owned) views.emplace_back(key);
    hash64(views, hashes);
  }
  KeyBatch keys() const { return {views, hashes}; }

  std::vector<std::string> owned;
  std::vector<std::string_view> views;
  std::vector<uint64_t> hashes;
  std::vector<void*> slots;
};

std::string random_key(testing::Random& random) {
  // Short and long keys, equal beginnings, zero bytes and the empty key.
  const uint32_t size = random.chance(80)   ? random.below(14)
                        : random.chance(95) ? random.below(60)
                                            : random.below(3000);
  std::string key(size, 'a');
  for (uint32_t i = size / 2; i < size; ++i) key[i] = static_cast<char>(random.below(random.chance(50) ? 3 : 256));
  return key;
}

TEST_CASE("agrees with a plain map through insertions, look-ups and erasures") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    testing::Random random(seed);
    HashStore store(layout_of<int64_t>());
    std::map<std::string, int64_t> twin;
    std::vector<std::string> known{""};
    for (int step = 0; step < 60; ++step) {
      std::vector<std::string> keys;
      const uint32_t count = random.below(200);
      for (uint32_t i = 0; i < count; ++i) {
        keys.push_back(random.chance(50) ? random_key(random)
                                         : known[random.below(static_cast<uint32_t>(known.size()))]);
        known.push_back(keys.back());
      }
      Batch batch(keys);
      if (random.chance(60)) {
        store.upsert(batch.keys(), batch.slots.data());
        for (size_t i = 0; i < keys.size(); ++i) {
          ++*static_cast<int64_t*>(batch.slots[i]);
          ++twin[keys[i]];
        }
      } else {
        store.find(batch.keys(), batch.slots.data());
        for (size_t i = 0; i < keys.size(); ++i) {
          const auto at = twin.find(keys[i]);
          REQUIRE((batch.slots[i] != nullptr) == (at != twin.end()));
          if (at != twin.end()) REQUIRE(*static_cast<int64_t*>(batch.slots[i]) == at->second);
        }
      }
      for (uint32_t i = random.below(100); i > 0; --i) {
        const std::string& key = known[random.below(static_cast<uint32_t>(known.size()))];
        REQUIRE(store.erase(key) == (twin.erase(key) == 1));
      }
      REQUIRE(store.size() == twin.size());
    }
    std::map<std::string, int64_t> seen;
    store.for_each(
        [&](std::string_view key, void* value) { CHECK(seen.emplace(key, *static_cast<int64_t*>(value)).second); });
    CHECK(seen == twin);
  }
}

TEST_CASE("slots stay where they are while the table grows") {
  HashStore store(layout_of<int64_t>());
  Batch first({"one", "a key that is longer than its entry", ""});
  store.upsert(first.keys(), first.slots.data());
  for (int64_t i = 0; i < 3; ++i) *static_cast<int64_t*>(first.slots[static_cast<size_t>(i)]) = 100 + i;
  std::vector<std::string> many;
  for (int i = 0; i < 100'000; ++i) many.push_back("key " + std::to_string(i));
  Batch rest(many);
  store.upsert(rest.keys(), rest.slots.data());
  CHECK(store.size() == 100'003);
  Batch again({"one", "a key that is longer than its entry", ""});
  store.find(again.keys(), again.slots.data());
  CHECK(again.slots == first.slots);
  CHECK(*static_cast<int64_t*>(again.slots[1]) == 101);
  CHECK(std::set<void*>(rest.slots.begin(), rest.slots.end()).size() == 100'000);
}

TEST_CASE("a key that comes twice in one batch gets one slot") {
  HashStore store(layout_of<int64_t>());
  Batch batch({"x", "y", "x", "y", "x"});
  store.upsert(batch.keys(), batch.slots.data());
  CHECK(batch.slots[0] == batch.slots[2]);
  CHECK(batch.slots[1] == batch.slots[3]);
  CHECK(batch.slots[0] != batch.slots[1]);
  CHECK(store.size() == 2);
}

TEST_CASE("keys whose hashes are all alike are still told apart") {
  HashStore store(layout_of<int64_t>());
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("key " + std::to_string(i));
  Batch batch(names);
  for (uint64_t& hash : batch.hashes) hash = uint64_t{0xFFFFFFFF} << 32;  // the home is the last slot: it wraps
  store.upsert(batch.keys(), batch.slots.data());
  CHECK(store.size() == 300);
  for (size_t i = 0; i < 300; ++i) *static_cast<int64_t*>(batch.slots[i]) = static_cast<int64_t>(i);
  store.find(batch.keys(), batch.slots.data());
  for (size_t i = 0; i < 300; ++i) CHECK(*static_cast<int64_t*>(batch.slots[i]) == static_cast<int64_t>(i));
}

TEST_CASE("every value is constructed once and destroyed once") {
  living = 0;
  {
    HashStore store(layout_of<Counted>());
    std::vector<std::string> names;
    for (int i = 0; i < 5'000; ++i) names.push_back(std::to_string(i));
    Batch batch(names);
    store.upsert(batch.keys(), batch.slots.data());
    store.upsert(batch.keys(), batch.slots.data());
    CHECK(living == 5'000);
    CHECK(*static_cast<Counted*>(batch.slots[7])->text == "new");
    for (int i = 0; i < 1'000; ++i) CHECK(store.erase(std::to_string(i)));
    CHECK_FALSE(store.erase("0"));
    CHECK(living == 4'000);
    store.clear();
    CHECK(living == 0);
    CHECK(store.size() == 0);
    store.upsert(batch.keys(), batch.slots.data());
    CHECK(living == 5'000);
  }
  CHECK(living == 0);
}

TEST_CASE("what is erased is used again, so that a table with few keys at a time stays small") {
  HashStore store(layout_of<int64_t>());
  size_t most = 0;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::string> names;
    for (int i = 0; i < 10; ++i) names.push_back("a rather long key of round " + std::to_string(round * 10 + i));
    Batch batch(names);
    store.upsert(batch.keys(), batch.slots.data());
    for (const std::string& name : names) store.erase(name);
    if (round == 10) most = store.bytes();
  }
  CHECK(store.size() == 0);
  CHECK(store.bytes() <= most);
}

TEST_CASE("its bytes are those of a short key and value within a factor of two") {
  HashStore store(layout_of<int64_t>());
  std::vector<std::string> names;
  for (int i = 0; i < 50'000; ++i) names.push_back(std::to_string(i));
  Batch batch(names);
  store.upsert(batch.keys(), batch.slots.data());
  CHECK(store.bytes() >= 50'000 * 24);
  CHECK(store.bytes() <= 50'000 * 24 * 2);
}

TEST_CASE("values keep their alignment") {
  struct alignas(32) Wide {
    double lanes[4];
  };
  HashStore store(layout_of<Wide>());
  std::vector<std::string> names;
  for (int i = 0; i < 1'000; ++i) names.push_back(std::to_string(i));
  Batch batch(names);
  store.upsert(batch.keys(), batch.slots.data());
  for (void* slot : batch.slots) CHECK(reinterpret_cast<uintptr_t>(slot) % 32 == 0);
}

TEST_CASE("an empty table finds and erases nothing") {
  HashStore store(layout_of<int64_t>());
  Batch batch({"a", "b"});
  batch.slots = {&store, &store};
  store.find(batch.keys(), batch.slots.data());
  CHECK(batch.slots == std::vector<void*>{nullptr, nullptr});
  CHECK_FALSE(store.erase("a"));
  store.clear();
}

}  // namespace
}  // namespace blox
