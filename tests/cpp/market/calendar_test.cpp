#include "peak/market/calendar.hpp"

#include <gtest/gtest.h>

namespace peak {
namespace {

Nanoseconds at(std::int64_t year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return days_from_date(year, month, day) * kNanosecondsPerDay + hour * kNanosecondsPerHour +
         minute * kNanosecondsPerMinute;
}
Calendar calendar(const char* name) { return Calendar::named(name).value(); }

// The whole of 1990 to 2026 is compared with exchange_calendars in tests/python/test_calendars.py.
TEST(Calendar, NyseKeepsItsHolidays) {
  const Calendar nyse = calendar("NYSE");
  EXPECT_FALSE(nyse.is_session(days_from_date(2001, 9, 12)));
  EXPECT_FALSE(nyse.is_session(days_from_date(2012, 10, 29)));
  EXPECT_FALSE(nyse.is_session(days_from_date(2024, 3, 29)));  // Good Friday
  EXPECT_FALSE(nyse.is_session(days_from_date(2022, 6, 20)));  // Juneteenth of a Sunday
  EXPECT_TRUE(nyse.is_session(days_from_date(2021, 12, 31)));  // New Year's Day 2022 was a Saturday
  EXPECT_FALSE(nyse.is_session(days_from_date(2021, 12, 24)));
  EXPECT_TRUE(nyse.is_session(days_from_date(2020, 1, 2)));
}

TEST(Calendar, NyseOpensByNewYorksClock) {
  const Calendar nyse = calendar("nyse");
  EXPECT_EQ(nyse.session(days_from_date(2011, 3, 11)).open, at(2011, 3, 11, 14, 30));
  EXPECT_EQ(nyse.session(days_from_date(2011, 3, 14)).open, at(2011, 3, 14, 13, 30));
  EXPECT_EQ(nyse.session(days_from_date(2011, 3, 14)).close, at(2011, 3, 14, 20, 0));
  EXPECT_EQ(nyse.session(days_from_date(2023, 11, 24)).close, at(2023, 11, 24, 18, 0));
}

TEST(Calendar, TheForeignExchangeWeekRunsFromSundayEveningToFridayEvening) {
  const Calendar fx = calendar("fx");
  EXPECT_FALSE(fx.is_open(at(2024, 1, 7, 21, 59)));  // Sunday, 22:00 UTC is 17:00 in New York in winter
  EXPECT_TRUE(fx.is_open(at(2024, 1, 7, 22, 0)));
  EXPECT_TRUE(fx.is_open(at(2024, 7, 7, 21, 0)));
  EXPECT_TRUE(fx.is_open(at(2024, 1, 12, 21, 59)));
  EXPECT_FALSE(fx.is_open(at(2024, 1, 12, 22, 0)));
}

TEST(Calendar, CountsTheBarsThatAreMissing) {
  // Thursday to Tuesday over Easter 2024: Good Friday is a holiday, so Monday alone is missing.
  EXPECT_EQ(calendar("nyse").missing_bars(at(2024, 3, 28), at(2024, 4, 2), kNanosecondsPerDay), 1U);
  EXPECT_EQ(calendar("weekdays").missing_bars(at(2024, 3, 28), at(2024, 4, 2), kNanosecondsPerDay), 2U);
  EXPECT_EQ(calendar("24/7").missing_bars(at(2024, 3, 28), at(2024, 4, 2), kNanosecondsPerDay), 4U);
  EXPECT_EQ(calendar("24/7").missing_bars(at(2024, 1, 1), at(2024, 1, 1, 0, 3), kNanosecondsPerMinute), 2U);
  // From the last minute of a session to the second of the next: one is missing.
  EXPECT_EQ(calendar("nyse").missing_bars(at(2024, 1, 2, 20, 59), at(2024, 1, 3, 14, 31), kNanosecondsPerMinute), 1U);
  EXPECT_EQ(calendar("fx").missing_bars(at(2024, 1, 5, 21), at(2024, 1, 7, 22), kNanosecondsPerHour), 0U);
  EXPECT_EQ(calendar("fx").missing_bars(at(2024, 1, 5, 20), at(2024, 1, 7, 23), kNanosecondsPerHour), 2U);
}

TEST(Calendar, TakesSessionsOfTheUser) {
  const std::int64_t day = days_from_date(2024, 1, 2);
  const auto own = Calendar::of_sessions(
      "own", {{day, at(2024, 1, 2, 8), at(2024, 1, 2, 16)}, {day + 2, at(2024, 1, 4, 8), at(2024, 1, 4, 16)}});
  ASSERT_TRUE(own.ok());
  EXPECT_FALSE(own->is_session(day + 1));
  EXPECT_EQ(own->sessions(day - 10, day + 10).size(), 2U);
  EXPECT_EQ(own->missing_bars(at(2024, 1, 2, 15), at(2024, 1, 4, 9), kNanosecondsPerHour), 1U);
  EXPECT_FALSE(Calendar::of_sessions("bad", {{day, 5, 5}}).ok());
  EXPECT_NE(Calendar::named("nise").error().message.find("did you mean 'nyse'"), std::string::npos);
}

}  // namespace
}  // namespace peak
