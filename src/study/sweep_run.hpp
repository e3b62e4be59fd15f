// The sweep of a result that says what is swept: grid, strategy, options, markets, and the panel of one over many
// symbols.
//
// Threads: runs on ThreadPool::shared().
#pragma once

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak::study {

/// Fills `result` with its rows.
[[nodiscard]] Status run_sweep(const SweepOptions& options, SweepResult& result);

}  // namespace peak::study
