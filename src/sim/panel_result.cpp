#include "sim/panel_result.hpp"

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "peak/market/periods.hpp"
#include "sim/detail.hpp"
#include "sim/panel_inputs.hpp"

namespace peak::sim {
namespace {

// A position or a target in a symbol that has no bars any more is what users do not see.
void warn_of_ends(BacktestResult& result) {
  const Panel& panel = *result.panel;
  if (panel.size() == 0 || result.bars.size() != panel.size()) return;  // nothing yet, or a run that was cut short
  std::vector<double> units(panel.symbols(), 0.0);
  for (const HoldingChange& change : result.simulation.holdings) units[change.symbol] = change.units;
  const Nanoseconds last = panel.time()[panel.size() - 1];
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    if (units[s] == 0) continue;
    const Nanoseconds end = panel.series(s).time().back();
    if (end == last) continue;
    result.warnings.push_back("'" + panel.symbol(s) + "' has no bar after " + format_time_short(end) +
                              ": its position keeps its last mark to the end of the run; give a delisting if it "
                              "ceased to trade");
  }
}

}  // namespace

Result<BacktestResult> start_panel_result(std::shared_ptr<const Panel> panel, const PanelOptions& options,
                                          const BrokerOptions& strategy_broker) {
  if (panel == nullptr || panel->symbols() == 0) return invalid_argument("a panel needs at least one symbol");
  PEAK_RETURN_IF_ERROR(check_options(options.run));
  if (options.run.detail) {
    return invalid_argument("detail (finer bars) of one symbol for many; give finer bars by symbol");
  }
  PEAK_RETURN_IF_ERROR(PanelDetail::check(*panel, options.detail.get()));
  BacktestResult result;
  result.broker = options.run.broker.applied_to(strategy_broker);
  PEAK_ASSIGN_OR_RETURN(result.instruments, instruments_of(panel->symbol_names(), result.broker, options.instruments));
  if (result.broker.periods_per_year == 0) {
    result.broker.periods_per_year = periods_per_year(panel->time(), options.run.periods_per_year).value;
  }
  result.bars = formula_panel(panel, result.instruments)->equal_weight_index();
  result.panel = std::move(panel);
  return result;
}

Status finish_panel_result(BacktestResult& result, Simulation run, const PanelOptions& options, DecidedBy by) {
  result.simulation = std::move(run);
  if (options.detail != nullptr) result.detail = options.detail->fingerprint();
  if (options.run.benchmark) {
    PEAK_ASSIGN_OR_RETURN(result.benchmark, benchmark_closes(result.bars, options.run, Instrument{}));
  }
  complete(result, options.run, by);
  warn_of_ends(result);
  return {};
}

void warn_of_weights(BacktestResult& result, const TargetWeights& targets) {
  constexpr double kRoundingAllowance = 1e-9;
  std::size_t above = 0;
  for (std::size_t i = 0; i < targets.stamps.size(); ++i) {
    double gross = 0;
    for (const double weight : targets.row(i, result.panel->symbols()))
      gross += std::isnan(weight) ? 0 : std::fabs(weight);
    above += gross > result.broker.margin.leverage + kRoundingAllowance ? 1U : 0U;
  }
  if (above == 0) return;
  result.warnings.push_back("the sizes of the weights add up to more than the account may hold on " +
                            std::to_string(above) + " of " + std::to_string(targets.stamps.size()) +
                            " stamps: increases were scaled to the cash (rule 14)");
}

}  // namespace peak::sim

namespace peak {

std::shared_ptr<const Panel> formula_panel(std::shared_ptr<const Panel> panel,
                                           const std::vector<Instrument>& instruments) {
  std::vector<std::vector<Split>> splits;
  bool any = false;
  for (const Instrument& instrument : instruments) {
    splits.push_back(instrument.splits());
    any = any || !splits.back().empty();
  }
  return any ? std::make_shared<const Panel>(panel->with_splits(splits)) : panel;
}

}  // namespace peak
