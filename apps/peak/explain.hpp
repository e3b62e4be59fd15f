// What `peak explain` and `peak backtest --explain` share.
#pragma once

#include <string>
#include <vector>

#include "peak/sim/backtest.hpp"

namespace peak::command {

/// Runs a `peak backtest` line again, without writing any of its files.
[[nodiscard]] Result<BacktestResult> repeat_backtest(const std::vector<std::string>& words);

/// Prints where the numbers of one trade, counted from 0, come from.
[[nodiscard]] Status write_explanation(const BacktestResult& result, double trade, bool json);

}  // namespace peak::command
