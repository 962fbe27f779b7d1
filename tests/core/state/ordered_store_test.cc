#include "core/state/ordered_store.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "tests/support/temporary_folder.h"

using namespace blox;

namespace {

using Sync = OrderedStore::Sync;

OrderedStore opened(const std::string& path) {
  Result<OrderedStore> store = OrderedStore::open(path, Sync::kNever);
  REQUIRE_MESSAGE(store.is_ok(), store.status().to_string());
  return std::move(*store);
}

std::string value_of(OrderedStore& store, std::string_view key) {
  const auto value = store.get(key);
  REQUIRE(value.is_ok());
  return *value ? std::string(**value) : "(absent)";
}

}  // namespace

TEST_CASE("what was committed is there when the store is opened again") {
  const testing::TemporaryFolder folder;
  {
    OrderedStore store = opened(folder.file("s"));
    REQUIRE(store.put("a", "1").is_ok());
    REQUIRE(store.put("b", "2").is_ok());
    REQUIRE(store.set_note("schema", "x").is_ok());
    CHECK(store.uncommitted() > 0);
    REQUIRE(store.commit().is_ok());
    CHECK(store.uncommitted() == 0);
    REQUIRE(store.put("c", "3").is_ok());
  }
  OrderedStore store = opened(folder.file("s"));
  CHECK(value_of(store, "a") == "1");
  CHECK(value_of(store, "b") == "2");
  CHECK(value_of(store, "c") == "(absent)");
  CHECK(*store.count() == 2);
  CHECK(**store.note("schema") == "x");
  CHECK_FALSE(store.note("other")->has_value());
}

TEST_CASE("reads see what is not yet committed") {
  const testing::TemporaryFolder folder;
  OrderedStore store = opened(folder.file("s"));
  CHECK(value_of(store, "a") == "(absent)");
  REQUIRE(store.put("a", "1").is_ok());
  CHECK(value_of(store, "a") == "1");
  REQUIRE(store.erase("a").is_ok());
  REQUIRE(store.erase("never there").is_ok());
  CHECK(value_of(store, "a") == "(absent)");
}

TEST_CASE("an ordered map of the standard library agrees") {
  const testing::TemporaryFolder folder;
  OrderedStore store = opened(folder.file("s"));
  std::map<std::string, std::string> twin;
  std::mt19937 random(3);
  for (int i = 0; i < 5'000; ++i) {
    std::string key(1 + random() % 4, ' ');
    for (char& c : key) c = static_cast<char>(random() % 5 == 0 ? 0xff : random() % 3);
    switch (random() % 8) {
      case 0:
        REQUIRE(store.erase(key).is_ok());
        twin.erase(key);
        break;
      case 1: REQUIRE(store.commit().is_ok()); break;
      case 2: {
        const bool behind = random() % 2 == 0;
        auto expected = behind ? twin.upper_bound(key) : twin.lower_bound(key);
        auto item = store.seek(key, behind);
        for (int steps = 0; steps < 5; ++steps) {
          REQUIRE(item.is_ok());
          REQUIRE(item->has_value() == (expected != twin.end()));
          if (expected == twin.end()) break;
          REQUIRE((*item)->key == expected->first);
          REQUIRE((*item)->value == expected->second);
          item = store.next();
          ++expected;
        }
        break;
      }
      default: {
        const std::string value = std::to_string(random());
        REQUIRE(store.put(key, value).is_ok());
        twin[key] = value;
      }
    }
    REQUIRE(*store.count() == twin.size());
  }
  REQUIRE(store.clear().is_ok());
  CHECK(*store.count() == 0);
}

TEST_CASE("refuses keys without bytes and keys that are too long") {
  const testing::TemporaryFolder folder;
  OrderedStore store = opened(folder.file("s"));
  CHECK(store.put("", "x").error().code == "store.key");
  CHECK(store.put(std::string(512, 'x'), "x").error().code == "store.key");
  CHECK(store.put(std::string(511, 'x'), "x").is_ok());
}

