// The gate is a further column of the bars, 1 where entries are allowed, that the entry signals are joined with: so
// every engine and every kind of order works as in any other run.
#include "study/gated_run.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace peak::study {
namespace {

constexpr const char* kGate = "peak_gate";

Result<Bars> with_gate(const Bars& bars, std::size_t begin, std::size_t end) {
  const Bars slice = bars.slice(0, end);
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
  made.set_symbol(bars.symbol());
  made.set_time_zone(bars.time_zone());
  return made;
}

}  // namespace

Result<BacktestResult> run_gated(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& options,
                                 std::size_t begin, std::size_t end) {
  PEAK_ASSIGN_OR_RETURN(const Bars gated, with_gate(bars, begin, end));
  StrategyDefinition joined = strategy;
  const expression::Expression open = expression::column(kGate) > expression::Expression(0.5);
  if (joined.entry) joined.entry = *joined.entry && open;
  if (joined.short_entry) joined.short_entry = *joined.short_entry && open;
  return backtest(gated, joined, options);
}

}  // namespace peak::study
