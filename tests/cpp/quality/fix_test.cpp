#include "peak/quality/fix.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "quality/plain_bars.hpp"

namespace peak {
namespace {

using testing::PlainBars;

Fixed fixed(const PlainBars& bars, const char* rules) {
  return fix_bars(bars.table(), parse_fix_rules(rules).value()).value();
}
std::span<const double> numbers(const Fixed& done, const char* name) { return done.table.find(name)->float64s(); }
std::span<const std::int64_t> times(const Fixed& done) { return done.table.find("time")->int64s(); }

TEST(FixRules, AreReadByName) {
  EXPECT_EQ(parse_fix_rules("safe")->size(), 6U);
  EXPECT_EQ(parse_fix_rules("gaps, order")->front(), FixRule::kOrder);
  EXPECT_NE(parse_fix_rules("oder").error().message.find("did you mean 'order'"), std::string::npos);
  EXPECT_FALSE(parse_fix_rules("").ok());
}

TEST(FixBars, LeavesCleanBarsAlone) {
  const PlainBars bars(300, kNanosecondsPerHour);
  const Fixed done = fixed(bars, "safe,spikes,splits,gaps");
  EXPECT_TRUE(done.changes.empty());
  EXPECT_EQ(numbers(done, "close")[299], bars.close[299]);
}

TEST(FixBars, SortsAndKeepsTheLastOfEachTime) {
  PlainBars bars(6, kNanosecondsPerHour);
  std::swap(bars.time[1], bars.time[4]);
  bars.time[2] = bars.time[3];
  const Fixed done = fixed(bars, "order,duplicates");
  ASSERT_EQ(done.table.rows(), 5U);
  EXPECT_TRUE(std::is_sorted(times(done).begin(), times(done).end()));
  EXPECT_EQ(numbers(done, "close")[1], bars.close[4]);
  EXPECT_EQ(numbers(done, "close")[2], bars.close[3]);  // row 2 had the same time and stood before it
  ASSERT_EQ(done.changes.size(), 2U);
  EXPECT_EQ(done.changes[1].count, 1U);
}

TEST(FixBars, DropsRowsThatCannotBeUsed) {
  PlainBars bars(50, kNanosecondsPerHour);
  bars.time[5] = kNoTime;
  bars.close[6] = std::numeric_limits<double>::quiet_NaN();
  bars.low[7] = 0;
  const Fixed done = fixed(bars, "safe");
  EXPECT_EQ(done.table.rows(), 47U);
  ASSERT_EQ(done.changes.size(), 3U);
  EXPECT_EQ(done.changes[2].first.at(0).what, "low 0");
}

TEST(FixBars, WidensRanges) {
  PlainBars bars(5, kNanosecondsPerHour);
  bars.high[2] = bars.close[2] * 0.9;
  const Fixed done = fixed(bars, "ranges");
  EXPECT_EQ(numbers(done, "high")[2], std::max(bars.open[2], bars.close[2]));
  // A high below everything else: the lowest price becomes the low.
  EXPECT_EQ(numbers(done, "low")[2], std::min(bars.low[2], bars.high[2]));
}

TEST(FixBars, SetsSpikesToTheBarBefore) {
  PlainBars bars(300, kNanosecondsPerHour);
  bars.close[200] = bars.high[200] = bars.close[200] * 3;
  const Fixed done = fixed(bars, "spikes");
  EXPECT_EQ(numbers(done, "close")[200], bars.close[199]);
  EXPECT_EQ(numbers(done, "high")[200], bars.close[199]);
  EXPECT_EQ(numbers(done, "close")[201], bars.close[201]);
}

TEST(FixBars, TakesSplitsOutOfThePricesBefore) {
  const PlainBars whole(400, kNanosecondsPerDay);
  PlainBars bars = whole;
  bars.divide_from(150, 2);
  bars.divide_from(300, 10);
  const Fixed done = fixed(bars, "splits");
  ASSERT_EQ(done.changes.at(0).count, 2U);
  for (const std::size_t row : {0U, 149U, 150U, 299U, 300U, 399U}) {
    EXPECT_NEAR(numbers(done, "close")[row] * 20, whole.close[row], 1e-9) << row;
    EXPECT_NEAR(numbers(done, "volume")[row], whole.volume[row] * 20, 1e-6) << row;
  }
}

TEST(FixBars, FillsGapsWithTheCloseBefore) {
  PlainBars bars(400, kNanosecondsPerHour);
  const std::int64_t lost = bars.time[200];
  for (auto* column : {&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume}) {
    column->erase(column->begin() + 200, column->begin() + 203);
  }
  bars.time.erase(bars.time.begin() + 200, bars.time.begin() + 203);
  const Fixed done = fixed(bars, "gaps");
  ASSERT_EQ(done.table.rows(), 400U);
  EXPECT_EQ(times(done)[200], lost);
  EXPECT_EQ(numbers(done, "close")[202], bars.close[199]);
  EXPECT_EQ(numbers(done, "low")[202], bars.close[199]);
  EXPECT_EQ(numbers(done, "volume")[201], 0);
  EXPECT_EQ(numbers(done, "close")[203], bars.close[200]);
  EXPECT_TRUE(check_bars(done.table)->find(Fault::kGap) == nullptr);
}

TEST(FixBars, SaysWhenNothingIsLeft) {
  PlainBars bars(3, kNanosecondsPerHour);
  for (double& price : bars.close) price = -1;
  const auto rules = parse_fix_rules("prices");
  const auto done = fix_bars(bars.table(), *rules);
  EXPECT_EQ(done.error().message, "no rows are left after the rule 'prices'");
}

}  // namespace
}  // namespace peak
