#include "peak/base/exact_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "peak/base/simd.hpp"

namespace peak {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The definition again, by the significand's integer and a shift in place of floating-point additions.
Int128 fixed_by_shifting(double x) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  auto significand = static_cast<std::int64_t>(std::ldexp(fraction, 53));
  const int shift = exponent - 53 + 90;
  const bool negative = significand < 0;
  if (negative) significand = -significand;
  Int128 units = 0;
  if (shift >= 0) {
    units = Int128{significand} << shift;
  } else if (shift > -60) {
    const std::int64_t unit = std::int64_t{1} << -shift;
    const std::int64_t rest = significand % unit;
    units = significand / unit;
    if (rest > unit / 2 || (rest == unit / 2 && units % 2 != 0)) ++units;
  }
  return negative ? -units : units;
}

double any_small_value(std::mt19937_64& random) {
  const double fraction = std::uniform_real_distribution<double>(-1.0, 1.0)(random);
  const int exponent = static_cast<int>(random() % 110) - 104;
  return std::ldexp(fraction, exponent);  // |x| < 64, down to far below the last place
}

TEST(ToFixed, IsTheNearestIntegerTiesToEven) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const double x = any_small_value(random);
    ASSERT_EQ(to_fixed(x), fixed_by_shifting(x)) << x;
  }
  for (int i = -9; i <= 9; ++i) {  // halves of the last place
    const double x = std::ldexp(i, -91);
    ASSERT_EQ(to_fixed(x), fixed_by_shifting(x)) << i;
    ASSERT_EQ(to_fixed(1.0 + std::ldexp(i, -52)), fixed_by_shifting(1.0 + std::ldexp(i, -52)));
  }
  EXPECT_EQ(to_fixed(0.0), 0);
  EXPECT_EQ(to_fixed(-0.0), 0);
  EXPECT_EQ(to_fixed(std::numeric_limits<double>::denorm_min()), 0);
  EXPECT_EQ(to_fixed(std::nextafter(64.0, 0.0)), fixed_by_shifting(std::nextafter(64.0, 0.0)));
}

// Sums by hand; what plain doubles would lose stays.
TEST(ExactSum, KnownSums) {
  const double max = std::numeric_limits<double>::max();
  const std::vector<std::pair<std::vector<double>, double>> cases = {
      {{}, 0.0},
      {{0.1, 0.2, -0.3}, 0x1p-55},  // 0.1 + 0.2 - 0.3 of these doubles is 2^-55 exactly
      {{1e300, 1.0, -1e300}, 1.0},
      {{64.0, -64.0, 0x1p-90}, 0x1p-90},
      {{0x1p53, 1.0, 1.0}, 0x1p53 + 2},
      {{0x1p53, 1.0}, 0x1p53},               // a tie goes to even
      {{0x1p53, 1.0, 0x1p-60}, 0x1p53 + 2},  // just above the tie
      {{-0x1p53, -1.0, -0x1p-60}, -0x1p53 - 2},
      {{max, max, -max}, max},
      {{max, max}, kInfinity},
      {{-max, -max}, -kInfinity},
      {{100.0, -100.0}, 0.0},
  };
  for (const auto& [values, expected] : cases) {
    ExactSum sum;
    for (const double value : values) sum.add(value);
    EXPECT_EQ(sum.value(), expected);
    EXPECT_EQ(exact_sum(values).value(), expected);
    EXPECT_EQ(sum.negated().value(), -expected);
  }
}

TEST(ExactSum, WhatIsNotFiniteMakesNaN) {
  for (const double odd : {kInfinity, -kInfinity, std::nan("")}) {
    ExactSum sum = exact_sum(std::vector<double>{1.0, odd, 2.0});
    EXPECT_TRUE(std::isnan(sum.value()));
    EXPECT_FALSE(sum.finite());
    sum.add(1.0);
    EXPECT_TRUE(std::isnan(sum.value()));
  }
}

