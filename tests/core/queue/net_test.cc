// What links between workers have beyond the contract of crossing_test.cc: connections that break, lives that end.
#include "core/queue/net.h"

#include <doctest/doctest.h>
#include <zmq.h>

#include <numeric>
#include <optional>
#include <random>

#include "core/queue/foreign.h"
#include "core/queue/turn.h"
#include "tests/core/queue/net_support.h"

namespace blox::runtime {
namespace {

using blox::testing::number_log;
using blox::testing::numbers_of;
using testing::Bells;
using testing::channel_state;
using testing::TcpProxy;
using testing::Worker;

constexpr const char* kTcp = "tcp://127.0.0.1:*";

TEST_CASE("connections that are cut again and again lose and repeat nothing") {
  Bells bells;
  Worker a(bells, "a", kTcp), b(bells, "b", kTcp);
  TcpProxy to_b(b.peer.endpoint), to_a(a.peer.endpoint);
  const auto there = channel_state(), here = channel_state();
  Writer writer = a.writer({"b", 7}, there);
  Reader& reader = b.reader({"a", 7}, here);
  a.net->meet({{b.peer.life, to_b.endpoint(), ""}});
  b.net->meet({{a.peer.life, to_a.endpoint(), ""}});
  constexpr int64_t kLogs = 400;
  int64_t sent = 0, got = 0;
  bool right = true;
  CHECK(bells.until([&] {
    for (bool moved = true; moved;) {
      moved = false;
      while (sent < kLogs && writer.room_or_wait()) {
        writer.send(number_log(std::vector<int64_t>(1'000, sent++)));
        if (sent == kLogs) writer.end();
        moved = true;
      }
      writer.pump();
      b.deliver();
      while (!reader.empty()) {
        right &= numbers_of(reader.take())[0] == got++;
        moved = true;
        if (got % 100 == 50) to_b.cut();
        if (got % 100 == 0) to_a.cut();
      }
      reader.settle();
    }
    return reader.ended();
  }));
  CHECK(right);
  CHECK(got == kLogs);
  CHECK(to_b.connections() > 1);
  CHECK(a.net->settle(20 * kSecond));
  CHECK(a.counts(7).acknowledged == kLogs * 1'000);
  CHECK(b.counts(7).records == kLogs * 1'000);
}

TEST_CASE("a reader that begins anew gets what the one before has not acknowledged, and the end") {
  Bells bells;
  Worker a(bells, "a", kTcp);
  const auto there = channel_state();
  Writer writer = a.writer({"b", 3}, there);
  {
    Worker b(bells, "b", kTcp);
    const auto here = channel_state();
    Reader& reader = b.reader({"a", 3}, here);
    a.net->meet({b.peer});
    b.net->meet({a.peer});
    CHECK(bells.until([&] { return writer.room_or_wait(); }));
    for (int64_t i = 0; i < 4; ++i) writer.send(number_log({i}));
    CHECK(a.net->settle(20 * kSecond));
    b.deliver();
    CHECK(reader.logs() == 4);  // acknowledged, and lost with this life
  }
  for (int64_t i = 4; i < 8; ++i) writer.send(number_log({i}));
  CHECK_FALSE(writer.room());
  writer.end();
  Worker b(bells, "b", kTcp, 2);
  const auto here = channel_state();
  Reader& reader = b.reader({"a", 3}, here);
  b.net->meet({a.peer});
  a.net->meet({b.peer});
  std::vector<int64_t> got;
  CHECK(bells.until([&] {
    b.deliver();
    while (!reader.empty()) got.push_back(numbers_of(reader.take())[0]);
    reader.settle();
    return reader.ended() && there->credit.logs() == 0;
  }));
  CHECK(got == std::vector<int64_t>{4, 5, 6, 7});
  CHECK(a.reported("begun anew"));
}

TEST_CASE("a writer that begins anew goes on behind what the one before has sent") {
  Bells bells;
  Worker b(bells, "b", kTcp);
  const auto here = channel_state({4, 1 << 20});
  Reader& reader = b.reader({"a", 3}, here);
  for (uint64_t life = 1; life <= 2; ++life) {
    Worker a(bells, "a", kTcp, life);
    const auto there = channel_state({4, 1 << 20});
    Writer writer = a.writer({"b", 3}, there);
    a.net->meet({b.peer});
    b.net->meet({a.peer});
    if (life == 1) {
      CHECK(bells.until([&] { return writer.room_or_wait(); }));
      for (int64_t i = 0; i < 3; ++i) writer.send(number_log({i}));
      CHECK(a.net->settle(20 * kSecond));
      continue;
    }
    // The reader has three logs left of four.
    CHECK(bells.until([&] { return writer.room_or_wait(); }));
    CHECK(there->credit.logs() == 3);
    writer.send(number_log({100}));
    CHECK_FALSE(writer.room());
    writer.end();
    std::vector<int64_t> got;
    CHECK(bells.until([&] {
      b.deliver();
      while (!reader.empty()) got.push_back(numbers_of(reader.take())[0]);
      reader.settle();
      return reader.ended();
    }));
    CHECK(got == std::vector<int64_t>{0, 1, 2, 100});
  }
}

TEST_CASE("a worker that is gone for good has ended what it wrote, and reads no more") {
  Bells bells;
  Worker a(bells, "a", kTcp), b(bells, "b", kTcp);
  const auto out_a = channel_state(), in_b = channel_state(), out_b = channel_state(), in_a = channel_state();
  Writer writer = a.writer({"b", 1}, out_a);
  b.reader({"a", 1}, in_b);
  Writer back = b.writer({"a", 2}, out_b);
  Reader& reader = a.reader({"b", 2}, in_a);
  a.net->meet({b.peer});
  b.net->meet({a.peer});
  CHECK(bells.until([&] { return writer.room_or_wait() && back.room_or_wait(); }));
  back.send(number_log({5}));
  CHECK(b.net->settle(20 * kSecond));
  a.net->meet({});
  CHECK(bells.until([&] {
    a.deliver();
    return writer.done() && reader.logs() == 1;
  }));
  CHECK(numbers_of(reader.take()) == std::vector<int64_t>{5});
  CHECK(bells.until([&] {
    a.deliver();
    return reader.ended();
  }));
}

TEST_CASE("questions are answered across workers, and both inlets hear of a new life") {
  Bells bells;
  Worker a(bells, "a", kTcp);
  const auto answers = [] { return channel_state({UINT64_MAX, 1 << 20}); };
  const auto asker = answers();
  Bell* const back =
      a.net->open_in({"b", 9, NetFlow::kAnswers}, blox::testing::numbers(), asker, *a.links->connect(0), 0, &bells, 1);
  auto ask = a.net->open_out({"b", 9, NetFlow::kQuestions}, nullptr, &bells, 1);
  const auto question = [&](uint64_t number) {
    Message message;
    message.kind = MessageKind::kQuestion;
    message.question = number;
    message.log = number_log({static_cast<int64_t>(number)});
    ask->send(std::move(message));
  };
  Message got;
  for (uint64_t life = 1; life <= 2; ++life) {
    Worker b(bells, "b", kTcp, life);
    const auto answerer = answers();
    b.net->open_in({"a", 9, NetFlow::kQuestions}, blox::testing::numbers(), nullptr, *b.links->connect(0), 0, &bells,
                   1);
    auto answer = b.net->open_out({"a", 9, NetFlow::kAnswers}, answerer, &bells, 1);
    b.net->meet({a.peer});
    a.net->meet({b.peer});
    if (life == 2) {
      CHECK(bells.until([&] { return a.inlet->receive(got); }));
      CHECK(got.kind == MessageKind::kAnew);
      CHECK(got.sequence == 3);
    }
    question(40 + life);
    CHECK(bells.until([&] { return b.inlet->receive(got); }));
    CHECK(got.kind == MessageKind::kQuestion);
    CHECK(got.sequence == 1);
    const uint64_t asked = got.question;
    for (const bool last : {false, true}) {
      Message message;
      message.kind = MessageKind::kAnswer;
      message.question = asked;
      message.last = last;
      if (last) {
        message.status = Status::user("some.code", "the reason").at("the place").with_fix("the fix");
      } else {
        message.log = std::move(got.log);
        message.charge = message.log.charge();
        answerer->credit.spend(message.charge);
      }
      answer->send(std::move(message));
    }
    CHECK(bells.until([&] { return a.inlet->receive(got); }));
    CHECK(got.question == 40 + life);
    CHECK(numbers_of(got.log) == std::vector<int64_t>{static_cast<int64_t>(40 + life)});
    asker->credit.give_back(got.charge);
    back->ring(1);
    CHECK(bells.until([&] { return a.inlet->receive(got); }));
    CHECK(got.last);
    CHECK(got.status.to_string() == "the place: the reason (the fix)");
    CHECK(bells.until([&] { return answerer->credit.bytes() == 0; }));
    CHECK(a.net->settle(20 * kSecond));
  }
}

TEST_CASE("small messages of one turn arrive in order with large ones, and do not wait for its end") {
  Bells bells;
  Worker a(bells, "a", kTcp), b(bells, "b", kTcp);
  const auto there = channel_state({10'000, 1 << 26}), here = channel_state({10'000, 1 << 26});
  Writer writer = a.writer({"b", 7}, there);
  Reader& reader = b.reader({"a", 7}, here);
  a.net->meet({b.peer});
  b.net->meet({a.peer});
  CHECK(bells.until([&] { return writer.room_or_wait(); }));
  int64_t sent = 0;
  const auto send = [&](int64_t logs) {
    for (; logs > 0; --logs) {
      const bool large = sent % 50 == 49;
      writer.send(number_log(std::vector<int64_t>(large ? 50'000 : 1, sent++)));
    }
  };
  std::vector<int64_t> got;
  const auto all_come = [&] {
    b.deliver();
    while (!reader.empty()) got.push_back(numbers_of(reader.take())[0]);
    return static_cast<int64_t>(got.size()) == sent;
  };
  {
    const Turn turn;
    send(3);
    CHECK(bells.until(all_come));  // by the net thread
    send(497);
  }
  CHECK(bells.until(all_come));
  std::vector<int64_t> right(500);
  std::iota(right.begin(), right.end(), 0);
  CHECK(got == right);
  CHECK(a.net->settle(20 * kSecond));
}

TEST_CASE("channels come and go between two workers, at either first, and so does the only one") {
  Bells bells;
  Worker a(bells, "a", kTcp), b(bells, "b", kTcp);
  int64_t sent = 0;
  for (const uint32_t number : {7, 8, 9, 10}) {
    CAPTURE(number);
    const auto there = channel_state(), here = channel_state();
    std::optional<Writer> writer;
    Reader* reader = nullptr;
    const auto write = [&] {
      a.net->meet({b.peer});
      a.net->hold();
      writer.emplace(a.writer({"b", number}, there));
      a.net->release();
      writer->mark({number, false});  // whether anybody is there to take it or not
    };
    const auto read = [&] {
      b.net->meet({a.peer});
      b.net->hold();
      reader = &b.reader({"a", number}, here);
      b.net->release();
    };
    const auto remove = [](Worker& worker) {
      worker.net->hold();
      worker.net->release();
      worker.net->meet({});
    };
    const bool writer_first = number % 2 == 0;
    if (writer_first) write();
    read();
    if (!writer_first) write();
    CHECK(bells.until([&] { return writer->room_or_wait(); }));
    writer->send(number_log({sent}));
    CHECK(bells.until([&] {
      b.deliver();
      return reader->logs() == 1;
    }));
    REQUIRE(reader->mark_next());
    CHECK(reader->take_mark().time == number);
    CHECK(numbers_of(reader->take()) == std::vector<int64_t>{sent++});
    remove(number < 9 ? a : b);
    if (number >= 9) writer->send(number_log({0, 0}));  // to nobody
    remove(number < 9 ? b : a);
    CHECK(bells.until([&] { return a.net->settle(0) && b.net->settle(0); }));
    CHECK(b.counts(number).lost_records == (number < 9 ? 0 : 2));
  }
  for (Worker* worker : {&a, &b}) {
    CHECK(!worker->reported("gone for good"));
    CHECK(!worker->reported("cut off"));
    CHECK(!worker->reported("does not answer"));
  }
}

TEST_CASE("frames of strangers and nonsense harm nobody") {
  Bells bells;
  Worker a(bells, "a", kTcp), b(bells, "b", kTcp);
  const auto there = channel_state(), here = channel_state();
  Writer writer = a.writer({"b", 7}, there);
  Reader& reader = b.reader({"a", 7}, here);
  std::optional<Inside> inside(std::in_place);
  void* const context = zmq_ctx_new();
  void* const stranger = zmq_socket(context, ZMQ_DEALER);
  CHECK(zmq_connect(stranger, b.peer.endpoint.c_str()) == 0);
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    std::string bytes(random() % 100, 0);
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (bytes.size() > 1 && i % 2 == 0) bytes[0] = static_cast<char>(1 + i % 6), bytes[1] = 1;
    zmq_send(stranger, bytes.data(), bytes.size(), i % 3 == 0 ? ZMQ_SNDMORE : 0);
  }
  const std::string version("\x01\x63\0\0", 4);
  zmq_send(stranger, version.data(), 4, 0);
  inside.reset();
  CHECK(bells.until([&] { return b.reported("version 99"); }));
  a.net->meet({b.peer});
  b.net->meet({a.peer});
  CHECK(bells.until([&] { return writer.room_or_wait(); }));
  writer.send(number_log({3}));
  CHECK(bells.until([&] {
    b.deliver();
    return reader.logs() == 1;
  }));
  inside.emplace();
  const int none = 0;
  zmq_setsockopt(stranger, ZMQ_LINGER, &none, sizeof none);
  zmq_close(stranger);
  zmq_ctx_term(context);
}

TEST_CASE("what cannot be listened at is refused") {
  NetOptions options;
  options.self = {"a", 1, 1};
  options.bind = "ipc:///nowhere/at/all";
  CHECK(Net::start(options).status().error().code == "net.address");
  options.bind = "udp://127.0.0.1:1";
  CHECK(Net::start(options).status().error().code == "net.address");
}

}  // namespace
}  // namespace blox::runtime
