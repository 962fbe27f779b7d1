#include "core/graph/settings.h"

#include <doctest/doctest.h>

#include "tests/support/graph_maker.h"

namespace blox::testing {
namespace {

struct Read {
  ElementSettings settings;
  std::string errors;
};

Read read(std::vector<NamedLiteral> settings) {
  GraphMaker g;
  g.element("a", "A", {}, std::move(settings));
  Diagnostics found;
  Read out;
  out.settings = parse_element_settings(g.graph.elements[0], found);
  out.errors = text_of(found);
  return out;
}

std::pair<QueueBound, std::string> read_queue(std::vector<NamedLiteral> settings,
                                              const std::optional<QueueBound>& of_element = {},
                                              PortKind kind = PortKind::kPush) {
  GraphMaker g;
  g.element("a", "A").connect("a -> a", std::move(settings));
  Diagnostics found;
  const QueueBound out = parse_queue_settings(g.graph.connections[0].settings, kind, of_element, found);
  return {out, text_of(found)};
}

TEST_CASE("an element without settings has the defaults") {
  const Read r = read({});
  CHECK(r.errors.empty());
  CHECK_FALSE(r.settings.queue.has_value());
  CHECK_FALSE(r.settings.sharded);
  CHECK(r.settings.keep_order);
  CHECK(r.settings.on_error.kind == ErrorPolicy::Kind::kCount);
  CHECK(r.settings.restart == ElementSettings::Restart::kOnFailure);
}

TEST_CASE("a queue is bounded by logs, by bytes, or by both") {
  CHECK(read_queue({{"queue", Literal::of(int64_t{8})}}).first == QueueBound{8, uint64_t{16} << 20, true});
  CHECK(read_queue({{"queue", size(1 << 20)}}).first == QueueBound{64, 1 << 20, true});
  CHECK(read_queue({{"queue", list({size(1 << 20), Literal::of(int64_t{8})})}}).first == QueueBound{8, 1 << 20, true});
  CHECK(read_queue({{"full", name("drop_old")}}).first.full == Full::kDropOld);
  CHECK(read_queue({{"full", name("drop_old")}}).first.asked);
}

TEST_CASE("what a connection says of its queue goes before what its reader says") {
  const QueueBound reader{8, 1 << 20, true, Full::kDropNew, {}};
  const QueueBound bound = read_queue({{"queue", Literal::of(int64_t{3})}}, reader).first;
  CHECK(bound.logs == 3);
  CHECK(bound.bytes == 1 << 20);
  CHECK(bound.full == Full::kDropNew);
  CHECK(read({{"queue", Literal::of(int64_t{8})}}).settings.queue->logs == 8);
}

TEST_CASE("all value forms of element settings are read") {
  const Read r = read({{"at", Literal::of(std::string("disk=ssd"))},
                       {"isolate", boolean(true)},
                       {"restart", name("never")},
                       {"orphan", name("stop")},
                       {"on_error", share(0.01)},
                       {"order", name("any")},
                       {"memory", size(1 << 30)},
                       {"was", Literal::of(std::string("old/name"))},
                       {"shards", range(1, 8)},
                       {"by", list({name("word"), name("user")})}});
  CHECK(r.errors.empty());
  CHECK(r.settings.at == "disk=ssd");
  CHECK(r.settings.isolate);
  CHECK(r.settings.restart == ElementSettings::Restart::kNever);
  CHECK(r.settings.orphan == ElementSettings::Orphan::kStop);
  CHECK(r.settings.on_error.kind == ErrorPolicy::Kind::kShare);
  CHECK(r.settings.on_error.share == 0.01);
  CHECK_FALSE(r.settings.keep_order);
  CHECK(r.settings.memory == 1 << 30);
  CHECK(r.settings.was == "old/name");
  CHECK(r.settings.sharded);
  CHECK(r.settings.shards_low == 1);
  CHECK(r.settings.shards_high == 8);
  CHECK(r.settings.by.strings() == std::vector<std::string>{"word", "user"});
  CHECK(read({{"on_error", name("fail")}}).settings.on_error.kind == ErrorPolicy::Kind::kFail);
  CHECK(read({{"shards", Literal::of(int64_t{4})}}).settings.shards_high == 4);
  CHECK_FALSE(read({{"shards", Literal::of(int64_t{1})}}).settings.sharded);
}

TEST_CASE("an unknown setting names the nearest one") {
  CHECK(read({{"queu", Literal::of(int64_t{8})}}).errors == "E0405 unknown setting `queu`; did you mean `queue`?\n");
  CHECK(read({{"colour", name("red")}}).errors ==
        "E0405 unknown setting `colour`\n"
        "  = fix: the settings are queue full spill at shards by sharder values isolate restart orphan on_error order memory was\n");
}

TEST_CASE("a value of the wrong form says what is wanted") {
  CHECK(read({{"queue", duration(1)}}).errors ==
        "E0406 `queue` needs a number of logs, a size, or a list of both, not a duration\n");
  CHECK(read({{"queue", Literal::of(int64_t{0})}}).errors == "E0406 `queue` must be at least 1, not `0`\n");
  CHECK(read({{"queue", list({Literal::of(int64_t{1}), Literal::of(int64_t{1})})}}).errors ==
        "E0406 `queue` needs a number of logs, a size, or a list of both, not a list\n");
  CHECK(read({{"full", name("drop_odd")}}).errors ==
        "E0406 `full` needs one of block|drop_new|drop_old|spill, not `drop_odd`; did you mean `drop_old`?\n");
  CHECK(read({{"on_error", Literal::of(int64_t{1})}}).errors ==
        "E0406 `on_error` needs `count`, `fail` or a share such as `1%`, not an int\n");
  CHECK(read({{"on_error", share(1.5)}}).errors == "E0406 `on_error` must be 0% to 100%, not `150%`\n");
  CHECK(read({{"memory", size(0)}}).errors == "E0406 `memory` must be at least 1, not `0B`\n");
  CHECK(read({{"shards", Literal::of(int64_t{0})}}).errors == "E0406 `shards` must be at least 1, not `0`\n");
  CHECK(read({{"was", Literal::of(std::string())}}).errors ==
        "E0406 `was` needs the former name of the element, not an empty string\n");
}

TEST_CASE("a setting of elements is refused behind an arrow") {
  CHECK(read_queue({{"memory", size(1)}}).second ==
        "E0407 `memory` is a setting of elements, not of connections\n  = fix: write it behind the element\n");
}

TEST_CASE("of several settings of one name the last counts, so that an inner one replaces an inherited one") {
  const Read inherited = read({{"at", Literal::of(std::string("a"))}, {"at", Literal::of(std::string("b"))}});
  CHECK(inherited.errors.empty());
  CHECK(inherited.settings.at == "b");
}

TEST_CASE("what the engine cannot do yet is refused") {
  CHECK(read_queue({{"full", name("spill")}}).second ==
        "E0607 `full = spill` is not available yet\n  = fix: use `full = block`, which makes the writer wait\n");
  CHECK(read_queue({{"spill", size(1 << 30)}}).second ==
        "E0607 `spill` is not available yet\n  = fix: give the queue a larger bound, as in `queue = 256MiB`\n");
}

TEST_CASE("questions have a deadline, pushes have not; questions are not dropped") {
  const auto query = [](const char* setting, Literal value) {
    return read_queue({{setting, std::move(value)}}, {}, PortKind::kQuery);
  };
  CHECK(query("deadline", duration(5 * kSecond)).first.deadline == 5 * kSecond);
  CHECK(query("deadline", duration(0)).second == "E0406 `deadline` must be longer than `0us`\n");
  CHECK(query("full", name("drop_old")).second ==
        "E0407 questions are never dropped: their asker waits when the queue is full\n  = fix: leave `full` out\n");
  CHECK(read_queue({{"deadline", duration(kSecond)}}).second ==
        "E0407 `deadline` is a setting of queries (`=>`), not of pushes\n");
  CHECK(read({{"deadline", duration(kSecond)}}).errors ==
        "E0407 `deadline` is a setting of connections, not of elements\n  = fix: write it behind the arrow\n");
}

TEST_CASE("a place is a node or a label") {
  CHECK(read({{"at", Literal::of(std::string("node-1.example"))}}).errors.empty());
  for (const char* wrong : {"", "a b", "=ssd", "disk=", "a=b=c"}) {
    CHECK(read({{"at", Literal::of(std::string(wrong))}}).errors.starts_with("E0701 "));
  }
}

TEST_CASE("every setting is described") {
  for (const SettingInfo& info : setting_infos()) {
    CHECK(std::string(info.doc).size() > 10);
    CHECK((info.on_element || info.on_connection));
  }
}

}  // namespace
}  // namespace blox::testing
