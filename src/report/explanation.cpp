#include "peak/report/explanation.hpp"

#include <cmath>

#include "peak/expression/panel_program.hpp"
#include "peak/expression/program.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "report/run_symbols.hpp"
#include "report/trade_fills.hpp"

namespace peak {
namespace {

using expression::Expression;
using report::TradeFill;

/// The named lines and signals of the run's strategy, computed for every bar.
class Lines {
 public:
  static Result<Lines> of(const BacktestResult& result, std::uint32_t symbol) {
    Lines lines;
    std::vector<std::pair<std::string, Expression>> names;
    const auto add = [&](const std::string& name, const Expression& formula) {
      lines.infos_.push_back({.name = name, .formula = to_text(formula, names), .value = {}});
      lines.formulas_.push_back(formula);
    };
    for (const auto& [name, formula] : result.strategy.lines) {
      add(name, formula);
      names.emplace_back(name, formula);
    }
    if (result.strategy.entry) add("entry", *result.strategy.entry);
    if (result.strategy.exit) add("exit", *result.strategy.exit);
    if (result.strategy.short_entry) add("short_entry", *result.strategy.short_entry);
    if (result.strategy.short_exit) add("short_exit", *result.strategy.short_exit);
    if (result.strategy.weight) add("weight", *result.strategy.weight);
    if (lines.formulas_.empty()) return lines;
    if (result.panel != nullptr) return of_panel(std::move(lines), result, symbol);
    PEAK_ASSIGN_OR_RETURN(const auto program, expression::Program::compile(lines.formulas_));
    Bars as_traded = result.bars;
    as_traded.set_splits(result.broker.instrument.splits());
    expression::ParameterValues used;  // code has parameters that no formula has
    for (const auto& [name, value] : program.parameters()) used[name] = result.parameters.at(name);
    PEAK_ASSIGN_OR_RETURN(lines.values_, program.evaluate(as_traded, used, lines.workspace_));
    return lines;
  }

  /// `bar` of the symbol's own.
  [[nodiscard]] std::vector<ExplainedLine> at(std::int64_t bar) const {
    std::vector<ExplainedLine> found = infos_;
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].is_signal = formulas_[i].type() == expression::ValueType::kSignal;
      found[i].value = value(i, bar);
      found[i].value_before = value(i, bar - 1);
    }
    return found;
  }

 private:
  static Result<Lines> of_panel(Lines lines, const BacktestResult& result, std::uint32_t symbol) {
    const std::uint32_t only[] = {symbol};
    const auto panel = formula_panel(result.panel, result.instruments);
    for (const Expression& formula : lines.formulas_) {
      expression::ParameterValues used;
      for (const auto& parameter : parameters_of(formula)) {
        used[parameter.first] = result.parameters.at(parameter.first);
      }
      PEAK_ASSIGN_OR_RETURN(auto columns,
                            expression::evaluate_columns(*panel, formula, used, result.broker.periods_per_year, only));
      lines.columns_.push_back(std::move(columns[symbol]));
    }
    return lines;
  }

  [[nodiscard]] std::optional<double> value(std::size_t line, std::int64_t bar) const {
    if (bar < 0) return {};
    const auto t = static_cast<std::size_t>(bar);
    if (!columns_.empty()) {
      return std::isnan(columns_[line][t]) ? std::nullopt : std::optional<double>(columns_[line][t]);
    }
    const expression::OutputView& view = values_[line];
    if (view.type == expression::ValueType::kSignal) {
      if (!view.defined[t]) return {};
      return view.truth[t] ? 1.0 : 0.0;
    }
    if (t >= view.numbers.size() || std::isnan(view.numbers[t])) return {};
    return view.numbers[t];
  }

  std::vector<ExplainedLine> infos_;
  std::vector<Expression> formulas_;
  expression::Workspace workspace_;
  std::vector<expression::OutputView> values_;
  std::vector<std::vector<double>> columns_;  // of a panel, instead of values_
};

