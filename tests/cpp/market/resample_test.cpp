#include "peak/market/resample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Nanoseconds kHour = kNanosecondsPerHour;

Nanoseconds at(std::int64_t year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return days_from_date(year, month, day) * kNanosecondsPerDay + hour * kHour + minute * kNanosecondsPerMinute;
}
Timeframe timeframe(const char* text) { return Timeframe::parse(text).value(); }

/// Bars with close 1, 2, 3, ...; open half below, high one above, low one below, volume 10 times it.
Bars counted(const std::vector<std::int64_t>& times) {
  std::vector<double> open, high, low, close, volume;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto price = static_cast<double>(i + 1);
    open.push_back(price - 0.5), high.push_back(price + 1), low.push_back(price - 1), close.push_back(price);
    volume.push_back(10 * price);
  }
  return Bars::from_columns(Column::own("time", times, ColumnType::kTime), Column::own("open", open),
                            Column::own("high", high), Column::own("low", low), Column::own("close", close),
                            Column::own("volume", volume))
      .value();
}

TEST(Timeframe, IsReadAndWritten) {
  for (const auto& [text, shown] : {std::pair{"4h", "4h"},
                                    {"240m", "4h"},
                                    {"15min", "15m"},
                                    {"1D", "1d"},
                                    {"7d", "7d"},
                                    {"2W", "2w"},
                                    {"1mo", "1mo"},
                                    {"3M", "3mo"},
                                    {"90s", "90s"},
                                    {"24h", "1d"}}) {
    ASSERT_TRUE(Timeframe::parse(text).ok()) << text;
    EXPECT_EQ(timeframe(text).text(), shown);
  }
  for (const char* text : {"", "h", "0h", "-4h", "4", "4x", "4.5h", "99999999999d", "99999999999999999999h", "4hh"}) {
    EXPECT_FALSE(Timeframe::parse(text).ok()) << text;
  }
}

TEST(Timeframe, CutsTimeIntoPeriods) {
  EXPECT_EQ(timeframe("4h").start_of(at(2024, 1, 3, 11, 59)), at(2024, 1, 3, 8));
  EXPECT_EQ(timeframe("1w").start_of(at(2024, 1, 7)), at(2024, 1, 1));  // a Sunday
  EXPECT_EQ(timeframe("1w").start_of(at(1969, 12, 28)), at(1969, 12, 22));
  EXPECT_EQ(timeframe("1mo").start_of(at(1969, 2, 28)), at(1969, 2, 1));
  EXPECT_EQ(timeframe("3mo").start_of(at(2024, 12, 31)), at(2024, 10, 1));
  EXPECT_EQ(timeframe("1mo").end_of(at(2024, 2, 1)), at(2024, 3, 1));
  EXPECT_EQ(timeframe("7h").start_of(at(1960, 5, 5), at(1960, 5, 5)), at(1960, 5, 5));
}

// Fuller comparisons with pandas are in tests/python/test_resample.py.
TEST(Resample, TakesFirstHighestLowestLastAndSum) {
  const Bars hours = counted({at(2024, 1, 1, 0), at(2024, 1, 1, 1), at(2024, 1, 1, 3), at(2024, 1, 1, 9)});
  const auto four = resample(hours, timeframe("4h"));
  ASSERT_TRUE(four.ok());
  ASSERT_EQ(four->size(), 2U);
  EXPECT_EQ(four->time()[0], at(2024, 1, 1, 0));
  EXPECT_EQ(four->time()[1], at(2024, 1, 1, 8));
  EXPECT_EQ(four->open()[0], 0.5);
  EXPECT_EQ(four->high()[0], 4);
  EXPECT_EQ(four->low()[0], 0);
  EXPECT_EQ(four->close()[0], 3);
  EXPECT_EQ(four->volume()[0], 60);
  const auto filled = resample(hours, timeframe("4h"), {.label_right = true, .keep_empty = true});
  ASSERT_EQ(filled->size(), 3U);
  EXPECT_TRUE(std::isnan(filled->close()[1]));
  EXPECT_EQ(filled->volume()[1], 0);
  EXPECT_EQ(filled->time()[1], at(2024, 1, 1, 8));
}

