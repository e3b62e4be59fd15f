#include "study/general_kernel.hpp"

#include <vector>

#include "peak/base/exact_sum.hpp"
#include "peak/study/panel_sweep.hpp"
#include "study/period_ticks.hpp"

namespace peak::study {

void add_up_blocks(std::span<const double> returns, std::span<double> sums) {
  thread_local std::vector<double> squares;
  squares.resize(returns.size());
  for (std::size_t i = 0; i < returns.size(); ++i) squares[i] = returns[i] * returns[i];
  const std::size_t blocks = sums.size() / 2;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t first = returns.size() * block / blocks, last = returns.size() * (block + 1) / blocks;
    sums[2 * block] = exact_sum(returns.subspan(first, last - first)).value();
    sums[2 * block + 1] = exact_sum(std::span<const double>(squares).subspan(first, last - first)).value();
  }
}

Result<BacktestResult> run_combination(const SweepResult& of, std::size_t market, const BacktestOptions& options) {
  if (of.over == nullptr) return backtest(of.markets[market].bars, of.strategy, options);
  PanelOptions panel = of.over->options;
  panel.run = options;
  return backtest(of.over->panel, of.strategy, panel);
}

Status run_general(const SweepResult& of, std::size_t market, const BacktestOptions& options, std::uint64_t row,
                   const Rows& rows) {
  PEAK_ASSIGN_OR_RETURN(const BacktestResult result, run_combination(of, market, options));
  const std::span<double> values = rows.values_of(row);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = shown_value(result.metrics, rows.metrics[i]);
  add_up_blocks(result.simulation.returns, rows.sums_of(row));
  if (rows.periods != nullptr) add_up_periods(result.simulation.returns, rows.trial_of(row), *rows.periods);
  return {};
}

}  // namespace peak::study
