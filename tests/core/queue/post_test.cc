#include "core/queue/post.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/support/temporary_folder.h"

namespace blox {
namespace {

constexpr Micros kLong = 20 * kSecond;

std::unique_ptr<Wake> wake() {
  Result<std::unique_ptr<Wake>> made = Wake::make();
  REQUIRE(made.is_ok());
  return *std::move(made);
}

TEST_CASE("frames go to the server and back to whoever asked") {
  const testing::TemporaryFolder place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.file("s"), 1'000);
  REQUIRE(server.is_ok());
  Result<std::unique_ptr<PostClient>> one = connect_post(place.file("s"), 1'000);
  Result<std::unique_ptr<PostClient>> other = connect_post(place.file("s"), 1'000);
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
  const testing::TemporaryFolder place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.file("s"), 1'000);
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
  const testing::TemporaryFolder place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.file("s"), 1'000);
  REQUIRE(server.is_ok());
  Result<std::unique_ptr<PostClient>> client = connect_post(place.file("s"), 1'000);
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
  CHECK(connect_post(place.file("s"), 1'000).status().error().code == "post.gone");
}

TEST_CASE("a frame past the limit never arrives, and the server goes on") {
  const testing::TemporaryFolder place;
  Result<std::unique_ptr<PostServer>> server = serve_post(place.file("s"), 1'000);
  REQUIRE(server.is_ok());
  Result<std::unique_ptr<PostClient>> hostile = connect_post(place.file("s"), 1'000'000);
  REQUIRE(hostile.is_ok());
  REQUIRE((*hostile)->send(std::string(100'000, 'x')).is_ok());
  std::string peer, frame;
  CHECK_FALSE((*hostile)->receive(frame, kLong).is_ok());  // its connection is closed
  Result<std::unique_ptr<PostClient>> client = connect_post(place.file("s"), 1'000);
  REQUIRE(client.is_ok());
  REQUIRE((*client)->send("hello").is_ok());
  const std::unique_ptr<Wake> never = wake();
  (*server)->wait(*never, kLong);
  REQUIRE((*server)->receive(peer, frame));
  CHECK(frame == "hello");
}

TEST_CASE("an address that cannot be used is refused with the reason") {
  const testing::TemporaryFolder place;
  const auto why = [](const std::string& path) { return serve_post(path, 1'000).status().to_string(); };
  CHECK(why("").find("empty") != std::string::npos);
  CHECK(why(std::string(200, 'a')).find("at most 107") != std::string::npos);
  CHECK(why(place.path() + "/no/such").find("No such file") != std::string::npos);
  CHECK(why(place.path()).find("not a socket") != std::string::npos);
  {
    std::ofstream(place.file("s")) << "precious";
    CHECK(why(place.file("s")).find("not a socket") != std::string::npos);
    ::unlink(place.file("s").c_str());
  }
  Result<std::unique_ptr<PostServer>> server = serve_post(place.file("s"), 1'000);
  REQUIRE(server.is_ok());
  CHECK(why(place.file("s")).find("in use") != std::string::npos);
  const CurveKeys own = *make_keys();
  const auto why_tcp = [&](const std::string& at) { return serve_post({at, 1'000, own, {}}).status().to_string(); };
  server = serve_post({"tcp://127.0.0.1:*", 1'000, own, {}});
  REQUIRE(server.is_ok());
  const std::string taken = (*server)->endpoint();
  CHECK(why_tcp(taken) == taken + ": cannot be used as a socket: Address already in use (choose another port, or end " +
                              "what listens there: ss -ltnp 'sport = :" + taken.substr(taken.rfind(':') + 1) + "')");
  CHECK(why_tcp("tcp://203.0.113.5:4600").find("an address that this machine has") != std::string::npos);
}

TEST_CASE("only its owner may use a socket, and it goes with its server") {
  const testing::TemporaryFolder place;
  struct stat about {};
  {
    Result<std::unique_ptr<PostServer>> server = serve_post(place.file("s"), 1'000);
    REQUIRE(server.is_ok());
    REQUIRE(::stat(place.file("s").c_str(), &about) == 0);
    CHECK((about.st_mode & 0077) == 0);
  }
  CHECK(::stat(place.file("s").c_str(), &about) != 0);
}

CurveKeys keys() {
  Result<CurveKeys> made = make_keys();
  REQUIRE(made.is_ok());
  return *std::move(made);
}

/// Lets both sides work until `done`.
template <typename Done>
void until(PostServer& server, PostClient& client, const Done& done) {
  const std::unique_ptr<Wake> never = wake();
  const PostEnd* const both[] = {&server, &client};
  std::string peer, frame, user;
  for (int rounds = 0; rounds < 2'000 && !done(); ++rounds) {
    wait_post(both, never->descriptor(), 10 * kMillisecond);
    while (server.receive(peer, frame, user)) server.send(peer, user + " said " + frame);
  }
  REQUIRE(done());
}

/// Asks until the answer is there: what is under way when a connection breaks is lost.
std::string ask(PostServer& server, PostClient& client, std::string_view text) {
  std::string answer;
  int since_sent = 0;
  until(server, client, [&] {
    if (since_sent++ % 50 == 0 && !client.send(text).is_ok()) since_sent = 0;
    return client.receive(answer, 0).is_ok() && !answer.empty();
  });
  return answer;
}

TEST_CASE("over tcp both sides prove who they are, and the server says whose frame it is") {
  const CurveKeys master = keys(), node = keys();
  auto server = serve_post(PostService{"tcp://127.0.0.1:*", 1'000, master, {{node.public_key, "node db1"}}});
  REQUIRE(server.is_ok());
  CHECK((*server)->endpoint().starts_with("tcp://127.0.0.1:"));
  auto client = keep_post({(*server)->endpoint(), 1'000, node, master.public_key});
  REQUIRE(client.is_ok());
  CHECK((*client)->state().error().code == "post.away");
  CHECK(ask(**server, **client, "hello") == "node db1 said hello");
  CHECK((*client)->state().is_ok());
}

TEST_CASE("a key that is not known is refused, and let in once it is") {
  const CurveKeys master = keys(), stranger = keys();
  auto server = serve_post(PostService{"tcp://127.0.0.1:*", 1'000, master, {}});
  REQUIRE(server.is_ok());
  auto client = keep_post({(*server)->endpoint(), 1'000, stranger, master.public_key});
  REQUIRE(client.is_ok());
  until(**server, **client, [&] { return (*client)->state().error().code == "post.refused"; });
  CHECK((*client)->state().error().fix.find("keygen") != std::string::npos);
  (*server)->know({{stranger.public_key, "user ann"}});
  CHECK(ask(**server, **client, "hello") == "user ann said hello");
  (*server)->know({{stranger.public_key, "user eve"}});
  CHECK_MESSAGE(ask(**server, **client, "hello") == "user eve said hello", "of those who are connected, too");
  (*server)->know({{keys().public_key, "user ann"}});
  CHECK_MESSAGE(ask(**server, **client, "hello") == " said hello", "another has its name now");
}

TEST_CASE("who listens with another key than expected is told nothing") {
  const CurveKeys master = keys(), node = keys(), expected = keys();
  auto server = serve_post(PostService{"tcp://127.0.0.1:*", 1'000, master, {{node.public_key, "node db1"}}});
  REQUIRE(server.is_ok());
  auto client = keep_post({(*server)->endpoint(), 1'000, node, expected.public_key});
  REQUIRE(client.is_ok());
  auto good = keep_post({(*server)->endpoint(), 1'000, node, master.public_key});
  REQUIRE(good.is_ok());
  CHECK(ask(**server, **good, "hello") == "node db1 said hello");  // long after the other has tried
  CHECK_FALSE((*client)->send("secret").is_ok());
}

TEST_CASE("who ends while somebody connects is not there; who wants keys says so to those without") {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&any), size) == 0);
  REQUIRE(::listen(listening, 1) == 0);
  REQUIRE(::getsockname(listening, reinterpret_cast<sockaddr*>(&any), &size) == 0);
  auto client = keep_post({"tcp://127.0.0.1:" + std::to_string(ntohs(any.sin_port)), 1'000, {}, {}});
  REQUIRE(client.is_ok());
  for (int i = 0; i < 3; ++i) {  // it comes again once it has seen the end of the one before
    const int accepted = ::accept(listening, nullptr, nullptr);
    REQUIRE(accepted >= 0);
    CHECK((*client)->state().error().code == "post.away");
    ::close(accepted);
  }
  ::close(listening);
  auto server = serve_post(PostService{"tcp://127.0.0.1:*", 1'000, keys(), {}});
  REQUIRE(server.is_ok());
  auto without = keep_post({(*server)->endpoint(), 1'000, {}, {}});
  REQUIRE(without.is_ok());
  until(**server, **without, [&] { return (*without)->state().error().code == "post.refused"; });
  CHECK((*without)->state().to_string().find("keys only") != std::string::npos);
}

TEST_CASE("a client that keeps its connection finds the next server at the same place") {
  const testing::TemporaryFolder place;
  auto client = keep_post({place.file("s"), 1'000, {}, {}});
  REQUIRE(client.is_ok());
  CHECK((*client)->send("too early").error().code == "post.away");
  for (int life = 0; life < 3; ++life) {
    auto server = serve_post(place.file("s"), 1'000);
    REQUIRE(server.is_ok());
    CHECK(ask(**server, **client, "hello") == " said hello");
  }
}

TEST_CASE("without keys nothing leaves the machine") {
  for (const char* open : {"tcp://0.0.0.0:*", "tcp://*:7400", "tcp://10.0.0.7:7400", "tcp://127.evil.org:7400"}) {
    const Status status = serve_post(PostService{open, 1'000, {}, {}}).status();
    CHECK(status.error().code == "net.key");
    CHECK(status.error().fix == "blox keygen --cluster cluster.yaml");
    CHECK(keep_post({open, 1'000, {}, {}}).status().error().code == "net.key");
  }
  CHECK(serve_post(PostService{"tcp://127.0.0.1:*", 1'000, {}, {}}).is_ok());
  CHECK(stays_here("tcp://localhost:7400"));
  CHECK(stays_here("tcp://[::1]:7400"));
  CHECK(stays_here("ipc:///run/blox/s"));
}

TEST_CASE("a secret key has its public one, and what is no key is refused") {
  const CurveKeys made = keys();
  Result<CurveKeys> again = keys_of(made.secret_key);
  REQUIRE(again.is_ok());
  CHECK(again->public_key == made.public_key);
  for (const char* text : {"", "short", "0123456789012345678901234567890123456~89"}) {
    CHECK_FALSE(is_key(text));
    CHECK(keys_of(text).status().error().code == "net.key");
  }
}

}  // namespace
}  // namespace blox
