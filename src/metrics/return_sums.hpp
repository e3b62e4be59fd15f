// Exact sums over the returns of a run, and of its benchmark, in one pass.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "peak/base/exact_sum.hpp"

namespace peak {

/// Sums over one value per bar; equal to the bit on every target and for every split into blocks.
struct ReturnSums {
  std::int64_t count = 0;
  ExactSum returns;           ///< r
  ExactSum squares;           ///< r * r
  ExactSum downside;          ///< min(r, 0)^2
  ExactSum gains;             ///< max(r, 0)
  std::int64_t positive = 0;  ///< r > 0
  std::int64_t negative = 0;  ///< r < 0
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -std::numeric_limits<double>::infinity();

  void add(double value);
};

/// Sums over pairs of returns, the run's r and the benchmark's b.
struct PairSums {
  ExactSum benchmark;          ///< b
  ExactSum benchmark_squares;  ///< b * b
  ExactSum products;           ///< r * b
  ExactSum active_squares;     ///< (r - b)^2

  void add(double value, double benchmark_value);
};

[[nodiscard]] ReturnSums sum_returns(std::span<const double> returns);

/// Both at once.
struct ReturnsAndPairs {
  ReturnSums returns;
  PairSums pairs;

  void add(double value, double benchmark_value);
};

/// The benchmark as its returns, benchmark[i] beside returns[i]; or as its closes, one more than the returns, where
/// closes[i + 1] / closes[i] - 1 stands beside returns[i].
enum class BenchmarkKind : unsigned char { kReturns, kCloses };
/// In one pass: each return is loaded from memory once.
[[nodiscard]] ReturnsAndPairs sum_with_benchmark(std::span<const double> returns, std::span<const double> benchmark,
                                                 BenchmarkKind kind);

}  // namespace peak