TEST(Resample, KeepsToSessions) {
  // 14:30 to 21:00 UTC on a winter's day in New York: six hours and a half.
  std::vector<std::int64_t> times;
  for (Nanoseconds time = at(2024, 1, 2, 13); time < at(2024, 1, 2, 22); time += 30 * kNanosecondsPerMinute) {
    times.push_back(time);
  }
  const auto hours = resample(counted(times), timeframe("1h"), {.sessions = Calendar::named("nyse").value()});
  ASSERT_EQ(hours->size(), 7U);
  EXPECT_EQ(hours->time()[0], at(2024, 1, 2, 14, 30));
  EXPECT_EQ(hours->time()[6], at(2024, 1, 2, 20, 30));
  EXPECT_EQ(hours->volume()[6], 160);  // one half hour, the sixteenth row: 20:30
  const auto days = resample(counted(times), timeframe("1d"), {.sessions = Calendar::named("nyse").value()});
  ASSERT_EQ(days->size(), 1U);
  EXPECT_EQ(days->time()[0], at(2024, 1, 2));
  EXPECT_EQ(days->close()[0], 16);
}

TEST(Resample, RefusesWhatDoesNotFit) {
  const Bars bars = counted({at(1700, 1, 1), at(2200, 1, 1)});
  EXPECT_EQ(resample(bars, timeframe("1m"), {.keep_empty = true}).error().code, ErrorCode::kBadData);
  const auto both = resample(bars, timeframe("1h"), {.keep_empty = true, .sessions = Calendar::named("fx").value()});
  EXPECT_EQ(both.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(resample(counted({}), timeframe("1h"))->size(), 0U);
  EXPECT_FALSE(resample(counted({kNoTime, 0}), timeframe("1h")).ok());
}

TEST(HigherBars, AreSeenWithTheBarThatReachesTheirEnd) {
  std::vector<std::int64_t> times;
  for (int hour = 0; hour < 10; ++hour) times.push_back(at(2024, 1, 1, hour));
  const auto higher = higher_bars(counted(times), timeframe("4h"));
  EXPECT_EQ(higher->complete, (std::vector<std::int64_t>{-1, -1, -1, 0, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(higher->bars.close()[0], 4);
  EXPECT_EQ(higher->bars.high()[1], 9);
}

TEST(HigherBars, AreSeenWithTheFirstBarBeyondThemWhereTheirLastIsMissing) {
  const auto higher = higher_bars(
      counted({at(2024, 1, 1, 0), at(2024, 1, 1, 1), at(2024, 1, 1, 2), at(2024, 1, 1, 5), at(2024, 1, 1, 13)}),
      timeframe("4h"));
  EXPECT_EQ(higher->complete, (std::vector<std::int64_t>{-1, -1, -1, 0, 1}));
  EXPECT_EQ(higher->bars.close()[0], 3);
  EXPECT_EQ(higher->bars.close()[1], 4);
}

TEST(HigherBars, DoNotChangeOnceTheyAreComplete) {
  // Two hours between the first two bars: the second seems to reach the end, the third tells that it did not.
  const auto higher = higher_bars(counted({at(2024, 1, 1, 0), at(2024, 1, 1, 2), at(2024, 1, 1, 3), at(2024, 1, 1, 4)}),
                                  timeframe("4h"));
  EXPECT_EQ(higher->complete, (std::vector<std::int64_t>{-1, 0, 0, 0}));
  EXPECT_EQ(higher->bars.close()[0], 2);
  EXPECT_EQ(higher->bars.close()[1], 4);
}

TEST(HigherBars, OfAPrefixAreAPrefix) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::int64_t> times;
    Nanoseconds time = at(2024, 1, 1) + static_cast<Nanoseconds>(random() % 600) * kNanosecondsPerMinute;
    for (int i = 0; i < 60; ++i) {
      times.push_back(time);
      time += kHour * (random() % 5 == 0 ? 1 + static_cast<Nanoseconds>(random() % 9) : 1);
    }
    const Bars bars = counted(times);
    const auto whole = higher_bars(bars, timeframe(round % 2 == 0 ? "4h" : "1d"));
    for (std::size_t size = 0; size <= bars.size(); ++size) {
      const auto part = higher_bars(bars.slice(0, size), timeframe(round % 2 == 0 ? "4h" : "1d"));
      for (std::size_t i = 0; i < size; ++i) {
        ASSERT_EQ(part->complete[i], whole->complete[i]);
        if (part->complete[i] < 0) continue;
        const auto k = static_cast<std::size_t>(part->complete[i]);
        ASSERT_EQ(part->bars.close()[k], whole->bars.close()[k]);
        ASSERT_EQ(part->bars.volume()[k], whole->bars.volume()[k]);
      }
    }
  }
}

TEST(PeriodValue, PassesOverMissingValues) {
  for (const auto& [name, expected] :
       {std::pair{"open", 2.0}, {"high", 5.0}, {"low", 1.0}, {"close", 1.0}, {"volume", 8.0}}) {
    PeriodValue value(name);
    for (const double x : {kNaN, 2.0, 5.0, kNaN, 1.0, kNaN}) value.add(x);
    EXPECT_EQ(value.value(), expected) << name;
    value.reset();
    EXPECT_EQ(std::isnan(value.value()), std::string(name) != "volume");
  }
}

// Periods of seven hours from the midnight before a's first bar: 00:00, 07:00, 14:00, 21:00, then 04:00 of the second
// day. Alone, b's would begin at 00:00 of its own day.
TEST(Resample, TakesAllSymbolsOfAPanelByOneGrid) {
  std::vector<std::int64_t> of_a, of_b;
  for (int hour = 2; hour < 40; ++hour) of_a.push_back(at(2024, 3, 4, hour));
  for (int hour = 27; hour < 36; ++hour) of_b.push_back(at(2024, 3, 4, hour));
  Bars a = counted(of_a), b = counted(of_b);
  a.set_symbol("A");
  b.set_symbol("B");
  const Panel panel = Panel::create({a, b}).value();
  const auto made = resample(panel, timeframe("7h"));
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->symbol_names(), (std::vector<std::string>{"A", "B"}));
  const auto times = made->series(1).time();
  ASSERT_EQ(times.size(), 3u);
  EXPECT_EQ(times[0], at(2024, 3, 4, 21));  // 03:00
  EXPECT_EQ(times[1], at(2024, 3, 5, 4));   // 04:00 to 10:00
  EXPECT_EQ(times[2], at(2024, 3, 5, 11));  // 11:00
  EXPECT_EQ(made->series(1).close()[1], 8);
  EXPECT_EQ(made->series(1).volume()[1], 10 * (2 + 3 + 4 + 5 + 6 + 7 + 8));
  EXPECT_EQ(resample(b, timeframe("7h"))->time()[0], at(2024, 3, 5));
  // With a grid that is told, each is what it is alone.
  const auto from_epoch = resample(panel, timeframe("7h"), {.origin = ResampleOrigin::kEpoch});
  for (std::size_t s = 0; s < 2; ++s) {
    const auto alone = resample(panel.series(s), timeframe("7h"), {.origin = ResampleOrigin::kEpoch});
    EXPECT_EQ(from_epoch->series(s).fingerprint(), alone->fingerprint());
  }
}

TEST(Resample, NamesTheSymbolOfAPanelThatFails) {
  Bars a = counted({at(2024, 3, 4), at(2024, 3, 5)}), b = counted({at(1700, 1, 1), at(2024, 3, 5)});
  a.set_symbol("A");
  b.set_symbol("B");
  const Panel panel = Panel::create({a, b}, {.mixed = true}).value();
  const auto made = resample(panel, timeframe("1s"), {.keep_empty = true});
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message.find("symbol 'B'"), std::string::npos) << made.error().message;
}

}  // namespace
}  // namespace peak
