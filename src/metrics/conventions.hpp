// What other libraries compute otherwise; docs/metrics.md tells formulas and versions.
#pragma once

#include <cstdint>
#include <span>

#include "metrics/run_sums.hpp"
#include "peak/base/time.hpp"
#include "peak/metrics/ratios.hpp"

namespace peak {

/// Each puts its library's values over ours. `input` has been checked: at least one bar, cash and P positive.
void apply_vectorbt(const MetricsInput& input, const RunSums& sums, std::span<const Nanoseconds> time,
                    Metrics& metrics);
void apply_empyrical(const MetricsInput& input, const RunSums& sums, Metrics& metrics);
void apply_quantstats(const MetricsInput& input, const RunSums& sums, Metrics& metrics);
void apply_backtesting_py(const MetricsInput& input, const RunSums& sums, std::span<const Nanoseconds> time,
                          Metrics& metrics);

/// The median distance between neighbouring stamps; 0 for fewer than two.
[[nodiscard]] Nanoseconds median_step(std::span<const Nanoseconds> time);

/// Returns less a rate per bar, and the ratios that others take from such returns: the rate is in the downside too.
void set_excess_ratios(const MetricsInput& input, double rate, Metrics& metrics);

/// Sets `metric` to the ratio, or undefined for the ratio's reason.
void put_ratio(Metrics& metrics, Metric metric, const RatioValue& ratio);

/// Sets `metric` to value, or, where `value` is not finite, undefined for that reason.
void set_or(Metrics& metrics, Metric metric, double value, const char* reason);

}  // namespace peak
