// CSV: trades, orders and equity of a run for spreadsheets and other programs.
//
// A header line, then one line per row; RFC 4180 quoting, line feeds, UTF-8 without a mark. Numbers are the shortest
// text that reads back as the same double, times ISO 8601 UTC, what is missing is empty. Columns are those of JSON and
// of Python's frames, so an open trade has empty exits.
//
// Failure   a file appears whole or not at all: written beside its place, then moved in.
// Threads   pure functions of the result; two writers of one path leave one of the two files whole.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/sim/backtest.hpp"

namespace peak {

/// symbol, side, quantity, entry_bar, entry_time, entry_price, exit_bar, exit_time, exit_price, fees, pnl, return,
/// bars, mae, mfe, exit_reason, ambiguous, status.
[[nodiscard]] std::string trades_csv(const BacktestResult& result);
/// decision_bar, decision_time, fill_bar, fill_time, action, purpose, side, status, reason, quantity, price, fee.
[[nodiscard]] std::string orders_csv(const BacktestResult& result);
/// time, equity, return, in_position; one row per bar.
[[nodiscard]] std::string equity_csv(const BacktestResult& result);

[[nodiscard]] Status write_trades_csv(const BacktestResult& result, const std::string& path);
[[nodiscard]] Status write_orders_csv(const BacktestResult& result, const std::string& path);
[[nodiscard]] Status write_equity_csv(const BacktestResult& result, const std::string& path);

}  // namespace peak
