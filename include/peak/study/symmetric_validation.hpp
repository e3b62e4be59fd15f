// Combinatorially symmetric cross-validation: does the best in one half of the time stay good in the other?
//
// Time is cut into S blocks. For each of the C(S, S/2) choices of half the blocks, the trial with the best Sharpe ratio
// there is looked up in the other half: its rank among all trials, as a fraction w of N + 1. The probability of
// backtest overfitting is the share of choices where w <= 1/2, so where the chosen one was not better than the median.
//
// Source: Bailey, Borwein, Lopez de Prado, Zhu, "The Probability of Backtest Overfitting", Journal of Computational
// Finance 20(4), 2017; ties as ffn 1.4.1 (first trial in the sample, average rank outside), of ratios that are equal in
// single precision, so that rounding does not decide between trials with the same trades. Needs block sums alone
// (TrialBlocks), no matrix of returns. A trial that holds nothing over a half has a ratio of 0. Threads: runs on
// ThreadPool::shared(); the same bytes for any number of threads.
#pragma once

#include <cstddef>

#include "peak/base/status.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/study/trial_blocks.hpp"

namespace peak {

struct SymmetricValidation {
  double pbo = 0;        ///< probability of backtest overfitting, 0 to 1
  double mean_rank = 0;  ///< of the chosen trial out of sample, 0 (worst) to 1 (best); 1/2 is chance
  std::size_t blocks = 0;
  std::size_t combinations = 0;
  std::size_t trials = 0;  ///< those that are there
};

/// Fails with fewer than two trials, an odd number of blocks, fewer than 2 or more than 16 of them, or blocks of fewer
/// than two bars. Above `most_trials_of_16` trials, 16 blocks are joined to 8 (70 choices in place of 12,870).
[[nodiscard]] Result<SymmetricValidation> symmetric_validation(const TrialBlocks& trials,
                                                               std::size_t most_trials_of_16 = 1000,
                                                               const StopToken& stop = {});

}  // namespace peak
