// The options that say what a run assumes of broker, account and metrics, shared by every command that runs strategies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "peak/sim/backtest.hpp"

namespace peak::command {

/// Options that write into `run`, under the headings "Broker and account" and "Metrics".
void add_run_options(std::vector<Option>& options, const std::shared_ptr<BacktestOptions>& run);

/// --set NAME=NUMBER, under the heading "Input".
[[nodiscard]] Option parameter_option(const std::shared_ptr<BacktestOptions>& run);

}  // namespace peak::command
