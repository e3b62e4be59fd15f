// The general kernel: a combination as a run of its own, by the same call that a user would make.
//
// Holds for every strategy and every option; it shares nothing between combinations, so what it costs is what a single
// run costs (3 to 10 ns a bar). The judge of the other kernels. Threads: pure function but for the row it writes.
#pragma once

#include "peak/sim/backtest.hpp"
#include "peak/study/sweep.hpp"
#include "study/rows.hpp"

namespace peak::study {

/// The run of a combination of `of`: on its market, or over all symbols of its panel.
[[nodiscard]] Result<BacktestResult> run_combination(const SweepResult& of, std::size_t market,
                                                     const BacktestOptions& options);

/// Writes row `row`; a failure is what run_combination() says, and then nothing is written.
[[nodiscard]] Status run_general(const SweepResult& of, std::size_t market, const BacktestOptions& options,
                                 std::uint64_t row, const Rows& rows);

/// Sums of returns and of squared returns in each of `sums.size() / 2` equal parts of the bars.
void add_up_blocks(std::span<const double> returns, std::span<double> sums);

}  // namespace peak::study
