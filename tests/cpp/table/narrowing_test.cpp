#include "peak/table/narrowing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace peak {
namespace {

using Numbers = std::vector<double>;
using Wholes = std::vector<std::int64_t>;

std::uint64_t narrow(Numbers values) { return column_bytes(Column::own("x", std::move(values))).narrow; }
std::uint64_t narrow(Wholes values) { return column_bytes(Column::own("x", std::move(values))).narrow; }

TEST(Narrowing, WholeNumbersTakeTheWidthOfTheirRange) {
  EXPECT_EQ(column_bytes(Column::own("x", Wholes{1, 2, 3})).plain, 24U);
  EXPECT_EQ(narrow(Wholes{-128, 127}), 2U);
  EXPECT_EQ(narrow(Wholes{-129, 0}), 4U);
  EXPECT_EQ(narrow(Wholes{0, 32'768}), 8U);
  EXPECT_EQ(narrow(Wholes{0, std::int64_t{1} << 31}), 16U);
  EXPECT_EQ(narrow(Wholes{}), 0U);
  EXPECT_EQ(column_bytes(Column::own("t", Wholes{1, 2}, ColumnType::kTime)).narrow, 16U);
}

TEST(Narrowing, NumbersAreHalvedOnlyIfEachSurvives) {
  EXPECT_EQ(narrow(Numbers{0.5, -0.0, 1024.25, NAN, HUGE_VAL}), 20U);
  EXPECT_EQ(narrow(Numbers{0.5, 0.1}), 16U);  // no float32 is 0.1 as a double
  EXPECT_EQ(narrow(Numbers{1e300}), 8U);
  EXPECT_EQ(narrow(Numbers{std::numeric_limits<double>::denorm_min()}), 8U);
}

// Six rows of "buy" and "sell": plain 6 * 8 + 3 * 3 + 3 * 4 = 69 bytes; six codes of a byte and each text once,
// 6 + (3 + 8) + (4 + 8) = 29.
TEST(Narrowing, TextsThatRepeatBecomeCodes) {
  const ColumnBytes bytes = column_bytes(Column::own("side", {0, 1, 0, 1, 0, 1}, {"buy", "sell", "never used"}));
  EXPECT_EQ(bytes.plain, 69U);
  EXPECT_EQ(bytes.narrow, 29U);
  const ColumnBytes distinct = column_bytes(Column::own("id", {0, 1, -1}, {"a", "b"}));
  EXPECT_EQ(distinct.plain, 26U);   // three ends and two letters
  EXPECT_EQ(distinct.narrow, 21U);  // three codes and both texts
}

}  // namespace
}  // namespace peak
