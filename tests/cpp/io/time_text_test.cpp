#include "io/time_text.hpp"

#include <gtest/gtest.h>

#include "io/number.hpp"
#include "io/time_format.hpp"

namespace peak::io {
namespace {

std::string as_utc(std::string_view text, DateOrder order = DateOrder::kYearMonthDay) {
  TimeText time;
  return parse_time_text(text, order, time) ? format_time(time.time) : "none";
}

TEST(TimeText, TheShapesOfTheWorld) {
  EXPECT_EQ(as_utc("2020-01-02"), "2020-01-02T00:00:00Z");
  EXPECT_EQ(as_utc("2020/1/2 9:30"), "2020-01-02T09:30:00Z");
  EXPECT_EQ(as_utc("20200102"), "2020-01-02T00:00:00Z");
  EXPECT_EQ(as_utc("20200102 093015"), "2020-01-02T09:30:15Z");
  EXPECT_EQ(as_utc("20200102093015"), "2020-01-02T09:30:15Z");
  EXPECT_EQ(as_utc("20200102 09:30"), "2020-01-02T09:30:00Z");
  EXPECT_EQ(as_utc("2020-01-02T09:30:15.250Z"), "2020-01-02T09:30:15.250Z");
  EXPECT_EQ(as_utc("2020-01-02 09:30:15.123456789"), "2020-01-02T09:30:15.123456789Z");
  EXPECT_EQ(as_utc("2022-07-25T09:15:00+05:30"), "2022-07-25T03:45:00Z");
  EXPECT_EQ(as_utc("2022-07-25 09:15:00-0500"), "2022-07-25T14:15:00Z");
  EXPECT_EQ(as_utc("2022-07-25 09:15 UTC"), "2022-07-25T09:15:00Z");
  EXPECT_EQ(as_utc("2017-07-01 11-AM"), "2017-07-01T11:00:00Z");
  EXPECT_EQ(as_utc("2017-07-01 12-AM"), "2017-07-01T00:00:00Z");
  EXPECT_EQ(as_utc("2017-07-01 12-PM"), "2017-07-01T12:00:00Z");
  EXPECT_EQ(as_utc("1/2/2020 3:04:05 PM", DateOrder::kMonthDayYear), "2020-01-02T15:04:05Z");
  EXPECT_EQ(as_utc("01.02.2020 22:00:00.000", DateOrder::kDayMonthYear), "2020-02-01T22:00:00Z");
  EXPECT_EQ(as_utc("02-Jan-2020"), "2020-01-02T00:00:00Z");
  EXPECT_EQ(as_utc("Jan 2, 2020"), "2020-01-02T00:00:00Z");
  EXPECT_EQ(as_utc("2 January 2020 10:00"), "2020-01-02T10:00:00Z");
  EXPECT_EQ(as_utc("01/03/16", DateOrder::kMonthDayYear), "2016-01-03T00:00:00Z");
  EXPECT_EQ(as_utc("1/2/70", DateOrder::kMonthDayYear), "1970-01-02T00:00:00Z");
  EXPECT_EQ(as_utc("2020-02"), "2020-02-01T00:00:00Z");
  EXPECT_EQ(as_utc("2020-01-02 24:00:00"), "2020-01-03T00:00:00Z");
}

TEST(TimeText, WhatIsNoTime) {
  for (const char* text :
       {"", "2020-02-30", "2020-13-01", "2020-01-02 25:00", "2020-01-02 9", "2020-01-02 09:60", "2020-01-02 09:30:60",
        "2020-01-02x", "1500-01-01", "2300-01-01", "13-PM", "abc", "2020", "2020-01-02 13-PM", "2020-01-02 09:30+25:00",
        "2020-1-2-3", "12.5", "-1", "2020-01-02T09:30:"}) {
    EXPECT_EQ(as_utc(text), "none") << text;
  }
  EXPECT_EQ(as_utc("13/25/2020", DateOrder::kMonthDayYear), "none");
}

TEST(TimeText, EveryWrittenTimeIsReadBack) {
  // A prime step visits leap days, centuries and all clock fields.
  for (Nanoseconds time = -9'100'000'000'000'000'000; time < 9'100'000'000'000'000'000 - 100'000'000'000'000'003;
       time += 86'400'123'456'789'011) {
    EXPECT_EQ(as_utc(format_time(time)), format_time(time));
  }
}

std::string detected(std::vector<std::string_view> samples) {
  return detect_time_format(samples, {}, true).description;
}

TEST(TimeFormat, UnitsByMagnitude) {
  EXPECT_EQ(detected({"1600000000", "1600000060"}), "epoch s");
  EXPECT_EQ(detected({"1600000000000"}), "epoch ms");
  EXPECT_EQ(detected({"1600000000000000"}), "epoch us");
  EXPECT_EQ(detected({"1600000000000000000"}), "epoch ns");
  EXPECT_EQ(detected({"1600000000.250"}), "epoch s");
  EXPECT_EQ(detected({"20200102", "20200103"}), "YYYYMMDD");
  EXPECT_EQ(detected({"20200102", "20200199"}), "");  // neither dates nor seconds after 1973
}

TEST(TimeFormat, EpochTextsAreExact) {
  TimeFormat format;
  format.kind = TimeFormat::Kind::kEpoch;
  const auto parse = [&format](TimeUnit unit, std::string_view text) {
    format.unit = unit;
    Nanoseconds time = 0;
    return TimeParser(format, nullptr).parse(text, time) ? time : kNoTime;
  };
  EXPECT_EQ(parse(TimeUnit::kNanoseconds, "1600000000123456789"), 1600000000123456789);
  EXPECT_EQ(parse(TimeUnit::kSeconds, "1600000000.123456789"), 1600000000123456789);
  EXPECT_EQ(parse(TimeUnit::kMilliseconds, "1600000000123.5"), 1600000000123500000);
  EXPECT_EQ(parse(TimeUnit::kSeconds, "-1.5"), -1500000000);
  EXPECT_EQ(parse(TimeUnit::kSeconds, "1.6e9"), 1600000000000000000);
  EXPECT_EQ(parse(TimeUnit::kSeconds, "99999999999"), kNoTime);  // beyond 2262
  // The last nanosecond of 2261 and the first of 1678, as a written date may be.
  EXPECT_EQ(parse(TimeUnit::kNanoseconds, "9214646399999999999"), 9214646399999999999);
  EXPECT_EQ(parse(TimeUnit::kNanoseconds, "9214646400000000000"), kNoTime);
  EXPECT_EQ(parse(TimeUnit::kNanoseconds, "-9214560000000000000"), -9214560000000000000);
  EXPECT_EQ(parse(TimeUnit::kNanoseconds, "-9214560000000000001"), kNoTime);
}

}  // namespace
}  // namespace peak::io
