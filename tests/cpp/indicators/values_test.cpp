// Values worked out by hand, and properties that the definitions promise.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "peak/indicators/atr.hpp"
#include "peak/indicators/bollinger.hpp"
#include "peak/indicators/donchian.hpp"
#include "peak/indicators/ema.hpp"
#include "peak/indicators/macd.hpp"
#include "peak/indicators/returns.hpp"
#include "peak/indicators/rsi.hpp"
#include "peak/indicators/sma.hpp"
#include "peak/indicators/stddev.hpp"
#include "peak/indicators/stochastic.hpp"
#include "peak/indicators/sum.hpp"
#include "peak/indicators/variance.hpp"
#include "peak/indicators/wma.hpp"

namespace peak {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

void expect_values(const std::vector<double>& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(values[i])) << "bar " << i << ": " << values[i];
    } else {
      EXPECT_DOUBLE_EQ(values[i], expected[i]) << "bar " << i;
    }
  }
}

TEST(Values, AveragesByHand) {
  const std::vector<double> x = {1, 2, 3, 4, 5, 9};
  expect_values(sma(x, 3), {kNaN, kNaN, 2, 3, 4, 6});
  expect_values(sum(x, 3), {kNaN, kNaN, 6, 9, 12, 18});
  // (1*3 + 2*4 + 3*5) / 6 = 26/6; (1*4 + 2*5 + 3*9) / 6 = 41/6
  expect_values(wma(x, 3), {kNaN, kNaN, 14.0 / 6, 20.0 / 6, 26.0 / 6, 41.0 / 6});
  // alpha = 1/2: 2, (2+4)/2 = 3, (3+5)/2 = 4, (4+9)/2 = 6.5
  expect_values(ema(x, 3), {kNaN, kNaN, 2, 3, 4, 6.5});
}

TEST(Values, VarianceByHand) {
  // The textbook case of lost digits: 4, 7, 13, 16 on top of 1e9; deviations -6, -3, 3, 6, squares 90.
  const std::vector<double> x = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
  expect_values(variance(x, 4), {kNaN, kNaN, kNaN, 22.5});
  expect_values(variance(x, 4, 1), {kNaN, kNaN, kNaN, 30});
  expect_values(stddev(x, 4, 1), {kNaN, kNaN, kNaN, std::sqrt(30.0)});
  expect_values(variance(x, 1, 1), {kNaN, kNaN, kNaN, kNaN});
}

TEST(Values, RsiByHand) {
  // Changes +1, -1, +2: seed of 2: gains 1, sizes 2 -> 50; next gains 1/2 + 2, sizes 2/2 + 2 -> 2.5 / 3.
  expect_values(rsi(std::vector<double>{10, 11, 10, 12}, 2), {kNaN, kNaN, 50, 100 * (2.5 / 3)});
  expect_values(rsi(std::vector<double>{1, 2, 3, 4}, 2), {kNaN, kNaN, 100, 100});
  expect_values(rsi(std::vector<double>{4, 3, 2, 1}, 2), {kNaN, kNaN, 0, 0});
  expect_values(rsi(std::vector<double>{4, 4, 4, 4}, 2), {kNaN, kNaN, 0, 0});
}

TEST(Values, AtrByHand) {
  const std::vector<double> high = {10, 12, 13, 11}, low = {9, 11, 11, 10}, close = {9.5, 11.5, 11, 10.5};
  // Ranges: max(1, 2.5, 1.5) = 2.5; max(2, 1.5, 0.5) = 2; max(1, 0, 1) = 1. Mean of two 2.25, then (2.25 + 1) / 2.
  expect_values(atr(high, low, close, 2), {kNaN, kNaN, 2.25, 1.625});
}

TEST(Values, StochasticAndDonchianByHand) {
  const std::vector<double> high = {10, 12, 13, 11}, low = {8, 11, 11, 9}, close = {9, 11.5, 11, 10};
  // Two bars: (11.5 - 8) / 4, (11 - 11) / 2, (10 - 9) / 4.
  const StochasticColumns fast = stochastic(high, low, close, 2, 1, 2);
  expect_values(fast.k, {kNaN, kNaN, 0, 25});
  expect_values(fast.d, {kNaN, kNaN, 43.75, 12.5});
  const DonchianColumns channel = donchian(high, low, 2);
  expect_values(channel.upper, {kNaN, 12, 13, 13});
  expect_values(channel.middle, {kNaN, 10, 12, 11});
  expect_values(channel.lower, {kNaN, 8, 11, 9});
}

TEST(Values, AGapMakesItsWindowsUndefinedAndLeavesNoTrace) {
  std::vector<double> x = {1, 2, 1e300, kNaN, 3, 4, 5};
  expect_values(sma(x, 2), {kNaN, 1.5, 5e299, kNaN, kNaN, 3.5, 4.5});
  expect_values(ema(x, 2), {kNaN, 1.5, 1e300 * 2 / 3, kNaN, kNaN, 3.5, 4.5});
  expect_values(returns(x, 1), {kNaN, 1, 5e299 - 1, kNaN, kNaN, 4.0 / 3 - 1, 0.25});
  x[3] = std::numeric_limits<double>::infinity();
  expect_values(sma(x, 2), {kNaN, 1.5, 5e299, kNaN, kNaN, 3.5, 4.5});
}