TEST(ExactSum, CopiesAreTheirOwn) {
  ExactSum first = exact_sum(std::vector<double>{1000.0, 0.5});
  ExactSum second = first;
  second.add(1000.0);
  EXPECT_EQ(first.value(), 1000.5);
  EXPECT_EQ(second.value(), 2000.5);
  first = second;
  first.add(-1000.0);
  EXPECT_EQ(first.value(), 1000.5);
  EXPECT_EQ(second.value(), 2000.5);
}

// 1,000 generated series: order, split, joining and SIMD target make no difference to any bit.
TEST(ExactSum, OrderSplitAndTargetMakeNoDifference) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 1'000; ++round) {
    std::vector<double> values(random() % 300);
    const bool large = round % 4 == 0;
    for (double& value : values) {
      value = any_small_value(random);
      if (large && random() % 8 == 0) value = std::ldexp(value, static_cast<int>(random() % 900));
    }
    if (round % 50 == 0 && !values.empty()) values.back() = 63.999999999;
    ExactSum plain;
    for (const double value : values) plain.add(value);

    std::vector<double> shuffled = values;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const std::size_t cut = shuffled.empty() ? 0 : random() % shuffled.size();
    ExactSum joined = exact_sum(std::span(shuffled).subspan(cut));
    joined.add(exact_sum(std::span(shuffled).first(cut)));
    ASSERT_EQ(joined.value(), plain.value());
    ASSERT_EQ(joined.fixed_units(), plain.fixed_units());

    const ExactSum scaled = exact_sum(values, 0x1p-6);
    ExactSum plain_scaled;
    for (const double value : values) plain_scaled.add(value * 0x1p-6);
    ASSERT_EQ(scaled.value(), plain_scaled.value());
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      ASSERT_EQ(exact_sum(values).value(), plain.value()) << level;
    }
    ASSERT_TRUE(set_simd_level("").ok());
  }
}

TEST(CentredSum, LosesNothingToCancellation) {
  // Squares of 1 + k * 2^-20 fit into a double, so the sum of squared deviations is exact: 2^-40 * (n^3 - n) / 12.
  constexpr int kCount = 100;
  ExactSum sum, squares;
  for (int k = 0; k < kCount; ++k) {
    const double x = 1.0 + std::ldexp(k, -20);
    sum.add(x);
    squares.add(x * x);
  }
  EXPECT_EQ(centred_sum(kCount, sum, sum, squares), std::ldexp((1e6 - 100) / 12, -40));
}

TEST(CentredSum, TakesNegativeProductsAndLargeValues) {
  // x = 1, 2, 3, 4 and y = 4, 2, 3, 1: sum of (x - 2.5)(y - 2.5) = -2.25 + 0.25 + 0.25 - 2.25.
  ExactSum x, y, xy;
  const double xs[] = {1, 2, 3, 4}, ys[] = {4, 2, 3, 1};
  for (int i = 0; i < 4; ++i) {
    x.add(xs[i]);
    y.add(ys[i]);
    xy.add(xs[i] * ys[i]);
  }
  EXPECT_EQ(centred_sum(4, x, y, xy), -4.0);
  ExactSum large, large_squares;  // 100, 200, 300: 2 * 100^2
  for (const double value : {100.0, 200.0, 300.0}) {
    large.add(value);
    large_squares.add(value * value);
  }
  EXPECT_EQ(centred_sum(3, large, large, large_squares), 20'000.0);
}

}  // namespace
}  // namespace peak

namespace peak {
namespace {

// Expected: the compiler's own conversion of 128 bits, which rounds once.
TEST(ExactSumOfUnits, IsRoundedOnce) {
  std::uint64_t state = 1;
  const auto next = [&state] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return state ^ (state >> 29);
  };
  for (int i = 0; i < 100'000; ++i) {
    const Int128 wide = static_cast<Int128>(next()) * static_cast<std::int64_t>(next());
    const Int128 units = wide >> (next() % 127);
    ExactSum sum;
    sum.add_fixed(units);
    ASSERT_EQ(sum.value(), std::ldexp(static_cast<double>(units), -90)) << i;
  }
}

}  // namespace
}  // namespace peak
