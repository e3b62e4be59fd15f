// The headings under which tables list metrics, in the order of enum Metric.
#pragma once

#include <array>

#include "peak/metrics/metrics.hpp"

namespace peak::report {

struct MetricGroup {
  const char* title;
  Metric first;  ///< the group runs to the first metric of the next one
};

inline constexpr std::array<MetricGroup, 7> kMetricGroups{{
    {"Result", Metric::kFinalEquity},
    {"Risk-adjusted", Metric::kSharpe},
    {"Drawdown", Metric::kMaxDrawdown},
    {"Returns per bar", Metric::kValueAtRisk},
    {"Trades", Metric::kTrades},
    {"Activity and cost", Metric::kExposure},
    {"Against the benchmark", Metric::kBenchmarkReturn},
}};

/// The metric after the group's last.
[[nodiscard]] constexpr Metric group_end(std::size_t group) {
  return group + 1 < kMetricGroups.size() ? kMetricGroups[group + 1].first : Metric::kCount;
}

}  // namespace peak::report
