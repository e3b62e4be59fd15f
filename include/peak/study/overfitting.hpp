// Overfitting: how much of the best trial's result is luck, in numbers and in plain words.
//
//     OverfittingInput input;
//     input.blocks = {result.block_sums, block_bars(bars.size(), result.blocks)};
//     input.best = row;                                  // the trial that was chosen
//     input.best_returns = run.simulation.returns;       // for skewness and kurtosis
//     input.periods_per_year = 252;
//     Result<Overfitting> found = overfitting(input);
//     std::fputs(found->text().c_str(), stdout);
//
// Everything that can be computed is; what cannot is NaN with its reason in `notes`.
// Threads: runs on ThreadPool::shared(); the same bytes for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/study/neighbourhood.hpp"
#include "peak/study/superior_ability.hpp"
#include "peak/study/trial_blocks.hpp"

namespace peak {

struct OverfittingInput {
  TrialBlocks blocks;                         ///< of all trials, the poor ones too
  std::size_t best = 0;                       ///< the trial that was chosen, by whatever measure
  std::span<const double> best_returns = {};  ///< its returns; none: normal moments are assumed, and noted
  double periods_per_year = 0;                ///< for showing annual ratios
  /// Returns of trials in periods for reality check and SPA; without them those two are left out.
  const TrialPeriods* periods = nullptr;
  SuperiorAbilityOptions ability = {};
  std::optional<Neighbourhood> neighbourhood = {};  ///< of the best cell, where the trials are a grid
  StopToken stop = {};
};

struct Overfitting {
  std::size_t trials = 0;       ///< trials with numbers
  double effective_trials = 0;  ///< as many independent ones would be as lucky
  double average_correlation = 0;
  double best_sharpe = 0;  ///< annual
  double luck_sharpe = 0;  ///< annual: what the best of that many without skill reaches on average
  double probabilistic_sharpe =
      0;                       ///< probability that the best's true Sharpe ratio is above 0, not counting the search
  double deflated_sharpe = 0;  ///< the same above luck_sharpe: under 0.95 it is commonly taken for luck
  double minimum_track_record_years = 0;  ///< to be 95 % sure that the true ratio is above 0
  double pbo = 0;                         ///< probability of backtest overfitting, by symmetric cross-validation
  double mean_rank = 0;                   ///< out of sample, of the best in sample: 1/2 is chance
  std::size_t blocks = 0;                 ///< that the cross-validation used
  double reality_check_p = 0;             ///< White
  double spa_p = 0;                       ///< Hansen, consistent
  std::size_t tested_trials = 0;          ///< trials that these two saw
  std::optional<Neighbourhood> neighbourhood;
  std::vector<std::string> notes;  ///< why a number is missing, and what was assumed

  /// "luck", "skill" or "unclear": luck when the deflated Sharpe ratio is under 0.95, skill when moreover the
  /// probability of overfitting is under 0.2 (or not known).
  [[nodiscard]] const char* verdict() const noexcept;
  /// A paragraph of some lines, for people who have not read the papers.
  [[nodiscard]] std::string text() const;
};

/// Fails on `best` out of range and on blocks that do not fit; numbers that cannot be had are NaN.
[[nodiscard]] Result<Overfitting> overfitting(const OverfittingInput& input);

}  // namespace peak
