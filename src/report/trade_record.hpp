// TradeRecord: a trade as tables show it: with times, total fees, duration and excursions beside what the engine keeps.
//
// JSON, CSV, terminal and page list trades from this one form, so their columns cannot differ.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "peak/sim/backtest.hpp"

namespace peak::report {

struct TradeRecord {
  Trade trade;
  Nanoseconds entry_time = kNoTime;
  Nanoseconds exit_time = kNoTime;  ///< kNoTime while open
  double fees = 0;                  ///< entry and exit
  std::int64_t bars = 0;            ///< from entry to exit, or to the last bar while open
  Excursion excursion;
  std::string tag;  ///< of the order that opened it; empty: none
};

[[nodiscard]] std::vector<TradeRecord> trade_records(const BacktestResult& result);

/// The bar's stamp; kNoTime for kNoBar.
[[nodiscard]] Nanoseconds time_of_bar(const Bars& bars, std::int64_t bar);

/// The position is still held at the last bar.
[[nodiscard]] inline bool is_open(const Trade& trade) noexcept { return trade.status == TradeStatus::kOpen; }

}  // namespace peak::report
