#include "sim/completion.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace peak::sim {
namespace {

std::string counted(std::int64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string why_no_orders_filled(const BacktestResult& result) {
  if (result.simulation.orders.empty()) return "no trades: the strategy gave no order";
  std::string text =
      "no trades: " + counted(static_cast<std::int64_t>(result.simulation.orders.size()), "order", "orders") + " given";
  for (const auto& [reason, count] : result.unfilled_orders()) {
    text += ", " + counted(count, "order", "orders") + " unfilled: " + reason_name(reason);
  }
  return text;
}

// Rule 15: a run without trades says which signals there were and what became of them.
std::string why_no_trades(const BacktestResult& result, DecidedBy decided_by) {
  const SignalCounts& signals = result.simulation.signals;
  const std::int64_t entries = signals.entries + signals.short_entries;
  if (result.bars.size() == 0) return "no trades: the data hold no bars";
  if (decided_by == DecidedBy::kCode) return why_no_orders_filled(result);
  if (entries == 0) {
    return "no trades: no entry signal on any of " +
           counted(static_cast<std::int64_t>(result.bars.size()), "bar", "bars") +
           "; the data may be shorter than the indicators' warm-up, or the condition never came true";
  }
  std::string text = "no trades: " + counted(entries, "bar with an entry signal", "bars with an entry signal");
  if (signals.conflicts > 0)
    text += ", " + counted(signals.conflicts, "bar", "bars") + " in conflict with an exit or the other side (rule 5)";
  for (const auto& [reason, count] : result.unfilled_orders()) {
    text += ", " + counted(count, "order", "orders") + " unfilled: " + reason_name(reason);
  }
  return text;
}

void add_warnings(BacktestResult& result, DecidedBy decided_by) {
  const Simulation& run = result.simulation;
  if (run.ruin_bar != kNoBar) {
    const auto bar = static_cast<std::size_t>(run.ruin_bar);
    result.warnings.push_back(
        "the account was ruined on bar " + std::to_string(run.ruin_bar) + " (" +
        format_time_short(result.bars.time()[bar]) +
        "): equity fell to zero or below, the position was liquidated and later orders were rejected");
  }
  if (run.margin_calls > 0) {
    result.warnings.push_back(counted(run.margin_calls, "margin call", "margin calls") +
                              ": equity fell below the maintenance margin and all positions were liquidated");
  }
  if (run.risk_stops > 0) {
    result.warnings.push_back("a risk limit stopped trading " + counted(run.risk_stops, "time", "times") +
                              ": entries after that were rejected (risk_limit)");
  }
  if (run.trades.empty()) result.warnings.push_back(why_no_trades(result, decided_by));
}

}  // namespace

void complete(BacktestResult& result, const BacktestOptions& options, DecidedBy decided_by) {
  result.periods = periods_per_year(result.bars.time(), options.periods_per_year);
  result.risk_free = options.risk_free;
  result.convention = options.convention;

  const MetricsInput input = metrics_input(result);
  result.metrics = options.convention == MetricsConvention::kPeakTrade
                       ? compute_metrics(input)
                       : compute_metrics_as(options.convention, input, result.bars.time());
  add_warnings(result, decided_by);
}

Status check_options(const BacktestOptions& options) {
  if (options.periods_per_year && !(*options.periods_per_year > 0 && std::isfinite(*options.periods_per_year))) {
    return invalid_argument(
        "periods_per_year is " + std::to_string(*options.periods_per_year) +
        ", but must be a finite number above 0 (252 for daily bars of stocks, 365 for daily crypto)");
  }
  if (!std::isfinite(options.risk_free) || options.risk_free <= -1) {
    return invalid_argument("risk_free is " + std::to_string(options.risk_free) +
                            ", but must be a finite fraction per year above -1 (0.02 is 2 %)");
  }
  return {};
}

}  // namespace peak::sim
