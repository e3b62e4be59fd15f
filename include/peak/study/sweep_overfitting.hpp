// How much of a sweep's best combination is luck (overfitting.hpp), from what the sweep kept of every combination.
//
//     PEAK_ASSIGN_OR_RETURN(const Overfitting luck, sweep_overfitting(result, Metric::kSharpe));
//     std::puts(luck.text().c_str());
//
// Trials    are the combinations of the best one's market. Deflated Sharpe ratio and cross-validation read the block
//           sums. Reality check and SPA read each trial's returns in 64 periods (TrialPeriods): of all trials up to
//           10,000, beyond that of the 1,000 best, or of all with kFull. A sweep keeps periods of up to 10,000 rows; of
//           more, and of reused ones, they are made by running the rows again. Pieces of the bootstrap have the square
//           root of the bars on average, at least two periods.
// Cost      8 % of the sweep's time for 10,000 trials of 10,000 bars (bench/study/sweep_bench.cpp).
// Kept      beside the rows, where these are (SweepOptions::store): the same rows are not judged twice.
// Threads   runs on ThreadPool::shared(); the same bytes for any number of threads.
#pragma once

#include "peak/base/status.hpp"
#include "peak/study/overfitting.hpp"
#include "peak/study/sweep.hpp"

namespace peak {

enum class OverfittingEffort : unsigned char {
  kSums,     ///< what block sums tell: no reality check, no SPA
  kDefault,  ///< both on at most 10,000 trials, else on the 1,000 best
  kFull,     ///< both on every trial
};
[[nodiscard]] Result<OverfittingEffort> parse_overfitting_effort(std::string_view text);  ///< "sums", "default", "full"

/// Fails if `metric` was not computed or no combination has it.
[[nodiscard]] Result<Overfitting> sweep_overfitting(const SweepResult& result, Metric metric,
                                                    OverfittingEffort effort = OverfittingEffort::kDefault,
                                                    const StopToken& stop = {});

}  // namespace peak
