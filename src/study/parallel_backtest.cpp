#include "peak/study/parallel_backtest.hpp"

#include <utility>

namespace peak {

std::vector<Result<BacktestResult>> parallel_backtest(const Bars& bars, std::span<const StrategyRun> runs,
                                                      const BacktestOptions& options, const ParallelOptions& parallel) {
  std::vector<Result<BacktestResult>> results(runs.size(), Error{ErrorCode::kCancelled, "stopped before it began"});
  ParallelOptions one_by_one = parallel;
  one_by_one.grain = 1;
  const auto body = [&](std::size_t i) {
    BacktestOptions own = options;
    for (const auto& [name, value] : runs[i].parameters) own.parameters[name] = value;
    results[i] = backtest(bars, runs[i].strategy, own);
  };
  // It fails by a stop alone, which the places tell.
  static_cast<void>(parallel_for(runs.size(), body, one_by_one));
  return results;
}

}  // namespace peak
