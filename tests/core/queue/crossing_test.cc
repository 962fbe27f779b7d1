// The contract of links and channels, the same for each kind of link: within a process, over ipc, over tcp, with keys.
#include <doctest/doctest.h>
#include <unistd.h>
#include <zmq.h>

#include <functional>

#include "tests/core/queue/net_support.h"

namespace blox::runtime {
namespace {

using blox::testing::number_log;
using blox::testing::numbers_of;
using testing::Bells;
using testing::Worker;

/// Both ends of one channel.
struct Crossing {
  virtual ~Crossing() = default;
  virtual void deliver() = 0;
  Bells bells;
  std::shared_ptr<ChannelState> there, here;
  std::optional<Writer> writer;
  Reader* reader = nullptr;
};

struct InprocCrossing final : Crossing {
  explicit InprocCrossing(const ChannelBound& bound) : links(*inproc_links(2)), inlet(*links->open(0)) {
    here = there = std::make_shared<ChannelState>(bound);
    outlet = *links->connect(0);
    writer.emplace(there, Sender(outlet.get(), 0, &bells, 1));
    end.emplace(here, &bells, 1);
    reader = &*end;
  }
  void deliver() override {
    Message message;
    while (inlet->receive(message)) end->accept(std::move(message));
  }
  std::unique_ptr<Links> links;
  std::unique_ptr<Inlet> inlet;
  std::unique_ptr<Outlet> outlet;
  std::optional<Reader> end;
};

struct NetCrossing final : Crossing {
  NetCrossing(const ChannelBound& bound, const std::string& first, const std::string& second,
              const NetKeys& keys_a = {}, const NetKeys& keys_b = {},
              NetCompression compression = NetCompression::kNone)
      : a(bells, "a", first, 1, keys_a, compression), b(bells, "b", second, 1, keys_b, compression) {
    there = testing::channel_state(bound);
    here = testing::channel_state(bound);
    writer.emplace(a.writer({"b", 7}, there));
    reader = &b.reader({"a", 7}, here);
    a.net->meet({b.peer});
    b.net->meet({a.peer});
    BLOX_CHECK(bells.until([&] { return writer->room_or_wait(); }), "workers that do not reach each other");
  }
  void deliver() override { b.deliver(); }
  Worker a, b;
};

NetKeys new_keys() {
  char open[41], secret[41];
  BLOX_CHECK(zmq_curve_keypair(open, secret) == 0, "no CURVE");
  return {secret, open};
}

using Make = std::function<std::unique_ptr<Crossing>(const ChannelBound&)>;

struct Kind {
  std::string name;
  Make make;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"inproc", [](const ChannelBound& bound) { return std::make_unique<InprocCrossing>(bound); }},
      {"ipc",
       [](const ChannelBound& bound) {
         const std::string path = "ipc:///tmp/blox-crossing-" + std::to_string(getpid());
         return std::make_unique<NetCrossing>(bound, path + "-a", path + "-b");
       }},
      {"tcp",
       [](const ChannelBound& bound) {
         return std::make_unique<NetCrossing>(bound, "tcp://127.0.0.1:*", "tcp://127.0.0.1:*");
       }},
      {"tcp with keys",
       [](const ChannelBound& bound) {
         return std::make_unique<NetCrossing>(bound, "tcp://127.0.0.1:*", "tcp://127.0.0.1:*", new_keys(), new_keys());
       }},
      {"tcp, compressed by zstd",
       [](const ChannelBound& bound) {
         return std::make_unique<NetCrossing>(bound, "tcp://127.0.0.1:*", "tcp://127.0.0.1:*", NetKeys{}, NetKeys{},
                                              NetCompression::kZstd);
       }},
      {"tcp, compressed by lz4",
       [](const ChannelBound& bound) {
         return std::make_unique<NetCrossing>(bound, "tcp://127.0.0.1:*", "tcp://127.0.0.1:*", NetKeys{}, NetKeys{},
                                              NetCompression::kLz4);
       }},
  };
  return all;
}

Log large(int64_t value, size_t bytes) { return number_log(std::vector<int64_t>(bytes / 8, value)); }

TEST_CASE("logs arrive in order, within the bound, up to the end") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    const auto crossing = kind.make({8, 1 << 20});
    constexpr int64_t kLogs = 500;
    int64_t sent = 0, got = 0;
    bool right = true, bounded = true;
    CHECK(crossing->bells.until([&] {
      for (bool moved = true; moved;) {
        moved = false;
        while (sent < kLogs && crossing->writer->room_or_wait()) {
          crossing->writer->send(number_log({sent++}));
          if (sent == kLogs) crossing->writer->end();
          moved = true;
        }
        crossing->deliver();
        bounded &= crossing->reader->logs() <= 8 && crossing->there->credit.logs() <= 8;
        while (!crossing->reader->empty()) {
          right &= numbers_of(crossing->reader->take()) == std::vector<int64_t>{got++};
          moved = true;
        }
        crossing->reader->settle();
      }
      return crossing->reader->ended();
    }));
    CHECK(got == kLogs);
    CHECK(right);
    CHECK(bounded);
  }
}

