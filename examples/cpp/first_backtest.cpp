// A backtest from file to result in C++: prints the same JSON as
//   peak backtest sma_cross --data FILE --set fast=10 --set slow=50 --json
#include <cstdio>

#include "peak/io/read.hpp"
#include "peak/report/json.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/builtin.hpp"

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: first_backtest FILE\n");
    return 2;
  }
  const auto data = peak::io::read_bars(words[1]);
  if (!data.ok()) {
    std::fprintf(stderr, "%s\n", data.error().message.c_str());
    return 3;
  }
  const auto strategy = peak::find_strategy("sma_cross");
  if (!strategy.ok()) {
    std::fprintf(stderr, "%s\n", strategy.error().message.c_str());
    return 1;
  }

  peak::BacktestOptions options;
  options.parameters = {{"fast", 10}, {"slow", 50}};
  const auto result = peak::backtest(data->bars, *strategy, options);
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", peak::to_json(*result, {.data_path = words[1]}).c_str());
  return 0;
}
