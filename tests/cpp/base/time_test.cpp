#include "peak/base/time.hpp"

#include <gtest/gtest.h>

namespace peak {
namespace {

struct KnownDay {
  std::int64_t year;
  unsigned month, day;
  std::int64_t days;
  int weekday;
};

// Day counts and weekdays from Python's datetime.date (proleptic Gregorian).
constexpr KnownDay kKnownDays[] = {
    {1970, 1, 1, 0, 3},       {2000, 2, 29, 11016, 1},  {1900, 3, 1, -25508, 3}, {1677, 9, 21, -106752, 1},
    {2262, 4, 11, 106751, 4}, {2024, 12, 31, 20088, 1}, {1969, 12, 31, -1, 2},   {1, 1, 1, -719162, 0},
};

TEST(Date, AgreesWithKnownDaysBothWays) {
  for (const KnownDay& known : kKnownDays) {
    EXPECT_EQ(days_from_date(known.year, known.month, known.day), known.days);
    const Date date = date_from_days(known.days);
    EXPECT_EQ(date.year, known.year);
    EXPECT_EQ(date.month, known.month);
    EXPECT_EQ(date.day, known.day);
    EXPECT_EQ(weekday_from_days(known.days), known.weekday);
  }
}

TEST(Date, EveryDayOfFourCenturiesFollowsTheOneBefore) {
  std::int64_t days = days_from_date(1800, 1, 1);
  int weekday = weekday_from_days(days);
  for (std::int64_t year = 1800; year < 2200; ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      for (unsigned day = 1; is_valid_date(year, month, day); ++day, ++days) {
        ASSERT_EQ(days_from_date(year, month, day), days);
        ASSERT_EQ(weekday_from_days(days), weekday);
        weekday = (weekday + 1) % 7;
      }
    }
  }
}

TEST(Date, KnowsWhichDatesExist) {
  EXPECT_TRUE(is_valid_date(2000, 2, 29));
  EXPECT_FALSE(is_valid_date(1900, 2, 29));
  EXPECT_TRUE(is_valid_date(2024, 2, 29));
  EXPECT_FALSE(is_valid_date(2023, 2, 29));
  EXPECT_FALSE(is_valid_date(2023, 4, 31));
  EXPECT_FALSE(is_valid_date(2023, 0, 1));
  EXPECT_FALSE(is_valid_date(2023, 13, 1));
  EXPECT_FALSE(is_valid_date(2023, 1, 0));
}

TEST(FormatTime, IsIso8601AsShortAsExact) {
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(format_time(1'500'000'000), "1970-01-01T00:00:01.500Z");
  EXPECT_EQ(format_time(1'000), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(format_time(20088 * kNanosecondsPerDay + 9 * kNanosecondsPerHour + 30 * kNanosecondsPerMinute),
            "2024-12-31T09:30:00Z");
  EXPECT_EQ(format_time(kNoTime), "NaT");
  EXPECT_EQ(format_time(kNoTime + 1), "1677-09-21T00:12:43.145224193Z");  // numpy's smallest datetime64[ns]
}

TEST(FormatTime, ShortFormDropsWhatIsZero) {
  EXPECT_EQ(format_time_short(20088 * kNanosecondsPerDay), "2024-12-31");
  EXPECT_EQ(format_time_short(20088 * kNanosecondsPerDay + 570 * kNanosecondsPerMinute), "2024-12-31 09:30");
  EXPECT_EQ(format_time_short(7 * kNanosecondsPerSecond), "1970-01-01 00:00:07");
  EXPECT_EQ(format_time_short(kNoTime), "NaT");
}

}  // namespace
}  // namespace peak
