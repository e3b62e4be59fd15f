// Sweeps and columns of signals in C++, on one core and on all: nanoseconds per bar and combination, or per bar and
// column, are items.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "peak/parallel/thread_pool.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/columns.hpp"
#include "peak/study/sweep.hpp"
#include "peak/study/sweep_overfitting.hpp"

namespace peak {
namespace {

constexpr std::size_t kBars = 10'000;

Bars random_walk(std::size_t size) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> move(0, 0.01);
  std::vector<Nanoseconds> time(size);
  std::vector<double> open(size), high(size), low(size), close(size), volume(size, 1.0);
  double price = 100;
  for (std::size_t t = 0; t < size; ++t) {
    time[t] = static_cast<Nanoseconds>(t) * kNanosecondsPerDay / 24;
    open[t] = price;
    price *= 1 + (size > kBars ? 0.1 : 1.0) * move(random);
    close[t] = price;
    high[t] = std::max(open[t], price) * 1.002;
    low[t] = std::min(open[t], price) * 0.998;
  }
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                            Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                            Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                            Column::own("volume", std::move(volume)))
      .value();
}

Grid grid_of(const std::vector<std::string>& axes) {
  std::vector<GridAxis> made;
  for (const std::string& axis : axes) made.push_back(GridAxis::parse(axis).value());
  return Grid::make(std::move(made)).value();
}

SweepOptions usual(unsigned threads) {
  SweepOptions options;
  options.run.broker.commission = 0.001;
  options.run.broker.fill = FillTiming::kSameClose;
  options.threads = threads;
  return options;
}

void run_sweep(benchmark::State& state, const char* strategy, const std::vector<std::string>& axes) {
  const Bars bars = random_walk(kBars);
  const StrategyDefinition definition = find_strategy(strategy).value();
  const Grid grid = grid_of(axes);
  const SweepOptions options = usual(static_cast<unsigned>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(sweep(bars, definition, grid, options)->values.data());
  state.counters["ns_per_bar_and_combination"] =
      benchmark::Counter(static_cast<double>(grid.size() * kBars) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

BENCHMARK_CAPTURE(run_sweep, sma, "sma_cross", {"fast=5:54:1", "slow=60:250:10"})->Arg(1)->Arg(0)->UseRealTime();
// What the machine gives at most: as many sweeps side by side as there are cores, each on one core and on data of its
// own. The time for each combination of all of them against run_sweep/sma/1 is how many times faster all cores can be.
void run_copies(benchmark::State& state) {
  const std::size_t copies = ThreadPool::shared().size();
  const StrategyDefinition definition = find_strategy("sma_cross").value();
  const Grid grid = grid_of({"fast=5:54:1", "slow=60:250:10"});
  std::vector<Bars> bars;
  for (std::size_t i = 0; i < copies; ++i) bars.push_back(random_walk(kBars));
  constexpr int kRounds = 10;  // for each thread that is started
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < copies; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < kRounds; ++round) {
          benchmark::DoNotOptimize(sweep(bars[i], definition, grid, usual(1))->values.data());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  state.counters["ns_per_bar_and_combination"] =
      benchmark::Counter(static_cast<double>(grid.size() * kBars * copies * kRounds) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(run_copies)->UseRealTime();

BENCHMARK_CAPTURE(run_sweep, rsi, "rsi_reversion",
                  {"window=5:24:1", "lower=20:35:5", "upper=60:75:5", "stop_loss=0.02,0.05", "take_profit=0.05,0.1"})
    ->Arg(1)
    ->Arg(0)
    ->UseRealTime();
BENCHMARK_CAPTURE(run_sweep, bollinger, "bollinger_breakout",
                  {"window=10:59:1", "deviations=1:2.8:0.2", "stop_loss=0.02,0.05", "take_profit=0.05"})
    ->Arg(1)
    ->Arg(0)
    ->UseRealTime();
BENCHMARK_CAPTURE(run_sweep, macd, "macd_cross",
                  {"fast=8:17:1", "slow=20:38:2", "smooth=5:14:1", "stop_loss=0.03", "take_profit=0.06"})
    ->Arg(1)
    ->Arg(0)
    ->UseRealTime();

// The second time: everything is there already, the statistics on luck too.
void repeat_sweep(benchmark::State& state) {
  const Bars bars = random_walk(kBars);
  const StrategyDefinition definition = find_strategy("sma_cross").value();
  const Grid grid = grid_of({"fast=5:54:1", "slow=60:250:10"});
  SweepOptions options = usual(0);
  options.store = (std::filesystem::temp_directory_path() / "peak_sweep_bench").string();
  std::filesystem::remove_all(options.store);
  const auto whole_answer = [&] {
    const SweepResult result = sweep(bars, definition, grid, options).value();
    return sweep_overfitting(result, Metric::kSharpe)->spa_p;
  };
  const auto begin = std::chrono::steady_clock::now();
  benchmark::DoNotOptimize(whole_answer());
  state.counters["first_s"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (auto _ : state) benchmark::DoNotOptimize(whole_answer());
  std::filesystem::remove_all(options.store);
}
BENCHMARK(repeat_sweep)->UseRealTime();

// Statistics on luck of 10,000 trials, beside the sweep that they are of.
void tell_luck(benchmark::State& state) {
  const Bars bars = random_walk(kBars);
  const SweepResult result =
      sweep(bars, find_strategy("sma_cross").value(), grid_of({"fast=2:101:1", "slow=105:303:2"}), usual(0)).value();
  const auto effort = static_cast<OverfittingEffort>(state.range(0));
  Overfitting luck;
  for (auto _ : state) luck = sweep_overfitting(result, Metric::kSharpe, effort).value();
  state.counters["sweep_s"] = result.elapsed_s;
  state.counters["spa_p"] = luck.spa_p;
}
BENCHMARK(tell_luck)
    ->Arg(static_cast<int>(OverfittingEffort::kSums))
    ->Arg(static_cast<int>(OverfittingEffort::kDefault))
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// Eight columns over a million bars: 694 round trips each, or an order on every bar.
void run_columns(benchmark::State& state, bool dense) {
  constexpr std::size_t kSize = 1'000'000, kColumns = 8;
  const Bars bars = random_walk(kSize);
  std::vector<Bits> entries, exits;
  std::vector<SignalViews> columns;
  for (std::size_t k = 0; k < kColumns; ++k) {
    entries.emplace_back(kSize);
    exits.emplace_back(kSize);
    const std::size_t period = dense ? 2 : kSize / 694;
    for (std::size_t t = dense ? k : k * 100; t + period < kSize; t += period) {
      entries.back().set(t);
      exits.back().set(t + period / 2);
    }
  }
  for (std::size_t k = 0; k < kColumns; ++k) columns.push_back({entries[k].view(), exits[k].view(), {}, {}});
  ColumnsOptions options;
  options.run.broker.commission = dense ? 1e-6 : 0.001;
  options.run.broker.fill = FillTiming::kSameClose;
  options.metrics = {Metric::kTotalReturn, Metric::kSharpe, Metric::kMaxDrawdown};
  options.threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(backtest_columns(bars, columns, options)->values.data());
}
BENCHMARK_CAPTURE(run_columns, sparse, false)->Arg(1)->Arg(0)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_columns, dense, true)->Arg(1)->Arg(0)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace peak
