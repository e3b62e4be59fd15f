#include "peak/store/trade_rows.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace peak::store {
namespace {

TEST(IsoTime, ReadsDatesClocksAndZones) {
  // 2020-01-02 is day 18263: 50 years of 365 days, 12 leap days (1972 to 2016), and one.
  constexpr Nanoseconds kDay = 18263 * kNanosecondsPerDay;
  EXPECT_EQ(*parse_iso_time("2020-01-02"), kDay);
  EXPECT_EQ(*parse_iso_time("2020-01-02T09:30"), kDay + 9 * kNanosecondsPerHour + 30 * kNanosecondsPerMinute);
  EXPECT_EQ(*parse_iso_time("2020-01-02 00:00:01.25Z"), kDay + 1'250'000'000);
  EXPECT_EQ(*parse_iso_time("2020-01-02 00:00:00.123456789"), kDay + 123'456'789);
  EXPECT_EQ(*parse_iso_time("2020-01-02T01:00:00+01:00"), kDay);
  EXPECT_EQ(*parse_iso_time("2020-01-01T19:00:00-0500"), kDay);
  EXPECT_EQ(*parse_iso_time("1969-12-31T23:59:59.5"), -500'000'000);
}

TEST(IsoTime, RefusesWhatIsNone) {
  for (const char* text : {"", "2020", "2020-1-2", "2020-02-30", "2020-01-02T", "2020-01-02T25:00", "2020-01-02 09:30x",
                           "2020-01-02T09:30:00.", "2020-01-02T09:30+", "02.01.2020", "1600-01-01", "2020-01-02T09"}) {
    EXPECT_FALSE(parse_iso_time(text).ok()) << text;
  }
}

TEST(WholeTime, RefusesOtherUnits) {
  EXPECT_EQ(*whole_time(1'600'000'000'000'000'000), 1'600'000'000'000'000'000);
  EXPECT_EQ(*whole_time(7), 7);
  EXPECT_NE(whole_time(1'600'000'000).error().message.find("looks like seconds"), std::string::npos);
  EXPECT_NE(whole_time(1'600'000'000'000).error().message.find("milliseconds"), std::string::npos);
  EXPECT_NE(whole_time(1'600'000'000'000'000).error().message.find("microseconds"), std::string::npos);
  EXPECT_FALSE(whole_time(kNoTime).ok());
}

TEST(SecondsTime, KeepsTheFraction) {
  EXPECT_EQ(*seconds_time(1'600'000'000.5), 1'600'000'000'500'000'000);
  EXPECT_EQ(*seconds_time(-0.25), -250'000'000);
  EXPECT_FALSE(seconds_time(1.6e12).ok());
  EXPECT_FALSE(seconds_time(std::numeric_limits<double>::infinity()).ok());
}

Table trades(std::vector<double> prices) {
  const std::size_t rows = prices.size();
  Table table;
  table.columns.push_back(Column::own("Symbol", std::vector<std::int32_t>(rows, 0), {"SPY"}));
  table.columns.push_back(Column::own("side", std::vector<std::int32_t>(rows, 0), {"BUY"}));
  table.columns.push_back(Column::own("amount", std::vector<std::int64_t>(rows, 5)));
  table.columns.push_back(Column::own("price", std::move(prices)));
  table.columns.push_back(Column::own("date", std::vector<std::int64_t>(rows, 1), ColumnType::kTime));
  return table;
}

TEST(TradeColumns, UnderstandsUsualNames) {
  const Result<TradeColumns> found = trade_columns(trades({1, -37.63}));
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->rows(), 2u);
  EXPECT_EQ(found->quantity.float64s()[1], 5.0);
  EXPECT_EQ(found->price.float64s()[1], -37.63);  // oil, 2020-04-20
}

TEST(TradeColumns, NamesRowAndField) {
  EXPECT_EQ(trade_columns(trades({1, 2, std::numeric_limits<double>::infinity()})).error().message,
            "trades[2], field 'price': inf is not a finite number");
  Table table = trades({1, 2});
  table.columns[1] = Column::own("side", std::vector<std::int32_t>{0, 1}, {"buy", "bye"});
  EXPECT_EQ(trade_columns(table).error().message,
            "trades[1], field 'side': 'bye' is not a side; known: buy, sell, long, short");
  table = trades({1, 2});
  table.columns[4] = Column::own("time", std::vector<std::int32_t>{0, 1}, {"2020-01-01", "yesterday"});
  EXPECT_EQ(trade_columns(table).error().message.substr(0, 30), "trades[1], field 'timestamp': ");
  table = trades({1});
  table.columns.pop_back();
  EXPECT_EQ(trade_columns(table).error().message.substr(0, 38), "the trades have no column 'timestamp';");
  table = trades({1});
  table.columns.push_back(Column::own("taag", std::vector<double>{1}));
  EXPECT_NE(trade_columns(table).error().message.find("did you mean 'tag'"), std::string::npos);
  table.columns.back() = Column::own("qty", std::vector<double>{1});
  EXPECT_NE(trade_columns(table).error().message.find("already"), std::string::npos);
}

TEST(TradeColumns, ChecksEachRow) {
  EXPECT_TRUE(check_trade({"SPY", "Long", 1, 2, 3, {}, "", ""}, 0).ok());
  EXPECT_FALSE(check_trade({"", "buy", 1, 2, 3, {}, "", ""}, 0).ok());
  EXPECT_FALSE(check_trade({"SPY", "hold", 1, 2, 3, {}, "", ""}, 0).ok());
  EXPECT_FALSE(check_trade({"SPY", "buy", 0, 2, 3, {}, "", ""}, 0).ok());
  EXPECT_FALSE(check_trade({"SPY", "buy", -1, 2, 3, {}, "", ""}, 0).ok());
  EXPECT_FALSE(check_trade({"SPY", "buy", 1, 2, kNoTime, {}, "", ""}, 0).ok());
}

}  // namespace
}  // namespace peak::store
