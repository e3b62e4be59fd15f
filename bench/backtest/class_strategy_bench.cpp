// What a bar costs in a strategy written as code, its indicators aside: the run without orders, and with one every 50.
#include <benchmark/benchmark.h>

#include "backtest/tick_market.hpp"
#include "peak/expression/functions.hpp"
#include "peak/sim/class_strategy.hpp"

namespace peak::bench {
namespace {

/// Two reads a bar; an order on every bar whose number is a multiple of `every`.
struct Reader {
  std::int64_t every = 0;
  Line fast, slow;
  void init(Context& ctx) {
    fast = ctx.indicator(expression::sma(expression::close(), 10));
    slow = ctx.indicator(expression::sma(expression::close(), 50));
  }
  void on_bar(Context& ctx) {
    above += ctx[fast] > ctx[slow];
    if (every == 0 || ctx.bar() % every != 0) return;
    if (ctx.position() == 0) {
      ctx.buy();
    } else {
      ctx.close_position();
    }
  }
  std::int64_t above = 0;
};

/// The loop over bars alone: lines are computed and metrics taken outside of the clock.
void class_strategy_bars(benchmark::State& state) {
  const Bars bars = tick_market(1'000'000);
  for (auto _ : state) {
    state.PauseTiming();
    Reader reader;
    reader.every = state.range(0);
    sim::ContextRun run;
    if (!run.open(bars, {}).ok()) return state.SkipWithError("the run could not be opened");
    reader.init(run);
    if (!run.start().ok()) return state.SkipWithError("the run could not be started");
    state.ResumeTiming();
    for (std::int64_t t = 0; t < run.size(); ++t) {
      run.begin(t);
      if (t >= run.first_bar()) reader.on_bar(run);
      run.end(t);
    }
    benchmark::DoNotOptimize(reader.above);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(bars.size()));
}
BENCHMARK(class_strategy_bars)->Arg(0)->Arg(50)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace peak::bench
