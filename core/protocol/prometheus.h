// What is measured of a run, as text that Prometheus reads.
//
// Threads  pure
// Order    families by what they are about, elements as in the snapshot
// Source   https://github.com/prometheus/docs/blob/main/content/docs/instrumenting/exposition_formats.md (0.0.4)
#pragma once

#include <string>
#include <string_view>

#include "core/base/metrics.h"

namespace blox::protocol {

inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

/// `topology`: as its user calls it.
std::string prometheus_text(const Snapshot& snapshot, std::string_view topology);

}  // namespace blox::protocol
