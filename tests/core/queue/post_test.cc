#include "core/queue/post.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace blox {
namespace {

constexpr Micros kLong = 20 * kSecond;

/// A folder of its own, with a path in it.
struct Place {
  Place() {
    char name[] = "/tmp/blox-post-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder = name;
    path = folder + "/s";
  }
  ~Place() {
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
  }
  std::string folder, path;
};

std::unique_ptr<Wake> wake() {
  Result<std::unique_ptr<Wake>> made = Wake::make();
  REQUIRE(made.is_ok());
  return *std::move(made);
}

TEST_CASE("frames go to the server and back to whoever asked") {
  const Place place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.path, 1'000);
  REQUIRE(server.is_ok());
  Result<std::unique_ptr<PostClient>> one = connect_post(place.path, 1'000);
  Result<std::unique_ptr<PostClient>> other = connect_post(place.path, 1'000);
  REQUIRE(one.is_ok());
  REQUIRE(other.is_ok());
  REQUIRE((*one)->send("one").is_ok());
  REQUIRE((*other)->send(std::string("o\0ther", 6)).is_ok());
  const std::unique_ptr<Wake> never = wake();
  std::string peer, frame, got;
  for (int frames = 0; frames < 2;) {
    (*server)->wait(*never, kLong);
    while ((*server)->receive(peer, frame)) {
      ++frames;
      CHECK((*server)->send(peer, "for " + frame));
    }
  }
  REQUIRE(*(*one)->receive(got, kLong));
  CHECK(got == "for one");
  REQUIRE(*(*other)->receive(got, kLong));
  CHECK(got == std::string("for o\0ther", 10));
  CHECK(*(*other)->receive(got, 0) == false);
}

TEST_CASE("a server that waits is woken from another thread") {
  const Place place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.path, 1'000);
  REQUIRE(server.is_ok());
  const std::unique_ptr<Wake> bell = wake();
  std::thread rings([&] { bell->ring(); });
  (*server)->wait(*bell, kLong);
  rings.join();
  bell->clear();
  std::string peer, frame;
  CHECK_FALSE((*server)->receive(peer, frame));
}

TEST_CASE("a client learns that its server is gone") {
  const Place place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.path, 1'000);
  REQUIRE(server.is_ok());
  Result<std::unique_ptr<PostClient>> client = connect_post(place.path, 1'000);
  REQUIRE(client.is_ok());
  REQUIRE((*client)->send("hello").is_ok());
  const std::unique_ptr<Wake> never = wake();
  std::string peer, frame;
  (*server)->wait(*never, kLong);
  REQUIRE((*server)->receive(peer, frame));
  server = Status::outside("test", "let go of it");
  const Result<bool> heard = (*client)->receive(frame, kLong);
  REQUIRE_FALSE(heard.is_ok());
  CHECK(heard.status().error().code == "post.gone");
  CHECK(connect_post(place.path, 1'000).status().error().code == "post.gone");
}

TEST_CASE("a frame past the limit never arrives, and the server goes on") {
  const Place place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.path, 1'000);
  REQUIRE(server.is_ok());
  Result<std::unique_ptr<PostClient>> hostile = connect_post(place.path, 1'000'000);
  REQUIRE(hostile.is_ok());
  REQUIRE((*hostile)->send(std::string(100'000, 'x')).is_ok());
  std::string peer, frame;
  CHECK_FALSE((*hostile)->receive(frame, kLong).is_ok());  // its connection is closed
  Result<std::unique_ptr<PostClient>> client = connect_post(place.path, 1'000);
  REQUIRE(client.is_ok());
  REQUIRE((*client)->send("hello").is_ok());
  const std::unique_ptr<Wake> never = wake();
  (*server)->wait(*never, kLong);
  REQUIRE((*server)->receive(peer, frame));
  CHECK(frame == "hello");
}

TEST_CASE("an address that cannot be used is refused with the reason") {
  const Place place;
  const auto why = [](const std::string& path) { return serve_post(path, 1'000).status().to_string(); };
  CHECK(why("").find("empty") != std::string::npos);
  CHECK(why(std::string(200, 'a')).find("at most 107") != std::string::npos);
  CHECK(why(place.folder + "/no/such").find("No such file") != std::string::npos);
  CHECK(why(place.folder).find("not a socket") != std::string::npos);
  {
    std::ofstream(place.path) << "precious";
    CHECK(why(place.path).find("not a socket") != std::string::npos);
    ::unlink(place.path.c_str());
  }
  Result<std::unique_ptr<PostServer>> server = serve_post(place.path, 1'000);
  REQUIRE(server.is_ok());
  CHECK(why(place.path).find("in use") != std::string::npos);
}

TEST_CASE("only its owner may use a socket, and it goes with its server") {
  const Place place;
  struct stat about {};
  {
    Result<std::unique_ptr<PostServer>> server = serve_post(place.path, 1'000);
    REQUIRE(server.is_ok());
    REQUIRE(::stat(place.path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0077) == 0);
  }
  CHECK(::stat(place.path.c_str(), &about) != 0);
}

}  // namespace
}  // namespace blox
