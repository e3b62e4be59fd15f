#include "peak/market/bars.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "market/bar_checks.hpp"

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Series {
  std::vector<std::int64_t> time;
  std::vector<double> open, high, low, close, volume;

  static Series of(std::size_t size) {
    Series series;
    for (std::size_t i = 0; i < size; ++i) {
      series.time.push_back(static_cast<std::int64_t>(i) * kNanosecondsPerDay);
      const double price = 10 + static_cast<double>(i);
      series.open.push_back(price);
      series.high.push_back(price + 2);
      series.low.push_back(price - 2);
      series.close.push_back(price + 1);
      series.volume.push_back(price * 100);
    }
    return series;
  }
  [[nodiscard]] Table table() const {
    return {{Column::own("Date", time, ColumnType::kTime), Column::own("Open", open), Column::own("HIGH", high),
             Column::own("low", low), Column::own("Close", close), Column::own("Volume", volume)}};
  }
  void swap_rows(std::size_t a, std::size_t b) {
    std::swap(time[a], time[b]);
    for (auto* column : {&open, &high, &low, &close, &volume}) std::swap((*column)[a], (*column)[b]);
  }
};

void expect_refused(const Series& series, std::initializer_list<const char*> words, const BarChecks& checks = {}) {
  const auto bars = Bars::from_table(series.table(), checks);
  ASSERT_FALSE(bars.ok());
  EXPECT_EQ(bars.error().code, ErrorCode::kBadData);
  for (const char* word : words) {
    EXPECT_NE(bars.error().message.find(word), std::string::npos) << word << " in: " << bars.error().message;
  }
}

TEST(Bars, NamesWithoutRegardToCaseAndNoCopies) {
  Table table = Series::of(3).table();
  table.columns.push_back(Column::own("Adj Close", std::vector<double>{1, 2, 3}));
  table.columns.push_back(Column::own("Count", std::vector<std::int64_t>{4, 5, 6}));
  table.columns.push_back(Column::own("note", std::vector<std::int32_t>{0, 0, 0}, {"text"}));
  const auto bars = Bars::from_table(table);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->close().data(), table.columns[4].float64s().data());
  EXPECT_EQ(bars->column_names(),
            (std::vector<std::string>{"time", "open", "high", "low", "close", "volume", "adj close", "count"}));
  EXPECT_EQ(bars->find("count")->float64s()[2], 6);
  EXPECT_EQ(bars->find("note"), nullptr);
}

TEST(Bars, ASeriesOfPricesIsEnough) {
  const Table table{{Column::own("t", std::vector<std::int64_t>{1, 2}, ColumnType::kTime),
                     Column::own("close", std::vector<double>{5, 6})}};
  const auto bars = Bars::from_table(table);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->high()[1], 6);
  EXPECT_FALSE(bars->has_volume());
  EXPECT_TRUE(bars->volume().empty());
}

TEST(Bars, WhatIsMissingIsSaid) {
  Table table = Series::of(2).table();
  table.columns[4] = table.columns[4].renamed("last");
  EXPECT_NE(Bars::from_table(table).error().message.find("'close'; there are: 'Date' (time), 'Open' (float64)"),
            std::string::npos);
  table.columns.erase(table.columns.begin());
  EXPECT_NE(Bars::from_table(table).error().message.find("column of times"), std::string::npos);
  table = Series::of(2).table();
  table.columns[1] = Column::own("open", std::vector<double>{1});
  EXPECT_EQ(Bars::from_table(table).error().code, ErrorCode::kInvalidArgument);
  table.columns[1] = Column::own("open", std::vector<std::int32_t>{0, 0}, {"x"});
  EXPECT_NE(Bars::from_table(table).error().message.find("holds text"), std::string::npos);
}

TEST(Bars, NewestFirstIsTurnedRound) {
  Series series = Series::of(5);
  for (std::size_t i = 0; i < 2; ++i) series.swap_rows(i, 4 - i);
  BarRepairReport report;
  const auto bars = Bars::from_table(series.table(), {}, &report);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_TRUE(report.reversed);
  EXPECT_EQ(report.messages.size(), 1U);
  EXPECT_EQ(bars->time()[0], 0);
  EXPECT_EQ(bars->close()[0], 11);
  EXPECT_EQ(bars->volume()[4], 1400);
}

