#include "metrics/run_sums.hpp"

#include <utility>

namespace peak {

void sum_benchmark_returns(std::span<const double> returns, std::span<const double> benchmark, RunSums& sums) {
  ReturnsAndPairs both = sum_with_benchmark(returns, benchmark, BenchmarkKind::kReturns);
  sums.returns = std::move(both.returns);
  double growth = 1.0;
  for (const double value : benchmark) growth *= 1.0 + value;
  sums.benchmark = {sums.returns.count, sums.returns.returns, sums.returns.squares, std::move(both.pairs),
                    growth - 1.0};
}

void sum_benchmark_closes(std::span<const double> returns, std::span<const double> closes, RunSums& sums) {
  ReturnsAndPairs both = sum_with_benchmark(returns.subspan(1), closes, BenchmarkKind::kCloses);
  const double growth = closes.back() / closes.front();
  sums.benchmark = {both.returns.count, both.returns.returns, both.returns.squares, std::move(both.pairs),
                    growth - 1.0};
  sums.returns = std::move(both.returns);
  sums.returns.add(returns[0]);
}

}  // namespace peak