TEST_CASE("a reader that stalls costs the writer the bound, however long it stalls") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    const auto crossing = kind.make({64, 1 << 20});
    int64_t sent = 0;
    // Until there is no room although all that was sent has arrived.
    CHECK(crossing->bells.until([&] {
      while (crossing->writer->room_or_wait()) crossing->writer->send(large(sent++, 100'000));
      crossing->deliver();
      return !crossing->writer->room() && crossing->reader->logs() == crossing->there->credit.logs();
    }));
    CHECK_FALSE(crossing->writer->room());
    CHECK(sent <= 11);
    CHECK(crossing->there->credit.bytes() <= (1 << 20));
    CHECK(crossing->there->held_bytes.load() <= 200'000);
    // It goes on.
    int64_t got = 0;
    CHECK(crossing->bells.until([&] {
      crossing->deliver();
      while (!crossing->reader->empty()) CHECK(numbers_of(crossing->reader->take())[0] == got++);
      crossing->reader->settle();
      crossing->writer->pump();
      return got == sent && crossing->there->credit.logs() == 0;
    }));
  }
}

TEST_CASE("a log above the bound enters an empty queue alone, over any link") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    const auto crossing = kind.make({64, 10'000});
    CHECK(crossing->writer->send(large(1, 800'000)));
    CHECK_FALSE(crossing->writer->room());
    CHECK(crossing->writer->send(number_log({2})));
    CHECK(crossing->bells.until([&] {
      crossing->deliver();
      return !crossing->reader->empty();
    }));
    CHECK(crossing->reader->logs() == 1);
    CHECK(equal(crossing->reader->take(), large(1, 800'000)));
    CHECK(crossing->bells.until([&] {
      crossing->reader->settle();
      crossing->writer->pump();
      crossing->deliver();
      return !crossing->reader->empty();
    }));
    CHECK(numbers_of(crossing->reader->take()) == std::vector<int64_t>{2});
  }
}

TEST_CASE("marks keep their place between the logs, over any link") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    const auto crossing = kind.make({8, 1 << 20});
    crossing->writer->mark({10, false});
    crossing->writer->send(number_log({1}));
    crossing->writer->mark({20, true});
    crossing->writer->end();
    CHECK(crossing->bells.until([&] {
      crossing->deliver();
      return crossing->reader->logs() == 1 && crossing->here->marks_received.load() == 2;
    }));
    REQUIRE(crossing->reader->mark_next());
    CHECK(crossing->reader->take_mark() == TimeMark{10, false});
    (void)crossing->reader->take();
    CHECK(crossing->reader->take_mark() == TimeMark{20, true});
    CHECK(crossing->bells.until([&] {
      crossing->deliver();
      return crossing->reader->ended();
    }));
  }
}

TEST_CASE("a reader that wants no more is heard by the writer, over any link") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    const auto crossing = kind.make({2, 1 << 20});
    for (int64_t i = 0; i < 4; ++i) CHECK(crossing->writer->send(number_log({i})));
    crossing->deliver();
    crossing->reader->finish();
    CHECK(crossing->bells.until([&] { return crossing->writer->done(); }));
    CHECK(crossing->writer->pump());
    CHECK_FALSE(crossing->writer->send(number_log({9})));
  }
}

TEST_CASE("what a key locks is read by nobody else") {
  const NetKeys a_keys = new_keys(), b_keys = new_keys(), other = new_keys();
  Bells bells;
  Worker a(bells, "a", "tcp://127.0.0.1:*", 1, a_keys), b(bells, "b", "tcp://127.0.0.1:*", 1, b_keys);
  const auto there = testing::channel_state(), here = testing::channel_state();
  Writer writer = a.writer({"b", 1}, there);
  Reader& reader = b.reader({"a", 1}, here);
  // b was told another key of a than a has.
  NetPeer wrong = a.peer;
  wrong.key = other.public_key;
  b.net->meet({wrong});
  a.net->meet({b.peer});
  CHECK(bells.until([&] { return b.reported("unknown keys"); }));
  CHECK_FALSE(writer.room());
  CHECK(reader.empty());

  NetKeys none;
  NetOptions open;
  open.self = {"c", 1, 1};
  open.bind = "tcp://0.0.0.0:*";
  const Result<std::unique_ptr<Net>> refused = Net::start(open);
  REQUIRE_FALSE(refused.is_ok());
  CHECK(refused.status().error().code == "net.key");
  CHECK(refused.status().error().fix.find("blox keygen") != std::string::npos);
}

}  // namespace
}  // namespace blox::runtime
