#include "peak/study/panel_lookahead.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "peak/expression/panel_program.hpp"
#include "peak/market/periods.hpp"
#include "study/panel_part.hpp"

namespace peak {
namespace {

/// The strategy on one prefix.
class PanelDecisions {
 public:
  PanelDecisions(const StrategyDefinition& strategy, const PanelOptions& options)
      : strategy_(strategy), options_(options) {}

  Result<Decisions> on(const std::shared_ptr<const Panel>& panel) {
    PEAK_ASSIGN_OR_RETURN(const BacktestResult run, backtest(panel, strategy_, options_));
    const auto formulas = formula_panel(panel, run.instruments);
    if (strategy_.weight) {
      PEAK_RETURN_IF_ERROR(add_weights(*formulas, run));
    } else {
      PEAK_RETURN_IF_ERROR(add_signal(*formulas, run, "entry", strategy_.entry));
      PEAK_RETURN_IF_ERROR(add_signal(*formulas, run, "exit", strategy_.exit));
      PEAK_RETURN_IF_ERROR(add_signal(*formulas, run, "short_entry", strategy_.short_entry));
      PEAK_RETURN_IF_ERROR(add_signal(*formulas, run, "short_exit", strategy_.short_exit));
    }
    if (!run.strategy.rebalance || !run.strategy.rebalance->last) add_orders(*panel, run);
    return std::move(decisions_);
  }

 private:
  std::vector<double>& named(const char* what, const Panel& panel, std::size_t s) {
    std::vector<double>& values = decisions_[std::string(what) + " of " + panel.symbol(s)];
    values.assign(panel.size(), 0.0);
    return values;
  }

  static expression::ParameterValues used_by(const expression::Expression& formula, const BacktestResult& run) {
    expression::ParameterValues used;
    for (const auto& [name, value] : parameters_of(formula)) used[name] = run.parameters.at(name);
    return used;
  }

  Status add_weights(const Panel& panel, const BacktestResult& run) {
    std::vector<std::size_t> all(panel.size());
    for (std::size_t t = 0; t < all.size(); ++t) all[t] = t;
    PEAK_ASSIGN_OR_RETURN(const std::vector<double> weights,
                          expression::evaluate_at(panel, *strategy_.weight, all, used_by(*strategy_.weight, run),
                                                  run.broker.periods_per_year));
    for (std::size_t s = 0; s < panel.symbols(); ++s) {
      std::vector<double>& values = named("weight", panel, s);
      for (std::size_t t = 0; t < all.size(); ++t) values[t] = weights[t * panel.symbols() + s];
    }
    return {};
  }

  Status add_signal(const Panel& panel, const BacktestResult& run, const char* what,
                    const std::optional<expression::Expression>& signal) {
    if (!signal) return {};
    PEAK_ASSIGN_OR_RETURN(
        const std::vector<Bits> all,
        expression::evaluate_signal(panel, *signal, used_by(*signal, run), run.broker.periods_per_year));
    for (std::size_t s = 0; s < panel.symbols(); ++s) {
      std::vector<double>& values = named(what, panel, s);
      for (std::size_t t = 0; t < values.size(); ++t) {
        if (panel.has_bar(s, t)) values[t] = all[s][static_cast<std::size_t>(panel.row(s, t))] ? 1 : 0;
      }
    }
    return {};
  }

  void add_orders(const Panel& panel, const BacktestResult& run) {
    for (std::size_t s = 0; s < panel.symbols(); ++s) static_cast<void>(named("order", panel, s));
    for (const Order& order : run.simulation.orders) {
      if (order.decision_bar < 0) continue;
      // Counted only: whether an order to a target buys or sells turns out when it fills.
      decisions_.at("order of " + panel.symbol(order.symbol))[static_cast<std::size_t>(order.decision_bar)] += 1;
    }
  }

  const StrategyDefinition& strategy_;
  const PanelOptions& options_;
  Decisions decisions_;
};

}  // namespace

Result<Panel> known_at(const Panel& panel, std::size_t count) { return study::panel_part(panel, 0, count); }

Result<Lookahead> check_lookahead(const std::shared_ptr<const Panel>& panel, const StrategyDefinition& strategy,
                                  const PanelOptions& run, const LookaheadOptions& options) {
  if (panel == nullptr) return invalid_argument("the look-ahead check needs data");
  PanelOptions open_end = run;
  open_end.run.broker.finalize = false;  // the closes of the last bars would be decisions of every prefix
  open_end.run.periods_per_year = periods_per_year(panel->time(), run.run.periods_per_year).value;
  const auto on_prefix = [&](std::size_t count) -> Result<Decisions> {
    PEAK_ASSIGN_OR_RETURN(Panel known, known_at(*panel, count));
    return PanelDecisions(strategy, open_end).on(std::make_shared<const Panel>(std::move(known)));
  };
  return check_lookahead(panel->size(), on_prefix, options);
}

}  // namespace peak
