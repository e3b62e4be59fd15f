// What a run over many symbols costs: a panel put together, target weights simulated, by each engine.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peak/market/panel.hpp"
#include "peak/market/rebalance.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/sim/target_weights.hpp"
#include "peak/strategy/allocation.hpp"

namespace peak::bench {
namespace {

/// Business days of random prices, the same for every run.
std::vector<Bars> series_of(std::size_t symbols, std::size_t days) {
  std::uint64_t state = 1;
  const auto uniform = [&state] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  std::vector<Nanoseconds> time;
  for (std::int64_t day = 10'000; time.size() < days; ++day) {
    if (weekday_from_days(day) < 5) time.push_back(day * kNanosecondsPerDay);
  }
  std::vector<Bars> all;
  for (std::size_t s = 0; s < symbols; ++s) {
    std::vector<double> open(days), high(days), low(days), close(days);
    double price = 20 + 100 * uniform();
    for (std::size_t t = 0; t < days; ++t) {
      open[t] = price *= 1 + 0.01 * (uniform() - 0.5);
      close[t] = price *= 1 + 0.03 * (uniform() - 0.495);
      high[t] = std::fmax(open[t], close[t]) * 1.002;
      low[t] = std::fmin(open[t], close[t]) * 0.998;
    }
    Bars bars = Bars::from_columns(Column::own("time", time, ColumnType::kTime), Column::own("open", std::move(open)),
                                   Column::own("high", std::move(high)), Column::own("low", std::move(low)),
                                   Column::own("close", std::move(close)), Column())
                    .value();
    bars.set_symbol("S" + std::to_string(s));
    all.push_back(std::move(bars));
  }
  return all;
}

void make_panel(benchmark::State& state) {
  const std::vector<Bars> series = series_of(static_cast<std::size_t>(state.range(0)), 2'520);
  for (auto _ : state) benchmark::DoNotOptimize(Panel::create(series).ok());
}
BENCHMARK(make_panel)->Arg(100)->Arg(500)->Unit(benchmark::kMillisecond);

void equal_weights(benchmark::State& state, const char* schedule, bool fast) {
  const Panel panel = Panel::create(series_of(static_cast<std::size_t>(state.range(0)), 2'520)).value();
  TargetWeights targets;
  targets.stamps = parse_rebalance(schedule).value().stamps(panel.time());
  targets.weights.assign(targets.stamps.size() * panel.symbols(), 1.0 / static_cast<double>(panel.symbols()));
  BrokerOptions options;
  options.cash = 1e6;
  options.commission = 0.001;
  for (auto _ : state) {
    const auto run =
        fast ? simulate_weights(panel, targets, options) : simulate_weights_reference(panel, targets, options);
    if (!run.ok()) return state.SkipWithError(run.error().message.c_str());
    double cash = run->final_cash;
    benchmark::DoNotOptimize(cash);
  }
}
BENCHMARK_CAPTURE(equal_weights, monthly, "monthly", true)->Arg(100)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(equal_weights, monthly_by_broker, "monthly", false)->Arg(100)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(equal_weights, weekly, "weekly", true)->Arg(500)->Unit(benchmark::kMillisecond);

/// The whole of it: formula, weights, run, metrics.
void backtest_formula(benchmark::State& state, const char* formula, const char* schedule) {
  const auto panel =
      std::make_shared<const Panel>(Panel::create(series_of(static_cast<std::size_t>(state.range(0)), 2'520)).value());
  const StrategyDefinition definition = allocation_of_formula(formula).value();
  PanelOptions options;
  options.run.broker.cash = 1e6;
  options.run.broker.commission = 0.001;
  options.rebalance = parse_rebalance(schedule).value();
  for (auto _ : state) {
    const auto run = backtest_allocation(panel, definition, options);
    if (!run.ok()) return state.SkipWithError(run.error().message.c_str());
    benchmark::DoNotOptimize(run->metrics.values.data());
  }
}
BENCHMARK_CAPTURE(backtest_formula, equal_monthly, "normalize(is_defined(close))", "monthly")
    ->Arg(100)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backtest_formula, fifty_best_weekly, "normalize(top(roc(close, 126), 50))", "weekly")
    ->Arg(500)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backtest_formula, all_by_rank_weekly, "normalize(rank(roc(close, 126)))", "weekly")
    ->Arg(500)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace peak::bench
