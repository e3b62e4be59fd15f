// The gate is a further column of the bars, 1 where entries are allowed, that the entry signals are joined with: so
// every engine and every kind of order works as in any other run.
#include "study/gated_run.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "study/panel_part.hpp"

namespace peak::study {
namespace {

constexpr const char* kGate = "peak_gate";

/// The bars of `slice` with the gate, which opens at bar `begin`.
Result<Bars> with_gate(const Bars& slice, std::size_t begin) {
  std::vector<double> gate(slice.size(), 0.0);
  std::fill(gate.begin() + static_cast<std::ptrdiff_t>(std::min(begin, gate.size())), gate.end(), 1.0);
  std::vector<Column> extra;
  constexpr std::size_t kOwnColumns = 6;  // time, open, high, low, close, volume
  const std::vector<std::string> names = slice.column_names();
  const std::size_t own = kOwnColumns - (slice.has_volume() ? 0 : 1);
  for (std::size_t i = own; i < names.size(); ++i) extra.push_back(*slice.find(names[i]));
  extra.push_back(Column::own(kGate, std::move(gate)));
  const auto column = [&](const char* name) {
    const Column* found = slice.find(name);
    return found != nullptr ? *found : Column();
  };
  PEAK_ASSIGN_OR_RETURN(
      Bars made, Bars::from_columns(slice.time_column(), column("open"), column("high"), column("low"), column("close"),
                                    column("volume"), std::move(extra)));
  made.set_symbol(slice.symbol());
  made.set_time_zone(slice.time_zone());
  made.set_others(slice.shared_others(), slice.bar_length());
  return made;
}

}  // namespace

Result<BacktestResult> run_gated(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& options,
                                 std::size_t begin, std::size_t end) {
  PEAK_ASSIGN_OR_RETURN(const Bars gated, with_gate(bars.slice(0, end), begin));
  return backtest(gated, gated_strategy(strategy), options);
}

Result<Panel> gated_panel(const Panel& panel, std::size_t begin, std::size_t end) {
  std::vector<Bars> series;
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    const Bars known = panel.series(s).slice(0, rows_before(panel, s, end));
    PEAK_ASSIGN_OR_RETURN(Bars gated, with_gate(known, rows_before(panel, s, begin)));
    series.push_back(std::move(gated));
  }
  return panel_part_of(panel, std::move(series), end);
}

StrategyDefinition gated_strategy(StrategyDefinition strategy) {
  const expression::Expression open = expression::column(kGate) > expression::Expression(0.5);
  if (strategy.entry) strategy.entry = *strategy.entry && open;
  if (strategy.short_entry) strategy.short_entry = *strategy.short_entry && open;
  return strategy;
}

}  // namespace peak::study
