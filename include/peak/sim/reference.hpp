// The reference engine: docs/rule_book.md as plain code, one bar and one order at a time; the other engines' judge.
//
// Read this engine to know what a run means. It is not slow (tens of nanoseconds per bar), but it is not tuned.
// Threads: pure function.
#pragma once

#include "peak/sim/simulation.hpp"

namespace peak {

/// With `detail`, finer bars decide the order of prices inside each bar (rule 13); null: each bar speaks for itself.
/// Runs signals on bars. Fails only on broker options out of range or signal views of another length than the bars.
[[nodiscard]] Result<Simulation> simulate_reference(const Bars& bars, const SignalViews& signals,
                                                    const BrokerOptions& broker, const Bars* detail = nullptr);

}  // namespace peak
