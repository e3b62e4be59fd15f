#include "peak/study/parallel_backtest.hpp"

#include <gtest/gtest.h>

#include "peak/strategy/builtin.hpp"
#include "study/swept_market.hpp"

namespace peak {
namespace {

TEST(ParallelBacktest, EachIsARunOfItsOwnInItsPlace) {
  const Bars bars = testing::swept_market(7, 600);
  std::vector<StrategyRun> runs;
  for (const char* name : {"sma_cross", "macd", "momentum", "rsi_reversion"}) {
    runs.push_back({find_strategy(name).value(), {}});
  }
  runs.push_back({find_strategy("sma_cross").value(), {{"fast", 3}}});
  runs.push_back({find_strategy("sma_cross").value(), {{"fst", 3}}});
  BacktestOptions options;
  options.broker.commission = 0.001;
  for (const unsigned threads : {1U, 4U}) {
    const auto results = parallel_backtest(bars, runs, options, {.max_threads = threads});
    ASSERT_EQ(results.size(), runs.size());
    for (std::size_t i = 0; i + 1 < runs.size(); ++i) {
      BacktestOptions own = options;
      own.parameters = runs[i].parameters;
      const BacktestResult alone = backtest(bars, runs[i].strategy, own).value();
      ASSERT_TRUE(results[i].ok());
      EXPECT_EQ(results[i]->fingerprint(), alone.fingerprint());
      EXPECT_EQ(results[i]->metrics[Metric::kFinalEquity], alone.metrics[Metric::kFinalEquity]);
    }
    EXPECT_NE(results.back().error().message.find("fast"), std::string::npos) << results.back().error().message;
  }
  StopSource stopped;
  stopped.request_stop();
  const auto left = parallel_backtest(bars, runs, options, {.stop = stopped.token()});
  for (const auto& one : left) EXPECT_EQ(one.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace peak
