#include "peak/market/align.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace peak {
namespace {

Bars of(const std::vector<std::int64_t>& time, const std::vector<double>& close) {
  const Column prices = Column::own("close", close);
  return Bars::from_columns(Column::own("time", time, ColumnType::kTime), prices, prices, prices, prices,
                            Column::own("volume", std::vector<double>(close.size(), 5)), {Column::own("yield", close)})
      .value();
}
std::string shown(std::span<const double> values) {
  std::string text;
  for (const double value : values) text += std::isnan(value) ? "- " : std::to_string(static_cast<int>(value)) + " ";
  return text;
}

const std::vector<Bars> kTwo = {of({1, 2, 4}, {10, 20, 40}), of({2, 3, 5}, {200, 300, 500})};

TEST(Aligned, Inner) {
  const auto made = aligned(kTwo, AlignBy::kInner);
  ASSERT_EQ(made->size(), 2U);
  EXPECT_EQ(shown((*made)[0].close()), "20 ");
  EXPECT_EQ(shown((*made)[1].close()), "200 ");
}

TEST(Aligned, Outer) {
  const auto made = aligned(kTwo, AlignBy::kOuter);
  EXPECT_EQ(shown((*made)[0].close()), "10 20 - 40 - ");
  EXPECT_EQ(shown((*made)[1].open()), "- 200 300 - 500 ");
  EXPECT_EQ(shown((*made)[0].volume()), "5 5 0 5 0 ");
  EXPECT_EQ(shown((*made)[1].find("yield")->float64s()), "- 200 300 - 500 ");
}

TEST(Aligned, ForwardCarriesTheCloseAndNothingElse) {
  const auto made = aligned(kTwo, AlignBy::kForward);
  EXPECT_EQ(shown((*made)[0].high()), "10 20 20 40 40 ");
  EXPECT_EQ(shown((*made)[1].close()), "- 200 300 300 500 ");
  EXPECT_EQ(shown((*made)[1].volume()), "0 5 5 0 5 ");
  EXPECT_EQ(shown((*made)[1].find("yield")->float64s()), "- 200 300 - 500 ");
}

TEST(Aligned, RefusesTimesThatDoNotRise) {
  const std::vector<Bars> bars = {of({1, 1}, {1, 2})};
  EXPECT_NE(aligned(bars, AlignBy::kInner).error().message.find("do not rise"), std::string::npos);
  EXPECT_TRUE(aligned({}, AlignBy::kInner)->empty());
}

}  // namespace
}  // namespace peak
