// Bar lines: CSV and JSON a line at a time, what is found by name, and what is refused with its line.
#include "io/bar_lines.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace peak::io {
namespace {

constexpr Nanoseconds kSecond = kNanosecondsPerSecond;
// date -u -d 2024-01-02T09:30:00Z +%s
constexpr Nanoseconds kHalfPastNine = 1704187800 * kSecond;

/// The bars of these lines; a failure of any line is the test's.
std::vector<BarLine> bars_of(const std::vector<std::string>& lines, const ReadOptions& options = {},
                             std::vector<std::string> further = {}) {
  auto reader = BarLines::create(options, std::move(further));
  EXPECT_TRUE(reader.ok());
  std::vector<BarLine> bars;
  for (const std::string& line : lines) {
    auto bar = reader->read(line);
    EXPECT_TRUE(bar.ok()) << line << ": " << bar.error().message;
    if (bar.ok() && *bar) bars.push_back(**bar);
  }
  return bars;
}

/// The error of the last of these lines, all others being good.
std::string error_of(const std::vector<std::string>& lines, const ReadOptions& options = {},
                     std::vector<std::string> further = {}) {
  auto reader = BarLines::create(options, std::move(further));
  EXPECT_TRUE(reader.ok());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto bar = reader->read(lines[i]);
    if (i + 1 < lines.size()) {
      EXPECT_TRUE(bar.ok()) << bar.error().message;
    } else {
      EXPECT_FALSE(bar.ok());
      return bar.ok() ? "" : bar.error().message;
    }
  }
  return "";
}

bool holds(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

TEST(BarLines, CsvUnderAHeader) {
  const auto bars =
      bars_of({"\xef\xbb\xbf"
               "Date,Open,High,Low,Close,Adj Close,Volume\r\n",
               "2024-01-02,10,11,9.5,10.25,7,1000\r\n", "", "2024-01-03,10.5,,9,10,7,\n"});
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0].time, 1704153600 * kSecond);
  EXPECT_EQ(bars[0].open, 10);
  EXPECT_EQ(bars[0].high, 11);
  EXPECT_EQ(bars[0].low, 9.5);
  EXPECT_EQ(bars[0].close, 10.25);
  EXPECT_EQ(bars[0].volume, 1000);
  EXPECT_TRUE(std::isnan(bars[1].high));
  EXPECT_TRUE(std::isnan(bars[1].volume));
}

TEST(BarLines, JsonInAnyOrderOfMembers) {
  const auto bars =
      bars_of({R"({"t": 1704187800, "o": 10, "h": "11", "l": 9, "c": 0.1, "v": null, "x": [1, {"t": 2}]})",
               R"({"c": 12, "t": 1704187860.5, "o": 11.5, "h": 13, "l": 11})"});
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0].time, kHalfPastNine);
  EXPECT_EQ(bars[0].high, 11);
  EXPECT_EQ(bars[0].close, 0.1);
  EXPECT_TRUE(std::isnan(bars[0].volume));
  EXPECT_EQ(bars[1].time, kHalfPastNine + 60 * kSecond + kSecond / 2);
  EXPECT_EQ(bars[1].close, 12);
}

TEST(BarLines, TimesAsTheyAreWritten) {
  const char* const forms[] = {"2024-01-02T09:30:00Z", "2024-01-02 09:30", "2024-01-02T10:30:00+01:00",
                               "1704187800",           "1704187800000",    "1704187800000000",
                               "1704187800000000000",  "1.7041878e9",      "20240102093000"};
  for (const char* form : forms) {
    const auto bars = bars_of({"time,close", std::string(form) + ",5"});
    ASSERT_EQ(bars.size(), 1U) << form;
    EXPECT_EQ(bars[0].time, kHalfPastNine) << form;
    EXPECT_EQ(bars[0].open, 5);
    EXPECT_EQ(bars[0].high, 5);
  }
}

TEST(BarLines, DateAndClockOfTwoColumns) {
  const auto bars = bars_of({"<DATE>\t<TIME>\t<OPEN>\t<CLOSE>", "2024.01.02\t09:30:00\t1\t2"});
  ASSERT_EQ(bars.size(), 1U);
  EXPECT_EQ(bars[0].time, kHalfPastNine);
}

TEST(BarLines, ZoneOfTheOptions) {
  ReadOptions options;
  options.time_zone = "-05:00";
  const auto bars = bars_of({"time;close", "2024-01-02 04:30;5"}, options);
  ASSERT_EQ(bars.size(), 1U);
  EXPECT_EQ(bars[0].time, kHalfPastNine);
}

