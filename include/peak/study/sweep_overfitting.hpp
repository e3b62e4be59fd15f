// How much of a sweep's best combination is luck (overfitting.hpp), from what the sweep kept of every combination.
//
//     PEAK_ASSIGN_OR_RETURN(const Overfitting luck, sweep_overfitting(result, Metric::kSharpe));
//     std::puts(luck.text().c_str());
//
// Trials    are the combinations of the best one's market. Deflated Sharpe ratio and cross-validation read the block
//           sums and cost little; reality check and SPA run trials again for their returns: all of them up to 10,000,
//           beyond that the 1,000 best, or all with kFull.
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
