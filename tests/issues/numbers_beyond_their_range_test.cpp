// Numbers from files that went into arithmetic unchecked: each overflowed, or gave a wrong number.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "peak/io/read.hpp"
#include "peak/market/other_symbols.hpp"
#include "table/decimal.hpp"

namespace peak {
namespace {

// A damaged Arrow file may tell any scale of its decimals: negating the lowest one overflowed, and a number above all
// doubles was read as the largest of them.
TEST(NumbersBeyondTheirRange, ScalesOfDecimals) {
  const std::uint8_t twelve[16] = {12}, none[16] = {};
  EXPECT_EQ(double_of_decimal(twelve, 16, std::numeric_limits<int>::min()), std::numeric_limits<double>::infinity());
  EXPECT_EQ(double_of_decimal(twelve, 16, std::numeric_limits<int>::max()), 0);
  EXPECT_EQ(double_of_decimal(twelve, 16, -308), std::numeric_limits<double>::infinity());  // 12e308
  EXPECT_EQ(double_of_decimal(twelve, 16, 330), 0);
  EXPECT_EQ(double_of_decimal(twelve, 16, -300), 12e300);
  EXPECT_EQ(double_of_decimal(none, 16, -300), 0);
}

// Milliseconds since midnight that lead to the end of the range, and from there over it by the zone's distance.
TEST(NumbersBeyondTheirRange, CountsFromMidnight) {
  std::string rows;
  for (int row = 0; row < 300; ++row) rows += std::to_string(row * 60'000) + ",1,2,0.5,1.5,10\n";
  io::ReadOptions options;
  options.time_zone = "-05:00";
  EXPECT_TRUE(io::read_table_from_memory(rows, "20200102_trade.csv", options).ok());
  const auto table = io::read_table_from_memory(rows + "7645428000000,1,2,0.5,1.5,10\n", "20200102_trade.csv", options);
  ASSERT_FALSE(table.ok());
  EXPECT_NE(table.error().message.find("line 301"), std::string::npos) << table.error().message;
}

// The two are further apart than Nanoseconds hold.
TEST(NumbersBeyondTheirRange, DistanceOfTwoBars) {
  const auto loaded = io::read_bars_from_memory("date,close\n1678-01-01,1\n2261-12-31,2\n", "two.csv");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_GT(bar_length_of(loaded->bars.time()), 366 * kNanosecondsPerDay);
}

}  // namespace
}  // namespace peak
