#include "io/time_zone.hpp"

#include <gtest/gtest.h>

#include "io/time_text.hpp"

namespace peak::io {
namespace {

std::string utc(const char* zone, const char* local, const char* previous = nullptr) {
  const auto found = TimeZone::find(zone);
  if (!found.ok()) return found.error().message;
  TimeText time, before;
  parse_time_text(local, DateOrder::kYearMonthDay, time);
  if (previous != nullptr) parse_time_text(previous, DateOrder::kYearMonthDay, before);
  return format_time(found->to_utc(time.time, previous == nullptr ? kNoTime : before.time));
}

TEST(TimeZone, FixedDistances) {
  EXPECT_EQ(utc("", "2020-01-02 09:30"), "2020-01-02T09:30:00Z");
  EXPECT_EQ(utc("+05:30", "2020-01-02 09:30"), "2020-01-02T04:00:00Z");
  EXPECT_EQ(utc("-0500", "2020-01-02 09:30"), "2020-01-02T14:30:00Z");
}

// New York: summer time from 2020-03-08 02:00 to 2020-11-01 02:00 local time (US Energy Policy Act of 2005).
TEST(TimeZone, NewYork) {
  EXPECT_EQ(utc("America/New_York", "2020-01-02 09:30"), "2020-01-02T14:30:00Z");
  EXPECT_EQ(utc("America/New_York", "2020-07-02 09:30"), "2020-07-02T13:30:00Z");
  EXPECT_EQ(utc("America/New_York", "2020-03-08 01:59:59"), "2020-03-08T06:59:59Z");
  EXPECT_EQ(utc("America/New_York", "2020-03-08 02:30"), "2020-03-08T07:30:00Z");  // never shown: 03:30 EDT
  EXPECT_EQ(utc("America/New_York", "2020-03-08 03:00"), "2020-03-08T07:00:00Z");
  EXPECT_EQ(utc("America/New_York", "2020-11-01 01:30"), "2020-11-01T05:30:00Z");  // shown twice: the first
  EXPECT_EQ(utc("America/New_York", "2020-11-01 01:30", "2020-11-01T05:59:00Z"), "2020-11-01T06:30:00Z");
  EXPECT_EQ(utc("America/New_York", "2060-07-02 09:30"), "2060-07-02T13:30:00Z");  // by the rule after the table
  EXPECT_EQ(utc("America/New_York", "1990-07-02 09:30"), "1990-07-02T13:30:00Z");
}

// Sydney's summer is the northern winter: +11 in January, +10 in July.
TEST(TimeZone, SouthernHemisphere) {
  EXPECT_EQ(utc("Australia/Sydney", "2050-01-15 12:00"), "2050-01-15T01:00:00Z");
  EXPECT_EQ(utc("Australia/Sydney", "2050-07-15 12:00"), "2050-07-15T02:00:00Z");
}

TEST(TimeZone, UnknownNamesAreRefused) {
  for (const char* name : {"America/Gotham", "../../etc/passwd", "/etc/passwd", "+99:00", "+5 30"}) {
    const auto zone = TimeZone::find(name);
    ASSERT_FALSE(zone.ok()) << name;
    EXPECT_EQ(zone.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(zone.error().message.find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace peak::io
