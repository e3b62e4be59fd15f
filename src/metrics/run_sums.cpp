#include "metrics/run_sums.hpp"

#include <utility>

namespace peak {

BenchmarkSums sum_benchmark_returns(std::span<const double> returns, const ReturnSums& sums,
                                    std::span<const double> benchmark) {
  BenchmarkSums result;
  result.count = static_cast<std::int64_t>(returns.size());
  result.returns = sums.returns;
  result.squares = sums.squares;
  result.pairs = sum_pairs(returns, benchmark, BenchmarkKind::kReturns);
  double growth = 1.0;
  for (const double value : benchmark) growth *= 1.0 + value;
  result.total_return = growth - 1.0;
  return result;
}

BenchmarkSums sum_benchmark_closes(std::span<const double> returns, std::span<const double> closes, ReturnSums& sums) {
  BenchmarkSums result;
  result.total_return = closes.back() / closes.front() - 1.0;
  ReturnsAndPairs both = sum_returns_and_closes(returns, closes);
  sums = std::move(both.returns);
  if (returns.size() < 2) return result;
  result.pairs = std::move(both.pairs);
  result.count = static_cast<std::int64_t>(returns.size()) - 1;
  result.returns = sums.returns;
  result.squares = sums.squares;
  result.returns.add(-returns[0]);  // exact, as the sums are
  result.squares.add(-(returns[0] * returns[0]));
  return result;
}

}  // namespace peak
