#include "peak/market/ticks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "peak/market/adjust.hpp"

namespace peak {
namespace {

constexpr Nanoseconds kSecond = kNanosecondsPerSecond;

Table trades(const std::vector<std::int64_t>& times, const std::vector<double>& prices,
             const std::vector<double>& amounts) {
  Table table;
  table.columns = {Column::own("timestamp", times, ColumnType::kTime), Column::own("price", prices)};
  if (!amounts.empty()) table.columns.push_back(Column::own("amount", amounts));
  return table;
}
TickRule rule(const char* text) { return TickRule::parse(text).value(); }
std::vector<double> values(std::span<const double> span) { return {span.begin(), span.end()}; }
std::vector<std::int64_t> stamps(const Bars& bars) { return {bars.time().begin(), bars.time().end()}; }

const Table kTrades = trades({0, kSecond, kSecond, 59 * kSecond, 61 * kSecond, 200 * kSecond}, {10, 12, 9, 11, 20, 30},
                             {1, 2, 3, 4, 5, 6});

TEST(TickBars, ByTime) {
  const auto bars = bars_from_ticks(kTrades, rule("1m"));
  ASSERT_TRUE(bars.ok());
  EXPECT_EQ(stamps(*bars), (std::vector<std::int64_t>{0, 60 * kSecond, 180 * kSecond}));
  EXPECT_EQ(values(bars->open()), (std::vector<double>{10, 20, 30}));
  EXPECT_EQ(values(bars->high()), (std::vector<double>{12, 20, 30}));
  EXPECT_EQ(values(bars->low()), (std::vector<double>{9, 20, 30}));
  EXPECT_EQ(values(bars->close()), (std::vector<double>{11, 20, 30}));
  EXPECT_EQ(values(bars->volume()), (std::vector<double>{10, 5, 6}));
  EXPECT_EQ(values(bars->find("ticks")->float64s()), (std::vector<double>{4, 1, 1}));
}

TEST(TickBars, ByCountVolumeAndDollarHoldWholeTicksAndLeaveTheRestOut) {
  const auto twos = bars_from_ticks(kTrades, rule("tick:2"));
  EXPECT_EQ(values(twos->close()), (std::vector<double>{12, 11, 30}));
  const auto fours = bars_from_ticks(kTrades, rule("tick:4"));
  EXPECT_EQ(fours->size(), 1U);
  // 1 + 2 + 3 = 6, then 4 + 5 = 9, then 6.
  EXPECT_EQ(values(bars_from_ticks(kTrades, rule("volume:5"))->volume()), (std::vector<double>{6, 9, 6}));
  // 10 + 24 + 27 = 61, then 44 + 100 = 144, then 180.
  EXPECT_EQ(values(bars_from_ticks(kTrades, rule("dollar:60"))->close()), (std::vector<double>{9, 20, 30}));
}

TEST(TickBars, OfOneInstantFollowEachOtherByANanosecond) {
  const auto bars = bars_from_ticks(trades({5, 5, 5, 6}, {1, 2, 3, 4}, {}), rule("tick:1"));
  EXPECT_EQ(stamps(*bars), (std::vector<std::int64_t>{5, 6, 7, 8}));
  EXPECT_FALSE(bars->has_volume());
}

TEST(TickBars, QuotesHaveTheirMiddleAndNewestFirstIsTurned) {
  Table quotes;
  quotes.columns = {Column::own("t", std::vector<std::int64_t>{2 * kSecond, kSecond}, ColumnType::kTime),
                    Column::own("bid", std::vector<double>{3, 1}), Column::own("ask", std::vector<double>{5, 2})};
  const auto bars = bars_from_ticks(quotes, rule("1m"));
  EXPECT_EQ(bars->open()[0], 1.5);
  EXPECT_EQ(bars->close()[0], 4);
}

TEST(TickBars, RefuseWhatTheyCannotUse) {
  const auto message = [](const Table& table, const char* text) {
    const auto bars = bars_from_ticks(table, rule(text));
    return bars.ok() ? std::string() : bars.error().message;
  };
  EXPECT_NE(message(trades({2, 1, 3}, {1, 2, 3}, {}), "1m").find("tick 1"), std::string::npos);
  EXPECT_NE(message(trades({1, 2}, {1, std::numeric_limits<double>::quiet_NaN()}, {}), "1m").find("has no price"),
            std::string::npos);
  EXPECT_NE(message(trades({1, 2}, {1, 1}, {1, -1}), "1m").find("has no amount"), std::string::npos);
  EXPECT_NE(message(trades({1, 2}, {1, 1}, {}), "volume:5").find("need ticks with an amount"), std::string::npos);
  EXPECT_NE(message(trades({}, {}, {}), "1m"), "");
  EXPECT_NE(message(trades({kNoTime}, {1}, {}), "1m").find("has no time"), std::string::npos);
  for (const char* text : {"tick:0", "tick:1.5", "volume:", "volume:x", "dolar:5", "tick:inf", "dollar:-1", ""}) {
    EXPECT_FALSE(TickRule::parse(text).ok()) << text;
  }
}

Bars priced(const std::vector<double>& close, std::vector<Column> further) {
  std::vector<std::int64_t> time;
  for (std::size_t i = 0; i < close.size(); ++i) time.push_back(static_cast<std::int64_t>(i) * kNanosecondsPerDay);
  const Column prices = Column::own("close", close);
  return Bars::from_columns(Column::own("time", time, ColumnType::kTime), prices, prices, prices, prices,
                            Column::own("volume", std::vector<double>(close.size(), 10)), std::move(further))
      .value();
}

TEST(Adjusted, TakesSplitsAndDividendsOutOfEarlierPrices) {
  const Bars bars = priced({100, 98, 50, 51}, {Column::own("split", std::vector<double>{1, 1, 2, 1}),
                                               Column::own("dividend", std::vector<double>{0, 2, 0, 0})});
  const auto both = adjusted(bars);
  // The dividend of 2 on the day that closes at 98: 98 / 100; then the split by 2.
  EXPECT_EQ(values(both->close()), (std::vector<double>{100 * (0.5 * (98.0 / 100.0)), 49, 50, 51}));
  EXPECT_EQ(values(both->volume()), (std::vector<double>{20, 20, 10, 10}));
  EXPECT_EQ(values(adjusted(bars, {.splits = true, .dividends = false})->close()),
            (std::vector<double>{50, 49, 50, 51}));
  EXPECT_FALSE(adjusted(priced({1, 2}, {})).ok());
  EXPECT_FALSE(adjusted(priced({1, 2}, {Column::own("split", std::vector<double>{1, -2})})).ok());
}

TEST(Scaled, GivesThePriceThatWasMeant) {
  EXPECT_EQ(scaled(priced({81121, 110253}, {}), 0.001)->close()[0], 81.121);
  EXPECT_EQ(scaled(priced({81121, 110253}, {}), 0.00001)->close()[1], 1.10253);
  EXPECT_FALSE(scaled(priced({1}, {}), 0).ok());
}

TEST(Converted, TakesTheLatestRateThatIsNotLater) {
  const Bars rates = priced({2, 4}, {}).slice(1, 1);  // one rate, 4, on day 1
  const auto made = converted(priced({10, 20, 30}, {}), rates);
  EXPECT_TRUE(std::isnan(made->close()[0]));
  EXPECT_EQ(made->close()[1], 80);
  EXPECT_EQ(made->close()[2], 120);
  EXPECT_EQ(converted(priced({10, 20, 30}, {}), rates, true)->close()[2], 7.5);
}

}  // namespace
}  // namespace peak
