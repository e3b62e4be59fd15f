// What all metrics of a run are made from: one pass over its returns, one over its equity, one over its benchmark.
#pragma once

#include "metrics/drawdown_walk.hpp"
#include "metrics/return_sums.hpp"
#include "peak/metrics/metrics.hpp"

namespace peak {

/// Bars that have a return of the run and one of its benchmark.
struct BenchmarkSums {
  std::int64_t count = 0;
  ExactSum returns;  ///< r, over these bars only
  ExactSum squares;  ///< r * r
  PairSums pairs;
  double total_return = 0;  ///< of the benchmark
};

struct RunSums {
  ReturnSums returns;
  DrawdownSummary drawdown;
  bool has_benchmark = false;
  BenchmarkSums benchmark;
};

/// The run's own sums and its benchmark's, whose returns are given, one for each of the run's.
void sum_benchmark_returns(std::span<const double> returns, std::span<const double> benchmark, RunSums& sums);
/// The same with the benchmark as closes: its first return belongs to bar 1, so bar 0 stays out of the pairs.
void sum_benchmark_closes(std::span<const double> returns, std::span<const double> closes, RunSums& sums);

/// Everything from the sums that input.returns, equity and cash give. `input` is checked already.
[[nodiscard]] Metrics metrics_from_sums(const MetricsInput& input, const RunSums& sums);

}  // namespace peak
