// A strategy written as code: buys a breakout with a stop under it, lets it run while the trend holds.
#include "peak/sim/class_strategy.hpp"

#include <cstdio>

#include "peak/expression/functions.hpp"
#include "peak/io/read.hpp"
#include "peak/report/text.hpp"

namespace {

struct Breakout {
  static constexpr const char* kName = "breakout with a stop";
  peak::Line highest, average, range;

  void init(peak::Context& ctx) {
    using namespace peak::expression;
    highest = ctx.indicator(shift(call("highest", {high(), ctx.parameter("window", 50)})));
    average = ctx.indicator(sma(close(), ctx.parameter("trend", 200)));
    range = ctx.indicator(atr(14));
  }

  void on_bar(peak::Context& ctx) {
    if (ctx.position() == 0 && ctx.close() > ctx[highest] && ctx.close() > ctx[average]) {
      peak::OrderTerms terms;
      terms.stop_loss = ctx.close() - 3 * ctx[range];
      ctx.buy(terms);
    } else if (ctx.position() > 0 && ctx.close() < ctx[average]) {
      ctx.close_position();
    }
  }
};

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: class_strategy FILE\n");
    return 2;
  }
  const auto data = peak::io::read_bars(words[1]);
  if (!data.ok()) {
    std::fprintf(stderr, "%s\n", data.error().message.c_str());
    return 3;
  }
  Breakout strategy;
  peak::BacktestOptions options;
  options.broker.commission = 0.0005;
  options.parameters = {{"window", 100}};
  const auto result = peak::backtest(data->bars, strategy, options);
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", peak::format_summary(*result).c_str());
  return 0;
}
