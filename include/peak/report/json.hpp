// JSON: a run as the one object that C++, the command and Python all hand out, with the same text wherever it is made.
//
// Keys, in this order:
//     strategy, params       name, and every parameter as run
//     data                   path, symbol, rows, start, end, time_zone, fingerprint
//     broker                 every option as run (trading/broker.hpp)
//     metrics                every metric by name (metrics/metrics.hpp)
//     undefined_metrics      the reason for each metric that is null
//     conventions            name, periods_per_year and its reason, risk_free, definitions
//     signals                how many of each kind, conflicts, and those that asked for what already was
//     unfilled_orders        how many orders did not fill, by reason
//     warnings               sentences for the user
//     fingerprint            identity of the run: data, strategy, parameters, broker, semantics
//     engine_version, engine_semantics
//     command                on request: the words of the command line that made the run
//     trades, orders         on request, with the columns of report/csv.hpp
//
// Units     as in the result: fractions are fractions (0.12), drawdowns negative, money in the account's currency.
// Numbers   are the shortest text that reads back as the same double. NaN and infinity are null; why a metric is null
//           stands under its name in undefined_metrics.
// Times     ISO 8601, UTC. Text that is not UTF-8 (a path may be anything) has U+FFFD in place of each bad byte.
// Threads   pure functions.
#pragma once

#include <string>
#include <vector>

#include "peak/sim/backtest.hpp"

namespace peak {

struct JsonOptions {
  std::string data_path{};             ///< where the bars came from, as the user gave it; empty: null
  int indent = 2;                      ///< spaces per level; 0: one line without spaces
  bool definitions = true;             ///< how each metric is computed, under conventions.definitions
  bool trades = false;                 ///< every trade, as an array of objects
  bool orders = false;                 ///< every order, filled or not, as an array of objects
  std::vector<std::string> command{};  ///< words of the command line that made the run; empty: no key
};

/// The object, without a line break at its end. Never fails.
[[nodiscard]] std::string to_json(const BacktestResult& result, const JsonOptions& options = {});

/// Version of Peak Trade, "0.1.0": the engine_version of results.
[[nodiscard]] const char* engine_version() noexcept;

}  // namespace peak