TEST(Bars, DisorderIsRefusedOrSorted) {
  Series series = Series::of(6);
  series.swap_rows(2, 3);
  expect_refused(series, {"1 row out of order", "row 3", "'sort'"});
  BarRepairReport report;
  const auto bars = Bars::from_table(series.table(), {.repairs = {.sort = true}}, &report);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(report.sorted_rows, 1U);
  EXPECT_EQ(bars->close()[2], 13);
}

TEST(Bars, RepeatedTimesKeepTheLast) {
  Series series = Series::of(4);
  series.time[2] = series.time[1];
  expect_refused(series, {"1 row with repeated times", "row 2", "'drop_duplicates'"});
  BarRepairReport report;
  const auto bars = Bars::from_table(series.table(), {.repairs = {.drop_duplicates = true}}, &report);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(report.duplicate_rows, 1U);
  ASSERT_EQ(bars->size(), 3U);
  EXPECT_EQ(bars->close()[1], 13);
}

TEST(Bars, ImpossiblePrices) {
  for (const double price : {0.0, -0.0, -1.0, kInfinity, -kInfinity}) {
    for (auto member : {&Series::open, &Series::high, &Series::low, &Series::close}) {
      Series series = Series::of(4);
      (series.*member)[2] = price;
      expect_refused(series, {"1 row with impossible prices", "row 2", "'drop_bad_rows'"});
      BarRepairReport report;
      const auto bars = Bars::from_table(series.table(), {.repairs = {.drop_bad_rows = true}}, &report);
      ASSERT_TRUE(bars.ok()) << bars.error().message;
      EXPECT_EQ(bars->size(), 3U);
      EXPECT_EQ(report.bad_rows, 1U);
    }
  }
  Series series = Series::of(4);
  series.high[1] = series.low[1] - 0.5;
  expect_refused(series, {"high 8.5 < low 9", "row 1"}, {.allow_nonpositive = true});
}

TEST(Bars, InfiniteVolumes) {
  for (const double volume : {kInfinity, -kInfinity}) {
    Series series = Series::of(4);
    series.volume[2] = volume;
    expect_refused(series, {"1 row with infinite volumes: row 2 (volume ", "'drop_bad_rows'"});
    BarRepairReport report;
    const auto bars = Bars::from_table(series.table(), {.repairs = {.drop_bad_rows = true}}, &report);
    ASSERT_TRUE(bars.ok()) << bars.error().message;
    EXPECT_EQ(bars->size(), 3U);
    EXPECT_EQ(report.bad_rows, 1U);
  }
  Series series = Series::of(4);
  series.volume[2] = kNaN;  // not counted
  EXPECT_TRUE(Bars::from_table(series.table()).ok());
}

// Arithmetic on such times would leave the range of Nanoseconds: days, sessions and distances are computed from them.
TEST(Bars, TimesOutsideOfTheRangeOfDates) {
  const Nanoseconds first = days_from_date(1678, 1, 1) * kNanosecondsPerDay;
  const Nanoseconds end = days_from_date(2262, 1, 1) * kNanosecondsPerDay;
  Series series = Series::of(4);
  series.time.front() = first;
  series.time.back() = end - 1;
  EXPECT_TRUE(Bars::from_table(series.table()).ok());
  series.time.front() = first - 1;
  expect_refused(series, {"1 row without a time: row 0 (1677-12-31T23:59:59.999999999Z is outside of 1678 to 2261)"});
  series.time.back() = std::numeric_limits<Nanoseconds>::max();
  expect_refused(series, {"2 rows without a time", "row 3 (2262-04-11T23:47:16.854775807Z"});
  BarChecks checks;
  checks.repairs.drop_missing_rows = true;
  const auto bars = Bars::from_table(series.table(), checks);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->size(), 2U);
}

TEST(Bars, NegativePricesWhenTheyAreMeant) {
  Series series = Series::of(3);
  series.low[1] = -37;
  EXPECT_TRUE(Bars::from_table(series.table(), {.allow_nonpositive = true}).ok());
}

TEST(Bars, MissingPrices) {
  Series series = Series::of(5);
  series.open[1] = kNaN;
  series.close[3] = kNaN;
  expect_refused(series, {"2 rows with missing prices", "row 1 (no open)", "row 3 (no close)"});
  const auto allowed = Bars::from_table(series.table(), {.allow_missing = true});
  ASSERT_TRUE(allowed.ok());
  EXPECT_EQ(allowed->size(), 5U);
  BarRepairReport report;
  const auto dropped = Bars::from_table(series.table(), {.repairs = {.drop_missing_rows = true}}, &report);
  ASSERT_TRUE(dropped.ok());
  EXPECT_EQ(dropped->size(), 3U);
  EXPECT_EQ(report.missing_rows, 2U);
  series.time[2] = kNoTime;
  expect_refused(series, {"1 row without a time: row 2"});
}

