// Rule 10's P, on made-up calendars whose answer is plain.
#include "peak/market/periods.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace peak {
namespace {

constexpr Nanoseconds kMonday = 4 * kNanosecondsPerDay;  // 1970-01-05

/// Bars every `step` of the hours [from, to) of the weekdays given, Monday 0, over `weeks` weeks.
std::vector<Nanoseconds> calendar(Nanoseconds step, int from, int to, int first_day, int last_day, int weeks) {
  std::vector<Nanoseconds> time;
  for (int week = 0; week < weeks; ++week) {
    for (int day = first_day; day <= last_day; ++day) {
      const Nanoseconds midnight = kMonday + (week * 7 + day) * kNanosecondsPerDay;
      for (Nanoseconds t = from * kNanosecondsPerHour; t < to * kNanosecondsPerHour; t += step)
        time.push_back(midnight + t);
    }
  }
  return time;
}

double periods(const std::vector<Nanoseconds>& time) { return periods_per_year(time).value; }

TEST(Periods, GivenWins) {
  EXPECT_EQ(periods_per_year({}, 365.25).value, 365.25);
  EXPECT_EQ(periods_per_year({}, 365.25).reason, "given: 365.25");
}

TEST(Periods, TooFewBars) {
  EXPECT_EQ(periods({}), 252);
  EXPECT_EQ(periods({kMonday}), 252);
  EXPECT_EQ(periods_per_year({}).reason, "too few bars to tell: 252");
}

TEST(Periods, DaysWeeksMonths) {
  EXPECT_EQ(periods(calendar(kNanosecondsPerDay, 0, 24, 0, 4, 10)), 252);
  EXPECT_EQ(periods(calendar(kNanosecondsPerDay, 0, 24, 0, 6, 10)), 365);
  EXPECT_EQ(periods(calendar(kNanosecondsPerDay, 0, 24, 4, 4, 10)), 52);
  std::vector<Nanoseconds> months;
  for (unsigned month = 1; month <= 12; ++month) months.push_back(days_from_date(2019, month, 1) * kNanosecondsPerDay);
  EXPECT_EQ(periods(months), 12);
}

TEST(Periods, OneSaturdaySessionIsNoWeekendTrade) {
  auto time = calendar(kNanosecondsPerDay, 0, 24, 0, 4, 20);
  time.insert(time.begin() + 5, kMonday + 5 * kNanosecondsPerDay);
  EXPECT_EQ(periods(time), 252);
}

TEST(Periods, Intraday) {
  EXPECT_EQ(periods(calendar(kNanosecondsPerHour, 0, 24, 0, 6, 4)), 365 * 24);
  EXPECT_EQ(periods(calendar(4 * kNanosecondsPerHour, 0, 24, 0, 6, 4)), 365 * 6);
  EXPECT_EQ(periods(calendar(5 * kNanosecondsPerMinute, 0, 24, 0, 4, 2)), 260 * 288);
  EXPECT_EQ(periods(calendar(kNanosecondsPerMinute, 14, 21, 0, 4, 3)), 252 * 420);
}

TEST(Periods, ASundayEveningDoesNotMakeAWeekend) {
  std::vector<Nanoseconds> time;
  for (int week = 0; week < 4; ++week) {  // from Sunday 22:00 to Friday 22:00
    const Nanoseconds open = kMonday + week * 7 * kNanosecondsPerDay - 2 * kNanosecondsPerHour;
    for (int hour = 0; hour < 120; ++hour) time.push_back(open + hour * kNanosecondsPerHour);
  }
  EXPECT_EQ(periods(time), 260 * 24);
}

TEST(Periods, ModalStep) {
  EXPECT_EQ(modal_step({}), 0);
  EXPECT_EQ(modal_step(std::vector<Nanoseconds>{5}), 0);
  EXPECT_EQ(modal_step(std::vector<Nanoseconds>{0, 1, 2, 3, 13}), 1);
  EXPECT_EQ(modal_step(std::vector<Nanoseconds>{0, 10, 11, 12, 13}), 1);
  EXPECT_EQ(modal_step(std::vector<Nanoseconds>{0, 5, 7, 12, 14}), 2);  // two of each: the smaller
  EXPECT_EQ(modal_step(std::vector<Nanoseconds>{0, 9, 12, 15, 22, 23}), 3);
}

}  // namespace
}  // namespace peak
