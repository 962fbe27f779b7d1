#include "core/protocol/prometheus.h"

#include <doctest/doctest.h>

#include <charconv>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace blox::protocol {
namespace {

/// Reads the format as strictly as it is written down; what it objects to fails the test.
class StrictReader {
 public:
  explicit StrictReader(std::string_view text) {
    REQUIRE(text.ends_with('\n'));
    while (!text.empty()) {
      const size_t end = text.find('\n');
      line_ = text.substr(0, end);
      text.remove_prefix(end + 1);
      CAPTURE(line_);
      if (line_.starts_with("# ")) {
        head();
      } else {
        sample();
      }
    }
    for (const auto& bucket : buckets_) CHECK_MESSAGE(counts_[bucket.first] == bucket.second, bucket.first);
  }
  double operator[](const std::string& series) const {
    const auto found = samples_.find(series);
    REQUIRE_MESSAGE(found != samples_.end(), "no sample " << series);
    return found->second;
  }
  size_t size() const { return samples_.size(); }
  const std::map<std::string, std::string>& types() const { return types_; }

 private:
  static bool is_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char c : name) {
      if (!(c == '_' || c == ':' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
        return false;
      }
    }
    return true;
  }
  void head() {
    const size_t name_at = 7;
    const size_t behind = line_.find(' ', name_at);
    REQUIRE(behind != std::string_view::npos);
    const std::string name(line_.substr(name_at, behind - name_at));
    REQUIRE(is_name(name));
    const std::string rest(line_.substr(behind + 1));
    if (line_.starts_with("# HELP ")) {
      CHECK_MESSAGE(helped_.insert(name).second, "two HELP of one family");
      CHECK(!rest.empty());
      family_ = name;
    } else {
      REQUIRE(line_.starts_with("# TYPE "));
      CHECK_MESSAGE(name == family_, "TYPE stands behind HELP of its family");
      CHECK((rest == "counter" || rest == "gauge" || rest == "histogram"));
      CHECK_MESSAGE(types_.emplace(name, rest).second, "two TYPE of one family");
      if (rest == "counter") CHECK_MESSAGE(name.ends_with("_total"), "a counter's name ends in _total");
    }
  }
  void sample() {
    size_t at = line_.find_first_of("{ ");
    REQUIRE(at != std::string_view::npos);
    const std::string name(line_.substr(0, at));
    REQUIRE(is_name(name));
    const std::string& type = types_[family_];
    const bool histogram = type == "histogram";
    const std::string suffix = name.substr(std::min(name.size(), family_.size()));
    CHECK_MESSAGE(name.starts_with(family_), "a sample outside of its family");
    if (histogram) {
      CHECK((suffix == "_bucket" || suffix == "_sum" || suffix == "_count"));
    } else {
      CHECK(suffix.empty());
    }
    std::map<std::string, std::string> labels;
    if (line_[at] == '{') {
      do {
        const size_t equals = line_.find('=', ++at);
        REQUIRE(equals != std::string_view::npos);
        const std::string label(line_.substr(at, equals - at));
        REQUIRE(is_name(label));
        at = equals + 1;
        REQUIRE(line_[at++] == '"');
        std::string value;
        for (; line_.at(at) != '"'; ++at) {
          if (line_[at] != '\\') {
            value += line_[at];
            continue;
          }
          const char escaped = line_.at(++at);
          REQUIRE((escaped == '\\' || escaped == '"' || escaped == 'n'));
          value += escaped == 'n' ? '\n' : escaped;
        }
        ++at;
        CHECK_MESSAGE(labels.emplace(label, value).second, "a label twice");
      } while (line_.at(at) == ',');
      REQUIRE(line_.at(at++) == '}');
    }
    REQUIRE(line_.at(at++) == ' ');
    double value = 0;
    const auto read = std::from_chars(line_.data() + at, line_.data() + line_.size(), value);
    REQUIRE(read.ec == std::errc());
    REQUIRE(read.ptr == line_.data() + line_.size());
    CHECK_MESSAGE(samples_.emplace(line_.substr(0, at - 1), value).second, "a series twice");
    if (!histogram) return;
    std::string series;
    for (const auto& [label, text] : labels) {
      if (label != "le") series += label + "=" + text + ";";
    }
    if (suffix == "_bucket") {
      CHECK(labels.contains("le"));
      CHECK_MESSAGE(value >= buckets_[series], "buckets are cumulative");
      buckets_[series] = value;
      if (labels["le"] == "+Inf") ended_.insert(series);
    } else if (suffix == "_count") {
      CHECK_MESSAGE(ended_.contains(series), "the bucket of all is missing");
      counts_[series] = value;
    }
  }

