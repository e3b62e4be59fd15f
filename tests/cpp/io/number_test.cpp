#include "io/number.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <random>
#include <string>

namespace peak::io {
namespace {

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

void expect_as_strtod(const std::string& text) {
  double value = -1;
  const char* const end = text.data() + text.size();
  ASSERT_EQ(parse_number(text.data(), end, value), end) << text;
  ASSERT_EQ(bits(value), bits(std::strtod(text.c_str(), nullptr))) << text;
}

TEST(Number, RandomDecimalsHaveTheBitsOfStrtod) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 300'000; ++i) {
    std::string text = random() % 4 == 0 ? "-" : "";
    const auto digits = 1 + random() % 21;
    const auto point = random() % 25;
    for (std::size_t d = 0; d < digits; ++d) {
      if (d == point) text += '.';
      text += static_cast<char>('0' + random() % 10);
    }
    if (random() % 8 == 0) text += "e" + std::to_string(static_cast<int>(random() % 700) - 350);
    expect_as_strtod(text);
  }
}

TEST(Number, ShortestTextsOfRandomDoublesComeBack) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!(value - value == 0)) continue;
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", value);
    double back = 0;
    ASSERT_TRUE(parse_whole_number(text, back)) << text;
    ASSERT_EQ(bits(back), bits(value)) << text;
  }
}

TEST(Number, EdgesOfTheQuickWay) {
  for (const char* text : {"0",
                           "-0",
                           "-0.0",
                           ".5",
                           "5.",
                           "+1",
                           "9007199254740992",
                           "9007199254740993",
                           "1e22",
                           "1e23",
                           "0.0000000000000000000001",
                           "1e-23",
                           "9223372036854775808",
                           "18446744073709551616",
                           "99999999999999999999",
                           "4.9e-324",
                           "2.4e-324",
                           "1.7976931348623157e308",
                           "1e309",
                           "-1e309",
                           "123456789012345678901234567890",
                           "0.000000000000000000000000000000123",
                           "00001.50"}) {
    expect_as_strtod(text);
  }
}

TEST(Number, WhatIsNoNumber) {
  double value = 0;
  for (const char* text : {"", "-", ".", "e5", "+-1", "1,5", "1 2", "0x10", "abc", "1e", "--1", "1.2.3", "infinit"}) {
    EXPECT_FALSE(parse_whole_number(text, value)) << text;
  }
  EXPECT_TRUE(parse_whole_number("-Infinity", value));
  EXPECT_LT(value, -1e308);
}

TEST(Number, WordsForMissingValues) {
  for (const char* text : {"", "nan", "NaN", "NA", "n/a", "#N/A", "null", "None", "NaT", "-", "."}) {
    EXPECT_TRUE(is_missing(text)) << text;
  }
  for (const char* text : {"0", "no", "nana", "--", "inf"}) EXPECT_FALSE(is_missing(text)) << text;
}

}  // namespace
}  // namespace peak::io
