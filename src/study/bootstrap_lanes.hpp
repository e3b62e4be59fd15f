// Bootstrap lanes: the loops of the reality check over eight trials side by side, a trial in each lane of vectors.
//
// A piece's sum is the difference of two prefix sums, and with eight trials side by side each of the two is one cache
// line. Every lane's operations are those of its trial alone, in their order.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "peak/study/stationary_bootstrap.hpp"

namespace peak::study {

inline constexpr std::size_t kBootstrapLanes = 8;
using TrialLanes = std::array<double, kBootstrapLanes>;

/// What the long-run variance weighs times with, the same for all trials: q^s, and q^(size - s) with q = 1 - 1 /
/// length.
struct LongRunWeights {
  LongRunWeights(std::size_t size, double mean_length);
  double q;
  std::vector<double> power, power_to_end;
};

/// Long-run variances of eight series of equal length with means of 0, a row of eight values for each bar: t times the
/// variance of the mean of t values under the stationary bootstrap,
/// g0 + 2 sum_i ((1 - i/t) q^i + (i/t) q^(t-i)) g_i, g_i the autocovariance at lag i.
/// Source: Politis, Romano, "The Stationary Bootstrap", JASA 89(428), 1994, lemma 1.
[[nodiscard]] TrialLanes long_run_variances(const double* centred, const LongRunWeights& weights);

/// For each draw and each way of recentring: the highest of `highest` and of the lanes' resampled means less their
/// centre. `prefix` has a row of eight sums of returns before each of `bars` bars, and one of them all.
void draw_means(const double* prefix, std::size_t bars, std::span<const std::vector<BootstrapPiece>> draws,
                std::span<const TrialLanes, 3> centres, std::array<double, 3>* highest);

}  // namespace peak::study