std::string rule_of(const Order& order, FillRule rule) {
  switch (rule) {
    case FillRule::kOpen: return "at the open of the bar after the decision (rule 1)";
    case FillRule::kClose: return "at the close of the bar that decided (rule 1)";
    case FillRule::kGap: return "the bar opened beyond the order's price: at its open (rule 13)";
    case FillRule::kStopPrice: return "the bar reached the stop: at the stop's price (rule 13)";
    case FillRule::kLimitPrice: return "the bar reached the limit: at the limit's price (rule 13)";
    case FillRule::kMark: return "at the last price (rules 8 and 11)";
    case FillRule::kNone: break;
  }
  // Runs of signals alone record where they filled, not how.
  return order.fill_bar == order.decision_bar ? "at the close of the bar that decided (rule 1)"
                                              : "at the open of the bar after the decision (rule 1)";
}

/// The price before slippage where the bars tell it: opens and closes.
double market_price_of(const BacktestResult& result, const Order& order, const OrderEvent& fill) {
  const Bars& bars = report::bars_of(result, order.symbol);
  const std::int64_t row = report::row_of(result, order.symbol, fill.bar);
  if (row < 0) return std::nan("");
  const auto bar = static_cast<std::size_t>(row);
  switch (fill.fill_rule) {
    case FillRule::kOpen:
    case FillRule::kGap: return bars.open()[bar];
    case FillRule::kClose:
    case FillRule::kMark: return bars.close()[bar];
    case FillRule::kLimitPrice: return fill.price;  // limits have no slippage (rule 2)
    case FillRule::kStopPrice: return std::nan("");
    case FillRule::kNone: break;
  }
  return order.fill_bar == order.decision_bar ? bars.close()[bar] : bars.open()[bar];
}

ExplainedFill explained(const BacktestResult& result, const TradeFill& fill, const Lines& lines, bool by_signal) {
  ExplainedFill out;
  out.order = fill.event.order;
  out.record = result.simulation.orders[static_cast<std::size_t>(fill.event.order)];
  out.life = life_of(result.simulation, fill.event.order);
  if (by_signal) out.lines = lines.at(report::row_of(result, out.record.symbol, out.record.decision_bar));
  out.rule = rule_of(out.record, fill.event.fill_rule);
  out.quantity = fill.quantity;
  out.fee = fill.fee;
  out.market_price = market_price_of(result, out.record, fill.event);
  const double worse = out.record.action == OrderAction::kBuy ? fill.event.price - out.market_price
                                                              : out.market_price - fill.event.price;
  out.slippage = worse * fill.quantity * report::instrument_of(result, out.record.symbol).multiplier;
  out.cash_before = fill.cash_before;
  out.cash_after = fill.cash_after;
  return out;
}

}  // namespace

Result<Explanation> explain(const BacktestResult& result, std::size_t trade) {
  const std::size_t count = result.simulation.trades.size();
  if (trade >= count) {
    return not_found("there is no trade " + std::to_string(trade) + ": the run has " + std::to_string(count) +
                     (count == 0 ? " trades" : " trades, counted from 0"));
  }
  PEAK_ASSIGN_OR_RETURN(const Lines lines, Lines::of(result, result.simulation.trades[trade].symbol));
  Explanation explanation{.trade = trade, .record = result.simulation.trades[trade], .fills = {}};
  const ExitReason reason = explanation.record.exit_reason;
  for (const TradeFill& fill : report::fills_of(result, trade)) {
    const bool by_order = reason == ExitReason::kOrder && !result.strategy.lines.empty();
    const bool by_signal = !fill.closes || by_order || reason == ExitReason::kSignal ||
                           reason == ExitReason::kReversal ||
                           (result.strategy.weight && fill.event.fill_rule != FillRule::kMark);
    explanation.fills.push_back(explained(result, fill, lines, by_signal));
  }
  return explanation;
}

}  // namespace peak
