// Reality check and superior predictive ability: could the best of so many trials have been made by chance?
//
// The null hypothesis is that no trial beats the benchmark. Series are drawn by the stationary bootstrap, the same
// pieces for all trials, so that their dependence on each other stays; the p-value is the share of draws in which the
// best recentred mean is above the best mean that was found. White's reality check recentres every trial; Hansen's test
// ("consistent") leaves out trials that are so poor that they cannot matter, which keeps many bad trials from hiding a
// good one.
//
// Sources: White, "A Reality Check for Data Snooping", Econometrica 68(5), 2000; Hansen, "A Test for Superior
// Predictive Ability", Journal of Business and Economic Statistics 23(4), 2005. The statistic is the mean, as in
// `arch` 8.0.0, whose p-values these are on the same draws (upper, consistent and lower there).
//
// Cost      a draw of a trial is a sum over periods: for 1,000 draws and 64 periods at most 1 us a trial, less where
//           trials come above the best often, for a draw is settled by the first that does, and where trials in a row
//           are much alike, as neighbours in a grid are: one sum then rules out four of them.
// Memory    2 bytes for each period and draw.
// Threads   runs on ThreadPool::shared(); the same bytes for any number of threads and any SIMD level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/study/stationary_bootstrap.hpp"
#include "peak/study/trial_periods.hpp"

namespace peak {

struct SuperiorAbilityOptions {
  std::size_t resamples = 1000;
  double mean_length = 0;                  ///< of the pieces, in periods; 0: the square root of their number
  std::uint64_t seed = 1;                  ///< equal seeds, equal p-values
  std::span<const double> benchmark = {};  ///< returns of each period; none: 0, so out of the market
  StopToken stop = {};
  /// Draws to take in place of random ones, for comparison with other programs.
  std::vector<std::vector<BootstrapPiece>> given = {};
};

struct SuperiorAbility {
  double reality_check_p = 1;  ///< White's
  double spa_p = 1;            ///< Hansen's, consistent
  double spa_lower_p = 1;      ///< Hansen's lower bound
  double best_mean = 0;        ///< highest mean over the benchmark, of one period
  std::size_t best = 0;        ///< its trial; the first of equals
  std::size_t trials = 0;      ///< those with finite returns
  std::size_t resamples = 0;
};

/// Fails without trials, with fewer than 10 periods or more than 65,536, and on a benchmark of another length.
[[nodiscard]] Result<SuperiorAbility> superior_ability(const TrialPeriods& trials,
                                                       const SuperiorAbilityOptions& options = {});

}  // namespace peak
