// A sweep's rows from a Ray cluster: computed through the Python package, kept in the sweep's store.
#pragma once

#include <span>
#include <string>

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak::command {

/// Has the cluster at `address` compute what `options.store` lacks of the sweep, so that sweep() finds it there. Needs
/// python3 with peaktrade[ray] on the PATH, or the interpreter that PEAK_PYTHON names; it shows progress and what goes
/// wrong on standard error. A stop is kCancelled, with what is finished kept.
[[nodiscard]] Status compute_on_cluster(const std::string& address, std::span<const SweepMarket> markets,
                                        const StrategyDefinition& strategy, const Grid& grid,
                                        const SweepOptions& options);

}  // namespace peak::command
