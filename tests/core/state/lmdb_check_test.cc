#include "core/state/lmdb_check.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "core/state/ordered_store.h"
#include "tests/support/temporary_folder.h"

using namespace blox;

namespace {

using Sync = OrderedStore::Sync;
using Before = OrderedStore::Before;

class StoreFile {
 public:
  std::string path() const { return folder_.file("store"); }

  Status check() const {
    const int descriptor = open(path().c_str(), O_RDONLY | O_CLOEXEC);
    const Status status = check_lmdb_file(descriptor);
    close(descriptor);
    return status;
  }
  std::string bytes() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  void fill(int keys) const {
    Result<OrderedStore> store = OrderedStore::open(path(), Sync::kNever);
    REQUIRE(store.is_ok());
    for (int i = 0; i < keys; ++i) {
      const std::string value(i % 500 == 0 ? 9'000 : 20, 'v');
      REQUIRE(store->put("key " + std::to_string(1'000'000 + i), value).is_ok());
    }
    REQUIRE(store->set_note("schema", "{}").is_ok());
    REQUIRE(store->commit().is_ok());
  }

 private:
  const testing::TemporaryFolder folder_;
};

// All that an element does with a store; what it answers does not matter.
void use(const std::string& path, std::mt19937& random) {
  Result<OrderedStore> store = OrderedStore::open(path, Sync::kNever);
  if (!store.is_ok()) return;
  (void)store->count();
  size_t seen = 0;
  Result<std::optional<OrderedStore::Item>> item = store->seek("");
  while (item.is_ok() && item->has_value()) {
    seen += (*item)->key.size() + (*item)->value.size();
    item = store->next();
  }
  CHECK(seen < size_t{1} << 30);
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key " + std::to_string(1'000'000 + random() % 3'000);
    (void)(random() % 2 == 0 ? store->put(key, std::string(random() % 6'000, 'w')) : store->erase(key));
  }
  (void)store->commit();
}

}  // namespace

TEST_CASE("finds no fault in what a store has written, whatever was done with it") {
  const StoreFile file;
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    {
      Result<OrderedStore> store = OrderedStore::open(file.path(), Sync::kNever);
      REQUIRE_MESSAGE(store.is_ok(), store.status().to_string());
      const bool growing = round % 8 < 5;
      for (int i = 0; i < 2'000; ++i) {
        const std::string key = std::to_string(random() % 20'000) + std::string(random() % 10 == 0 ? 300 : 5, 'k');
        const bool put = random() % 10 < (growing ? 8 : 1);
        REQUIRE(
            (put ? store->put(key, std::string(random() % 20 == 0 ? 20'000 : random() % 100, 'v')) : store->erase(key))
                .is_ok());
        if (random() % 400 == 0) REQUIRE(store->commit().is_ok());
      }
      if (round == 20) REQUIRE(store->clear().is_ok());
      REQUIRE(store->commit().is_ok());
    }
    const Status status = file.check();
    CHECK_MESSAGE(status.is_ok(), status.to_string());
  }
}

TEST_CASE("a store whose pages are overwritten is refused, with what to do") {
  const StoreFile file;
  file.fill(20'000);
  std::string bytes = file.bytes();
  std::mt19937 random(1);
  for (size_t i = 8'192; i < 28'192; ++i) bytes[i] = static_cast<char>(random());
  file.write(bytes);
  const Result<OrderedStore> store = OrderedStore::open(file.path(), Sync::kNever);
  REQUIRE_FALSE(store.is_ok());
  CHECK(store.status().error().code == "store.damaged");
  CHECK(store.status().error().fix.find("fresh") != std::string::npos);
  CHECK(store.status().error().place == file.path());
  CHECK(file.bytes() == bytes);
}

TEST_CASE("no damage to a store ends the process") {
  const StoreFile file;
  file.fill(3'000);
  const std::string whole = file.bytes();
  std::mt19937 random(3);
  for (int round = 0; round < 1'500; ++round) {
    std::string bytes = whole;
    const size_t faults = 1 + random() % 3;
    for (size_t i = 0; i < faults; ++i) {
      const size_t page = random() % (bytes.size() / 4'096);
      // Headers and places of keys are where it hurts.
      const size_t at = page * 4'096 + random() % (random() % 2 == 0 ? 160 : 4'096);
      if (random() % 3 == 0) {
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
      } else {
        bytes[at] = static_cast<char>(random());
      }
    }
    if (random() % 20 == 0) bytes.resize(random() % bytes.size());
    file.write(bytes);
    use(file.path(), random);
  }
}

TEST_CASE("a fresh start gets over a damaged store, and touches no other file") {
  const StoreFile file;
  file.fill(3'000);
  for (const size_t from : {size_t{0}, size_t{4'096}, size_t{8'192}}) {
    std::string bytes = file.bytes();
    for (size_t i = from; i < from + 4'000; ++i) bytes[i] = '\x5a';
    file.write(bytes);
    {
      Result<OrderedStore> store = OrderedStore::open(file.path(), Sync::kNever, Before::kForgotten);
      REQUIRE_MESSAGE(store.is_ok(), store.status().to_string());
      CHECK(*store->count() == 0);
    }
    file.fill(3'000);
  }
  file.write("no store at all");
  CHECK_FALSE(OrderedStore::open(file.path(), Sync::kNever, Before::kForgotten).is_ok());
  CHECK(file.bytes() == "no store at all");
}
