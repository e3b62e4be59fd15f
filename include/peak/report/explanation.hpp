// Explanation: where a trade's numbers come from: the signals that decided it, the life of its orders, the rule of each
// fill, every cost, cash before and after.
//
//     auto explained = peak::explain(*result, 3);            // the fourth trade
//     std::fputs(peak::format_explanation(*result, *explained).c_str(), stdout);
//
// Nothing of it is kept by a run: orders and equity are, and the rest is computed anew from the bars when it is asked
// for, so that runs cost nothing for it.
//
// Units    as in the result. Bars count from 0.
// Threads  pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/report/text_table.hpp"
#include "peak/sim/backtest.hpp"

namespace peak {

/// A named line of the strategy, or one of its signals, at the bar that decided.
struct ExplainedLine {
  std::string name;
  std::string formula;                   ///< with earlier lines by their names
  bool is_signal = false;                ///< 1 is true, 0 false
  std::optional<double> value;           ///< at the deciding bar; none: undefined
  std::optional<double> value_before{};  ///< one bar earlier
};

/// One order of the trade that filled.
struct ExplainedFill {
  OrderId order = kNoOrder;
  Order record;
  std::vector<OrderEvent> life;
  std::vector<ExplainedLine> lines;  ///< at record.decision_bar; empty for stops, targets and given signals
  std::string rule;                  ///< how the price came about, with the rule's number
  double quantity = 0;               ///< units of this fill that belong to this trade
  double fee = 0;                    ///< currency, of that part
  double market_price = 0;           ///< before slippage; NaN where the bars do not tell
  double slippage = 0;               ///< currency lost to it; NaN where the bars do not tell
  double cash_before = 0;            ///< currency, just before the fill
  double cash_after = 0;
};

struct Explanation {
  std::size_t trade = 0;  ///< counted from 0, as in Simulation::trades
  Trade record;
  std::vector<ExplainedFill> fills;  ///< in the order in which they happened: the entry first
};

/// Fails if there is no such trade.
[[nodiscard]] Result<Explanation> explain(const BacktestResult& result, std::size_t trade);

/// For people.
[[nodiscard]] std::string format_explanation(const BacktestResult& result, const Explanation& explanation,
                                             const TextStyle& style = {});
/// One object: trade, fills [{order, decided, lines, life, rule, price, costs, cash_before, cash_after}].
[[nodiscard]] std::string explanation_json(const BacktestResult& result, const Explanation& explanation,
                                           int indent = 2);

}  // namespace peak
