#include "sim/panel_result.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "peak/market/periods.hpp"
#include "sim/panel_inputs.hpp"

namespace peak::sim {
namespace {

// A position or a target in a symbol that has no bars any more is what users do not see.
void warn_of_ends(BacktestResult& result) {
  const Panel& panel = *result.panel;
  if (result.bars.size() != panel.size()) return;  // a run that was cut short
  std::vector<double> units(panel.symbols(), 0.0);
  for (const HoldingChange& change : result.simulation.holdings) units[change.symbol] = change.units;
  const Nanoseconds last = panel.time()[panel.size() - 1];
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    const Nanoseconds end = panel.series(s).time().back();
    if (units[s] == 0 || end == last) continue;
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
  if (options.run.detail) return unsupported("detail (finer bars) for many symbols; run them one by one");
  BacktestResult result;
  result.broker = options.run.broker.applied_to(strategy_broker);
  PEAK_ASSIGN_OR_RETURN(result.instruments, instruments_of(*panel, result.broker, options.instruments));
  if (result.broker.periods_per_year == 0) {
    result.broker.periods_per_year = periods_per_year(panel->time(), options.run.periods_per_year).value;
  }
  result.bars = formula_panel(panel, result.instruments)->equal_weight_index();
  result.panel = std::move(panel);
  return result;
}

Status finish_panel_result(BacktestResult& result, Simulation run, const PanelOptions& options, DecidedBy by) {
  result.simulation = std::move(run);
  if (options.run.benchmark) {
    PEAK_ASSIGN_OR_RETURN(result.benchmark, benchmark_closes(result.bars, options.run, Instrument{}));
  }
  complete(result, options.run, by);
  warn_of_ends(result);
  return {};
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
