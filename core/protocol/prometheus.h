// What is measured of a run, as text that Prometheus reads.
//
// Threads  pure
// Order    families by what they are about, elements as in the snapshot
// Source   https://github.com/prometheus/docs/blob/main/content/docs/instrumenting/exposition_formats.md (0.0.4)
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/metrics.h"

namespace blox::protocol {

/// One family after the other: its head once, then its samples.
class PrometheusWriter {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(Labels labels, double value) { append("", labels, "", value); }
  void sample(std::string_view suffix, Labels labels, double value) { append(suffix, labels, "", value); }
  /// The samples of a histogram in seconds; none where nothing was measured.
  void histogram(Labels labels, const LatencyMetrics& latency);
  std::string take() { return std::move(out_); }

 private:
  void append_label(std::string_view name, std::string_view text, char& before);
  void append(std::string_view suffix, Labels labels, std::string_view at_most, double value);
  void append_escaped(std::string_view text);

  std::string out_;
  std::string name_;
};

/// `topology`: as its user calls it.
std::string prometheus_text(const Snapshot& snapshot, std::string_view topology);

}  // namespace blox::protocol
