#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "core/data/builder.h"
#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"
#include "tests/support/tcp_client.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

class Listening {
 public:
  explicit Listening(ElementHarness::Args more = {}) : element("TcpListen", with_address(std::move(more))) {
    REQUIRE(element.start().is_ok());
  }
  static ElementHarness::Args with_address(ElementHarness::Args args) {
    args.push_back({"address", Literal::of("127.0.0.1:0")});
    return args;
  }
  std::string address() { return *element.element().handlers()[0]->get().get_if<std::string>(); }
  int64_t connections() { return *element.element().handlers()[1]->get().get_if<int64_t>(); }
  // The first field of the records, one behind the other, once there are so many.
  std::string records(size_t wanted) {
    std::string out;
    await([&] {
      for (const Log& log : element.take("out")) {
        for (const Row row : log) {
          out += std::string(row.string_at(0)) + "|";
          --wanted;
        }
      }
      return wanted == 0;
    });
    return out;
  }
  template <typename Until>
  void await(const Until& until) {
    for (int looks = 0; !until(); ++looks) {
      REQUIRE(looks < 1000);
      pollfd one{supply.descriptor, POLLIN, 0};
      if (looks > 0) poll(&one, 1, 100);
      supply = element.produce();
      REQUIRE(supply.kind == Supply::Kind::kReadable);
    }
  }
  ElementHarness element;
  Supply supply = Supply::readable(-1);
};

}  // namespace

TEST_CASE("takes lines, however they arrive") {
  Listening at;
  TcpClient client(at.address());
  client.say("one\ntw");
  CHECK(at.records(1) == "one|");
  client.say("o\r\n\nlast");
  client.end();
  CHECK(at.records(3) == "two||last|");
  at.await([&] { return at.connections() == 0; });
}

TEST_CASE("takes frames with their length in front, and says where one was cut") {
  Listening at({{"framing", Literal::name("length")}});
  TcpClient client(at.address());
  client.say(std::string_view("\0\0\0\3a\nb\0\0\0\0\0\0\0\5xy", 18));
  CHECK(at.records(2) == "a\nb||");
  client.end();
  at.await([&] { return at.connections() == 0; });
  CHECK(at.element.rejected().at("frame.cut") == 1);
}

TEST_CASE("a client that never ends its line costs a bounded amount, and the others nothing") {
  Listening at({{"max_line", Literal::of(1000)}});
  TcpClient hostile(at.address()), good(at.address());
  for (int i = 0; i < 50; ++i) {
    hostile.say(std::string(2000, 'x'));
    good.say("line\n");
  }
  CHECK(at.records(50).size() == 250);
  hostile.say("\nand again\n\xff\n");
  CHECK(at.records(1) == "and again|");
  at.await([&] { return at.element.rejected().count("line.not_utf8") == 1; });
  CHECK(at.element.rejected().at("line.too_long") == 1);
}

TEST_CASE("refuses a connection that is one too many") {
  Listening at({{"connections", Literal::of(2)}});
  TcpClient first(at.address()), second(at.address()), third(at.address());
  at.await([&] { return at.element.rejected().count("listen.refused") == 1; });
  CHECK(third.is_closed());
  second.say("still here\n");
  CHECK(at.records(1) == "still here|");
}

TEST_CASE("closes a connection that is silent for too long") {
  Literal idle = Literal::of(int64_t{60} * kSecond);
  idle.form = Literal::Form::kDuration;
  Listening at({{"idle", idle}});
  TcpClient silent(at.address()), lively(at.address());
  at.await([&] { return at.connections() == 2; });
  at.element.advance(59 * kSecond);
  lively.say("here\n");
  CHECK(at.records(1) == "here|");
  at.element.advance(2 * kSecond);
  CHECK(at.connections() == 1);
  CHECK(silent.is_closed());
  CHECK(at.element.rejected().at("listen.idle") == 1);
}

TEST_CASE("an address in use is an error that says what to do") {
  Listening at;
  ElementHarness second("TcpListen", {{"address", Literal::of(at.address())}});
  const Status status = second.start();
  REQUIRE(!status.is_ok());
  CHECK(status.error().code == "listen.in_use");
  CHECK(status.to_string().find("Address already in use") != std::string::npos);
  CHECK(status.to_string().find("choose another port") != std::string::npos);
}

TEST_CASE("listens to a Unix socket, replaces one left behind and none in use") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.sock");
  const ElementHarness::Args args{{"path", Literal::of(path)}};
  sockaddr_un left{};
  left.sun_family = AF_UNIX;
  std::memcpy(left.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(socket, reinterpret_cast<const sockaddr*>(&left), sizeof left) == 0);
  ::close(socket);

  ElementHarness listener("UnixListen", args);
  REQUIRE(listener.start().is_ok());
  ElementHarness second("UnixListen", args);
  CHECK(second.start().error().code == "listen.in_use");
  TcpClient client(path);
  client.say("one\n");
  std::vector<Log> logs;
  for (int looks = 0; logs.empty() && looks < 100; ++looks) {
    const Supply supply = listener.produce();
    REQUIRE(supply.kind == Supply::Kind::kReadable);
    logs = listener.take("out");
    pollfd one{supply.descriptor, POLLIN, 0};
    if (logs.empty()) poll(&one, 1, 1'000);
  }
  REQUIRE(logs.size() == 1);
  CHECK(logs[0].column(0).string_at(0) == "one");
  CHECK(logs[0].column(1).string_at(0).find("process ") == 0);
  REQUIRE(listener.close().is_ok());
  CHECK(access(path.c_str(), F_OK) != 0);
}
