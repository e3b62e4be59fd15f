#include "peak/study/grid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace peak {
namespace {

GridAxis axis(const char* text) { return GridAxis::parse(text).value(); }

std::vector<double> values_of(const char* text) {
  const GridAxis parsed = axis(text);
  std::vector<double> values;
  for (std::uint64_t i = 0; i < parsed.size(); ++i) values.push_back(parsed[i]);
  return values;
}

std::string error_of(const char* text) {
  const auto parsed = GridAxis::parse(text);
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(GridAxis, RangesIncludeTheirEndWhenTheStepReachesIt) {
  EXPECT_EQ(values_of("fast=5:20:5"), (std::vector<double>{5, 10, 15, 20}));
  EXPECT_EQ(values_of("fast=5:19:5"), (std::vector<double>{5, 10, 15}));
  EXPECT_EQ(values_of("fast=3:6"), (std::vector<double>{3, 4, 5, 6}));
  EXPECT_EQ(values_of("fast=9:3:-3"), (std::vector<double>{9, 6, 3}));
  EXPECT_EQ(values_of("fast=7:7:1"), (std::vector<double>{7}));
}

// The literals are the doubles nearest to the decimal numbers; 0.1 + 2 * 0.1 in doubles is 0.30000000000000004.
TEST(GridAxis, ValuesAreTheDecimalNumbers) {
  EXPECT_EQ(values_of("x=0.1:0.5:0.1"), (std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5}));
  EXPECT_EQ(values_of("x=-0.3:0.3:0.15"), (std::vector<double>{-0.3, -0.15, 0, 0.15, 0.3}));
  EXPECT_EQ(values_of("x=0.0001:0.0005:0.0001"), (std::vector<double>{0.0001, 0.0002, 0.0003, 0.0004, 0.0005}));
  EXPECT_EQ(axis("x=0:1:0.001").size(), 1001U);
  EXPECT_EQ(axis("x=0:1:0.001")[999], 0.999);
}

TEST(GridAxis, Lists) {
  EXPECT_EQ(values_of("fast=5, 1,2.5"), (std::vector<double>{5, 1, 2.5}));
  EXPECT_EQ(values_of("fast=-1e3"), (std::vector<double>{-1000}));
}

TEST(GridAxis, ErrorsNameTheAxisAndTheRemedy) {
  EXPECT_EQ(error_of("fast=5:50:0"), "grid: fast=5:50:0: the step is 0, so the range never ends; give another step");
  EXPECT_NE(error_of("fast=5:50:-5").find("turn its sign"), std::string::npos);
  EXPECT_NE(error_of("fast=5:x:5").find("'x' is not a number"), std::string::npos);
  EXPECT_NE(error_of("fast=").find("is not a number"), std::string::npos);
  EXPECT_NE(error_of("fast").find("NAME=VALUES"), std::string::npos);
  EXPECT_NE(error_of("fast=1:2:3:4").find("lo:hi:step"), std::string::npos);
  EXPECT_NE(error_of("fast=1,2,1").find("twice"), std::string::npos);
  EXPECT_NE(error_of("fast=1:inf:1").find("finite"), std::string::npos);
  EXPECT_NE(error_of("fast=nan").find("finite"), std::string::npos);
  EXPECT_NE(error_of("fast=0:1:1e-16").find("10^15"), std::string::npos);
  EXPECT_FALSE(GridAxis::list("fast", {}).ok());
}

TEST(Grid, RowsRunThroughTheLastAxisFirst) {
  const Grid grid = Grid::make({axis("a=1,2"), axis("b=10:30:10")}).value();
  ASSERT_EQ(grid.size(), 6U);
  std::vector<std::pair<double, double>> rows;
  for (std::uint64_t row = 0; row < grid.size(); ++row) rows.emplace_back(grid.value(row, 0), grid.value(row, 1));
  EXPECT_EQ(rows, (std::vector<std::pair<double, double>>{{1, 10}, {1, 20}, {1, 30}, {2, 10}, {2, 20}, {2, 30}}));
}

TEST(Grid, ConstraintsKeepTheOrder) {
  const Grid grid = Grid::make({axis("fast=1:4:1"), axis("slow=1:4:1")}, {.where = "fast < slow"}).value();
  std::vector<std::pair<double, double>> rows;
  for (std::uint64_t row = 0; row < grid.size(); ++row) {
    rows.emplace_back(grid.value(row, 0), grid.value(row, 1));
    EXPECT_EQ(grid.row_at(grid.place(row)), row);
  }
  EXPECT_EQ(rows, (std::vector<std::pair<double, double>>{{1, 2}, {1, 3}, {1, 4}, {2, 3}, {2, 4}, {3, 4}}));
  EXPECT_EQ(grid.row_at(0), grid.size());  // fast 1, slow 1 is left out
}

TEST(Grid, ConstraintsOfEveryKind) {
  const std::vector<GridAxis> axes = {axis("fast=1:40:1"), axis("slow=1:1000:1")};
  // fast % 7 == 0: 7, 14, 21, 28, 35; slow <= 4 * fast: 28 + 56 + 84 + 112 + 140 = 420.
  EXPECT_EQ(Grid::make(axes, {.where = "fast % 7 == 0 and slow <= 4 * fast"}).value().size(), 420U);
  EXPECT_EQ(Grid::make(axes, {.where = "min(fast, slow) >= 40"}).value().size(), 961U);  // slow 40 to 1000
}

TEST(Grid, RefusesWhatIsNoGrid) {
  const std::vector<GridAxis> axes = {axis("fast=1:4:1"), axis("slow=1:4:1")};
  const auto error = [&](const GridOptions& options) {
    const auto grid = Grid::make(axes, options);
    return grid.ok() ? std::string() : grid.error().message;
  };
  EXPECT_NE(Grid::make({}).error().message.find("empty"), std::string::npos);
  EXPECT_NE(Grid::make({axis("a=1"), axis("a=2")}).error().message.find("twice"), std::string::npos);
  EXPECT_NE(error({.where = "fast > slow + 10"}).find("leaves none of the 16 combinations"), std::string::npos);
  EXPECT_NE(error({.where = "fast < slwo"}).find("'slow'"), std::string::npos);
  EXPECT_NE(error({.where = "fast + slow"}).find("not a condition"), std::string::npos);
  EXPECT_NE(error({.where = "close > fast"}).find("close"), std::string::npos);
  EXPECT_NE(error({.where = "fast[1] < slow"}).find("looks at bars"), std::string::npos);
  EXPECT_NE(error({.where = "sma(fast, 3) < slow"}).find("looks at bars"), std::string::npos);
  EXPECT_NE(error({.where = "", .sampling = Sampling::kRandom}).find("number of combinations"), std::string::npos);
}

TEST(Grid, RefusesAGridTooLargeWithItsSize) {
  const std::vector<GridAxis> axes = {axis("a=1:10000:1"), axis("b=1:10000:1"), axis("c=1:10000:1")};
  const std::string message = Grid::make(axes).error().message;
  EXPECT_NE(message.find("1,000,000,000,000 combinations"), std::string::npos) << message;
  EXPECT_NE(message.find("sample"), std::string::npos) << message;
  EXPECT_EQ(Grid::make(axes, {.where = "", .sampling = Sampling::kRandom, .samples = 50}).value().size(), 50U);
}

TEST(Grid, RandomSamplesAreSeededDifferentAndInside) {
  const std::vector<GridAxis> axes = {axis("fast=1:200:1"), axis("slow=1:200:1")};
  const GridOptions options{.where = "fast < slow", .sampling = Sampling::kRandom, .samples = 500, .seed = 7};
  const Grid first = Grid::make(axes, options).value(), again = Grid::make(axes, options).value();
  GridOptions other = options;
  other.seed = 8;
  const Grid different = Grid::make(axes, other).value();
  ASSERT_EQ(first.size(), 500U);
  std::set<std::uint64_t> places;
  bool any_differs = false;
  for (std::uint64_t row = 0; row < first.size(); ++row) {
    EXPECT_EQ(first.place(row), again.place(row));
    EXPECT_LT(first.value(row, 0), first.value(row, 1));
    places.insert(first.place(row));
    any_differs = any_differs || first.place(row) != different.place(row);
  }
  EXPECT_EQ(places.size(), 500U);
  EXPECT_TRUE(any_differs);
}

TEST(Grid, RandomSamplesLargerThanTheGridAreTheGrid) {
  EXPECT_EQ(Grid::make({axis("a=1:5:1")}, {.where = "", .sampling = Sampling::kRandom, .samples = 9}).value().size(),
            5U);
  // 10 combinations pass; a sample of 10 finds all of them.
  const GridOptions options{.where = "a <= 10", .sampling = Sampling::kRandom, .samples = 10};
  EXPECT_EQ(Grid::make({axis("a=1:1000:1")}, options).value().size(), 10U);
}

TEST(Grid, LatinHypercubesUseEachPartOfEachAxisOnce) {
  const GridOptions options{.where = "", .sampling = Sampling::kLatinHypercube, .samples = 20, .seed = 3};
  const Grid grid = Grid::make({axis("a=1:20:1"), axis("b=1:40:1")}, options).value();
  ASSERT_EQ(grid.size(), 20U);
  std::set<double> a;
  std::set<int> b_parts;
  for (std::uint64_t row = 0; row < grid.size(); ++row) {
    a.insert(grid.value(row, 0));
    b_parts.insert(static_cast<int>((grid.value(row, 1) - 1) / 2));
  }
  EXPECT_EQ(a.size(), 20U);
  EXPECT_EQ(b_parts.size(), 20U);
}

}  // namespace
}  // namespace peak
