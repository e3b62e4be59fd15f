// The vector passes over bars against plain code on every SIMD target: generated bars with one fault at any place.
#include "market/bar_scan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "peak/base/simd.hpp"
#include "peak/market/periods.hpp"

namespace peak {
namespace {

struct GeneratedBars {
  std::vector<Nanoseconds> time;
  std::array<std::vector<double>, 4> prices;  // open, high, low, close

  GeneratedBars(std::mt19937_64& random, std::size_t size) : time(size) {
    for (auto& column : prices) column.resize(size);
    Nanoseconds now = -5'000;
    for (std::size_t i = 0; i < size; ++i) {
      time[i] = now += 1 + static_cast<Nanoseconds>(random() % 3);
      const double middle = 1 + static_cast<double>(random() % 1'000) / 8;
      prices[0][i] = prices[3][i] = middle;
      prices[1][i] = middle + 0.5;
      prices[2][i] = middle - 0.5;
    }
  }
  [[nodiscard]] PriceColumns columns() const {
    return {prices[0].data(), prices[1].data(), prices[2].data(), prices[3].data(), time.size()};
  }
  // What the header promises, written plainly.
  [[nodiscard]] bool prices_sound() const {
    for (std::size_t i = 0; i < time.size(); ++i) {
      for (const auto& column : prices) {
        if (!(column[i] > 0 && std::isfinite(column[i]))) return false;
      }
      if (prices[1][i] < prices[2][i]) return false;
    }
    return true;
  }
  [[nodiscard]] bool time_rises() const {
    for (std::size_t i = 1; i < time.size(); ++i) {
      if (time[i] <= time[i - 1]) return false;
    }
    return true;
  }
};

template <typename Check>
void for_each_size_and_level(Check check) {
  std::mt19937_64 random(3);
  for (const std::string& level : simd_levels()) {
    ASSERT_TRUE(set_simd_level(level).ok());
    for (std::size_t size = 1; size < 40; ++size) {
      for (int round = 0; round < 30; ++round) {
        GeneratedBars bars(random, size);
        check(bars, random);
        ASSERT_FALSE(testing::Test::HasFailure()) << level << ", " << size << " bars";
      }
    }
  }
  ASSERT_TRUE(set_simd_level("").ok());
}

TEST(BarScan, FindsABadPriceWhereverItIs) {
  constexpr double kBad[] = {0.0,
                             -0.0,
                             -1.0,
                             -std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN(),
                             -std::numeric_limits<double>::quiet_NaN()};
  for_each_size_and_level([&](GeneratedBars& bars, std::mt19937_64& random) {
    ASSERT_TRUE(prices_are_sound(bars.columns()));
    double& price = bars.prices[random() % 4][random() % bars.time.size()];
    const double good = price;
    price = kBad[random() % std::size(kBad)];
    ASSERT_FALSE(prices_are_sound(bars.columns())) << price;
    price = good;
    std::swap(bars.prices[1][random() % bars.time.size()], bars.prices[2][random() % bars.time.size()]);
    ASSERT_EQ(prices_are_sound(bars.columns()), bars.prices_sound());
  });
}

TEST(BarScan, TheEdgesOfDoublesAreSound) {
  for_each_size_and_level([](GeneratedBars& bars, std::mt19937_64& random) {
    const std::size_t i = random() % bars.time.size();
    bars.prices[1][i] = std::numeric_limits<double>::max();
    bars.prices[2][i] = std::numeric_limits<double>::denorm_min();
    ASSERT_TRUE(prices_are_sound(bars.columns()));
    bars.prices[1][i] = bars.prices[2][i];
    ASSERT_TRUE(prices_are_sound(bars.columns()));
  });
}

TEST(BarScan, FindsAnInfinityWhereverItIs) {
  constexpr double kInfinities[] = {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for_each_size_and_level([&](GeneratedBars& bars, std::mt19937_64& random) {
    auto& values = bars.prices[0];
    values[random() % values.size()] = std::numeric_limits<double>::quiet_NaN();
    values[random() % values.size()] = std::numeric_limits<double>::max();
    ASSERT_FALSE(has_infinite(values));
    values[random() % values.size()] = kInfinities[random() % 2];
    ASSERT_TRUE(has_infinite(values));
  });
  EXPECT_FALSE(has_infinite({}));
}

TEST(BarScan, FindsAStampOutOfOrder) {
  for_each_size_and_level([](GeneratedBars& bars, std::mt19937_64& random) {
    ASSERT_TRUE(rises(bars.time));
    Nanoseconds& stamp = bars.time[random() % bars.time.size()];
    const Nanoseconds moved[] = {stamp + 3, stamp - 3, std::numeric_limits<Nanoseconds>::max(),
                                 std::numeric_limits<Nanoseconds>::min()};
    stamp = moved[random() % std::size(moved)];
    ASSERT_EQ(rises(bars.time), bars.time_rises());
  });
}

TEST(BarScan, CountsSteps) {
  for_each_size_and_level([](GeneratedBars& bars, std::mt19937_64& random) {
    const auto step = static_cast<Nanoseconds>(1 + random() % 3);
    std::size_t expected = 0;
    for (std::size_t i = 1; i < bars.time.size(); ++i) expected += bars.time[i] - bars.time[i - 1] == step ? 1U : 0U;
    ASSERT_EQ(count_steps(bars.time, step), expected);
  });
}

// Eight days without a gap tell of the whole week at once; one missing bar makes the week be looked at hour by hour.
TEST(Periods, OfAGaplessStartAreThoseOfTheWholeWeek) {
  for (const Nanoseconds step : {kNanosecondsPerMinute, kNanosecondsPerHour, 7 * kNanosecondsPerHour}) {
    std::vector<Nanoseconds> time;
    for (Nanoseconds stamp = 0; stamp < 60 * kNanosecondsPerDay; stamp += step) time.push_back(stamp);
    const PeriodsPerYear whole = periods_per_year(time);
    time.erase(time.begin() + 3);
    const PeriodsPerYear gap = periods_per_year(time);
    ASSERT_EQ(whole.value, gap.value);
    ASSERT_EQ(whole.reason, gap.reason);
    ASSERT_EQ(whole.value, 365 * (86400e9 / static_cast<double>(step)));
  }
}

}  // namespace
}  // namespace peak