// Equal prices: the averages are that price to the bit, spreads are exactly 0, whatever the price and the window.
TEST(Values, EqualPricesGiveExactResults) {
  for (const double price : {0.1, 114.91, 1.0 / 3, 1e-7, 123456.789}) {
    const std::vector<double> x(300, price);
    for (int window = 1; window <= 60; ++window) {
      const BollingerColumns bands = bollinger(x, window);
      const std::vector<double> mean = sma(x, window), average = ema(x, window), deviation = stddev(x, window);
      const std::vector<double> weighted = wma(x, window);
      const std::size_t start = static_cast<std::size_t>(window - 1);
      for (std::size_t i = start; i < x.size(); ++i) {
        ASSERT_EQ(mean[i], price);
        ASSERT_EQ(average[i], price);
        ASSERT_EQ(weighted[i], price);
        ASSERT_EQ(deviation[i], 0.0);
        ASSERT_EQ(bands.upper[i], price);
        ASSERT_EQ(bands.lower[i], price);
      }
    }
    const MacdColumns lines = macd(x, 12, 26, 9);
    ASSERT_EQ(lines.line.back(), 0.0);
    ASSERT_EQ(lines.histogram.back(), 0.0);
  }
}

// A value depends on the window's content only, so a repeated pattern gives repeated bits.
TEST(Values, TheSameWindowGivesTheSameBitsAnywhere) {
  std::vector<double> x;
  for (int i = 0; i < 3000; ++i) x.push_back(100.0 + 0.01 * (i * i % 977 % 37));
  std::vector<double> twice = x;
  twice.insert(twice.end(), x.begin(), x.end());
  for (const int window : {5, 20, 63, 200}) {
    const std::vector<double> mean = sma(twice, window), deviation = stddev(twice, window);
    for (std::size_t i = static_cast<std::size_t>(window); i < x.size(); ++i) {
      ASSERT_EQ(mean[i], mean[i + x.size()]);
      ASSERT_EQ(deviation[i], deviation[i + x.size()]);
    }
  }
}

// A spread of 1e-6 at a price of 1e5, against sums in higher precision: all but the input's own digits are kept.
TEST(Values, ASmallSpreadAtAHighPriceKeepsItsDigits) {
  std::vector<double> x;
  for (int i = 0; i < 500; ++i) x.push_back(1e5 + 1e-6 * (i * 7919 % 101));
  for (const int window : {2, 20, 33, 255}) {
    const std::vector<double> deviation = stddev(x, window);
    for (std::size_t i = static_cast<std::size_t>(window) - 1; i < x.size(); ++i) {
      long double sum = 0, squares = 0;
      for (std::size_t k = 0; k < static_cast<std::size_t>(window); ++k)
        sum += static_cast<long double>(x[i - k] - 1e5);
      const long double mean = sum / window;
      for (std::size_t k = 0; k < static_cast<std::size_t>(window); ++k) {
        const long double apart = static_cast<long double>(x[i - k] - 1e5) - mean;
        squares += apart * apart;
      }
      const double expected = static_cast<double>(std::sqrt(squares / window));
      ASSERT_NEAR(deviation[i], expected, 1e-12 * expected) << "window " << window << ", bar " << i;
    }
  }
}

TEST(Values, AMillionBarsDoNotDrift) {
  std::vector<double> x(1'000'000);
  double price = 1000;
  for (std::size_t i = 0; i < x.size(); ++i) {
    price += 0.01 * (static_cast<double>(i * 2654435761U % 9) - 4.0);
    x[i] = i % 100'000 == 0 ? 1e12 : price;  // spikes that must leave no trace
  }
  const std::vector<double> tail(x.end() - 5000, x.end());
  const std::vector<double> whole = sma(x, 200), late = sma(tail, 200);
  const std::vector<double> whole_ema = ema(x, 20), late_ema = ema(tail, 20);
  EXPECT_EQ(whole.back(), late.back());
  EXPECT_NEAR(whole_ema.back(), late_ema.back(), 1e-12 * late_ema.back());
}

TEST(Values, AWindowThatMakesNoSenseGivesNothing) {
  const std::vector<double> x = {1, 2, 3};
  for (const int window : {0, -1, 4, 2'000'000'000}) {
    expect_values(sma(x, window), {kNaN, kNaN, kNaN});
    expect_values(ema(x, window), {kNaN, kNaN, kNaN});
    expect_values(rsi(x, window), {kNaN, kNaN, kNaN});
    EXPECT_TRUE(std::isnan(indicators::Sma(window).update(1.0)));
  }
  EXPECT_TRUE(sma({}, 3).empty());
  EXPECT_TRUE(ema({}, 3).empty());
}

}  // namespace
}  // namespace peak
