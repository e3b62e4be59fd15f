// Bootstrap lanes: the loops of the reality check, over trials side by side, a trial in each lane of vectors.
//
// Draws are screened with whole numbers of 16 bits: a trial's sums in units of its largest one, times how often a draw
// takes each period. What comes near or above the threshold is computed again in doubles by the caller, so that the
// screen decides nothing but what need not be looked at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/study/trial_periods.hpp"

namespace peak::study {

inline constexpr std::size_t kTrialLanes = TrialPeriods::kLanes;
using TrialLanes = std::array<double, kTrialLanes>;

/// What the long-run variance weighs times with, the same for all trials: q^s, and q^(size - s) with q = 1 - 1 /
/// length.
struct LongRunWeights {
  LongRunWeights(std::size_t size, double mean_length);
  double q;
  std::vector<double> power, power_to_end;
};

/// Of eight series of `size` values, a row of eight values for each; NaN where a value is.
struct TrialMeans {
  TrialLanes mean{}, largest{}, squares{};  ///< largest magnitude; sum of squares
};
[[nodiscard]] TrialMeans trial_means(const double* values, std::size_t size);

/// Long-run variances of eight series: t times the variance of the mean of t values under the stationary bootstrap,
/// g0 + 2 sum_i ((1 - i/t) q^i + (i/t) q^(t-i)) g_i, g_i the autocovariance at lag i.
/// Source: Politis, Romano, "The Stationary Bootstrap", JASA 89(428), 1994, lemma 1.
[[nodiscard]] TrialLanes long_run_variances(const double* values, const TrialLanes& means,
                                            const LongRunWeights& weights);

/// Means of eight series in a draw that takes periods so often as `pairs` say (DrawTable's row for it).
[[nodiscard]] TrialLanes drawn_means(const double* values, std::size_t size, const std::int32_t* pairs);

/// Thirty-two trials as whole numbers: for each pair of periods a row of them, two numbers of 16 bits in each.
inline constexpr std::size_t kTileTrials = 32;
struct DrawTile {
  std::vector<std::int32_t> pairs;
  /// By way of recentring: a trial whose product with a draw is not above it is not above the best.
  std::array<std::array<std::int32_t, kTileTrials>, 3> thresholds{};
};

/// Values times `units`, cut towards 0, as group `group` (of four) of `tile`; lanes with 0 units are 0.
void pack_trials(const double* values, std::size_t size, const TrialLanes& units, std::size_t group, DrawTile& tile);

/// Which of the tile's trials are above their threshold, a bit for each, in each of the draws `wanted`. `draws` has for
/// each draw size / 2 (rounded up) pairs of how often it takes periods, less 1; `way` says by which way of recentring.
void screen_draws(const DrawTile& tile, std::span<const std::int32_t> draws, std::size_t pairs,
                  std::span<const std::uint32_t> wanted, std::span<const std::uint8_t> way,
                  std::span<std::uint32_t> hits);

}  // namespace peak::study
