// Text: a run for people at a terminal.
//
// Fractions are shown as percentages here ("12.34%"); programs read JSON or CSV instead.
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "peak/report/text_table.hpp"
#include "peak/sim/backtest.hpp"

namespace peak {

struct TextOptions {
  TextStyle style{};
  std::size_t max_trades = 20;  ///< of more trades, the first and the last are shown with a line between; 0: all
  bool conventions = false;     ///< how each metric is computed, below the metrics
};

/// Heading (strategy, parameters, data, broker), metrics, what became of signals and orders, warnings.
[[nodiscard]] std::string format_summary(const BacktestResult& result, const TextOptions& options = {});

/// Every metric by group, in two columns where the width allows; undefined ones with the reason.
[[nodiscard]] std::string format_metrics(const BacktestResult& result, const TextOptions& options = {});

/// The trades as a table; columns are left out where the width does not hold them.
[[nodiscard]] std::string format_trades(const BacktestResult& result, const TextOptions& options = {});

/// Orders that did not fill and signals without effect, by reason; empty if there are none.
[[nodiscard]] std::string format_unfilled(const BacktestResult& result, const TextOptions& options = {});

/// The warnings, one paragraph each; empty if there are none.
[[nodiscard]] std::string format_warnings(const BacktestResult& result, const TextOptions& options = {});

}  // namespace peak
