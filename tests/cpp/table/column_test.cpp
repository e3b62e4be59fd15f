#include "peak/table/column.hpp"

#include <gtest/gtest.h>

namespace peak {
namespace {

TEST(Column, OwnsAVectorWithoutCopyingIt) {
  std::vector<double> values{1.5, 2.5, 3.5};
  const double* memory = values.data();
  const Column column = Column::own("close", std::move(values));
  EXPECT_EQ(column.name(), "close");
  EXPECT_EQ(column.type(), ColumnType::kFloat64);
  EXPECT_EQ(column.size(), 3U);
  EXPECT_EQ(column.size_bytes(), 24U);
  EXPECT_EQ(column.float64s().data(), memory);
  EXPECT_EQ(column.float64s()[2], 3.5);
}

TEST(Column, ViewsKeepTheirOwnerAlive) {
  auto owner = std::make_shared<std::vector<std::int64_t>>(std::vector<std::int64_t>{4, 5, 6});
  const std::weak_ptr<std::vector<std::int64_t>> watch = owner;
  {
    const Column column("time", std::span<const std::int64_t>(*owner), owner, ColumnType::kTime);
    const Column part = column.slice(1, 2).renamed("later");
    owner.reset();
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(part.name(), "later");
    EXPECT_EQ(part.type(), ColumnType::kTime);
    EXPECT_EQ(part.int64s()[0], 5);
    EXPECT_EQ(part.size(), 2U);
  }
  EXPECT_TRUE(watch.expired());
}

TEST(Column, SlicesEveryTypeByItsWidth) {
  const Column flags = Column::own("flags", std::vector<std::uint8_t>{0, 1, 1});
  EXPECT_EQ(flags.slice(1, 1).bools()[0], 1);
  EXPECT_EQ(flags.size_bytes(), 3U);
  const Column text = Column::own("symbol", std::vector<std::int32_t>{1, 0, -1}, {"SPY", "QQQ"});
  EXPECT_EQ(text.type(), ColumnType::kText);
  EXPECT_EQ(text.slice(1, 2).codes()[0], 0);
  EXPECT_EQ(text.slice(1, 2).codes()[1], -1);
  EXPECT_EQ((*text.dictionary())[1], "QQQ");
  EXPECT_EQ(text.size_bytes(), 12U);
}

TEST(Column, BecomesFloat64) {
  const Column close = Column::own("close", std::vector<double>{1.0});
  EXPECT_EQ(close.as_float64().float64s().data(), close.float64s().data());
  EXPECT_EQ(Column::own("n", std::vector<std::int64_t>{7, -2}).as_float64().float64s()[1], -2.0);
  EXPECT_EQ(Column::own("b", std::vector<std::uint8_t>{0, 1}).as_float64().float64s()[1], 1.0);
}

TEST(Column, TypeNames) {
  EXPECT_STREQ(column_type_name(ColumnType::kFloat64), "float64");
  EXPECT_STREQ(column_type_name(ColumnType::kInt64), "int64");
  EXPECT_STREQ(column_type_name(ColumnType::kTime), "time");
  EXPECT_STREQ(column_type_name(ColumnType::kBool), "bool");
  EXPECT_STREQ(column_type_name(ColumnType::kText), "text");
}

TEST(Table, FindsExactNamesBeforeOtherCases) {
  Table table;
  EXPECT_EQ(table.rows(), 0U);
  EXPECT_EQ(table.find("close"), nullptr);
  table.columns.push_back(Column::own("Close", std::vector<double>{1.0, 2.0}));
  table.columns.push_back(Column::own("close", std::vector<double>{3.0, 4.0}));
  EXPECT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.find("close"), &table.columns[1]);
  EXPECT_EQ(table.find("CLOSE"), &table.columns[0]);
  EXPECT_EQ(table.find("open"), nullptr);
}

}  // namespace
}  // namespace peak
