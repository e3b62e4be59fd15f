// The shapes of CSV, one small text each; the texts are made up.
#include <gtest/gtest.h>

#include <cmath>

#include "peak/io/read.hpp"

namespace peak::io {
namespace {

Result<LoadedBars> bars(const std::string& text, const ReadOptions& options = {}, const char* name = "made.csv") {
  return read_bars_from_memory(text, name, options);
}

std::string times(const Result<LoadedBars>& loaded) {
  if (!loaded.ok()) return loaded.error().message;
  std::string text;
  for (const Nanoseconds time : loaded->bars.time()) text += (text.empty() ? "" : " ") + format_time(time);
  return text;
}

TEST(Csv, PlainWithHeader) {
  const auto loaded =
      bars("Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-02,1.5,2.5,1,2,1.9,100\n2020-01-03,2,3,2,3,2.9,\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(times(loaded), "2020-01-02T00:00:00Z 2020-01-03T00:00:00Z");
  EXPECT_EQ(loaded->bars.open()[0], 1.5);
  EXPECT_EQ(loaded->bars.high()[1], 3);
  EXPECT_EQ(loaded->bars.find("adj close")->float64s()[1], 2.9);
  EXPECT_TRUE(std::isnan(loaded->bars.volume()[1]));
  EXPECT_EQ(loaded->detected.columns[6].missing, 1U);
  EXPECT_EQ(loaded->detected.columns[6].role, "volume");
  EXPECT_EQ(loaded->bars.symbol(), "made");
}

TEST(Csv, DelimitersAndLineEnds) {
  for (const char delimiter : {',', ';', '\t', '|', ' '}) {
    for (const char* line_end : {"\n", "\r\n", "\r"}) {
      std::string text;
      for (const char* row : {"time,open,high,low,close", "2020-01-02,1,2,1,2", "2020-01-03,2,3,2,3"}) {
        for (const char* p = row; *p != '\0'; ++p) text += *p == ',' ? delimiter : *p;
        text += line_end;
      }
      const auto loaded = bars(text);
      ASSERT_TRUE(loaded.ok()) << loaded.error().message << text;
      EXPECT_EQ(loaded->detected.delimiter, delimiter);
      EXPECT_EQ(loaded->bars.size(), 2U);
      EXPECT_EQ(loaded->bars.close()[1], 3);
    }
  }
}

TEST(Csv, NoHeader) {
  const auto loaded = bars("20170102 020000;1.05;1.07;1.04;1.06;0\n20170102 020100;1.06;1.07;1.05;1.05;3\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_FALSE(loaded->detected.header);
  EXPECT_EQ(times(loaded), "2017-01-02T02:00:00Z 2017-01-02T02:01:00Z");
  EXPECT_EQ(loaded->bars.high()[0], 1.07);
  EXPECT_EQ(loaded->bars.volume()[1], 3);
}

TEST(Csv, MarkCommentsAndNewestFirst) {
  const auto loaded = bars(
      "\xef\xbb\xbf# made up\nExported,https://example.com\ndate,symbol,open,high,low,close\n"
      "2020-01-03 12-AM,A,2,3,2,3\n2020-01-02 11-PM,A,1,2,1,2\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_TRUE(loaded->detected.byte_order_mark);
  EXPECT_EQ(loaded->detected.comment_lines.size(), 2U);
  EXPECT_EQ(loaded->detected.order, RowOrder::kNewestFirst);
  EXPECT_TRUE(loaded->repairs.reversed);
  EXPECT_EQ(times(loaded), "2020-01-02T23:00:00Z 2020-01-03T00:00:00Z");
  EXPECT_EQ(loaded->bars.close()[0], 2);
}

TEST(Csv, TwoTimeColumns) {
  const char* expected = "2006-01-02T09:01:00Z 2006-01-02T09:02:00Z";
  EXPECT_EQ(times(bars("Date,Time,Close\n2006-01-02,09:01:00,1\n2006-01-02,09:02:00,2\n")), expected);
  EXPECT_EQ(times(bars("<DATE>\t<TIME>\t<CLOSE>\n2006.01.02\t09:01\t1\n2006.01.02\t09:02\t2\n")), expected);
  EXPECT_EQ(times(bars("Date,Time,Close\n20060102,090100,1\n20060102,090200,2\n")), expected);
  // The header has one name for both.
  EXPECT_EQ(times(bars("Date,Open,High,Low,Close\n2006-01-02,09:01:00,1,1,1,1\n2006-01-02,09:02:00,2,2,2,2\n")),
            expected);
  EXPECT_EQ(times(bars("2006-01-02,09:01:00,1,1,1,1\n2006-01-02,09:02:00,2,2,2,2\n")), expected);
}

TEST(Csv, DayAndMonth) {
  const char* expected = "2020-01-05T00:00:00Z 2020-01-13T00:00:00Z";
  EXPECT_EQ(times(bars("date,close\n1/5/2020,1\n1/13/2020,2\n")), expected);
  EXPECT_EQ(times(bars("date,close\n05/01/2020,1\n13/01/2020,2\n")), expected);
  EXPECT_EQ(times(bars("date,close\n05.01.2020,1\n13.01.2020,2\n")), expected);
  // Both ways exist; only one is in order.
  const auto by_order = bars("date,close\n05/01/2020,1\n06/01/2020,1\n01/02/2020,2\n");
  EXPECT_EQ(times(by_order), "2020-01-05T00:00:00Z 2020-01-06T00:00:00Z 2020-02-01T00:00:00Z");
  EXPECT_EQ(by_order->detected.notes.size(), 2U);  // how it was decided, and that there is one price only
  // Nothing tells: the documented default, and a note.
  EXPECT_EQ(times(bars("date,close\n02/03/2020,1\n")), "2020-02-03T00:00:00Z");
  EXPECT_EQ(times(bars("date,close\n02.03.2020,1\n")), "2020-03-02T00:00:00Z");
  ReadOptions options;
  options.date_order = DateOrder::kDayMonthYear;
  EXPECT_EQ(times(bars("date,close\n02/03/2020,1\n", options)), "2020-03-02T00:00:00Z");
}

TEST(Csv, OrderIsLearntFromLateRows) {
  std::string text = "date,close\n";
  for (int month = 1; month <= 12; ++month) {
    for (int day = 1; day <= 12; ++day) text += std::to_string(day) + "/" + std::to_string(month) + "/2018,1\n";
  }
  for (int day = 1; day <= 12; ++day) text += std::to_string(day) + "/1/2019,1\n";
  for (int day = 1; day <= 12; ++day) text += std::to_string(day) + "/2/2019,1\n";
  for (int day = 1; day <= 12; ++day) text += std::to_string(day) + "/3/2019,1\n";
  for (int day = 1; day <= 12; ++day) text += std::to_string(day) + "/4/2019,1\n";
  text += "31/12/2019,2\n";
  const auto loaded = bars(text);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(format_time(loaded->bars.time().back()), "2019-12-31T00:00:00Z");
  EXPECT_EQ(format_time(loaded->bars.time()[1]), "2018-01-02T00:00:00Z");
}

TEST(Csv, TimesSinceMidnightTakeTheDateFromTheName) {
  const std::string text = "0,10,11,9,10,5\n60000,10,12,10,11,6\n";
  EXPECT_EQ(times(bars(text, {}, "data/20170903_trade.csv")), "2017-09-03T00:00:00Z 2017-09-03T00:01:00Z");
  ReadOptions options;
  options.date = "2017-09-04";
  EXPECT_EQ(times(bars(text, options)), "2017-09-04T00:00:00Z 2017-09-04T00:01:00Z");
}

TEST(Csv, QuoteBarsGetTheMiddle) {
  const auto loaded =
      bars("20070101 21:00,1.0,1.5,0.5,1.0,7,1.5,2.0,1.0,1.5,8\n20070101 22:00,1,1.5,0.5,1,7,1.5,2,1,1.5,8\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->bars.open()[0], 1.25);
  EXPECT_EQ(loaded->bars.high()[0], 1.75);
  EXPECT_EQ(loaded->bars.low()[0], 0.75);
  EXPECT_EQ(loaded->bars.close()[1], 1.25);
  EXPECT_EQ(loaded->bars.find("bid_close")->float64s()[0], 1.0);
  EXPECT_EQ(loaded->bars.find("ask_size")->float64s()[0], 8);
  EXPECT_FALSE(loaded->bars.has_volume());
}

TEST(Csv, QuotedCells) {
  const auto loaded = read_table_from_memory(
      "\"date\",\"say \"\"hi\"\", you\",close\n\"2020-01-02\",\"two\nlines\", \"1.5\" \n2020-01-03,b,2\n", "made.csv");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->table.columns[1].name(), "say \"hi\", you");
  EXPECT_EQ((*loaded->table.columns[1].dictionary())[0], "two\nlines");
  EXPECT_EQ(loaded->table.columns[2].float64s()[0], 1.5);
}

TEST(Csv, TypesOfFurtherColumns) {
  const auto loaded = read_table_from_memory(
      "date,n,x,s,when\n2020-01-02,1,0.5,a,2020-01-01\n2020-01-03,2,3,b,2020-01-02\n", "made.csv");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const std::vector<ColumnType> expected = {ColumnType::kTime, ColumnType::kInt64, ColumnType::kFloat64,
                                            ColumnType::kText, ColumnType::kTime};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(loaded->table.columns[i].type(), expected[i]) << i;
}

TEST(Csv, FurtherColumnsWidenWhenLateRowsAskForIt) {
  std::string text = "date,close,n,x\n";
  for (int i = 0; i < 300; ++i) text += format_time(i * kNanosecondsPerDay).substr(0, 10) + ",1,1,2\n";
  text += "1999-01-01,1,,late\n";
  const auto loaded = read_table_from_memory(text, "made.csv");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->table.columns[2].type(), ColumnType::kFloat64);
  EXPECT_TRUE(std::isnan(loaded->table.columns[2].float64s()[300]));
  EXPECT_EQ(loaded->table.columns[3].type(), ColumnType::kText);
  ASSERT_EQ(loaded->detected.notes.size(), 1U);
  EXPECT_NE(loaded->detected.notes[0].find("line 302"), std::string::npos) << loaded->detected.notes[0];
}

TEST(Csv, ByHand) {
  ReadOptions options;
  options.delimiter = '/';
  options.header = false;
  options.skip_lines = 1;
  options.column_names = {"when", "a", "b"};
  options.roles.time = "WHEN";
  options.roles.close = "#3";
  options.time_unit = TimeUnit::kSeconds;
  const auto loaded = bars("rubbish\n86400/1/5\n172800/1/6\n", options);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(times(loaded), "1970-01-02T00:00:00Z 1970-01-03T00:00:00Z");
  EXPECT_EQ(loaded->bars.close()[1], 6);
}

TEST(Csv, ZoneIsTakenOffAndDatesStay) {
  ReadOptions options;
  options.time_zone = "America/New_York";
  EXPECT_EQ(times(bars("time,close\n2020-07-01 09:30,1\n", options)), "2020-07-01T13:30:00Z");
  EXPECT_EQ(times(bars("time,close\n2020-07-01T09:30Z,1\n", options)), "2020-07-01T09:30:00Z");
  EXPECT_EQ(times(bars("time,close\n2020-07-01,1\n", options)), "2020-07-01T00:00:00Z");
  // The hour that clocks show twice, in order.
  EXPECT_EQ(times(bars("time,close\n2020-11-01 01:00,1\n2020-11-01 01:30,1\n2020-11-01 01:00,1\n2020-11-01 01:30,1\n",
                       options)),
            "2020-11-01T05:00:00Z 2020-11-01T05:30:00Z 2020-11-01T06:00:00Z 2020-11-01T06:30:00Z");
}

TEST(Csv, BlankLinesAndATrailingDelimiter) {
  const auto loaded = bars("\n\ndate,open,high,low,close,\n\n2020-01-02,1,2,1,2,\n   \n2020-01-03,1,2,1,2,\n\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->bars.size(), 2U);
  EXPECT_EQ(loaded->detected.columns.size(), 5U);
}

}  // namespace
}  // namespace peak::io
