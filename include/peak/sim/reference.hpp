// The reference engine: docs/rule_book.md as plain code, one bar and one order at a time; the other engines' judge.
//
// Read this engine to know what a run means. It is not slow (tens of nanoseconds per bar), but it is not tuned.
// Threads: pure function.
#pragma once

#include "peak/sim/simulation.hpp"

namespace peak {

/// Runs signals on bars. Fails only on broker options out of range or signal views of another length than the bars.
[[nodiscard]] Result<Simulation> simulate_reference(const Bars& bars, const SignalViews& signals,
                                                    const BrokerOptions& broker);

}  // namespace peak
