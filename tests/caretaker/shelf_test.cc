// What a caretaker keeps: notes, blobs, lines of messages, questions on their way.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

#include "caretaker/blob_cache.h"
#include "caretaker/load.h"
#include "caretaker/message_store.h"
#include "caretaker/notebook.h"
#include "caretaker/relays.h"
#include "core/base/digest.h"
#include "tests/support/temporary_folder.h"

namespace blox {
namespace {

using namespace protocol;
using testing::TemporaryFolder;

TEST_CASE("notes are there again, and what a death has left half written is none") {
  const TemporaryFolder place;
  {
    auto notes = Notebook::open(place.file("a/b"));
    REQUIRE(notes.is_ok());
    CHECK(notes->remember("worker/index/3", "4 7\nwith\nlines").is_ok());
    CHECK(notes->remember("other", "1").is_ok());
    CHECK(notes->remember("other", "2").is_ok());
    CHECK(notes->remember("gone", "1").is_ok());
    CHECK(notes->forget("gone").is_ok());
    CHECK(notes->forget("never").is_ok());
  }
  place.write("a/b/draft.new", "other\n3");
  place.write("a/b/0123", "other\n4");
  place.write("a/b/empty", "");
  auto notes = Notebook::open(place.file("a/b"));
  REQUIRE(notes.is_ok());
  CHECK(notes->notes() == Notebook::Notes{{"other", "2"}, {"worker/index/3", "4 7\nwith\nlines"}});
}

TEST_CASE("a blob is what its name says, or is not there") {
  const TemporaryFolder place;
  auto cache = BlobCache::open(place.file("blobs"), 10);
  REQUIRE(cache.is_ok());
  const std::string one = sha256_hex("one");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_FALSE(cache->find(one));
  CHECK(cache->add(one, "two").error().code == "blob.damaged");
  CHECK(cache->add("../../etc/passwd", "two").error().code == "blob.damaged");
  CHECK(cache->add(one, "one").is_ok());
  CHECK(cache->find(one) == "one");
  CHECK_FALSE(cache->find("../blobs/" + one));
  place.write("blobs/" + one, "torn");
  CHECK_FALSE(cache->find(one));
  CHECK(cache->add(one, "one").is_ok());
  const std::string long_one = sha256_hex("a longer text");
  CHECK(cache->add(long_one, "a longer text").is_ok());
  cache->keep({one, long_one});
  CHECK(cache->find(long_one));  // needed, whatever the bound
  cache->keep({one});
  CHECK(cache->find(one));
  CHECK_FALSE(cache->find(long_one));
}

std::vector<MessageLine> lines(const std::string& element, int from, int to) {
  std::vector<MessageLine> made;
  for (int i = from; i < to; ++i) made.push_back({0, i, "", element, "print", "line " + std::to_string(i)});
  return made;
}

TEST_CASE("lines of messages have growing numbers, by topology and element") {
  const TemporaryFolder place;
  auto store = MessageStore::open(place.file("m"), 5'000 * kMillisecond);
  REQUIRE(store.is_ok());
  store->add("index/1", lines("a", 0, 2));
  store->add("other/1", lines("a", 2, 3));
  store->add("index/2", lines("b", 3, 5));
  const MessagesReply all = store->find({});
  REQUIRE(all.lines.size() == 5);
  for (size_t i = 0; i < 5; ++i) {
    CHECK(all.lines[i].number == 5'000 + i);
    CHECK(all.lines[i].text == "line " + std::to_string(i));
  }
  CHECK(all.lines[4].worker == "index/2");
  CHECK(store->find({"index", "", 0, 0}).lines.size() == 4);
  CHECK(store->find({"ind", "", 0, 0}).lines.empty());
  CHECK(store->find({"index", "b", 5'003, 0}).lines.size() == 1);
  CHECK(store->find({"", "", 5'004, 0}).lines.empty());
  CHECK(all.missed == 0);
}

TEST_CASE("a worker that says much pushes out its own lines, which are counted, and nobody else's") {
  const TemporaryFolder place;
  auto store = MessageStore::open(place.file("m"), 0);
  REQUIRE(store.is_ok());
  store->add("quiet/1", lines("q", 0, 1));
  const int many = 3 * static_cast<int>(MessageStore::kMostLines);
  for (int i = 0; i < many; i += 1'000) store->add("loud/1", lines("l", i, i + 1'000));
  const MessagesReply all = store->find({});
  CHECK(all.lines.size() == MessageStore::kMostLines + 1);
  CHECK(all.missed == 2 * MessageStore::kMostLines);
  CHECK(store->find({"quiet", "", 0, 0}).missed == 0);
  // Who had seen all but the last 5,000 has missed 1,000.
  const uint64_t last = all.lines.back().number;
  CHECK(store->find({"loud", "", last - 5'000, 0}).missed == 1'000);
  CHECK(store->find({"loud", "", last, 0}).missed == 0);
  std::vector<MessageLine> wide = lines("l", 0, 1);
  wide[0].text = std::string(MessageStore::kLongest - 5, 'x') + "äöü and more";
  store->add("loud/1", wide);
  const std::string text = store->find({"loud", "", last, 0}).lines.at(0).text;
  CHECK(text.size() <= MessageStore::kLongest);
  CHECK(text.ends_with("…"));
}

TEST_CASE("lines survive the caretaker, numbers go on, and a torn end costs its own line only") {
  const TemporaryFolder place;
  {
    auto store = MessageStore::open(place.file("m"), 0);
    REQUIRE(store.is_ok());
    store->add("index/1", lines("a", 0, 3));
    store->add("index/1", lines("a", 3, 4));
  }
  const std::string file = place.file("m/lines");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  for (int life = 0; life < 3; ++life) {
    auto store = MessageStore::open(place.file("m"), 0);
    REQUIRE(store.is_ok());
    CHECK(store->find({}).lines.size() == static_cast<size_t>(3 + life));
    store->add("index/1", lines("a", 4 + life, 5 + life));
    CHECK(store->find({}).lines.back().number == static_cast<uint64_t>(4 + life));
  }
  place.write("m/lines", std::string("\xff\xff\xff\x7f garbage", 12));
  CHECK(MessageStore::open(place.file("m"), 0).is_ok());
}

TEST_CASE("what is written of messages has a bound, and the newest lines are kept over it") {
  const TemporaryFolder place;
  std::vector<MessageLine> wide = lines("a", 0, 100);
  for (MessageLine& line : wide) line.text += std::string(4'000, 'x');
  {
    auto store = MessageStore::open(place.file("m"), 0);
    REQUIRE(store.is_ok());
    for (int i = 0; i < 40; ++i) store->add("index/1", wide);
    CHECK(std::filesystem::file_size(place.file("m/lines")) < 2 * MessageStore::kMostFile);
  }
  auto store = MessageStore::open(place.file("m"), 0);
  REQUIRE(store.is_ok());
  CHECK(store->find({}).lines.back().number == 4'000);
}

std::string frame(uint64_t id, Body body) { return encode({id, 0, std::move(body)}); }
Message read(std::string_view bytes) {
  uint64_t id = 0;
  Result<Message> message = decode(bytes, &id);
  REQUIRE(message.is_ok());
  return *std::move(message);
}

TEST_CASE("two users with the same identifiers get their own answers") {
  Relays relays;
  auto one = relays.ask(70, {"index/3", {frame(1, GetRequest{"a", "x"})}, "ann"}, kSecond);
  auto two = relays.ask(71, {"index/3", {frame(1, GetRequest{"b", "y"})}, "bob"}, kSecond);
  REQUIRE(one.is_ok());
  REQUIRE(two.is_ok());
  CHECK(read(*one).id == 70);
  CHECK(read(*one).deadline == kSecond);
  CHECK(read(*two).id == 71);
  CHECK_FALSE(relays.answer("index/4", {71, 0, ValuesReply{}}));  // it was not asked
  const auto answer = relays.answer("index/3", {71, 0, ValuesReply{}});
  REQUIRE(answer);
  CHECK(answer->relay == 71);
  CHECK(answer->relayed.from == "index/3");
  CHECK(read(answer->relayed.frame.data).id == 1);
  CHECK_FALSE(relays.answer("index/3", {71, 0, ValuesReply{}}));  // answered once
  CHECK(relays.open() == 1);
  CHECK_FALSE(relays.ask(72, {"index/3", {"garbage"}, "ann"}, 0).is_ok());
}

TEST_CASE("a tap goes on under the identifier of its user, and nobody else can stop it") {
  Relays relays;
  REQUIRE(relays.ask(80, {"index/3", {frame(1, TapRequest{"a [out]", 1, 0, 5})}, "ann"}, 0).is_ok());
  REQUIRE(relays.answer("index/3", {80, 0, TapStarted{}}));
  const auto more = relays.ask(81, {"index/3", {frame(2, TapMore{1, 5})}, "ann"}, 0);
  REQUIRE(more.is_ok());
  CHECK(std::get<TapMore>(read(*more).body).tap == 80);
  const auto other = relays.ask(82, {"index/3", {frame(2, TapStop{1})}, "bob"}, 0);
  REQUIRE(other.is_ok());
  CHECK(std::get<TapStop>(read(*other).body).tap == 0);
  REQUIRE(relays.answer("index/3", {80, 0, TapSample{}}));
  CHECK(relays.open() == 1);
  REQUIRE(relays.answer("index/3", {80, 0, TapEnded{}}));
  CHECK(relays.open() == 0);
}

TEST_CASE("who waits for a worker that dies is told, and who wants more of what has ended with it") {
  Relays relays;
  REQUIRE(relays.ask(80, {"index/3", {frame(1, TapRequest{"a [out]", 1, 0, 5})}, "ann"}, 0).is_ok());
  REQUIRE(relays.answer("index/3", {80, 0, TapStarted{}}));
  REQUIRE(relays.ask(81, {"index/3", {frame(4, TopRequest{})}, "bob"}, 0).is_ok());
  REQUIRE(relays.ask(82, {"index/4", {frame(1, TopRequest{})}, "ann"}, 0).is_ok());
  CHECK(relays.leave("index/3") == std::vector<uint64_t>{80, 81});
  CHECK(relays.leave("index/3").empty());
  CHECK(relays.open() == 1);
  CHECK(relays.ask(83, {"index/3", {frame(2, TapMore{1, 5})}, "ann"}, 0).status().error().code == "control.tap");
  CHECK(relays.ask(84, {"index/3", {frame(3, TapStop{1})}, "ann"}, 0).is_ok());
}

TEST_CASE("questions that nobody answers give way to others") {
  Relays relays;
  for (uint64_t i = 1; i <= 2 * Relays::kMost; ++i) {
    REQUIRE(relays.ask(i, {"index/3", {frame(i, TopRequest{})}, "ann"}, 0).is_ok());
  }
  CHECK(relays.open() == Relays::kMost);
  CHECK_FALSE(relays.answer("index/3", {1, 0, TopReply{}}));
  CHECK(relays.answer("index/3", {2 * Relays::kMost, 0, TopReply{}}));
}

}  // namespace
}  // namespace blox