TEST(Bars, AllFaultsAreToldAtOnce) {
  Series series = Series::of(9);
  series.swap_rows(1, 2);
  series.time[5] = series.time[4];
  series.low[6] = -1;
  series.close[7] = kNaN;
  expect_refused(series, {"out of order", "repeated times", "impossible prices", "missing prices"});
  BarChecks checks;
  checks.repairs = {true, true, true, true};
  const auto bars = Bars::from_table(series.table(), checks);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->size(), 6U);
}

TEST(Bars, RowsAreNamedByTheLoader) {
  Series series = Series::of(3);
  series.close[1] = -1;
  BarChecks checks;
  checks.describe_row = [](std::size_t row) { return "line " + std::to_string(row + 2); };
  expect_refused(series, {"line 3 (close -1)"}, checks);
}

/// The rule in its plain form, which is_clean must agree with wherever times are within 62 bits.
bool plain_is_clean(const Series& series) {
  for (std::size_t i = 0; i < series.time.size(); ++i) {
    if (i > 0 && series.time[i] <= series.time[i - 1]) return false;
    for (const double price : {series.open[i], series.high[i], series.low[i], series.close[i]}) {
      if (!(price > 0) || !std::isfinite(price)) return false;
    }
    if (series.high[i] < series.low[i]) return false;
  }
  return true;
}

TEST(Bars, TheQuickCheckIsTheRule) {
  std::mt19937_64 random(3);
  const double values[] = {
      0.0, -0.0, kNaN, -kNaN, kInfinity, -kInfinity, -1, 5e-324, -5e-324, 1.7976931348623157e308, 1e-300, 12, 8};
  for (int round = 0; round < 20'000; ++round) {
    Series series = Series::of(1 + random() % 9);
    const std::size_t row = random() % series.time.size();
    auto* column = std::array{&series.open, &series.high, &series.low, &series.close}[random() % 4];
    (*column)[row] = values[random() % std::size(values)];
    if (random() % 4 == 0) series.time[row] += (static_cast<std::int64_t>(random() % 3) - 1) * kNanosecondsPerDay;
    const Table table = series.table();
    const BarColumns columns{
        table.columns[0], {table.columns[1], table.columns[2], table.columns[3], table.columns[4]}, {}, {}};
    ASSERT_EQ(is_clean(columns), plain_is_clean(series)) << "round " << round;
  }
}

TEST(Bars, TimesOfAllCenturies) {
  Series series = Series::of(3);
  series.time = {-9'000'000'000'000'000'000, 0, 9'000'000'000'000'000'000};
  EXPECT_TRUE(Bars::from_table(series.table()).ok());
  std::swap(series.time[0], series.time[1]);
  expect_refused(series, {"out of order"});
  series.time = {9'000'000'000'000'000'000, -9'000'000'000'000'000'000, 9'100'000'000'000'000'000};
  expect_refused(series, {"out of order"});
}

TEST(Bars, SlicesClipAndShare) {
  const auto bars = Bars::from_table(Series::of(10).table());
  const Bars middle = bars->slice(3, 4);
  EXPECT_EQ(middle.size(), 4U);
  EXPECT_EQ(middle.close().data(), bars->close().data() + 3);
  EXPECT_EQ(middle.volume().size(), 4U);
  EXPECT_EQ(bars->slice(8, 100).size(), 2U);
  EXPECT_EQ(bars->slice(100, 1).size(), 0U);
}

TEST(Bars, FingerprintIsOfTheContent) {
  const auto a = Bars::from_table(Series::of(10).table());
  auto b = Bars::from_table(Series::of(10).table());
  b->set_symbol("other");
  EXPECT_EQ(a->fingerprint(), b->fingerprint());
  Series changed = Series::of(10);
  changed.volume[9] += 1;
  EXPECT_FALSE(a->fingerprint() == Bars::from_table(changed.table())->fingerprint());
  EXPECT_FALSE(a->fingerprint() == a->slice(0, 9).fingerprint());
}

}  // namespace
}  // namespace peak