  std::string_view line_;
  std::string family_;
  std::set<std::string> helped_, ended_;
  std::map<std::string, std::string> types_;
  std::map<std::string, double, std::less<>> samples_;
  std::map<std::string, double> buckets_, counts_;
};

Snapshot two_elements() {
  Snapshot all;
  all.elapsed_ns = 1'500'000'000;
  ElementMetrics source;
  source.path = "source";
  source.class_name = "Counter";
  source.records_out = 12;
  source.bytes_out = 96;
  source.busy_ns = 250'000'000;
  source.holding_ns = 750'000'000;
  ElementMetrics sink;
  sink.path = "words/`a \"b\\c\nd`";
  sink.class_name = "Store";
  sink.task = 1;
  sink.records_in = uint64_t{1} << 52;
  sink.rejected = {{"store.full", 2, {}}, {"store.key", 1, {}}};
  sink.latency = {5, 1'000, 2'000, 2'100, 6'500, {0, 1, 4, 5, 5, 5, 5, 5, 5, 5, 5}};
  all.elements = {source, sink};
  all.tasks = {{1'000'000'000, 500'000'000, 12}, {}};
  all.queues = {{"source [out]", "[in] sink", 1, false, 3, 24, 64, 16 << 20, 1, 7, "full, drop_old"}};
  return all;
}

TEST_CASE("all that is measured is text that Prometheus reads") {
  const std::string text = prometheus_text(two_elements(), "a.blox");
  const StrictReader read(text);
  CHECK(read["blox_run_info{topology=\"a.blox\"}"] == 1);
  CHECK(read["blox_run_seconds"] == 1.5);
  CHECK(read["blox_element_records_total{element=\"source\",direction=\"out\"}"] == 12);
  const std::string sink = "words/`a \\\"b\\\\c\\nd`";
  CHECK(read["blox_element_records_total{element=\"" + sink + "\",direction=\"in\"}"] == 4'503'599'627'370'496.0);
  CHECK(read["blox_element_refused_records_total{element=\"" + sink + "\",code=\"store.full\"}"] == 2);
  CHECK(read["blox_element_latency_seconds_bucket{element=\"" + sink + "\",le=\"0.001024\"}"] == 1);
  CHECK(read["blox_element_latency_seconds_bucket{element=\"" + sink + "\",le=\"+Inf\"}"] == 5);
  CHECK(read["blox_element_latency_seconds_sum{element=\"" + sink + "\"}"] == 0.0065);
  CHECK(read["blox_element_latency_seconds_count{element=\"" + sink + "\"}"] == 5);
  CHECK(read["blox_element_busy_seconds{element=\"source\"}"] == 0.25);
  CHECK(read["blox_element_holding_seconds_total{element=\"source\"}"] == 0.75);
  CHECK(read["blox_task_blocked_seconds_total{task=\"0\"}"] == 0.5);
  CHECK(read["blox_queue_dropped_records_total{from=\"source [out]\",to=\"[in] sink\",kind=\"push\"}"] == 7);
  CHECK(read.types().at("blox_element_latency_seconds") == "histogram");
}

TEST_CASE("a run without elements is no reason for a malformed page") {
  CHECK(StrictReader(prometheus_text({}, "")).size() == 2);
}

TEST_CASE("buckets stay cumulative although the run goes on while they are counted") {
  Snapshot all = two_elements();
  all.elements[1].latency.at_most = {0, 1, 4, 6, 5, 5, 5, 5, 5, 5, 5};
  const StrictReader read(prometheus_text(all, "a.blox"));
  CHECK(read.size() > 0);
}

TEST_CASE("the page begins as written down here") {
  const std::string text = prometheus_text(two_elements(), "a.blox");
  CHECK(text.starts_with(R"(# HELP blox_run_info 1 for the topology that runs.
# TYPE blox_run_info gauge
blox_run_info{topology="a.blox"} 1
# HELP blox_run_seconds Time since the start of the run.
# TYPE blox_run_seconds gauge
blox_run_seconds 1.5
# HELP blox_element_info 1 for each element, with its class and the task that calls it.
# TYPE blox_element_info gauge
blox_element_info{element="source",class="Counter",task="0"} 1
)"));
}

}  // namespace
}  // namespace blox::protocol
