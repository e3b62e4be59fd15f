// What a tick costs a live portfolio: new prices for every position, and the value after them.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

#include "peak/trading/portfolio.hpp"

namespace peak::bench {
namespace {

void update_and_value(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Portfolio portfolio(1e6);
  std::vector<double> prices(count);
  for (std::size_t i = 0; i < count; ++i) {
    prices[i] = 50 + static_cast<double>(i);
    const auto added = portfolio.add_symbol("S" + std::to_string(i));
    if (!added.ok() || !portfolio.apply_fill(*added, i % 2 == 0 ? 10 : -5, prices[i]).ok()) {
      return state.SkipWithError("the portfolio could not be filled");
    }
  }
  for (auto _ : state) {
    prices[0] += 0.01;
    if (!portfolio.update_prices(prices).ok()) return state.SkipWithError("the prices were refused");
    benchmark::DoNotOptimize(portfolio.value());
  }
}
BENCHMARK(update_and_value)->Arg(100)->Arg(1000);

void apply_fill(benchmark::State& state) {
  Portfolio portfolio(1e6);
  if (!portfolio.add_symbol("S").ok()) return;
  double side = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(portfolio.apply_fill(0, side, 100, 0.1).ok());
    side = -side;
  }
}
BENCHMARK(apply_fill);

}  // namespace
}  // namespace peak::bench
