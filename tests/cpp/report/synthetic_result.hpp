// A small run made by hand, so that what reports show can be checked without running an engine.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "peak/sim/backtest.hpp"

namespace peak::report_test {

/// Daily bars from 2020-01-01 with the given closes; open = close of the bar before, high and low one above and below.
inline Bars daily_bars(const std::vector<double>& closes) {
  std::vector<std::int64_t> times;
  std::vector<double> opens, highs, lows;
  for (std::size_t i = 0; i < closes.size(); ++i) {
    times.push_back((days_from_date(2020, 1, 1) + static_cast<std::int64_t>(i)) * kNanosecondsPerDay);
    opens.push_back(i == 0 ? closes[0] : closes[i - 1]);
    highs.push_back(std::max(opens[i], closes[i]) + 1);
    lows.push_back(std::min(opens[i], closes[i]) - 1);
  }
  return *Bars::from_columns(Column::own("time", std::move(times), ColumnType::kTime),
                             Column::own("open", std::move(opens)), Column::own("high", std::move(highs)),
                             Column::own("low", std::move(lows)), Column::own("close", closes), Column());
}

inline Buffer<double> buffer(const std::vector<double>& values) {
  return Buffer<double>(std::span<const double>(values));
}

/// Four bars 100, 110, 99, 120; bought one unit at 100 (bar 1's open), sold at 99 (bar 3's open), bought at 120 open.
inline BacktestResult small_result() {
  BacktestResult result;
  result.bars = daily_bars({100, 110, 99, 120});
  result.bars.set_symbol("TEST");
  result.strategy.name = "by_hand";
  result.parameters = {{"fast", 10}, {"threshold", 0.5}};
  result.broker.cash = 1000;
  result.broker.commission = 0.001;
  result.periods = {365, "daily bars with weekends: 365"};
  Simulation& run = result.simulation;
  run.equity = buffer({1000, 1009.9, 998.9, 998.801});
  run.returns = buffer({0, 0.0099, -0.010892, -0.0000991});
  run.in_position = Bits(4);
  run.in_position.set(1);
  run.in_position.set(2);
  Trade closed;
  closed.quantity = 1;
  closed.entry_bar = 1;
  closed.exit_bar = 3;
  closed.entry_price = 100;
  closed.exit_price = 99;
  closed.entry_fee = 0.1;
  closed.exit_fee = 0.099;
  closed.pnl = -1.199;
  closed.return_fraction = -0.01199;
  closed.exit_reason = ExitReason::kSignal;
  run.trades = {closed};
  Order enter{
      .decision_bar = 0, .fill_bar = 1, .status = OrderStatus::kFilled, .quantity = 1, .price = 100, .fee = 0.1};
  Order exit{.decision_bar = 2,
             .fill_bar = 3,
             .action = OrderAction::kSell,
             .purpose = OrderPurpose::kExit,
             .status = OrderStatus::kFilled,
             .quantity = 1,
             .price = 99,
             .fee = 0.099};
  Order late{.decision_bar = 3, .status = OrderStatus::kExpired, .reason = Reason::kEndOfData};
  run.orders = {enter, exit, late};
  run.signals = {.entries = 2, .exits = 1, .short_entries = 0, .short_exits = 0, .conflicts = 0, .ignored = 1};
  run.final_cash = 998.801;
  run.fees = 0.199;
  run.traded_value = 199;
  for (std::size_t i = 0; i < kMetricCount; ++i) result.metrics.set(static_cast<Metric>(i), 0.0);
  result.metrics.set(Metric::kFinalEquity, 998.801);
  result.metrics.set(Metric::kTotalReturn, -0.001199);
  result.metrics.set(Metric::kTrades, 1);
  result.metrics.set_undefined(Metric::kPayoffRatio, "no winning trades");
  return result;
}

}  // namespace peak::report_test