TEST_CASE("a file that is no LMDB file is refused and not touched") {
  const testing::TemporaryFolder folder;
  for (const size_t size : {size_t{10}, size_t{100'000}}) {
    const std::string path = folder.file("text" + std::to_string(size));
    std::ofstream(path) << std::string(size, 'x');
    const auto store = OrderedStore::open(path, Sync::kNever);
    REQUIRE_FALSE(store.is_ok());
    CHECK(store.status().error().code == "store.not_lmdb");
    CHECK(store.status().error().place == path);
    CHECK(std::filesystem::file_size(path) == size);
  }
}

TEST_CASE("a store that was cut off is refused rather than read") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("s");
  {
    OrderedStore store = opened(path);
    for (int i = 0; i < 10'000; ++i) REQUIRE(store.put("key" + std::to_string(i), std::string(100, 'v')).is_ok());
    REQUIRE(store.commit().is_ok());
  }
  std::filesystem::resize_file(path, 64 << 10);
  const auto store = OrderedStore::open(path, Sync::kNever);
  REQUIRE_FALSE(store.is_ok());
  CHECK(store.status().error().code == "store.damaged");
}

TEST_CASE("a store has one user at a time") {
  const testing::TemporaryFolder folder;
  {
    const OrderedStore store = opened(folder.file("s"));
    const auto second = OrderedStore::open(folder.file("s"), Sync::kNever);
    REQUIRE_FALSE(second.is_ok());
    CHECK(second.status().error().code == "store.in_use");
  }
  opened(folder.file("s"));
}

TEST_CASE("a folder that is not there and a folder in place of the file are errors with a place") {
  const testing::TemporaryFolder folder;
  const auto absent = OrderedStore::open(folder.file("no/s"), Sync::kNever);
  REQUIRE_FALSE(absent.is_ok());
  CHECK(absent.status().error().fault == Fault::kOutside);
  CHECK(absent.status().error().place == folder.file("no/s"));
  CHECK_FALSE(OrderedStore::open(folder.file(""), Sync::kNever).is_ok());
}

TEST_CASE("a disk that is full fails the commit and leaves what was committed before") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("s");
  const auto old = std::signal(SIGXFSZ, SIG_IGN);  // the limit is then an error, as a full disk is
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  {
    OrderedStore store = opened(path);
    REQUIRE(store.put("kept", "1").is_ok());
    REQUIRE(store.commit().is_ok());
    const rlimit small{1 << 20, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    Status status;
    for (int i = 0; i < 100'000 && status.is_ok(); ++i)
      status = store.put("lost" + std::to_string(i), std::string(100, 'v'));
    if (status.is_ok()) status = store.commit();
    setrlimit(RLIMIT_FSIZE, &limit);
    REQUIRE_FALSE(status.is_ok());
    CHECK(status.error().code == "store.disk");
    CHECK(status.error().fault == Fault::kOutside);
  }
  std::signal(SIGXFSZ, old);
  OrderedStore store = opened(path);
  CHECK(value_of(store, "kept") == "1");
  CHECK(*store.count() == 1);
}

TEST_CASE("the tables of a store are apart, and change together") {
  const testing::TemporaryFolder folder;
  const std::vector<std::string> more{"more"};
  {
    Result<OrderedStore> store =
        OrderedStore::open(folder.file("s"), Sync::kNever, OrderedStore::Before::kChecked, more);
    REQUIRE(store.is_ok());
    CHECK(store->put("k", "item").is_ok());
    CHECK(store->put("k", "other", 1).is_ok());
    CHECK(store->put("l", "another", 1).is_ok());
    CHECK(store->commit().is_ok());
    CHECK(store->erase("k").is_ok());
    CHECK(store->put("k", "lost", 1).is_ok());  // neither is committed
  }
  Result<OrderedStore> store = OrderedStore::open(folder.file("s"), Sync::kNever, OrderedStore::Before::kChecked, more);
  REQUIRE_MESSAGE(store.is_ok(), store.status().to_string());
  CHECK(**store->get("k") == "item");
  CHECK(**store->get("k", 1) == "other");
  CHECK(*store->count() == 1);
  CHECK(*store->count(1) == 2);
  CHECK(*store->fits(100, 1 << 20));
  CHECK_FALSE(*store->fits(1, size_t{1} << 45));
  CHECK(store->clear().is_ok());
  CHECK(*store->count(1) == 0);
}
