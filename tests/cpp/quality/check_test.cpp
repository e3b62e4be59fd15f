#include "peak/quality/check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "io/shared_data.hpp"
#include "peak/io/read.hpp"
#include "peak/quality/copies.hpp"
#include "peak/quality/fix.hpp"
#include "quality/plain_bars.hpp"

namespace peak {
namespace {

using testing::PlainBars;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Quality checked(const PlainBars& bars, const CheckOptions& options = {}) {
  return check_bars(bars.table(), options).value();
}
std::size_t count_of(const Quality& quality, Fault fault) {
  const Finding* finding = quality.find(fault);
  return finding == nullptr ? 0 : finding->count;
}

TEST(CheckBars, CleanBarsHaveNoFindings) {
  const Quality quality = checked(PlainBars(500, kNanosecondsPerHour));
  EXPECT_TRUE(quality.findings.empty()) << quality.findings.front().text;
  EXPECT_EQ(quality.step, kNanosecondsPerHour);
  EXPECT_EQ(quality.calendar, "168 hours of the week that usually have bars");
}

TEST(CheckBars, EveryFaultIsFoundWhereItWasPut) {
  struct Case {
    Fault fault;
    std::size_t row;
    void (*spoil)(PlainBars&);
  };
  const Case kCases[] = {
      {Fault::kMissingTime, 40, [](PlainBars& b) { b.time[40] = kNoTime; }},
      {Fault::kOutOfOrder, 41, [](PlainBars& b) { std::swap(b.time[40], b.time[41]); }},
      {Fault::kRepeatedTime, 41, [](PlainBars& b) { b.time[41] = b.time[40]; }},
      {Fault::kGap, 100,
       [](PlainBars& b) {
         for (std::size_t i = 100; i < b.time.size(); ++i) b.time[i] += 3 * kNanosecondsPerHour;
       }},
      {Fault::kOffGrid, 70, [](PlainBars& b) { b.time[70] += 3; }},
      {Fault::kMixedZones, 70, [](PlainBars& b) { b.time[70] += 30 * kNanosecondsPerMinute; }},
      {Fault::kEmptyPrice, 12, [](PlainBars& b) { b.low[12] = kNaN; }},
      {Fault::kInfinitePrice, 12, [](PlainBars& b) { b.high[12] = std::numeric_limits<double>::infinity(); }},
      {Fault::kNonPositivePrice, 12, [](PlainBars& b) { b.close[12] = -36.98; }},
      {Fault::kInconsistentPrices, 12,
       [](PlainBars& b) {
         b.high[12] = b.close[12] * 0.999;
         b.open[12] = b.low[12] = b.high[12] * 0.99;
       }},
      {Fault::kFlatBar, 12, [](PlainBars& b) { b.open[12] = b.high[12] = b.low[12] = b.close[12]; }},
      {Fault::kFrozenPrice, 300,
       [](PlainBars& b) {
         for (std::size_t i = 300; i < 311; ++i) b.open[i] = b.high[i] = b.low[i] = b.close[i] = b.close[300];
       }},
      {Fault::kOutlier, 222,
       [](PlainBars& b) {
         b.close[222] *= 1.8;
         b.high[222] = b.close[222];
       }},
      {Fault::kUnadjustedSplit, 250, [](PlainBars& b) { b.divide_from(250, 7); }},
      {Fault::kZeroVolume, 9, [](PlainBars& b) { b.volume[9] = 0; }},
      {Fault::kNegativeVolume, 9, [](PlainBars& b) { b.volume[9] = -5; }},
      {Fault::kInfiniteVolume, 9, [](PlainBars& b) { b.volume[9] = std::numeric_limits<double>::infinity(); }},
      {Fault::kMissingVolume, 9, [](PlainBars& b) { b.volume[9] = kNaN; }},
  };
  for (const Case& c : kCases) {
    PlainBars bars(500, kNanosecondsPerHour);
    c.spoil(bars);
    const Quality quality = checked(bars);
    const Finding* finding = quality.find(c.fault);
    ASSERT_NE(finding, nullptr) << fault_name(c.fault);
    EXPECT_EQ(finding->count, c.fault == Fault::kFrozenPrice ? 1U : 1U) << fault_name(c.fault);
    EXPECT_EQ(finding->first.at(0).row, c.row) << fault_name(c.fault);
    EXPECT_EQ(finding->first.at(0).time, bars.time[c.row]) << fault_name(c.fault);
  }
}

TEST(CheckBars, NewestFirstIsANoteAndItsDisorderIsCountedTheOtherWay) {
  PlainBars bars(200, kNanosecondsPerHour);
  std::reverse(bars.time.begin(), bars.time.end());
  EXPECT_EQ(checked(bars).findings.size(), 1U);
  std::swap(bars.time[50], bars.time[51]);
  const Quality quality = checked(bars);
  EXPECT_EQ(count_of(quality, Fault::kNewestFirst), 1U);
  EXPECT_EQ(count_of(quality, Fault::kOutOfOrder), 1U);
}

TEST(CheckBars, GapsAreMeasuredAgainstTheCalendarThatIsGiven) {
  // Weekdays of January 2024 without the 10th; the 1st and the 15th are NYSE's holidays, the 13th is a Saturday.
  PlainBars bars(0, kNanosecondsPerDay);
  for (unsigned day = 1; day <= 31; ++day) {
    const std::int64_t days = days_from_date(2024, 1, day);
    if (day == 10 || (weekday_from_days(days) >= 5 && day != 13)) continue;
    bars.add(days * kNanosecondsPerDay, 100 + static_cast<double>(day % 3));
  }
  CheckOptions options;
  options.calendar = Calendar::named("nyse").value();
  const Quality quality = checked(bars, options);
  EXPECT_EQ(count_of(quality, Fault::kGap), 1U);
  EXPECT_EQ(quality.find(Fault::kGap)->first[0].what, "1 bar missing between 2024-01-09 and 2024-01-11");
  EXPECT_EQ(count_of(quality, Fault::kOutsideCalendar), 3U);  // the two holidays and the Saturday
  options.calendar = Calendar::named("weekdays").value();
  EXPECT_EQ(count_of(checked(bars, options), Fault::kOutsideCalendar), 1U);
  options.calendar = Calendar::named("24/7").value();
  EXPECT_EQ(count_of(checked(bars, options), Fault::kGap), 5U);  // the 10th and four weekends, one with its Saturday
}

TEST(CheckBars, RefusesWhatIsNoTableOfTimes) {
  Table table;
  table.columns.push_back(Column::own("close", std::vector<double>{1, 2}));
  EXPECT_EQ(check_bars(table).error().code, ErrorCode::kBadData);
  table.columns.push_back(Column::own("time", std::vector<std::int64_t>{1}, ColumnType::kTime));
  EXPECT_NE(check_bars(table).error().message.find("'time' has 1 rows"), std::string::npos);
  CheckOptions options;
  options.outlier_moves = 0;
  EXPECT_EQ(check_bars(PlainBars(5, kNanosecondsPerDay).table(), options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(check_bars(PlainBars(0, kNanosecondsPerDay).table()).ok());
  EXPECT_TRUE(check_bars(PlainBars(1, kNanosecondsPerDay).table()).ok());
}

TEST(FindCopies, ComparesWhatTwoFilesHaveInCommon) {
  const PlainBars whole(900, kNanosecondsPerHour);
  PlainBars other(900, kNanosecondsPerHour, 7);
  const NamedTable tables[] = {{"a", whole.table()}, {"b", other.table()}, {"c", whole.rows(300, 500).table()}};
  const auto copies = find_copies(tables);
  ASSERT_TRUE(copies.ok());
  ASSERT_EQ(copies->size(), 1U);
  EXPECT_EQ(copies->front().a, 0U);
  EXPECT_EQ(copies->front().b, 2U);
  EXPECT_EQ(copies->front().equal, 500U);
}

// --- real data, as its README states ---------------------------------------------------------------------------------

struct Expected {
  const char* file;
  std::vector<std::pair<Fault, std::size_t>> faults;
  std::size_t long_steps;
};

TEST(SharedDirtyData, ComesOutAsItsReadmeStates) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  const Expected kFiles[] = {
      // The README counts 53 rows with prices <= 0, without looking at high: row 356 has only "high -266.1".
      {"dirty/quotes_bad.csv",
       {{Fault::kMissingTime, 50},
        {Fault::kEmptyPrice, 51},
        {Fault::kNonPositivePrice, 54},
        {Fault::kInconsistentPrices, 12},
        {Fault::kFlatBar, 101},
        {Fault::kZeroVolume, 51},
        {Fault::kNegativeVolume, 1}},
       100},
      {"dirty/quotes_mismatch.csv", {{Fault::kOutOfOrder, 4}}, 112},
      {"dirty/ticksample.csv", {{Fault::kRepeatedTime, 1}, {Fault::kFlatBar, 135}}, 96},
      {"dirty/adx_nan_issue859.csv", {{Fault::kZeroVolume, 358}, {Fault::kFlatBar, 128}, {Fault::kGap, 12}}, 12},
      {"dirty/btcusd_named_bitfinex_1h_2017_2019.csv.gz",
       {{Fault::kNewestFirst, 1}, {Fault::kOutOfOrder, 5}, {Fault::kFlatBar, 30}},
       6},
      {"macro/wti_daily.csv", {{Fault::kNonPositivePrice, 1}}, 2187},
      {"macro/vix_daily.csv.gz", {{Fault::kInconsistentPrices, 47}, {Fault::kFlatBar, 506}}, 1987},
      {"corporate_actions/wiki_orcl_2000.csv", {{Fault::kNewestFirst, 1}, {Fault::kUnadjustedSplit, 2}}, 53},
      {"intraday/spy_1m_2011_03.csv.gz", {{Fault::kDaylightShift, 1}, {Fault::kFlatBar, 2448}}, 1414},
  };
  for (const Expected& expected : kFiles) {
    const auto rows = io::read_rows(testing::shared_data(expected.file));
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    const auto quality = check_bars(rows->table);
    ASSERT_TRUE(quality.ok()) << quality.error().message;
    EXPECT_EQ(quality->long_steps, expected.long_steps) << expected.file;
    for (const auto& [fault, count] : expected.faults) {
      EXPECT_EQ(count_of(*quality, fault), count) << expected.file << " " << fault_name(fault);
    }
  }
}

TEST(SharedDirtyData, TheNegativeOilPriceStandsAtItsDay) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  const auto rows = io::read_rows(testing::shared_data("macro/wti_daily.csv"));
  const auto quality = check_bars(rows->table);
  const FaultPlace& place = quality->find(Fault::kNonPositivePrice)->first.at(0);
  EXPECT_EQ(format_time_short(place.time), "2020-04-20");
  EXPECT_EQ(place.what, "close -36.98");
  EXPECT_EQ(rows->describe_row(place.row), "line 8645: 2020-04-20,-36.98");
}

TEST(SharedDirtyData, TheMislabelledCopyIsTold) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  std::vector<NamedTable> tables;
  for (const char* file : {"crypto/btcusd_coinbase_1d_2014_2019.csv", "crypto/btcusd_coinbase_1h_2017_2019.csv.gz",
                           "dirty/btcusd_named_bitfinex_1h_2017_2019.csv.gz"}) {
    tables.push_back({file, io::read_rows(testing::shared_data(file))->table});
  }
  const auto copies = find_copies(tables);
  ASSERT_EQ(copies->size(), 1U);
  EXPECT_EQ(copies->front().a, 1U);
  EXPECT_EQ(copies->front().b, 2U);
}

TEST(SharedDirtyData, SafeRulesMakeTheRowsUsable) {
  if (!testing::has_shared_data()) GTEST_SKIP();
  const auto rules = parse_fix_rules("safe");
  for (const char* file : {"dirty/quotes_bad.csv", "dirty/quotes_mismatch.csv", "dirty/ticksample.csv"}) {
    const auto rows = io::read_rows(testing::shared_data(file));
    const auto fixed = fix_bars(rows->table, *rules);
    ASSERT_TRUE(fixed.ok()) << file;
    const auto bars = Bars::from_table(fixed->table);
    EXPECT_TRUE(bars.ok()) << file << ": " << (bars.ok() ? "" : bars.error().message);
  }
}

}  // namespace
}  // namespace peak
