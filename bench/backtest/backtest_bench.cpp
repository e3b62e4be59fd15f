// Where a backtest spends its time: sma_cross on 10,000 and 1,000,000 bars, whole and stage by stage.
//
// Items per second are bars per second. Every stage starts from the finished result of the stage before it.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "backtest/tick_market.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/periods.hpp"
#include "peak/metrics/metrics.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/sim/fast.hpp"
#include "peak/sim/reference.hpp"
#include "peak/strategy/builtin.hpp"

namespace peak::bench {
namespace {

template <typename T>
T must(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::cerr << result.error().message << '\n';
  std::exit(1);
}

const Bars& market(std::size_t size) {
  static std::map<std::size_t, Bars> markets;
  const auto [place, is_new] = markets.try_emplace(size);
  if (is_new) place->second = tick_market(size);
  return place->second;
}

const StrategyDefinition& strategy() {
  static const StrategyDefinition definition = must(find_strategy("sma_cross"));
  return definition;
}

BacktestOptions options() {
  BacktestOptions options;
  options.broker.commission = 0.001;
  options.broker.fill = FillTiming::kSameClose;
  return options;
}

BrokerOptions broker() { return options().broker.applied_to(BrokerOptions{}); }

std::vector<expression::Expression> signals_of(const StrategyDefinition& definition) {
  return {*definition.entry, *definition.exit};
}

SignalViews signal_views(const std::vector<expression::OutputView>& outputs) {
  SignalViews signals;
  signals.entries = outputs[0].truth;
  signals.exits = outputs[1].truth;
  return signals;
}

void count_bars(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * state.range(0)); }

void whole_backtest(benchmark::State& state) {
  const Bars& bars = market(static_cast<std::size_t>(state.range(0)));
  double trades = 0;
  for (auto _ : state) {
    const BacktestResult result = must(backtest(bars, strategy(), options()));
    trades = result.metrics[Metric::kTrades];
  }
  state.counters["trades"] = trades;
  count_bars(state);
}

void whole_backtest_of_given_signals(benchmark::State& state) {
  const Bars& bars = market(static_cast<std::size_t>(state.range(0)));
  const auto program = must(expression::Program::compile(signals_of(strategy())));
  expression::Workspace workspace;
  const auto outputs = must(program.evaluate(bars, {}, workspace));
  for (auto _ : state) {
    benchmark::DoNotOptimize(must(backtest_signals(bars, signal_views(outputs), options())));
  }
  count_bars(state);
}

void check_strategy(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(strategy().validate());
    benchmark::DoNotOptimize(must(strategy().resolve({})));
  }
}

void copy_strategy(benchmark::State& state) {
  for (auto _ : state) {
    StrategyDefinition copy = strategy();
    benchmark::DoNotOptimize(copy);
  }
}

void compile_signals(benchmark::State& state) {
  const auto signals = signals_of(strategy());
  for (auto _ : state) benchmark::DoNotOptimize(must(expression::Program::compile(signals)));
}

void evaluate_signals(benchmark::State& state) {
  const Bars& bars = market(static_cast<std::size_t>(state.range(0)));
  const auto program = must(expression::Program::compile(signals_of(strategy())));
  expression::Workspace workspace;
  for (auto _ : state) benchmark::DoNotOptimize(must(program.evaluate(bars, {}, workspace)));
  count_bars(state);
}

Result<Simulation> reference_run(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker_options) {
  return simulate_reference(bars, signals, broker_options);
}

template <Result<Simulation> (*kSimulate)(const Bars&, const SignalViews&, const BrokerOptions&)>
void simulate(benchmark::State& state) {
  const Bars& bars = market(static_cast<std::size_t>(state.range(0)));
  const auto program = must(expression::Program::compile(signals_of(strategy())));
  expression::Workspace workspace;
  const auto outputs = must(program.evaluate(bars, {}, workspace));
  for (auto _ : state) benchmark::DoNotOptimize(must(kSimulate(bars, signal_views(outputs), broker())));
  count_bars(state);
}

void find_periods(benchmark::State& state) {
  const Bars& bars = market(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(periods_per_year(bars.time()));
  count_bars(state);
}

void compute_all_metrics(benchmark::State& state) {
  const Bars& bars = market(static_cast<std::size_t>(state.range(0)));
  const BacktestResult result = must(backtest(bars, strategy(), options()));
  const MetricsInput input = metrics_input(result);
  for (auto _ : state) benchmark::DoNotOptimize(compute_metrics(input));
  count_bars(state);
}

void hash_bars(benchmark::State& state) {
  const Bars& bars = market(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(bars.fingerprint());
  count_bars(state);
}

constexpr std::int64_t kShort = 10'000, kLong = 1'000'000;

BENCHMARK(whole_backtest)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond);
BENCHMARK(whole_backtest_of_given_signals)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond);
BENCHMARK(copy_strategy)->Unit(benchmark::kMicrosecond);
BENCHMARK(check_strategy)->Unit(benchmark::kMicrosecond);
BENCHMARK(compile_signals)->Unit(benchmark::kMicrosecond);
BENCHMARK(evaluate_signals)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond);
BENCHMARK(simulate<simulate_fast>)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond)->Name("simulate_fast");
BENCHMARK(simulate<reference_run>)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond)->Name("simulate_reference");
BENCHMARK(find_periods)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond);
BENCHMARK(compute_all_metrics)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond);
BENCHMARK(hash_bars)->Arg(kShort)->Arg(kLong)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace peak::bench
