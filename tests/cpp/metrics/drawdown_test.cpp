#include "peak/metrics/drawdown.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace peak {
namespace {

TEST(Drawdowns, ByHand) {
  // Cash 100: down to 80, back at bar 2; a peak of 120 at bars 3 and 4, down to 90, still down at the end.
  const std::vector<double> equity{90, 80, 100, 120, 120, 108, 90, 119};
  const std::vector<Drawdown> table = drawdowns(equity, 100);
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[0].peak_bar, -1);
  EXPECT_EQ(table[0].trough_bar, 1);
  EXPECT_EQ(table[0].recovery_bar, 2);
  EXPECT_EQ(table[0].bars, 3);
  EXPECT_EQ(table[0].depth, -(1.0 - 80.0 / 100.0));
  EXPECT_EQ(table[1].peak_bar, 4);
  EXPECT_EQ(table[1].trough_bar, 6);
  EXPECT_EQ(table[1].recovery_bar, -1);
  EXPECT_EQ(table[1].bars, 3);
  EXPECT_EQ(table[1].depth, -0.25);
}

TEST(Drawdowns, DeepestFirstWhenSoManyAreAskedFor) {
  const std::vector<double> equity{90, 100, 70, 100, 80, 100, 70, 100};
  const std::vector<Drawdown> table = drawdowns(equity, 100, 3);
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[0].trough_bar, 2);  // of two equally deep the earlier
  EXPECT_EQ(table[1].trough_bar, 6);
  EXPECT_EQ(table[2].trough_bar, 4);
}

TEST(Drawdowns, NoneWithoutAFall) {
  EXPECT_TRUE(drawdowns({}, 100).empty());
  EXPECT_TRUE(drawdowns(std::vector<double>{100, 100, 101, 101, 150}, 100).empty());
}

TEST(Drawdowns, BelowZeroAndWithGaps) {
  const std::vector<double> equity{50, std::nan(""), -100, 100};
  const std::vector<Drawdown> table = drawdowns(equity, 100);
  ASSERT_EQ(table.size(), 1U);
  EXPECT_EQ(table[0].depth, -2);
  EXPECT_EQ(table[0].trough_bar, 2);
  EXPECT_EQ(table[0].recovery_bar, 3);
}

}  // namespace
}  // namespace peak