// On 3 November 2024 New York's clocks show 01:30 twice: at 05:30 and at 06:30 UTC.
TEST(BarLines, TheHourThatClocksShowTwice) {
  ReadOptions options;
  options.time_zone = "America/New_York";
  const Nanoseconds first = 1730611800 * kSecond, second = first + 3600 * kSecond;
  const auto bars = bars_of({"time,close", "2024-11-03 01:30,5", "2024-11-03 01:30,5"}, options);
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0].time, first);
  EXPECT_EQ(bars[1].time, second);
  auto later = BarLines::create(options);
  ASSERT_TRUE(later.ok());
  later->go_on_after(first);
  ASSERT_TRUE(later->read("time,close").ok());
  const auto bar = later->read("2024-11-03 01:30,5");
  ASSERT_TRUE(bar.ok() && *bar);
  EXPECT_EQ((*bar)->time, second);
}

TEST(BarLines, NamesInsteadOfAHeader) {
  ReadOptions options;
  options.column_names = {"time", "close"};
  EXPECT_EQ(bars_of({"2024-01-02,5"}, options).size(), 1U);
  EXPECT_EQ(bars_of({"when,price", "2024-01-02,5"}, options).size(), 1U);
  options.column_names = {};
  options.roles.close = "mark";
  const auto bars = bars_of({"time,close,mark", "2024-01-02,5,6"}, options);
  ASSERT_EQ(bars.size(), 1U);
  EXPECT_EQ(bars[0].close, 6);
}

TEST(BarLines, TheHeaderOnceMore) {
  EXPECT_EQ(bars_of({"time,close", "2024-01-02,5", "time,close", "2024-01-03,5"}).size(), 2U);
}

TEST(BarLines, FurtherColumns) {
  const auto bars = bars_of({"time,Close,VWAP", "2024-01-02,5,4.5"}, {}, {"vwap"});
  ASSERT_EQ(bars.size(), 1U);
  EXPECT_EQ(bars[0].further, std::vector<double>{4.5});
  EXPECT_TRUE(holds(error_of({"time,close,vwup"}, {}, {"vwap"}), "did you mean 'vwup'"));
}

TEST(BarLines, WhatIsRefused) {
  const auto expect = [](const std::vector<std::string>& lines, const char* line, const char* what) {
    const std::string error = error_of(lines);
    EXPECT_TRUE(error.starts_with(line)) << error;
    EXPECT_TRUE(holds(error, what)) << error;
  };
  expect({"1704187800,5"}, "line 1: ", "not the names of columns");
  expect({"[1,2]"}, "line 1: ", "not an array");
  expect({"time,open"}, "line 1: ", "there is no close among 'time', 'open'");
  expect({"when,close", "2024-01-02,5"}, "line 2: ", "there is no time");
  expect({"time,close", "", "2024-01-02"}, "line 3: ", "has 1 cells, but there are 2 columns");
  expect({"time,close", "2024-01-02,5,6"}, "line 2: ", "has 3 cells");
  expect({"time,close", "2024-01-02,5x"}, "line 2: ", "'5x' is not a number");
  expect({"time,close", "soon,5"}, "line 2: ", "'soon' is not a time");
  expect({"time,close", "2024-01-02,5", "2024-13-02,5"}, "line 3: ", "is not a time of the form");
  expect({"time,close", "03/04/2024,5"}, "line 2: ", "day or with the month first");
  expect({"time,close", "\"2024-01-02,5"}, "line 2: ", "a quote is opened");
  expect({R"({"t": 1704187800, "c": 5)"}, "line 1: ", "cut or damaged at byte");
  expect({R"({"t": 1704187800, "c": 1e999})"}, "line 1: ", "cut or damaged");
  expect({R"({"t": 1704187800, "c": true})"}, "line 1: ", "'true' is not a number");
  expect({R"({"t": 1704187800, "c": 5})", R"({"t": 1704187860})"}, "line 2: ", "there is no close");
  expect({R"({"t": 1704187800, "c": 5})", R"({"time": 1704187860, "c": 5})"}, "line 2: ", "there is no 't'");
  expect({R"({"t": 1704187800, "c": 5})", "2024-01-02,5"}, "line 2: ", "not one whole JSON object");
}

TEST(BarLines, ALineThatIsRefusedChangesNothing) {
  auto reader = BarLines::create({});
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->read("time,open").ok());
  EXPECT_TRUE(reader->read("time,close").ok());
  EXPECT_FALSE(reader->read("2024-01-02").ok());
  const auto bar = reader->read("2024-01-02,5");
  ASSERT_TRUE(bar.ok() && *bar);
  EXPECT_EQ(reader->line(), 4U);
}

TEST(BarLines, ZonesThatAreNone) {
  ReadOptions options;
  options.time_zone = "Mars/Olympus";
  EXPECT_FALSE(BarLines::create(options).ok());
}

}  // namespace
}  // namespace peak::io
