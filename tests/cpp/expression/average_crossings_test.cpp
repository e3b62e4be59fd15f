// Crossings of two averages without the averages, against the crossings of the averages' columns.
#include "expression/average_crossings.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "expression/kernels.hpp"
#include "peak/base/bits.hpp"
#include "peak/base/simd.hpp"
#include "peak/indicators/sma.hpp"

namespace peak::expression {
namespace {

struct Words {
  std::vector<std::uint64_t> truth, defined;
  explicit Words(std::size_t size) : truth(bit_words(size), 0xDEAD), defined(bit_words(size), 0xBEEF) {}
  SignalTarget target() { return {truth.data(), defined.data()}; }
  bool operator==(const Words&) const = default;
};

// Prices in ticks, with quiet stretches in which averages meet, on levels of any size; some with gaps.
std::vector<double> series(std::size_t size, std::mt19937_64& random) {
  const double level = std::pow(10.0, static_cast<double>(random() % 13) - 3);
  const double tick = random() % 2 == 0 ? level * 1e-4 : level * 1e-9;
  const unsigned quiet = static_cast<unsigned>(random() % 4);
  const unsigned kind = static_cast<unsigned>(random() % 6);
  std::vector<double> values(size);
  double ticks = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const bool moves = quiet == 0 || (i / 40) % (quiet + 1) == 0;
    if (moves) ticks += static_cast<double>(static_cast<int>(random() % 7) - 3);
    values[i] = level + ticks * tick;
    if (kind == 0) values[i] = std::sin(static_cast<double>(i)) * level;  // both signs, periodic
    if (kind == 1) values[i] = level;                                     // never moves
    if (kind == 2 && random() % 50 == 0) values[i] = std::numeric_limits<double>::quiet_NaN();
    if (kind == 3 && random() % 90 == 0)
      values[i] = (random() % 2 == 0 ? 1 : -1) * std::numeric_limits<double>::infinity();
    if (kind == 4 && random() % 20 == 0) values[i] *= 1e300;  // sums that overflow
  }
  return values;
}

TEST(AverageCrossings, EqualThoseOfTheColumnsOnEverySimdLevel) {
  std::mt19937_64 random(20261123);
  AverageCrossingsMemory memory;
  std::size_t found = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::size_t size = random() % 8 == 0 ? random() % 6000 : random() % 700;
    const std::vector<double> values = series(size, random);
    const int most = random() % 4 == 0 ? 900 : 60;
    const int a = 1 + static_cast<int>(random() % static_cast<unsigned>(most));
    const int b = 1 + static_cast<int>(random() % static_cast<unsigned>(most));
    std::vector<double> average_a(size), average_b(size);
    indicators::sma(values, a, average_a);
    indicators::sma(values, b, average_b);
    Words above(size), below(size);
    find_crossings_both_ways({average_a.data(), 1}, {average_b.data(), 1}, above.target(), below.target(), size);
    for (const std::uint64_t word : above.truth) found += static_cast<std::size_t>(set_bits(word));
    for (const std::string& level : simd_levels()) {
      ASSERT_TRUE(set_simd_level(level).ok());
      Words fast_above(size), fast_below(size);
      find_average_crossings(values, a, b, fast_above.target(), fast_below.target(), memory);
      ASSERT_EQ(fast_above, above) << level << " round " << round << " size " << size << " windows " << a << " " << b;
      ASSERT_EQ(fast_below, below) << level << " round " << round << " size " << size << " windows " << a << " " << b;
    }
    ASSERT_TRUE(set_simd_level("").ok());
  }
  EXPECT_GT(found, 1000U);
}

TEST(AverageCrossings, AWindowLongerThanTheDataLeavesAllUndefined) {
  const std::vector<double> values(100, 1.0);
  Words above(100), below(100);
  AverageCrossingsMemory memory;
  find_average_crossings(values, 2, 2'000'000'000, above.target(), below.target(), memory);
  EXPECT_EQ(above.defined, std::vector<std::uint64_t>(2, 0));
  EXPECT_EQ(below.truth, std::vector<std::uint64_t>(2, 0));
}

}  // namespace
}  // namespace peak::expression
