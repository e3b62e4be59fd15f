// The returns of some of a sweep's rows in periods, made by running them again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "peak/base/status.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/study/sweep.hpp"
#include "peak/study/trial_periods.hpp"

namespace peak::study {

/// Trial i is row grid_rows[i] (ascending) of `market`, by the planner's kernel; those that fail are undefined. A stop
/// is kCancelled.
[[nodiscard]] Result<TrialPeriods> run_for_periods(const SweepResult& result, std::size_t market,
                                                   std::span<const std::uint64_t> grid_rows, const StopToken& stop);

}  // namespace peak::study
