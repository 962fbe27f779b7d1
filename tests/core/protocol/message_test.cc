#include "core/protocol/message.h"

#include <doctest/doctest.h>

#include <functional>

#include "core/data/messagepack.h"

namespace blox::protocol {
namespace {

template <typename T>
T through(const T& body, uint64_t id = 7, Micros deadline = 5) {
  uint64_t said = 0;
  const Result<Message> read = decode(encode({id, deadline, body}), &said);
  REQUIRE_MESSAGE(read.is_ok(), read.status().to_string());
  CHECK(said == id);
  CHECK(read->id == id);
  CHECK(read->deadline == deadline);
  REQUIRE(std::holds_alternative<T>(read->body));
  return std::get<T>(read->body);
}

std::string frame_of(const std::function<void(MessagePackWriter&)>& write) {
  BufferBuilder out;
  MessagePackWriter writer(&out);
  write(writer);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

std::string code_of(std::string_view frame) {
  uint64_t id = 0;
  const Result<Message> read = decode(frame, &id);
  return read.is_ok() ? "ok" : read.status().error().code;
}

TEST_CASE("each message arrives as it was sent") {
  const GetRequest get = through(GetRequest{"words/Count@1", "keys"});
  CHECK(get.element == "words/Count@1");
  CHECK(get.handler == "keys");
  const SetRequest set = through(SetRequest{"a", "rate", Datum(Datum::List{1, "x"}), "[1, \"x\"]"});
  CHECK(set.value == Datum(Datum::List{1, "x"}));
  CHECK(set.text == "[1, \"x\"]");
  const TapRequest tap = through(TapRequest{"a [out]", 3, 250'000, 64});
  CHECK(tap.port == "a [out]");
  CHECK(tap.records == 3);
  CHECK(tap.interval == 250'000);
  CHECK(tap.credit == 64);
  CHECK(through(TapMore{9, 12}).credit == 12);
  CHECK(through(TapStop{9}).tap == 9);
  const ValuesReply values = through(ValuesReply{{{"a", "rate", "how fast", true, Datum(1.5)}}});
  REQUIRE(values.values.size() == 1);
  CHECK(values.values[0].writable);
  CHECK(values.values[0].value == Datum(1.5));
  CHECK(through(TapStarted{{"a [out]", "b [out]"}}).ports.size() == 2);
  const TapSample sample = through(TapSample{"a [out]", true, {std::string("\0\1", 2)}, {1, 2, 3, 4}});
  CHECK(sample.answer);
  CHECK(sample.log.data == std::string("\0\1", 2));
  CHECK(sample.counts.missed_logs == 4);
  CHECK(through(TapEnded{"gone", {}}).why == "gone");
}

TEST_CASE("a snapshot arrives whole") {
  TopReply top{"index.blox", {}};
  top.snapshot.elapsed_ns = 12;
  ElementMetrics element;
  element.path = "a";
  element.records_in = UINT32_MAX;
  element.ports.push_back({"out", false, false, true, 1, 2, 3, 0, 0});
  element.rejected.push_back({"json.syntax", 2, {"what", "where"}});
  element.latency.at_most = {1, 2, 3};
  top.snapshot.elements.push_back(element);
  for (const ShardRole role : {ShardRole::kSpread, ShardRole::kReplica, ShardRole::kGather, ShardRole::kExtra}) {
    element.shard_role = role;
    element.shard = "counts";
    element.replicas = 4;
    top.snapshot.elements.push_back(element);
  }
  top.snapshot.tasks.push_back({1, 2, 3});
  top.snapshot.queues.push_back({"a [out]", "[in] b", 1, false, 2, 3, 4, 5, 6, 7, "full, drop_new"});
  const TopReply read = through(top);
  CHECK(to_datum(read.snapshot) == to_datum(top.snapshot));
  REQUIRE(read.snapshot.elements.size() == 5);
  for (size_t i = 0; i < 5; ++i) CHECK(read.snapshot.elements[i].shard_role == static_cast<ShardRole>(i));
  CHECK(read.snapshot.elements[4].shard == "counts");
  CHECK(read.snapshot.elements[4].replicas == 4);
  CHECK(read.snapshot.elements[0].rejected[0].first_messages[1] == "where");
  CHECK(read.snapshot.queues[0].dropped_why == "full, drop_new");
}

TEST_CASE("an error keeps its fault, place and fix") {
  const Status status = Status::outside("post.gone", "nobody listens there").at("/tmp/run").with_fix("start it");
  const Status read = through(ErrorReply::of(status)).status();
  CHECK(read.to_string() == status.to_string());
  CHECK(read.error().fault == Fault::kOutside);
  CHECK(read.error().code == "post.gone");
  ErrorReply odd = ErrorReply::of(status);
  odd.fault = 77;
  CHECK(odd.status().error().fault == Fault::kOutside);
}

TEST_CASE("fields that are not known are passed over, those that are missing keep their defaults") {
  const std::string frame = frame_of([](MessagePackWriter& out) {
    out.array(7);
    out.integer(kVersion);
    out.integer(3);
    out.integer(0);
    out.string("tap");
    out.map(3);
    out.string("colour");
    out.array(2);
    out.nil();
    out.map(0);
    out.string("port");
    out.string("a");
    out.string("later");
    out.boolean(true);
    out.string("one item more");
    out.nil();
  });
  uint64_t id = 0;
  const Result<Message> read = decode(frame, &id);
  REQUIRE(read.is_ok());
  const auto& tap = std::get<TapRequest>(read->body);
  CHECK(tap.port == "a");
  CHECK(tap.records == 10);
}

TEST_CASE("another version of the protocol is refused with both versions") {
  const std::string frame = frame_of([](MessagePackWriter& out) {
    out.array(1);
    out.integer(2);
  });
  uint64_t id = 0;
  const Status refused = decode(frame, &id).status();
  CHECK(refused.error().code == "protocol.version");
  CHECK(refused.error().text.find("version 2") != std::string::npos);
  CHECK(refused.error().text.find("version 1") != std::string::npos);
}

TEST_CASE("what is no message is refused, whatever is wrong with it") {
  CHECK(code_of("") == "protocol.malformed");
  CHECK(code_of("hello") == "protocol.malformed");
  const std::string good = encode({1, 0, GetRequest{"a", "b"}});
  for (size_t cut = 1; cut < good.size(); ++cut) CHECK(code_of(good.substr(0, cut)) == "protocol.malformed");
  CHECK(code_of(good + "x") == "protocol.malformed");
  const auto with = [](std::string_view kind, const std::function<void(MessagePackWriter&)>& body) {
    return frame_of([&](MessagePackWriter& out) {
      out.array(5);
      out.integer(kVersion);
      out.integer(1);
      out.integer(0);
      out.string(kind);
      body(out);
    });
  };
  CHECK(code_of(with("dance", [](MessagePackWriter& out) { out.map(0); })) == "protocol.kind");
  CHECK(code_of(with("get", [](MessagePackWriter& out) { out.array(0); })) == "protocol.malformed");
  CHECK(code_of(with("get", [](MessagePackWriter& out) {
          out.map(1);
          out.string("element");
          out.integer(4);
        })) == "protocol.malformed");
  CHECK(code_of(with("tap", [](MessagePackWriter& out) {
          out.map(1);
          out.string("records");
          out.integer(-1);
        })) == "protocol.malformed");
  CHECK(code_of(with("tap_more", [](MessagePackWriter& out) {
          out.map(1);
          out.string("credit");
          out.integer(int64_t{1} << 40);
        })) == "protocol.malformed");
}

}  // namespace
}  // namespace blox::protocol
