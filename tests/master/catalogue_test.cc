#include "master/catalogue.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace blox::master {
namespace {

namespace fs = std::filesystem;

struct Folder {
  const testing::TemporaryFolder place;
  std::string file() const { return place.file("state/catalogue.lmdb"); }
  Result<CatalogueFile> open() const { return CatalogueFile::open(place.file("state")); }
};

TEST_CASE("what was remembered is there again, and what was forgotten is not") {
  const Folder folder;
  {
    Result<CatalogueFile> file = folder.open();
    REQUIRE(file);
    REQUIRE(file->apply({{"a", "1"}, {"b", "2"}, {"blob/ff", "long"}}, {}).is_ok());
    REQUIRE(file->apply({{"c", "3"}}, {"a", "never"}).is_ok());
    CHECK(file->blob("ff")->value() == "long");
    CHECK_FALSE(file->blob("ee")->has_value());
  }
  Result<CatalogueFile> file = folder.open();
  REQUIRE(file);
  const Result<Catalogue> all = file->load();
  REQUIRE(all);
  CHECK(*all == Catalogue{{"b", "2"}, {"blob/ff", ""}, {"c", "3"}});
}

TEST_CASE("a second master with the same folder is refused") {
  const Folder folder;
  Result<CatalogueFile> file = folder.open();
  REQUIRE(file);
  const Result<CatalogueFile> second = folder.open();
  REQUIRE_FALSE(second);
  CHECK(second.status().error().code == "store.in_use");
  CHECK(second.status().to_string().find("another master runs with this folder") != std::string::npos);
}

// Kill -9 in the midst of writing, again and again: what apply() has returned for is there, and nothing by halves.
TEST_CASE("a master that is killed while it writes loses nothing that it has said") {
  const Folder folder;
  uint64_t before = 0;
  for (int round = 0; round < 6; ++round) {
    int said[2];
    REQUIRE(::pipe(said) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Result<CatalogueFile> file = folder.open();
      for (uint64_t i = before + 1; file; ++i) {
        // Two records that belong together, of changing lengths, so that pages split and are freed.
        const std::string text(i * 37 % 3'000, 'x');
        if (!file->apply({{"first", std::to_string(i)},
                          {"k" + std::to_string(i % 50), text},
                          {"second", std::to_string(i)}},
                         {})
                 .is_ok())
          break;
        if (::write(said[1], &i, sizeof i) != sizeof i) break;
      }
      ::_exit(1);
    }
    ::close(said[1]);
    uint64_t last = before;
    for (int i = 0; i < 5 + round * 3; ++i) REQUIRE(::read(said[0], &last, sizeof last) == sizeof last);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (uint64_t more = 0; ::read(said[0], &more, sizeof more) == sizeof more;) last = more;
    ::close(said[0]);
    Result<CatalogueFile> file = folder.open();
    REQUIRE(file);
    const Result<Catalogue> all = file->load();
    REQUIRE(all);
    CHECK(all->at("first") == all->at("second"));
    const std::string& text = all->at("first");
    CHECK((text == std::to_string(last) || text == std::to_string(last + 1)));
    before = last + 1;
  }
}

TEST_CASE("a file that was copied by halves, or is something else, is refused with a way out") {
  const Folder folder;
  {
    Result<CatalogueFile> file = folder.open();
    REQUIRE(file);
    for (int i = 0; i < 50; ++i) {
      REQUIRE(file->apply({{"k" + std::to_string(i), std::string(5'000, 'x')}}, {}).is_ok());
    }
  }
  const auto size = fs::file_size(folder.file());
  fs::copy_file(folder.file(), folder.place.file("whole"));
  for (const auto part : {size / 2, size / 2 + 1'000, uintmax_t{5'000}}) {
    fs::copy_file(folder.place.file("whole"), folder.file(), fs::copy_options::overwrite_existing);
    fs::resize_file(folder.file(), part);
    const Result<CatalogueFile> torn = folder.open();
    CAPTURE(part);
    REQUIRE_FALSE(torn);
    CHECK(torn.status().error().place == folder.file());
    CHECK(torn.status().error().fix.find("put back a copy") != std::string::npos);
  }
  std::ofstream(folder.file(), std::ios::trunc) << std::string(20'000, '!');
  const Result<CatalogueFile> other = folder.open();
  REQUIRE_FALSE(other);
  CHECK(other.status().error().code == "store.not_lmdb");
  fs::copy_file(folder.place.file("whole"), folder.file(), fs::copy_options::overwrite_existing);
  CHECK(folder.open().is_ok());
}

TEST_CASE("what is larger than the mapped range still becomes durable together") {
  const Folder folder;
  Result<CatalogueFile> file = folder.open();
  REQUIRE(file);
  const std::string large(20 << 20, 'b');
  REQUIRE(file->apply({{"blob/1", large}, {"blob/2", large}, {"topology", "refers to both"}}, {}).is_ok());
  CHECK(file->blob("2")->value().size() == large.size());
  CHECK(file->load()->at("topology") == "refers to both");
}

}  // namespace
}  // namespace blox::master
