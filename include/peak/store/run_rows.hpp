// Run rows: a backtest as rows of the tables runs and run_trades (schema.hpp), for whoever writes them.
//
// Units     as in the result; undefined numbers and missing exits are NULL.
// Threads   pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "peak/sim/backtest.hpp"
#include "peak/store/value.hpp"

namespace peak::store {

/// Places in a row of runs.
inline constexpr std::size_t kRunName = 1;
inline constexpr std::size_t kRunFingerprint = 4;

/// The row of runs, in the order of run_columns(). An empty `name` is the strategy's.
[[nodiscard]] std::vector<Value> run_row(const BacktestResult& result, Nanoseconds created_at, const std::string& name,
                                         const std::string& data_path, const std::vector<std::string>& command = {});

/// The words of the command line that made a saved run, from its document; empty if it was made otherwise.
[[nodiscard]] std::vector<std::string> command_of(std::string_view document);

/// The rows of run_trades, in the order of run_trade_columns(); the first value, run_id, is for the writer to fill.
[[nodiscard]] std::vector<std::vector<Value>> run_trade_rows(const BacktestResult& result);

/// Finds the id of a run of the same fingerprint and name, the two parameters.
[[nodiscard]] const char* same_run_sql();

}  // namespace peak::store
