// Panels: the common time line, gaps, what is refused, schedules.
#include "peak/market/panel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "peak/market/rebalance.hpp"

namespace peak {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Bars closes(const std::string& symbol, const std::vector<std::int64_t>& days, std::vector<double> close) {
  std::vector<Nanoseconds> time;
  for (const std::int64_t day : days) time.push_back(day * kNanosecondsPerDay);
  const Column price = Column::own("close", std::move(close));
  Bars bars =
      Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime), price, price, price, price, Column())
          .value();
  bars.set_symbol(symbol);
  return bars;
}

std::string refusal(const Result<Panel>& panel) { return panel.ok() ? "" : panel.error().message; }

TEST(Panel, TheTimeLineIsTheUnionAndNothingIsShifted) {
  const Panel panel = Panel::create({closes("A", {1, 2, 4}, {10, 11, 12}), closes("B", {2, 3}, {20, 21})}).value();
  ASSERT_EQ(panel.size(), 4U);
  EXPECT_EQ(panel.time()[3], 4 * kNanosecondsPerDay);
  const std::vector<std::int64_t> a = {0, 1, 1, 2}, b = {-1, 0, 1, 1};
  const std::vector<bool> has_a = {true, true, false, true}, has_b = {false, true, true, false};
  for (std::size_t t = 0; t < 4; ++t) {
    EXPECT_EQ(panel.row(0, t), a[t]);
    EXPECT_EQ(panel.row(1, t), b[t]);
    EXPECT_EQ(panel.has_bar(0, t), has_a[t]);
    EXPECT_EQ(panel.has_bar(1, t), has_b[t]);
  }
  EXPECT_FALSE(panel.is_whole(0));
  EXPECT_EQ(panel.stamp_at(3 * kNanosecondsPerDay), 2U);
  EXPECT_EQ(panel.find("B").value(), 1U);
  EXPECT_NE(refusal(Panel::create({})).find("at least one"), std::string::npos);
  EXPECT_FALSE(panel.find("C").ok());
}

TEST(Panel, SeriesThatDoNotBelongTogetherAreRefusedByName) {
  const std::vector<std::int64_t> days = {0, 1, 2, 3, 4, 5, 6, 7, 8}, weeks = {0, 7, 14, 21, 28, 35, 42, 49, 56};
  const std::vector<double> nine(9, 1.0);
  const std::string frequency = refusal(Panel::create({closes("D", days, nine), closes("W", weeks, nine)}));
  EXPECT_NE(frequency.find("'D' has bars of 1 day and 'W' of 7 days"), std::string::npos) << frequency;
  Bars elsewhere = closes("Z", days, nine);
  elsewhere.set_time_zone("America/New_York");
  const std::string zone = refusal(Panel::create({closes("D", days, nine), elsewhere}));
  EXPECT_NE(zone.find("'D' is in zone UTC and 'Z' in America/New_York"), std::string::npos) << zone;
  EXPECT_TRUE(Panel::create({closes("D", days, nine), elsewhere, closes("W", weeks, nine)}, {.mixed = true}).ok());
  EXPECT_NE(refusal(Panel::create({closes("D", days, nine), closes("D", days, nine)})).find("twice"),
            std::string::npos);
  EXPECT_NE(refusal(Panel::create({closes("", days, nine)})).find("no symbol"), std::string::npos);
  EXPECT_NE(refusal(Panel::create({closes("E", {}, {})})).find("no bars"), std::string::npos);
}

Table long_table() {
  Table table;
  table.columns.push_back(Column::own("ticker", std::vector<std::int32_t>{1, 0, 1, 0}, {"A", "B"}));
  table.columns.push_back(Column::own("date", std::vector<std::int64_t>{1, 1, 2, 3}, ColumnType::kTime));
  table.columns.push_back(Column::own("close", std::vector<double>{20, 10, 21, 11}));
  return table;
}

TEST(Panel, FromALongTable) {
  const Panel panel = Panel::from_long(long_table()).value();
  ASSERT_EQ(panel.symbol_names(), (std::vector<std::string>{"B", "A"}));  // in the order of appearance
  EXPECT_EQ(panel.size(), 3U);
  EXPECT_EQ(panel.series(0).close()[1], 21);
  EXPECT_EQ(panel.series(1).close()[1], 11);
  EXPECT_NE(refusal(Panel::from_long(long_table(), "name")).find("no text column 'name'"), std::string::npos);
}

TEST(Panel, FromATableOfCloses) {
  Table table;
  table.columns.push_back(Column::own("Date", std::vector<std::int64_t>{1, 2, 3}, ColumnType::kTime));
  table.columns.push_back(Column::own("AAPL", std::vector<double>{10, 11, 12}));
  table.columns.push_back(Column::own("FB", std::vector<double>{kNone, 20, kNone}));
  const Panel panel = Panel::from_wide(table).value();
  ASSERT_EQ(panel.symbols(), 2U);
  EXPECT_EQ(panel.series(1).size(), 1U);
  EXPECT_EQ(panel.row(1, 2), 0);
  table.columns.push_back(Column::own("NONE", std::vector<double>{kNone, kNone, kNone}));
  EXPECT_NE(refusal(Panel::from_wide(table)).find("'NONE' has no close at all"), std::string::npos);
}

TEST(Panel, TheIndexIsTheMeanReturnOfWhatTrades) {
  const Panel panel = Panel::create({closes("A", {1, 2, 3}, {10, 11, 11}), closes("B", {2, 3}, {20, 30})}).value();
  const Bars index = panel.equal_weight_index();
  // 100; A alone + 10 %; A 0 % and B + 50 %: + 25 %
  EXPECT_NEAR(index.close()[1], 110, 1e-12);
  EXPECT_NEAR(index.close()[2], 137.5, 1e-12);
}

TEST(Rebalance, StampsOfEachSchedule) {
  // Thursday 2019-12-26 to Wednesday 2020-01-08, business days.
  const std::int64_t first = days_from_date(2019, 12, 26);
  std::vector<Nanoseconds> time;
  for (std::int64_t day = first; day < first + 14; ++day) {
    if (weekday_from_days(day) < 5) time.push_back(day * kNanosecondsPerDay);
  }
  ASSERT_EQ(time.size(), 10U);
  const auto stamps = [&](const char* text) { return parse_rebalance(text).value().stamps(time); };
  using Stamps = std::vector<std::size_t>;
  EXPECT_EQ(stamps("weekly"), (Stamps{0, 2, 7}));
  EXPECT_EQ(stamps("weekly:last"), (Stamps{1, 6}));
  EXPECT_EQ(stamps("monthly"), (Stamps{0, 4}));  // 2020-01-01
  EXPECT_EQ(stamps("monthly:last"), (Stamps{3}));
  EXPECT_EQ(stamps("quarterly"), (Stamps{0, 4}));
  EXPECT_EQ(stamps("yearly"), (Stamps{0, 4}));
  EXPECT_EQ(stamps("bars:4"), (Stamps{0, 4, 8}));
  EXPECT_EQ(stamps("once"), (Stamps{0}));
  EXPECT_EQ(stamps("daily").size(), 10U);
  for (const char* text : {"daily", "weekly:last", "monthly", "bars:7", "once"}) {
    EXPECT_EQ(format_rebalance(parse_rebalance(text).value()), text);
  }
  EXPECT_NE(parse_rebalance("montly").error().message.find("did you mean 'monthly'"), std::string::npos);
  EXPECT_FALSE(parse_rebalance("bars:0").ok());
  EXPECT_FALSE(parse_rebalance("monthly:middle").ok());
}

}  // namespace
}  // namespace peak
