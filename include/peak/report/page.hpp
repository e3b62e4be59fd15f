// Page: a run as one HTML file that opens by double click, without network, server or installed program.
//
// It shows price with the trades marked, equity against buy and hold, drawdown, returns by month, every metric with
// its convention, the trades, the orders that did not fill, warnings, and how to run it again. The same run gives the
// same file, byte for byte.
//
// Size      about 10 bytes per bar for prices on a tick grid. Above ReportOptions::max_points bars, neighbouring bars
//           are joined (first open, highest high, lowest low, last close, deepest drawdown) and the page says so;
//           trades, metrics and monthly returns always come from all bars.
// Safety    names, paths and warnings are data in the page, never markup; a policy in it forbids any request.
// Failure   a file appears whole or not at all.
// Threads   pure functions of the result.
#pragma once

#include <cstddef>
#include <string>

#include "peak/base/status.hpp"
#include "peak/sim/backtest.hpp"

namespace peak {

struct ReportOptions {
  std::string title{};               ///< of the page; empty: strategy and symbol
  std::string data_path{};           ///< where the bars came from, as the user gave it, for "how to reproduce"
  std::string strategy_path{};       ///< the strategy file, as the user gave it; empty: built in, or written out
  std::size_t max_points = 200'000;  ///< bars shown one by one; of more, neighbours are joined; at least 1000
};

/// The page as text.
[[nodiscard]] Result<std::string> report_page(const BacktestResult& result, const ReportOptions& options = {});

/// Writes the page to `path`.
[[nodiscard]] Status write_report(const BacktestResult& result, const std::string& path,
                                  const ReportOptions& options = {});

}  // namespace peak
