// Completion: what every run ends with, whoever decided it: metrics of its simulation, and warnings.
#pragma once

#include "peak/sim/backtest.hpp"

namespace peak::sim {

/// Values in range, or an error naming the option.
[[nodiscard]] Status check_options(const BacktestOptions& options);

/// Signals (given, or of a definition), or a strategy written as code, which gives orders.
enum class DecidedBy : unsigned char { kSignals, kCode };

/// Fills in periods, metrics and warnings from result.bars, broker and simulation.
void complete(BacktestResult& result, const BacktestOptions& options, DecidedBy decided_by);

}  // namespace peak::sim
