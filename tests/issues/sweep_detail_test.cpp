// A sweep with finer bars that decide what happens inside a bar gave the rows of a sweep without them: the planner's
// fast kernel did not know of them, nor did the key under which results are kept.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "peak/strategy/file.hpp"
#include "peak/study/sweep.hpp"

namespace peak {
namespace {

Bars bars_of(std::vector<Nanoseconds> time, std::vector<double> open, std::vector<double> high, std::vector<double> low,
             std::vector<double> close) {
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                            Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                            Column::own("low", std::move(low)), Column::own("close", std::move(close)), Column())
      .value();
}

TEST(SweepDetail, FinerBarsDecideInEveryRowAndInItsKey) {
  constexpr Nanoseconds kHour = kNanosecondsPerDay / 24;
  // Entered at 100 on the second day. On the third both 95 (the stop) and 110 (the target) lie in the bar; its first
  // half reaches the target only. By rule 13 the bar alone gives the stop.
  const Bars days =
      bars_of({0, 24 * kHour, 48 * kHour}, {99, 100, 100}, {101, 101, 112}, {98, 99, 94}, {100, 100, 100});
  const Bars halves =
      bars_of({0, 12 * kHour, 24 * kHour, 36 * kHour, 48 * kHour, 60 * kHour}, {99, 100, 100, 100, 100, 111},
              {101, 100, 101, 100, 112, 111}, {98, 99, 99, 99, 99, 94}, {100, 100, 100, 100, 111, 100});
  const StrategyDefinition strategy =
      parse_strategy("name = \"t\"\n[params]\na = 99\n[signals]\nentry = \"close > a\"\n", "<text>").value();
  const Grid grid =
      Grid::make({GridAxis::parse("stop_loss=0.05").value(), GridAxis::parse("take_profit=0.1").value()}).value();
  SweepOptions options;
  options.metrics = {Metric::kFinalEquity};
  options.store = ::testing::TempDir() + "peak_sweep_detail_" + std::to_string(::getpid());
  std::filesystem::remove_all(options.store);
  // 10,000 buy 100 units at 100; sold at 95 or at 110.
  EXPECT_EQ(sweep(days, strategy, grid, options)->value(0, 0), 9'500);
  options.run.detail = halves;
  const SweepResult decided = sweep(days, strategy, grid, options).value();
  EXPECT_EQ(decided.reused, 0U);
  ASSERT_TRUE(decided.failures.empty()) << decided.failures.front().reason;
  EXPECT_EQ(decided.value(0, 0), 11'000);
  std::filesystem::remove_all(options.store);
}

}  // namespace
}  // namespace peak
