// How to run it again: the command and the Python lines that make the same result.
#pragma once

#include <string>

#include "peak/report/page.hpp"

namespace peak::report {

/// What kind of thing the strategy is, which decides how it is named in a command.
enum class StrategySource : unsigned char {
  kBuiltin,  ///< known to Peak Trade under its name
  kFile,     ///< ReportOptions::strategy_path
  kWritten,  ///< made in code: its text form is shown, to be saved as a file
  kSignals,  ///< given arrays: there is no text of them
};

[[nodiscard]] StrategySource strategy_source(const BacktestResult& result, const ReportOptions& options);

/// "peak backtest sma_cross --data spy.csv --set fast=10", quoted for a POSIX shell; empty for given signals.
[[nodiscard]] std::string command_line(const BacktestResult& result, const ReportOptions& options);

/// The same in Python.
[[nodiscard]] std::string python_lines(const BacktestResult& result, const ReportOptions& options);

}  // namespace peak::report
