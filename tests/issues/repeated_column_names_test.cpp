// A file whose header repeats a name: mending the first column of that name left the others without rows, so that the
// table could not be looked at any more. Found by the fuzzer of CSV files.
#include <gtest/gtest.h>

#include <string>

#include "peak/io/read.hpp"
#include "peak/quality/fix.hpp"

namespace peak {
namespace {

TEST(RepeatedColumnNames, AreLeftAsTheyAreByRules) {
  // The last row's high is below its close; 6 January is missing among days of the week.
  const std::string text =
      "date,open,high,low,close,high\n"
      "2019-12-30,10,12,9,11,1\n2019-12-31,10,12,9,11,2\n2020-01-01,10,12,9,11,3\n2020-01-02,10,12,9,11,4\n"
      "2020-01-03,10,12,9,11,5\n2020-01-07,10,12,9,11,6\n2020-01-08,10,10.5,9,11,7\n";
  const auto table = io::read_table_from_memory(text, "input.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  const auto fixed = fix_bars(table->table, *parse_fix_rules("ranges"));
  ASSERT_TRUE(fixed.ok()) << fixed.error().message;
  ASSERT_EQ(fixed->table.rows(), 7U);
  ASSERT_EQ(fixed->table.columns.size(), 6U);
  EXPECT_EQ(fixed->table.columns[2].as_float64().float64s()[6], 11.0);
  ASSERT_EQ(fixed->table.columns[5].size(), 7U);
  for (std::size_t row = 0; row < 7; ++row) {
    EXPECT_EQ(fixed->table.columns[5].as_float64().float64s()[row], static_cast<double>(row + 1));
  }
  EXPECT_TRUE(check_bars(fixed->table).ok());
  const auto filled = fix_bars(fixed->table, *parse_fix_rules("gaps"));
  ASSERT_TRUE(filled.ok()) << filled.error().message;
  for (const Column& column : filled->table.columns) EXPECT_EQ(column.size(), filled->table.rows());
  EXPECT_TRUE(check_bars(filled->table).ok());
}

}  // namespace
}  // namespace peak
