// Windows beside a model that keeps every record and looks through all of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/data/builder.h"
#include "tests/support/element_harness.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

using testing::ElementHarness;
using testing::Random;
using testing::Rows;

Literal call(const std::string& word, const std::vector<Micros>& durations) {
  Literal out;
  out.form = Literal::Form::kCall;
  out.text = word;
  for (const Micros duration : durations) {
    Literal item;
    item.form = Literal::Form::kDuration;
    item.integer = duration;
    out.items.push_back(item);
  }
  return out;
}

struct Record {
  std::string key;
  Micros at;
  int64_t value;
};

// Windows by end, key and start: in the order in which they are said.
class Model {
 public:
  Model(std::string word, Micros size, Micros step) : session_(word == "session"), size_(size), step_(step) {}

  void take(const Record& record) {
    if (session_) {
      join(record);
      return;
    }
    bool late = true;
    const Micros base = (record.at / step_ - size_ / step_ - 2) * step_;
    for (Micros start = base; start <= record.at; start += step_) {
      if (start + size_ <= record.at || start + size_ <= time) continue;
      open_[{start + size_, record.key, start}].push_back(record.value);
      late = false;
    }
    late_ += late ? 1 : 0;
  }

  void close(Micros to, Rows& out) {
    time = std::max(time, to);
    while (!open_.empty() && std::get<0>(open_.begin()->first) <= time) {
      const auto& [where, values] = *open_.begin();
      int64_t sum = 0;
      for (const int64_t value : values) sum += value;
      out.push_back({Datum(std::get<1>(where)), Datum(Datum::Time{std::get<2>(where)}),
                     Datum(Datum::Time{std::get<0>(where)}), Datum(sum),
                     Datum(static_cast<int64_t>(std::set<int64_t>(values.begin(), values.end()).size())),
                     Datum(*std::max_element(values.begin(), values.end()))});
      open_.erase(open_.begin());
    }
  }
  uint64_t late() const { return late_; }

 private:
  void join(const Record& record) {
    Micros start = record.at, end = record.at + size_;
    std::vector<int64_t> values{record.value};
    bool touched = false;
    for (auto it = open_.begin(); it != open_.end();) {
      const auto& [its_end, key, its_start] = it->first;
      if (key != record.key || its_start >= record.at + size_ || record.at >= its_end) {
        ++it;
        continue;
      }
      start = std::min(start, its_start);
      end = std::max(end, its_end);
      values.insert(values.end(), it->second.begin(), it->second.end());
      touched = true;
      it = open_.erase(it);
    }
    if (!touched && end <= time) {
      ++late_;
      return;
    }
    open_[{end, record.key, start}] = values;
  }

  Micros time = TimeMark::kUnknown;
  bool session_;
  Micros size_, step_;
  std::map<std::tuple<Micros, std::string, Micros>, std::vector<int64_t>> open_;
  uint64_t late_ = 0;
};

Rows taken(ElementHarness& harness, const std::string& port) {
  Rows out;
  for (const Log& log : harness.take(port)) {
    for (auto& row : testing::rows_of(log)) out.push_back(std::move(row));
  }
  return out;
}

TEST_CASE("windows are those of a model, also when captured and reloaded between any two calls") {
  struct Shape {
    const char* word;
    Micros size, step;
  };
  const Schema schema = Schema::from(*Type::parse("{user: string, at: time, v: int}")).with_time_field("at");
  for (const Shape& shape :
       {Shape{"tumble", 10, 10}, Shape{"hop", 10, 3}, Shape{"hop", 12, 4}, Shape{"session", 5, 5}}) {
    for (uint64_t seed = 0; seed < 40; ++seed) {
      CAPTURE(shape.word);
      CAPTURE(seed);
      Random random(seed);
      const bool hop = std::string(shape.word) == "hop";
      ElementHarness window("Window", {{"window", call(shape.word, hop ? std::vector<Micros>{shape.size, shape.step}
                                                                       : std::vector<Micros>{shape.size})},
                                       {"by", Literal::name("user")},
                                       {"total", Literal::of("sum(v)")},
                                       {"kinds", Literal::of("count(distinct v)")},
                                       {"most", Literal::of("max(v)")}});
      window.in("in", schema);
      if (seed % 2 == 0) window.out("late");
      REQUIRE(window.start().to_string() == "ok");
      if (seed % 4 == 1) {
        window.between_calls([&] { REQUIRE(window.reload().is_ok()); });
      }
      Model model(shape.word, shape.size, shape.step);
      Rows expected, given;
      uint64_t late = 0;
      Micros mark = -20;
      for (int step = 0; step < 30; ++step) {
        Rows rows;
        for (uint32_t i = random.below(8); i > 0; --i) {
          const Record record{"u" + std::to_string(random.below(3)), mark - 10 + random.below(40), random.below(5)};
          model.take(record);
          rows.push_back({Datum(record.key), Datum(Datum::Time{record.at}), Datum(record.value)});
        }
        if (!rows.empty()) window.push("in", *log_from(schema, rows));
        if (random.chance(60)) {
          mark += random.below(9);
          model.close(mark, expected);
          window.watermark({mark, false});
          CHECK(window.take_marks("out") == std::vector<TimeMark>{{mark, false}});
        }
        for (auto& row : taken(window, "out")) given.push_back(std::move(row));
        late += taken(window, "late").size();
      }
      model.close(INT64_MAX, expected);
      window.flush();
      for (auto& row : taken(window, "out")) given.push_back(std::move(row));
      if (seed % 2 == 1 && window.rejected().count("window.late") != 0) late = window.rejected().at("window.late");
      CHECK(given == expected);
      CHECK(late == model.late());
      CHECK(window.element().state_bytes() < 100'000);
    }
  }
}

TEST_CASE("many windows that close at once are said in parts") {
  const Schema schema = Schema::from(*Type::parse("{user: int, at: time}")).with_time_field("at");
  ElementHarness window(
      "Window", {{"window", call("tumble", {10})}, {"by", Literal::name("user")}, {"n", Literal::of("count(*)")}});
  window.in("in", schema);
  REQUIRE(window.start().is_ok());
  Rows rows;
  for (int64_t i = 0; i < 10'000; ++i) rows.push_back({Datum(i), Datum(Datum::Time{i % 10})});
  window.push("in", *log_from(schema, rows));
  window.watermark({10, true});
  const std::vector<Log> logs = window.take("out");
  CHECK(logs.size() == 3);
  CHECK(window.take_marks("out") == std::vector<TimeMark>{{10, true}});  // behind all of them, once
  CHECK(window.element().state_bytes() < 4'000'000);
}

TEST_CASE("times beyond all windows are refused") {
  const Schema schema = Schema::from(*Type::parse("{at: time}")).with_time_field("at");
  ElementHarness window("Window", {{"window", call("hop", {10, 5})}, {"n", Literal::of("count(*)")}});
  window.in("in", schema);
  REQUIRE(window.start().is_ok());
  window.push("in", *log_from(schema, {{Datum(Datum::Time{INT64_MAX})}, {Datum(Datum::Time{INT64_MIN})}}));
  window.flush();
  CHECK(window.rejected().at("window.time") == 2);
  CHECK(window.take("out").empty());
}

}  // namespace
}  // namespace blox
