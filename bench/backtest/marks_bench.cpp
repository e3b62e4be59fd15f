// What options and records cost, as ratios: both runs of a pair are timed in turn, and the fastest of each compared.
//
//     peak_backtest_bench --benchmark_filter=cost_of
//
// `times` is what is held against the marks: stops and targets at most 2, records of orders at most 1.5.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <vector>

#include "backtest/tick_market.hpp"
#include "peak/expression/program.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/sim/broker.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/trading/settings.hpp"

namespace peak::bench {
namespace {

constexpr std::size_t kBars = 1'000'000;

template <typename Run>
double seconds_of(const Run& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Times both in turn; `times` is the fastest of `more` over the fastest of `plain`.
template <typename Plain, typename More>
void compare_runs(benchmark::State& state, const Plain& plain, const More& more) {
  double fastest_plain = std::numeric_limits<double>::infinity(), fastest_more = fastest_plain;
  for (auto _ : state) {
    fastest_plain = std::min(fastest_plain, seconds_of(plain));
    const double took = seconds_of(more);
    fastest_more = std::min(fastest_more, took);
    state.SetIterationTime(took);
  }
  state.counters["plain_ms"] = 1e3 * fastest_plain;
  state.counters["more_ms"] = 1e3 * fastest_more;
  state.counters["times"] = fastest_more / fastest_plain;
}

/// Signals of sma_cross on a million bars, made once.
struct Given {
  Bars bars = tick_market(kBars);
  expression::Workspace workspace;
  SignalViews signals;
  Given() {
    const auto strategy = find_strategy("sma_cross");
    const std::vector<expression::Expression> wanted = {*strategy->entry, *strategy->exit};
    const auto program = expression::Program::compile(wanted);
    const auto outputs = program->evaluate(bars, {}, workspace);
    signals.entries = (*outputs)[0].truth;
    signals.exits = (*outputs)[1].truth;
  }
};

const Given& given() {
  static const Given& made = *new Given;
  return made;
}

void run_signals(const BacktestOptions& options) {
  const auto result = backtest_signals(given().bars, given().signals, options);
  if (!result.ok()) {
    std::cerr << result.error().message << '\n';
    std::exit(1);
  }
  benchmark::DoNotOptimize(result->simulation.trades.size());
}

/// Metrics included.
void cost_of_stops_and_targets(benchmark::State& state) {
  BacktestOptions plain, more;
  plain.broker.commission = more.broker.commission = 0.001;
  static_cast<void>(set_override(more.broker, *find_broker_setting("stop_loss"), "0.02"));
  static_cast<void>(set_override(more.broker, *find_broker_setting("take_profit"), "0.04"));
  compare_runs(
      state, [&] { run_signals(plain); }, [&] { run_signals(more); });
}

/// A market order every `every` bars: as a signal, of which one record is kept, or as an order of a strategy, whose
/// terms and life are kept too, which is what `explain` tells.
template <typename Decide>
void run_broker(std::int64_t every, const Decide& decide) {
  const Bars& bars = given().bars;
  Broker broker = Broker::create(BrokerOptions{}).value();
  for (std::size_t t = 0; t < bars.size(); ++t) {
    broker.begin(bars.time()[t], BarPrices{bars.open()[t], bars.high()[t], bars.low()[t], bars.close()[t]});
    if (static_cast<std::int64_t>(t) % every == 0) decide(broker);
    broker.end();
  }
  benchmark::DoNotOptimize(broker.finish().orders.size());
}

void cost_of_keeping_orders(benchmark::State& state) {
  const std::int64_t every = state.range(0);
  const auto as_signals = [&] {
    run_broker(every, [](Broker& broker) {
      const bool held = !broker.position().flat();
      broker.submit_signal(held, !held, Side::kLong);
    });
  };
  const auto as_orders = [&] {
    run_broker(every, [](Broker& broker) {
      broker.submit(broker.position().flat() ? OrderRequest::market(OrderAction::kBuy) : OrderRequest::close());
    });
  };
  compare_runs(state, as_signals, as_orders);
}

BENCHMARK(cost_of_stops_and_targets)->UseManualTime()->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK(cost_of_keeping_orders)->Arg(50)->Arg(1)->UseManualTime()->Iterations(10)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace peak::bench
